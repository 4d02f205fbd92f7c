"""The code of a team, where it runs."""

from docs.tables.threats.threat import Actor, Threat

ACTOR = Actor(
    name="A team's code: steps, jobs and functions, and what they import",
    holds="on AWS the role of the job; on the local AWS the same, and a process of the user's machine",
    threats=(
        Threat(
            tries="calls a host on the internet, from the local AWS",
            stopped_by="a job under network isolation has no network",
            tests={
                "local/server/sagemaker/jobs/test_jobs.py": ("test_a_job_with_isolation_reaches_nobody",),
            },
        ),
        Threat(
            tries="reads the environment of the local AWS",
            stopped_by="a job's variables are its own",
            tests={
                "local/server/sagemaker/jobs/test_jobs.py": ("test_a_job_sees_no_variable_of_the_servers",),
            },
        ),
        Threat(
            tries="calls the local AWS as its root, as another role, or by a token that it wrote itself",
            stopped_by="a session signs with its own secret and shows its token; tokens that nobody can check open no "
            "role; what a call says twice is refused",
            tests={
                "local/server/front/test_gate.py": (
                    "test_a_session_signs_with_its_own_secret_and_shows_its_token",
                    "test_a_token_makes_no_root_of_a_session",
                    "test_a_token_that_anybody_can_write_opens_no_role",
                    "test_what_is_judged_is_what_is_done_where_a_call_says_something_twice",
                ),
            },
        ),
        Threat(
            tries="reads or changes this machine: its files, other jobs, the server, other services, the kernel",
            stopped_by="a container (bubblewrap, or Linux namespaces) with nothing but what it is given, no rights, a "
            "filter of system calls and limits; without one, nothing runs",
            tests={
                "local/containers/test_containers.py": (
                    "test_nothing_of_the_machine_is_there_but_what_was_given",
                    "test_nothing_can_be_written_but_what_was_given",
                    "test_there_are_no_rights_and_no_way_to_more",
                    "test_with_a_port_there_is_the_local_aws_and_no_other_service",
                    "test_memory_of_many_processes_is_bounded_together",
                ),
                "local/server/lambda_functions/test_functions.py": (
                    "test_a_function_sees_nothing_of_the_machine_or_of_the_server",
                ),
                "local/server/sagemaker/jobs/test_fallback.py": (
                    "test_where_no_container_can_be_made_no_job_runs_and_its_reason_says_what_to_do",
                ),
            },
            remains="A fault of the kernel; `MLOPS_STAGES_CONTAINERS=off`; totals of memory and disk may be exceeded "
            "for a moment.",
        ),
        Threat(
            tries="holds up, fills or outlives the local AWS by a model that it serves: by answers without an end, in "
            "drops or in no form, by forks, by refusing to end",
            stopped_by="an endpoint's container is one like a job's, reached by the server alone; its answers are "
            "bounded in bytes and seconds, its requests in number, and all that it started goes with it",
            tests={
                "local/server/sagemaker/hosting/test_model_server.py": (
                    "test_a_hostile_answer_is_an_error_soon_and_the_next_is_asked",
                    "test_no_more_requests_are_under_way_than_it_takes",
                    "test_it_can_write_nowhere_but_in_its_memory",
                    "test_what_it_started_and_what_ignores_its_end_goes_with_it",
                ),
                "local/server/sagemaker/hosting/test_serving.py": (
                    "test_an_isolated_container_is_alone_and_its_model_cannot_be_changed",
                ),
            },
        ),
        Threat(
            tries="writes outside of a model's folder, or fills the disk, by its model.tar.gz",
            stopped_by="files and folders inside are unpacked, anything else is refused, and so much of it",
            tests={
                "local/server/sagemaker/hosting/test_model_data.py": (
                    "test_what_is_no_file_inside_is_refused_and_lands_nowhere",
                    "test_an_archive_that_would_fill_the_disk_is_refused_before_it_does",
                ),
            },
        ),
        Threat(
            tries="has the local AWS itself connect to another service of the machine, its network or the cloud's "
            "metadata, or read a file: by a subscription, an API destination, an integration, an identity provider",
            stopped_by="the server's process connects to its own port alone, resolves no name and opens no `file:` "
            "URL, by an audit hook of Python; libraries that connect unseen cannot be imported in it",
            tests={
                "local/server/bounds/test_outgoing.py": (
                    "test_a_subscription_reaches_no_other_service",
                    "test_an_api_destination_reaches_no_other_service",
                    "test_every_way_to_connect_is_refused_but_the_one_to_its_own_port",
                    "test_a_library_that_connects_unseen_cannot_be_imported",
                    "test_an_engine_that_imports_another_library_is_looked_at_first",
                ),
            },
            remains="Compiled code that is in none of those libraries and connects by itself; an audit hook is a "
            "bound for the emulators' code, not for code that runs in the server against it.",
        ),
        Threat(
            tries="leaves links, FIFOs or sparse files for the local AWS to read",
            stopped_by="only regular files are opened, never through a link, and read to a bound",
            tests={
                "local/server/sagemaker/jobs/test_hostile.py": (
                    "test_links_fifos_and_sockets_of_an_output_are_left_out_and_named",
                    "test_an_output_that_becomes_a_link_is_not_followed",
                    "test_a_message_that_is_no_file_is_none",
                ),
            },
        ),
        Threat(
            tries="outlives its time limit, or the local AWS",
            stopped_by="its container ends, with all that runs in it",
            tests={
                "local/server/sagemaker/jobs/test_jobs.py": ("test_a_step_that_ignores_the_wish_to_end_is_killed",),
                "local/server/sagemaker/jobs/test_fallback.py": (
                    "test_the_end_of_the_local_aws_is_the_end_of_its_steps",
                ),
            },
        ),
        Threat(
            tries="stops the local AWS by an expression or wildcards that take hours: of a metric, a policy, a log"
            " filter, a list",
            stopped_by="no expression on text from outside backtracks (RE2; wildcards without an expression), lengths "
            "are checked first; "
            "what else takes ten seconds of the processor is ended",
            tests={
                "test_api_patterns.py": (
                    "test_no_pattern_is_slow_on_any_text_of_its_greatest_length",
                    "test_a_mistyped_url_is_refused_soon",
                ),
                "test_expressions.py": ("test_no_expression_is_slow", "test_no_wildcards_are_slow"),
                "test_regular_expressions.py": ("test_no_text_makes_an_expression_slow",),
                "local/server/engine/test_expressions.py": (
                    "test_a_resource_of_many_wildcards_is_judged_soon",
                    "test_a_condition_of_many_wildcards_is_judged_soon",
                    "test_a_filter_of_a_log_group_is_answered_soon",
                    "test_an_insights_query_is_answered_soon",
                ),
                "local/server/bounds/test_watchdog.py": ("test_what_takes_too_long_is_ended",),
            },
            remains="One step of a request may hold up the others for ten seconds.",
        ),
        Threat(
            tries="stops the local AWS, or fills this machine, by large, deep, packed or slow requests, "
            "connections or log lines",
            stopped_by="bounds on heads, bodies, what they inflate to, nesting, time, connections, log events and "
            "memory",
            tests={
                "local/server/bounds/test_requests.py": (
                    "test_what_does_not_say_how_long_it_is_is_read_to_its_bound_only",
                    "test_bodies_together_take_no_more_than_half_of_the_memory",
                    "test_a_body_that_does_not_come_is_not_waited_for",
                ),
                "local/server/bounds/test_connections.py": (
                    "test_the_longest_silent_makes_room_and_nobody_who_is_served_does",
                ),
                "local/server/engine/test_bodies.py": (
                    "test_a_hostile_body_is_a_fault_of_its_sender",
                    "test_a_packed_body_that_inflates_to_much_is_refused",
                    "test_a_deep_document_in_a_form_is_refused",
                    "test_a_zip_that_inflates_to_much_is_refused",
                ),
                "local/test_load.py": (
                    "test_many_requests_connections_and_lines_are_answered_in_bounded_memory",
                    "test_a_full_disk_stops_nothing_that_is_in_memory",
                ),
                "fuzz/test_requests.py": ("test_every_request_is_answered_and_none_is_a_fault_of_the_server",),
            },
            remains="What the emulators keep by many small calls (rows, messages) is bounded by memory "
            "alone: then calls with a body are refused.",
        ),
        Threat(
            tries="hushes an alarm that its policies keep from it, by a name that they are not asked about; or keeps "
            "alarms from being evaluated, by much data, many alarms or expressions without end",
            stopped_by="policies are asked about each alarm that a call names, and an ARN is no name; data, alarms, "
            "expressions and what they compute are bounded",
            tests={
                "local/server/cloudwatch/test_cloudwatch.py": (
                    "test_policies_are_asked_about_each_alarm_that_a_call_names",
                    "test_a_namespace_narrows_who_puts_what",
                ),
                "local/server/cloudwatch/test_alarms.py": (
                    "test_an_arn_is_no_name",
                    "test_many_alarms_on_one_metric_do_not_keep_data_from_coming_in",
                    "test_an_account_has_a_greatest_number_of_alarms",
                ),
                "local/server/cloudwatch/test_arithmetic.py": (
                    "test_deep_nesting_is_refused",
                    "test_a_computation_has_an_end",
                ),
                "local/server/cloudwatch/test_metrics.py": (
                    "test_the_oldest_data_goes_where_there_is_too_much",
                    "test_values_of_one_minute_are_bounded_and_their_percentiles_stay_close",
                ),
            },
        ),
        Threat(
            tries="overwrites a registered model or evaluation with another, as a later run of the pipeline",
            stopped_by="each run has a place of its own, what was replaced stays as a version, and readers "
            "compare the digests",
            tests={
                "end_to_end/test_repeatable_registry.py": (
                    "test_a_model_that_the_pipeline_overwrites_after_its_registration_is_refused_by_readers",
                ),
                "runtime/test_registered_model.py": ("test_an_object_that_was_overwritten_or_is_gone_is_refused",),
                "repeatable/test_artifact_store.py": ("test_no_version_expires_and_uploads_that_never_end_do",),
            },
            denied=(("keeps model and evaluation", "and deletes no version"),),
            remains="S3 cannot refuse the write, since SageMaker sends no `If-None-Match`.",
        ),
    ),
)
