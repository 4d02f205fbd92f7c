"""Addresses: names that fit every service's limits, and never meet."""

import re
from dataclasses import replace

import pytest

from mlops_stages.platform import Addresses, DataClassification, Duty
from mlops_stages.platform.names import MODEL_NAME_LONGEST, PLATFORM_NAME_LONGEST, TEAM_NAME_LONGEST
from mlops_stages.runtime.ledger.writer import queue_name

SQS_LONGEST, STACK_LONGEST, STATE_MACHINE_LONGEST, FUNCTION_LONGEST = 80, 128, 80, 64
"""Characters; https://docs.aws.amazon.com/general/latest/gr/aws-service-information.html has each service's page."""

TEAM, MODEL = "t" * TEAM_NAME_LONGEST, "m" * MODEL_NAME_LONGEST
LONGEST = Addresses(
    platform="p" * PLATFORM_NAME_LONGEST,
    partition="aws",
    region="ap-northeast-1",
    **dict.fromkeys(
        ("experimentation", "development", "tooling", "data", "staging", "production", "governance"), "1" * 12
    ),
)
ENVIRONMENTS = ("staging", "production")
BUCKETS = (
    LONGEST.artifacts_bucket(TEAM),
    LONGEST.pipelines_bucket(TEAM),
    LONGEST.challenges_bucket(TEAM),
    *(LONGEST.data_bucket(TEAM, classification) for classification in DataClassification),
    LONGEST.ledger_bucket,
    LONGEST.heads_bucket,
)
ROLES = (
    LONGEST.ci_role(TEAM),
    LONGEST.deliver_role(TEAM),
    *(LONGEST.data_jobs_role(TEAM, classification) for classification in DataClassification),
    LONGEST.pipeline_role(TEAM, MODEL),
    LONGEST.promote_role(TEAM, MODEL),
    *(LONGEST.serve_role("1" * 12, TEAM, MODEL, environment) for environment in ENVIRONMENTS),
    *(LONGEST.deploy_role(TEAM, MODEL, environment) for environment in ENVIRONMENTS),
    *(LONGEST.cloudformation_role(TEAM, MODEL, environment) for environment in ENVIRONMENTS),
    *(LONGEST.monitor_role(TEAM, MODEL, environment) for environment in ENVIRONMENTS),
    *(LONGEST.model_role("1" * 12, TEAM, MODEL, duty) for duty in Duty if duty.is_for_one_model),
)


@pytest.mark.parametrize("name", BUCKETS)
def test_a_buckets_longest_name_is_one_that_s3_takes(name: str) -> None:
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]", name), len(name)


@pytest.mark.parametrize("arn", ROLES)
def test_a_roles_longest_name_is_one_that_iam_takes(arn: str) -> None:
    name = arn.rpartition("/")[2]
    assert re.fullmatch(r"[\w+=,.@-]{1,64}", name), len(name)


def test_pipelines_and_groups_fit_sagemakers_63_characters() -> None:
    for name in (LONGEST.pipeline_name(TEAM, MODEL), LONGEST.package_group_name(TEAM, MODEL)):
        assert re.fullmatch(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}", name), len(name)


def test_in_one_account_of_all_purposes_no_two_names_meet() -> None:
    assert len(set(BUCKETS)) == len(BUCKETS)
    assert len(set(ROLES)) == len(ROLES)
    aliases = {
        LONGEST.artifacts_key_alias(TEAM),
        LONGEST.pipelines_key_alias(TEAM),
        *(LONGEST.data_key_alias(TEAM, classification) for classification in DataClassification),
    }
    assert len(aliases) == 2 + len(DataClassification)


def test_no_role_of_a_duty_can_have_the_name_of_a_persons() -> None:
    # A person's role is PLATFORM-TEAM-PERSON in a-z, 0-9 and hyphens.
    assert all("." in arn.rpartition("/")[2] for arn in ROLES)


def test_an_image_is_pushed_to_the_tooling_accounts_registry() -> None:
    here = Addresses(
        platform="acme",
        partition="aws",
        region="eu-west-1",
        experimentation="111111111111",
        development="222222222222",
        tooling="333333333333",
        data="444444444444",
    )
    uri = here.image_uri("arrivals", "late-arrival")
    assert uri == "333333333333.dkr.ecr.eu-west-1.amazonaws.com/acme/arrivals/late-arrival"
    assert here.image_repository("arrivals", "late-arrival").endswith(":repository/acme/arrivals/late-arrival")


def test_the_ledger_is_with_governance_and_its_heads_in_another_account_or_with_tooling_and_production() -> None:
    accounts = {"tooling": "1" * 12, "production": "2" * 12, "governance": "3" * 12}
    named = replace(LONGEST, **accounts)
    assert (named.ledger_account, named.heads_account) == ("3" * 12, "1" * 12)
    without = replace(named, governance=None)
    assert (without.ledger_account, without.heads_account) == ("1" * 12, "2" * 12)


def test_an_environment_without_an_account_is_refused() -> None:
    without = replace(LONGEST, production=None, governance=None)
    for ask in (lambda: without.account_of("production"), lambda: without.heads_account):
        with pytest.raises(ValueError, match="no account for the environment 'production'"):
            ask()
    with pytest.raises(ValueError, match="'experimentation'"):
        LONGEST.account_of("experimentation")


def test_the_ledgers_writer_reads_team_and_model_off_the_queues_name() -> None:
    assert LONGEST.ledger_queue_name(TEAM, MODEL) == queue_name(LONGEST.platform, TEAM, MODEL)
    assert len(LONGEST.ledger_queue_name(TEAM, MODEL)) <= SQS_LONGEST


def test_what_a_release_is_made_by_fits_its_services_limits() -> None:
    assert all(len(LONGEST.model_stack_name(MODEL, environment)) <= STACK_LONGEST for environment in ENVIRONMENTS)
    assert len(LONGEST.promotion_name(MODEL)) <= STATE_MACHINE_LONGEST
    assert len(LONGEST.request_function_name(MODEL)) <= FUNCTION_LONGEST


def test_what_judges_a_models_decisions_fits_a_functions_name() -> None:
    assert all(len(LONGEST.monitors_name(MODEL, environment)) <= FUNCTION_LONGEST for environment in ENVIRONMENTS)
