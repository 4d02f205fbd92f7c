"""Addresses: names that fit every service's limits, and never meet."""

import re

import pytest

from mlops_stages.platform import Addresses, DataClassification
from mlops_stages.platform.names import MODEL_NAME_LONGEST, PLATFORM_NAME_LONGEST, TEAM_NAME_LONGEST

TEAM, MODEL = "t" * TEAM_NAME_LONGEST, "m" * MODEL_NAME_LONGEST
LONGEST = Addresses(
    platform="p" * PLATFORM_NAME_LONGEST,
    partition="aws",
    region="ap-northeast-1",
    **dict.fromkeys(("experimentation", "development", "tooling", "data"), "1" * 12),
)
BUCKETS = (
    LONGEST.artifacts_bucket(TEAM),
    LONGEST.pipelines_bucket(TEAM),
    *(LONGEST.data_bucket(TEAM, classification) for classification in DataClassification),
)
ROLES = (
    LONGEST.ci_role(TEAM),
    LONGEST.deliver_role(TEAM),
    *(LONGEST.data_jobs_role(TEAM, classification) for classification in DataClassification),
    LONGEST.pipeline_role(TEAM, MODEL),
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
