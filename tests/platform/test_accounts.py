"""What several accounts add to a platform: where each network is, what guardrails let through, whose CI comes in."""

from collections.abc import Callable
from pathlib import Path

import pytest

from mlops_stages.platform import (
    IdentityCenterSignIn,
    ImportedNetwork,
    OwnNetwork,
    Persona,
    Platform,
    PlatformError,
    Purpose,
    Repository,
    load,
)
from mlops_stages.platform.guardrails import MOST_APPROVED_TYPES, PIPELINE_INSTANCE_TYPES
from mlops_stages.platform.names import FEATURE_GROUP_NAME_LONGEST, PLATFORM_NAME_LONGEST, TEAM_NAME_LONGEST

Read = Callable[[str], Platform]
Errors = Callable[[str], tuple[PlatformError, ...]]
GUARDRAILS = 'guardrails: {management_account: "999999999999", root_id: r-a1b2}\n'


@pytest.fixture(scope="module")
def several(organizations: Path) -> Platform:
    return load(organizations / "several_accounts.yaml")


def test_each_account_has_the_network_that_the_file_gives_it(several: Platform) -> None:
    assert several.network_of(Purpose.EXPERIMENTATION) == several.network
    assert isinstance(several.network_of(Purpose.DEVELOPMENT), ImportedNetwork)
    assert several.network_of(Purpose.DATA) == OwnNetwork(cidr="10.32.0.0/20", zones=("euw1-az1", "euw1-az3"))
    assert several.network_of(Purpose.STAGING) == several.network


def test_an_own_network_lends_its_range_and_one_that_exists_does_not(read: Read, minimal: str) -> None:
    own = read(minimal + "network: {cidr: 10.40.0.0/18, availability_zones: 3}\n")
    assert own.network_of(Purpose.DEVELOPMENT) == OwnNetwork(cidr="10.40.0.0/18", availability_zones=3)
    given = read(minimal + "network: {vpc_id: vpc-0a1b2c3d, subnet_ids: [subnet-0a1b2c3d, subnet-0a1b2c3e]}\n")
    assert given.network_of(Purpose.EXPERIMENTATION) == given.network
    assert given.network_of(Purpose.DEVELOPMENT) == OwnNetwork()


def test_a_mistake_in_another_accounts_network_is_told_at_its_place(minimal: str, errors: Errors) -> None:
    (error,) = errors(minimal + "networks: {data: {cidr: 8.8.0.0/16}}\n")
    assert (error.code, error.path) == ("PLT-213", "networks.data.cidr")
    (error,) = errors(minimal + "networks: {data: {vpc_id: vpc-0a1b2c3d}}\n")
    assert (error.code, error.path) == ("PLT-102", "networks.data.subnet_ids")
    twice = "networks: {data: {vpc_id: vpc-0a1b2c3d, subnet_ids: [subnet-0a1b2c3d, subnet-0a1b2c3d]}}\n"
    (error,) = errors(minimal + twice)
    assert (error.code, error.path) == ("PLT-308", "networks.data.subnet_ids[1]")


def test_guardrails_let_through_what_studio_and_pipelines_run_on(
    several: Platform, read: Read, repeatable: str
) -> None:
    assert several.allowed_regions == ("eu-central-1", "eu-west-1")
    approved = {"ml.m5.xlarge", "ml.m5.4xlarge", "ml.g5.2xlarge", *several.studio.instance_types}
    assert several.approved_instance_types == tuple(sorted(approved))
    left_out = read(repeatable + GUARDRAILS)
    assert left_out.allowed_regions == ("eu-central-1",)
    assert set(left_out.approved_instance_types) == {*PIPELINE_INSTANCE_TYPES, *left_out.studio.instance_types}


def test_the_management_account_is_deployed_to_and_has_no_purpose(several: Platform, read: Read, minimal: str) -> None:
    assert several.accounts_deployed_to == ("191919191919", *several.accounts_in_use)
    assert "191919191919" not in several.accounts_in_use
    without = read(minimal)
    assert without.accounts_deployed_to == without.accounts_in_use


def test_one_account_for_all_purposes_needs_no_organization_without_guardrails(errors: Errors, repeatable: str) -> None:
    alone = repeatable.replace("organization_id: o-tiny012345\n", "")
    assert errors(alone) == ()
    (error,) = errors(alone + GUARDRAILS)
    assert (error.code, error.path) == ("PLT-316", "organization_id")


def test_people_from_elsewhere_and_several_accounts_are_one_missing_organization_each(
    errors: Errors, repeatable: str
) -> None:
    text = repeatable.replace("organization_id: o-tiny012345\n", "").replace(
        'tooling: "012345678901"', 'tooling: "333333333333"'
    )
    (error,) = errors(text)
    assert (error.code, error.path) == ("PLT-316", "organization_id")
    (error,) = errors(text + "organisation_id: o-tiny012345\n")
    assert (error.code, error.path) == ("PLT-101", "organisation_id")


def test_groups_are_known_by_persona(several: Platform) -> None:
    assert isinstance(several.sign_in, IdentityCenterSignIn)
    assert several.sign_in.groups is not None
    assert list(several.sign_in.groups.by_persona) == list(Persona)


@pytest.mark.parametrize(
    ("repository", "subject"),
    [
        (
            Repository(provider="github", owner="acme", name="fraud"),
            "repo:acme/fraud:ref:refs/heads/main",
        ),
        (
            Repository(provider="github", owner="acme", name="fraud", branch="release/2"),
            "repo:acme/fraud:ref:refs/heads/release/2",
        ),
        (
            Repository(provider="github", owner="acme", name="fraud", environment="delivery"),
            "repo:acme/fraud:environment:delivery",
        ),
        (
            Repository(provider="github", owner="acme", name="fraud", environment="Production: EU"),
            "repo:acme/fraud:environment:Production%3A EU",
        ),
        (
            Repository(provider="gitlab", owner="acme/risk", name="fraud"),
            "project_path:acme/risk/fraud:ref_type:branch:ref:main",
        ),
    ],
)
def test_a_repository_is_trusted_in_one_branch_or_environment(repository: Repository, subject: str) -> None:
    assert repository.subject == subject


@pytest.mark.parametrize(
    "branch",
    [
        "*",
        "release/*",
        "ma?n",
        "main:x",
        "a b",
        "",
        "/main",
        "main/",
        "a//b",
        "a/../b",
        "a..b",
        "main.lock",
        "a/b.lock/c",
    ],
)
def test_a_branch_that_is_none_or_would_widen_the_trust_is_refused(
    branch: str, repeatable: str, errors: Errors
) -> None:
    told = told_of_repository(f'{{provider: github, owner: a, name: b, branch: "{branch}"}}', repeatable, errors)
    assert told == [("PLT-225", "teams[0].repository.branch")]


@pytest.mark.parametrize("owner", ["*", "a*", "", "a b", "a:b", "/a", "a/", "a//b", "../a", "?"])
def test_an_owner_that_would_widen_the_trust_is_refused_at_either_provider(
    owner: str, repeatable: str, errors: Errors
) -> None:
    for provider in ("github", "gitlab"):
        told = told_of_repository(f'{{provider: {provider}, owner: "{owner}", name: b}}', repeatable, errors)
        assert told[0] == ("PLT-218", "teams[0].repository.owner")


def told_of_repository(repository: str, text: str, errors: Errors) -> list[tuple[str, str]]:
    team = (
        'teams:\n  - name: fraud\n    cost_center: "2"\n    budget: {monthly_usd: 5, notify: [bea@tiny.example]}\n'
        f"    people: {{data_scientists: [bea@tiny.example]}}\n    repository: {repository}\n"
    )
    return [(error.code, error.path) for error in errors(text + team)]


def test_the_longest_name_of_a_feature_group_fits_what_aws_allows() -> None:
    assert PLATFORM_NAME_LONGEST + 1 + TEAM_NAME_LONGEST + 1 + FEATURE_GROUP_NAME_LONGEST <= 64


def test_more_types_than_a_policy_holds_are_refused(errors: Errors, repeatable: str) -> None:
    listed = ", ".join(f"ml.m5.{number}xlarge" for number in range(MOST_APPROVED_TYPES + 1))
    text = f"{repeatable}{GUARDRAILS.rstrip()[:-1]}, approved_instance_types: [{listed}]}}\n"
    (error,) = errors(text)
    assert (error.code, error.path) == ("PLT-106", "guardrails.approved_instance_types")
