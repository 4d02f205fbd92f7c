"""Jobs of a repository's CI."""

from docs.tables.threats.threat import Actor, Threat

ACTOR = Actor(
    name="CI of a team's repository, and whoever may write to it",
    holds="a token of GitHub or GitLab for one branch or environment, and by it `PLATFORM-TEAM.ci` and `.deliver`",
    threats=(
        Threat(
            tries="signs in from another repository, branch or environment",
            stopped_by="the role's trust names the token's subject, by immutable ids where the provider has them",
            tests={
                "invariants/test_permissions.py": ("test_every_trust_is_narrowed",),
            },
        ),
        Threat(
            tries="replaces the code of a commit after a run, or lays a file beside it",
            stopped_by="the bucket takes writes of code that create (`DenyReplacingCode`); the code that ran is "
            "registered by "
            "its SHA-256, and a reader lists the prefix (`REG-005`); `train` compares with the repository (`REG-009`)",
            tests={
                "repeatable/test_artifact_store.py": ("test_ci_uploads_code_once_and_never_over_what_is_there",),
                "runtime/test_registered_model.py": (
                    "test_a_file_beside_the_code_is_other_code",
                    "test_code_that_ran_and_is_not_the_readers_is_refused",
                ),
                "local/client/model_runs/test_packages.py": (
                    "test_a_version_that_other_code_made_under_this_commit_is_refused",
                ),
                "local/client/model_runs/test_delivery.py": (
                    "test_an_image_of_the_commit_that_its_lock_did_not_make_is_refused",
                ),
                "end_to_end/test_repeatable.py": ("test_code_of_a_commit_is_replaced_and_deleted_by_nobody",),
            },
            denied=(
                ("uploads code, once", "over what is there"),
                ("compares the code that is there", "and deletes no version"),
            ),
            remains="On AWS it may upload any code under a commit that nobody has delivered yet: no command compares "
            "there yet, so compare the registered SHA-256 with the repository.",
        ),
        Threat(
            tries="starts a pipeline with a lower bound, hidden parameters, or code and image of its choice",
            stopped_by="the bound is a number in the definition, the places of code and image are made of what "
            "is registered; "
            "the checker refuses another definition (`PIP-048`, `PIP-056` to `PIP-059`)",
            tests={
                "pipeline_definition/test_gate.py": (
                    "test_a_bound_that_whoever_starts_a_run_can_move_or_that_is_too_weak_is_refused",
                    "test_a_parameter_that_the_registered_model_would_not_name_is_refused",
                ),
                "pipeline_definition/test_registration.py": (
                    "test_an_image_is_of_the_models_repository_and_named_by_its_digest",
                    "test_the_code_is_all_of_the_registered_commits_and_nothing_beside_it",
                ),
                "end_to_end/test_repeatable.py": ("test_who_delivers_can_lower_no_bound_and_start_no_older_version",),
            },
        ),
        Threat(
            tries="gets a version of its own to production with one approval, as one that retraining has trained: by "
            "that name as the starter, by the ARN of a run of retraining's, by a run that retraining takes for its "
            "own, or from the code of a step",
            stopped_by="retraining's runs are in a partition of the table that its role alone writes, and SageMaker "
            "says which version their steps have registered; the token of a start cannot be guessed; the promotion "
            "compares parameters, code, image, author, who registered it and all other metadata with the version that "
            "serves, and asks for a second approval where anything differs",
            tests={
                "runtime/promotion/test_one_approval.py": (
                    "test_what_retraining_has_not_shown_takes_a_second_approval",
                    "test_a_version_of_a_run_that_was_asked_for_something_else_takes_a_second_approval",
                    "test_a_version_that_says_something_else_takes_a_second_approval",
                    "test_a_version_of_other_code_image_or_author_than_what_serves_takes_a_second_approval",
                    "test_a_version_that_another_role_has_registered_takes_a_second_approval",
                    "test_a_version_of_no_run_takes_a_second_approval",
                ),
                "runtime/retraining/test_retraining.py": (
                    "test_a_version_that_only_says_it_is_of_the_run_is_known_as_such",
                    "test_nobody_can_start_one_before_it_by_a_token_that_they_guess",
                ),
                "reliable/promotion/test_promotion.py": ("test_iam_lets_them_read_runs_and_write_none",),
            },
            remains="Code of another commit that runs under the pipeline's role during a run of retraining's can "
            "change what its steps hand on to each other; a second person, who compares digests, would not see it "
            "either. Another definition of the pipeline, which the platform's reviewers have let in, is not compared.",
        ),
        Threat(
            tries="starts an older version of a pipeline, or a part of one",
            stopped_by="`Null` on `sagemaker:PipelineVersionId`; IAM has no key for selected steps, whose "
            "version of the model "
            "readers refuse (`REG-007`), and the platform's owner is told",
            tests={
                "end_to_end/test_repeatable_registry.py": (
                    "test_a_start_of_another_version_of_a_pipeline_is_told",
                    "test_a_version_put_together_from_several_runs_is_refused_by_readers",
                ),
            },
            denied=(("starts the team's pipeline", "an older version, with another gate"),),
            remains="That a step refuses the model of another run is the template's code, which the team may change.",
        ),
    ),
)
