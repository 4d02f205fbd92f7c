"""A retraining that somebody took over, or what it goes by."""

from docs.tables.threats.threat import Actor, Threat

_FILE = "reliable/retraining/test_model_retraining.py"
_RUNS = "runtime/retraining/test_retraining.py"

ACTOR = Actor(
    name="A model's retraining whose code, or whose findings, somebody took over",
    holds="the role `PLATFORM-MODEL.retrain` in the tooling account, and from there `PLATFORM-MODEL.start-retraining` "
    "in development; or the folder of production's findings",
    threats=(
        Threat(
            tries="approves a version, releases it, or changes where a version came from",
            stopped_by="`sagemaker:ModelApprovalStatus` allows `Rejected` alone; no condition lets a life cycle or "
            "metadata pass",
            tests={
                _FILE: ("test_it_rejects_versions_of_the_model_and_approves_none", "test_it_promotes_nothing"),
            },
            remains="It can reject every version that waits, and start the model's pipeline all day: both are in "
            "CloudTrail, rejections in the ledger, too.",
        ),
        Threat(
            tries="forges an approval in the table of releases",
            stopped_by="`dynamodb:LeadingKeys` allows its own partition alone",
            tests={_FILE: ("test_it_keeps_items_in_its_own_partition_of_the_table",)},
        ),
        Threat(
            tries="writes an approval, or another decision, into the model's ledger",
            stopped_by="the ledger's writer takes rejections alone of it, by SQS's own `SenderId`",
            tests={"runtime/ledger/test_writer.py": ("test_retraining_records_rejections_and_nothing_else",)},
        ),
        Threat(
            tries="reads requests, decisions or rows of data",
            stopped_by="of production it reads `findings.json`, of the data account manifests; the keys let it in "
            "through S3 alone",
            tests={
                _FILE: ("test_it_reads_what_was_found_and_no_request",),
                "repeatable/test_training_roles.py": (
                    "test_retraining_reads_which_versions_of_datasets_there_are_and_no_row",
                ),
            },
        ),
        Threat(
            tries="runs another pipeline, or an older version of this one, with another gate",
            stopped_by="the role in development starts one pipeline, as it is deployed",
            tests={
                "repeatable/test_training_roles.py": (
                    "test_retraining_starts_the_models_own_pipeline_and_sees_how_it_ends",
                    "test_only_the_models_own_retraining_takes_it_on",
                ),
            },
            remains="Whoever starts a run names commit, image and dataset, which no policy can check: they are "
            "registered with the version, and two people decide about it. Where the model's class of risk needs one "
            "approval, code, image and author must be those of the version that serves.",
        ),
        Threat(
            tries="says of a version that it is better, so that it needs no second approval",
            stopped_by="the first approval is a person's, staging's tests are the promotion's; only a class that "
            "platform.yaml names goes on so, and never high risk; nothing but data may differ from the version that "
            "serves; the ledger's writer takes no such record from retraining, nor of another model",
            tests={
                "runtime/promotion/test_one_approval.py": (
                    "test_a_model_whose_platform_declares_nothing_takes_a_second_approval",
                    "test_a_version_of_other_code_image_or_author_than_what_serves_takes_a_second_approval",
                    "test_a_result_that_staging_has_not_given_takes_a_second_approval",
                    "test_a_version_that_somebody_has_refused_takes_a_second_approval_the_next_time",
                ),
                "runtime/ledger/test_writer.py": (
                    "test_retraining_itself_releases_nothing",
                    "test_of_a_model_whose_class_takes_two_approvals_no_release_without_the_second_is_recorded",
                ),
                "reliable/promotion/test_promotion.py": (
                    "test_one_approval_is_refused_for_high_risk_without_approvers_and_without_an_endpoint",
                ),
            },
            remains="Of a version of the code, image and author that serve, trained on a dataset of the team's, it may "
            "say so: then one person, staging's tests, the canary and the way back are what is left.",
        ),
        Threat(
            tries="has it train on data of its own: a manifest that names other objects, of another team, or none",
            stopped_by="a manifest is read strictly, and must be of the dataset, the version and the team that its "
            "place says, with objects of that version alone; only data jobs write there, once",
            tests={
                "runtime/retraining/test_datasets.py": (
                    "test_a_manifest_that_names_other_things_than_its_place_is_refused",
                    "test_only_data_that_the_model_may_read_is_looked_at",
                    "test_what_is_no_manifest_is_refused",
                ),
            },
        ),
        Threat(
            tries="writes findings that start a run, reject a good candidate or put words into mails",
            stopped_by="the bucket's policy lets the model's monitors write alone; findings are read strictly, of this "
            "endpoint and day, in sentences of one line; it rejects and announces only what it has trained itself",
            tests={
                "reliable/monitors/test_challenge_store.py": (
                    "test_the_monitors_of_the_model_write_its_part_and_nobody_else_does",
                ),
                "runtime/test_findings.py": ("test_what_does_not_fit_is_refused", "test_what_is_none_is_refused"),
                _RUNS: (
                    "test_versions_that_people_have_trained_are_theirs",
                    "test_a_version_of_another_model_is_refused",
                ),
            },
            remains="Whoever has the monitors' role in production decides what is found.",
        ),
    ),
)
