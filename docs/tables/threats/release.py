"""A promotion that somebody took over."""

from docs.tables.threats.threat import Actor, Threat

_FILE = "reliable/test_release_roles.py"

ACTOR = Actor(
    name="A model's promotion whose code somebody took over",
    holds="the role `PLATFORM-MODEL.promote` in the tooling account, and from there "
    "`PLATFORM-MODEL.deploy-ENVIRONMENT` in staging and production",
    threats=(
        Threat(
            tries="deploys another template than the reviewed one, with roles, functions or buckets in it",
            stopped_by="a change set is executed under `PLATFORM-MODEL.cloudformation-ENVIRONMENT` alone "
            "(`cloudformation:RoleArn`), which makes this model's models, configurations, endpoint, alarms and "
            "schedule by their names, and nothing else",
            tests={
                _FILE: (
                    "test_a_promotion_proposes_changes_under_cloudformations_role_alone",
                    "test_cloudformation_makes_nothing_else",
                ),
            },
            remains="IAM has no condition that demands the previous template (`UsePreviousTemplate`): another template "
            "of the same kinds of resources, such as one without alarms, is not refused.",
        ),
        Threat(
            tries="serves an image or artefact of its own, or another model's version",
            stopped_by="models are made of packages of this model alone, isolated, in the network and under the "
            "model's own role; the registry lets the releases of this model in, and no other role of the account",
            tests={
                _FILE: ("test_cloudformation_makes_models_of_the_models_versions_isolated",),
                "repeatable/test_model_package_group.py": (
                    "test_nobody_else_in_staging_and_production_reads_or_serves_them",
                ),
            },
            remains="IAM has no condition key for the image of a model: one that names an image of SageMaker's own, "
            "without a package, is not refused.",
        ),
        Threat(
            tries="hushes the alarms that send a version back, or has them call somebody else",
            stopped_by="`cloudwatch:AlarmActions` allows the owner's topic alone; the promotion itself changes no "
            "alarm",
            tests={
                _FILE: (
                    "test_cloudformations_alarms_tell_the_owner_or_call_what_tells_of_them",
                    "test_a_promotion_makes_and_deletes_nothing_itself",
                ),
            },
        ),
        Threat(
            tries="reads decisions of other models, or calls a model in production",
            stopped_by="what it reads lies under its own endpoint's prefix; it calls endpoints where they are tried "
            "alone",
            tests={
                _FILE: ("test_versions_are_called_where_they_are_tried_and_decisions_read_where_they_serve",),
            },
        ),
        Threat(
            tries="comes from another model's promotion, or from another organization's account",
            stopped_by="the trust names one role by its ARN, and the organization",
            tests={_FILE: ("test_only_the_models_promotion_takes_on_the_one",)},
        ),
    ),
    remains=(
        (
            "In an account that staging and production share, names of models and configurations do not tell them "
            "apart: staging's releases could delete a model that production serves. The endpoint they cannot name."
        ),
    ),
)
