"""The Repeatable stage's stacks: each account's, each team's in it, and the names by which they find each other."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mlops_stages.platform import DataClassification, Platform, Purpose, load
from stacks.platform_app import platform_app
from tests.conftest import Assembly
from tests.foundation.built import Json

AHEAD = ("arrivals", "fraud")
ACCOUNTS = (Purpose.DEVELOPMENT, Purpose.TOOLING, Purpose.DATA)
Synthesize = Callable[[str], Assembly]


@pytest.fixture(scope="module")
def reference(assembly: Synthesize) -> Assembly:
    return assembly("reference")


@pytest.fixture(scope="module")
def platform(reference: Assembly) -> Platform:
    return load(reference.platform_file)


def properties(found: Assembly, *kinds: str) -> Iterator[tuple[str, Json]]:
    """Account and properties of each resource of some types."""
    for stack, template in found.templates.items():
        for resource in template["Resources"].values():
            if resource["Type"] in kinds:
                yield found.environments[stack][0], resource["Properties"]


def test_each_account_has_a_stack_and_so_has_each_team_that_came_so_far(reference: Assembly) -> None:
    expected = {f"acme-{purpose}" for purpose in ACCOUNTS}
    expected |= {f"acme-{purpose}-team-{team}" for purpose in ACCOUNTS for team in AHEAD}
    found = {name for name in reference.templates if name.startswith(tuple(f"acme-{purpose}" for purpose in ACCOUNTS))}
    assert found == expected
    assert "acme-organization" in reference.templates


def test_each_stack_is_for_its_account(reference: Assembly, platform: Platform) -> None:
    assert platform.guardrails is not None
    accounts = {f"acme-{purpose}": platform.account(purpose) for purpose in (Purpose.EXPERIMENTATION, *ACCOUNTS)}
    accounts["acme-organization"] = platform.guardrails.management_account
    found = {name: account for name, (account, _) in reference.environments.items()}
    ours = {name for name in found if name.partition("-team-")[0] in accounts}
    assert len(ours) == len(accounts) + len(platform.teams) + len(ACCOUNTS) * len(AHEAD)
    for name in ours:
        assert found[name] == accounts[name.partition("-team-")[0]]


def test_a_team_waits_for_its_accounts_stack_and_for_nothing_else(reference: Assembly) -> None:
    for purpose in ACCOUNTS:
        for team in AHEAD:
            artifact = reference.manifest["artifacts"][f"acme-{purpose}-team-{team}"]
            assert set(artifact["dependencies"]) & set(reference.templates) == {f"acme-{purpose}"}


def test_every_name_that_crosses_accounts_leads_to_a_resource(reference: Assembly, platform: Platform) -> None:
    names = platform.addresses
    buckets = {
        (account, each["BucketName"])
        for account, each in properties(reference, "AWS::S3::Bucket")
        if "BucketName" in each
    }
    aliases = {(account, each["AliasName"]) for account, each in properties(reference, "AWS::KMS::Alias")}
    roles = {
        f"arn:aws:iam::{account}:role{each['Path']}{each['RoleName']}"
        for account, each in properties(reference, "AWS::IAM::Role")
        if "RoleName" in each
    }
    for name in AHEAD:
        team = platform.team(name)
        assert (names.tooling, names.artifacts_bucket(name)) in buckets
        assert (names.tooling, names.artifacts_key_alias(name)) in aliases
        assert (names.development, names.pipelines_bucket(name)) in buckets
        assert (names.development, names.pipelines_key_alias(name)) in aliases
        assert {names.ci_role(name), names.deliver_role(name)} <= roles
        for classification in team.classifications:
            assert names.data_jobs_role(name, classification) in roles
            assert (names.data, names.data_bucket(name, classification)) in buckets
            assert (names.data, names.data_key_alias(name, classification)) in aliases
    assert names.pipeline_role("arrivals", "late-arrival") in roles
    groups = {each["ModelPackageGroupName"] for _, each in properties(reference, "AWS::SageMaker::ModelPackageGroup")}
    assert groups == {
        names.package_group_name("arrivals", "late-arrival"),
        names.package_group_name("fraud", "card-fraud"),
    }
    images = {each["RepositoryName"] for _, each in properties(reference, "AWS::ECR::Repository")}
    assert names.image_repository_name("arrivals", "late-arrival") in images


def test_people_of_a_team_that_came_so_far_read_its_shared_data(reference: Assembly) -> None:
    for team, reads in (("arrivals", True), ("fraud", True), ("pricing", False)):
        text = json.dumps(reference.templates[f"acme-experimentation-team-{team}"])
        assert ("ReadSharedDataOfTheTeam" in text) is reads, team


def test_restricted_data_is_shared_with_no_person(assembly: Synthesize) -> None:
    found = assembly("control_tower")
    platform = load(found.platform_file)
    (team,) = (team for team in platform.teams if DataClassification.RESTRICTED in team.classifications)
    bucket = platform.addresses.data_bucket(team.name, DataClassification.RESTRICTED)
    templates = found.templates
    assert bucket in json.dumps(templates[f"bank-data-team-{team.name}"])
    assert bucket not in json.dumps(templates[f"bank-experimentation-team-{team.name}"])


def test_an_account_of_all_purposes_has_one_trail_and_no_name_twice(assembly: Synthesize) -> None:
    found = assembly("one_account")
    assert len(list(properties(found, "AWS::CloudTrail::Trail"))) == 1
    for kind, name in (
        ("AWS::IAM::Role", "RoleName"),
        ("AWS::IAM::ManagedPolicy", "ManagedPolicyName"),
        ("AWS::S3::Bucket", "BucketName"),
        ("AWS::KMS::Alias", "AliasName"),
    ):
        names = [each[name] for _, each in properties(found, kind) if name in each]
        assert names
        assert len(names) == len(set(names)), kind


def test_without_guardrails_there_is_no_stack_of_the_organization(assembly: Synthesize) -> None:
    assert "bank-organization" not in assembly("control_tower").templates


def test_identity_center_gets_a_permission_set_for_each_persona(assembly: Synthesize) -> None:
    template = assembly("several_accounts").templates["harbor-organization"]
    kinds = [resource["Type"] for resource in template["Resources"].values()]
    assert kinds.count("AWS::SSO::PermissionSet") == 7


def test_a_definition_with_a_mistake_is_refused_and_nothing_is_written(reference: Assembly, tmp_path: Path) -> None:
    source, out = tmp_path / "platform.yaml", tmp_path / "out"
    source.write_text(reference.platform_file.read_text("utf-8"), "utf-8")
    definition = (reference.platform_file.parent / "pipelines" / "late-arrival.json").read_text("utf-8")
    (tmp_path / "pipelines").mkdir()
    (tmp_path / "pipelines" / "late-arrival.json").write_text(
        definition.replace('"ImageUri"', '"ImageUrl"', 3), "utf-8"
    )
    with pytest.raises(ValueError, match=r"PIP-\d{3}") as error:
        platform_app(load(source), outdir=str(out)).synth()
    assert "pipelines/late-arrival.json" in str(error.value)
    assert not list(out.glob("*.template.json"))
