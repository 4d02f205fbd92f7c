"""Another user of the machine."""

from docs.tables.threats.threat import Actor, Threat

ACTOR = Actor(
    name="Another user of the machine where the local AWS runs",
    holds="an ordinary account there, and so the loopback interface",
    threats=(
        Threat(
            tries="reads its files, its environment or its command line",
            stopped_by="what it writes is for its owner alone; the secret of a start goes through a pipe, and of the"
            " user's environment only named variables reach the server",
            tests={
                "local/client/test_process.py": (
                    "test_its_files_are_for_their_owner_alone",
                    "test_the_secret_of_a_start_is_for_its_owner_alone",
                    "test_it_inherits_nothing_but_what_is_allowed",
                ),
                "local/server/front/test_gate.py": ("test_another_user_of_the_machine_finds_no_secret",),
                "cli/test_report.py": ("test_the_secret_of_a_start_is_in_no_report_and_in_no_log",),
            },
        ),
        Threat(
            tries="prepares the state directory, so that a command hangs, reads or writes another file, or obeys "
            "a record of theirs: links, hard links, FIFOs, devices, sparse files, files and folders of their own",
            stopped_by="state is read and written as regular files of the user's alone, in a directory of theirs that "
            "not everybody may write to; anything else is refused (`CLI-040`), root's commands included",
            tests={
                "test_files.py": (
                    "test_of_our_own_state_what_others_may_have_put_there_is_not_read",
                    "test_root_uses_no_state_of_another_user",
                ),
                "cli/test_hostile_state.py": (
                    "test_a_record_that_is_no_file_of_ours_is_told_and_left",
                    "test_a_state_directory_that_is_not_ours_alone_is_not_used",
                    "test_nothing_is_started_whose_files_are_not_ours",
                    "test_no_folder_of_the_state_leads_elsewhere",
                ),
            },
            remains="Who may write to the platform's directory itself may change platform.yaml and app.py too. What "
            "npm and the CDK CLI write there (node_modules, cdk.out, caches) they open themselves.",
        ),
        Threat(
            tries="calls the local AWS as the root of an account, or as anybody else, without their secret",
            stopped_by="every request is signed by Signature Version 4, a root's with 256 random bits of this start; "
            "what is signed cannot be changed, nor sent again after 15 minutes",
            tests={
                "local/server/front/test_gate.py": (
                    "test_a_root_with_a_guessed_secret_is_refused",
                    "test_a_key_that_nobody_has_is_refused",
                    "test_a_request_without_a_signature_is_refused_in_the_words_of_its_protocol",
                    "test_version_2_is_refused_and_the_message_names_what_is_taken",
                ),
                "local/server/front/test_signatures.py": (
                    "test_nothing_of_a_signed_request_can_be_changed",
                    "test_the_clock_may_be_a_quarter_of_an_hour_wrong",
                    "test_an_authorization_of_another_form_is_refused",
                ),
            },
            remains="A request that was seen on its way could be sent again for 15 minutes, as on AWS; the loopback "
            "shows it to root alone.",
        ),
        Threat(
            tries="resets the emulators, or asks them or the server for what is deployed and for sessions",
            stopped_by="the emulators' own paths are not found; the server's own need the secret",
            tests={
                "local/server/front/test_gate.py": (
                    "test_an_admin_path_is_not_found_by_anybody",
                    "test_every_path_of_ministacks_own_is_known_here",
                    "test_every_handler_of_ministacks_application_is_known_here",
                    "test_the_servers_own_paths_need_the_secret",
                ),
            },
        ),
    ),
    remains=("The root user of the machine, and whatever runs as the user who started it: they may read its files.",),
)
