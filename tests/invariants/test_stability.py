"""Invariants 1, 7 and 8: same input, same bytes; a team changes only what is theirs; no custom resources."""

import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import cast

import pytest
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

from mlops_stages.platform import load
from tests.conftest import GENERATED_TEAMS, ORGANIZATIONS, ROOT, load_module
from tests.invariants.conftest import Organization

MOST_RESOURCES = 400
SNAPSHOT = Path(__file__).parent / "logical_ids.json"
MUST_NOT_MOVE = (
    "AWS::CloudTrail::Trail",
    "AWS::CodeArtifact::Domain",
    "AWS::CodeArtifact::Repository",
    "AWS::DynamoDB::Table",
    "AWS::ECR::Repository",
    "AWS::Glue::Database",
    "AWS::KMS::Key",
    "AWS::Logs::LogGroup",
    "AWS::S3::Bucket",
    "AWS::SageMaker::Domain",
    "AWS::SageMaker::FeatureGroup",
    "AWS::SageMaker::MlflowApp",
    "AWS::SageMaker::ModelPackageGroup",
    "AWS::SageMaker::Endpoint",
    "AWS::SageMaker::Pipeline",
    "AWS::SageMaker::UserProfile",
)
Synthesize = Callable[..., dict[str, str]]


@pytest.fixture(scope="module")
def synthesize(tmp_path_factory: pytest.TempPathFactory) -> Synthesize:
    """Synthesize so many teams by `python app.py`, once, in a directory of their own; gives the templates' text."""
    generator = load_module(ORGANIZATIONS / "generate.py")

    @cache
    def run(teams: int, stage: str = "initial", directory_name: str = "here") -> dict[str, str]:
        directory = tmp_path_factory.mktemp(directory_name)
        generator.write(generator.organization(teams, 5, stage), directory / "platform.yaml")
        environment = {
            **os.environ,
            "CDK_OUTDIR": str(directory / "out"),
            "PYTHONHASHSEED": str(teams + len(directory_name)),
            "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "constructs"))),
        }
        subprocess.run([sys.executable, str(ROOT / "app.py")], cwd=directory, env=environment, check=True)
        return {path.name: path.read_text("utf-8") for path in (directory / "out").glob("*.template.json")}

    return run


def test_the_same_input_gives_the_same_bytes(synthesize: Synthesize) -> None:
    first = synthesize(2)
    assert first == synthesize(2, directory_name="another-directory")
    assert len(first) == 3


def test_a_new_team_changes_only_what_is_theirs(synthesize: Synthesize) -> None:
    before = synthesize(1)
    after = synthesize(2)
    new = after.keys() - before.keys()
    assert new == {"vast-experimentation-team-team-002.template.json"}
    assert {name: after[name] for name in before} == before


def test_a_new_team_changes_only_what_is_theirs_in_every_account(synthesize: Synthesize) -> None:
    before = synthesize(1, "repeatable")
    after = synthesize(2, "repeatable")
    accounts = ("experimentation", "development", "tooling", "data")
    assert after.keys() - before.keys() == {f"vast-{name}-team-team-002.template.json" for name in accounts}
    assert {name: after[name] for name in before} == before


def test_the_first_team_does_not_change_the_account(synthesize: Synthesize) -> None:
    name = "vast-experimentation.template.json"
    assert synthesize(1)[name] == synthesize(0)[name]


def test_a_template_carries_no_time_no_path_and_no_version_of_the_cdk(organization: Organization) -> None:
    for path in organization.assembly.directory.glob("*.template.json"):
        text = path.read_text("utf-8")
        assert str(ROOT) not in text
        assert str(Path.home()) not in text
        assert "AWS::CDK::Metadata" not in text
        assert not re.search(r"\b20\d\d-\d\d-\d\dT\d\d:\d\d", text)


def test_no_function_stands_in_for_a_resource(organization: Organization) -> None:
    """Functions that do work are welcome; those that CloudFormation calls instead of making a resource are not."""
    custom = [
        str(resource)
        for resource in organization.resources()
        if resource.type.startswith("Custom::")
        or resource.type == "AWS::CloudFormation::CustomResource"
        or "ServiceToken" in resource.properties
    ]
    assert custom == []


def test_no_asset_is_needed_beyond_templates_and_archives_of_code_named_by_their_own_hash(
    organization: Organization,
) -> None:
    for path in organization.assembly.directory.glob("*.assets.json"):
        assets = json.loads(path.read_text("utf-8"))
        assert assets.get("dockerImages", {}) == {}
        for file in assets["files"].values():
            name = file["source"]["path"]
            if not name.endswith(".template.json"):
                content = (organization.assembly.directory / name).read_bytes()
                assert name == f"asset.{hashlib.sha256(content).hexdigest()}.zip"


def test_no_stack_nears_the_limit_of_resources(organization: Organization) -> None:
    sizes = {stack: len(template["Resources"]) for stack, template in organization.templates.items()}
    assert max(sizes.values()) <= MOST_RESOURCES
    assert set(sizes) >= {f"{load(organization.assembly.platform_file).name}-experimentation"}


def test_logical_ids_of_what_holds_data_never_change(organization: Organization) -> None:
    """A changed id replaces the resource: change the snapshot by hand, and only with a migration in the changelog."""
    generated = organization.name in GENERATED_TEAMS
    stacks = {s for s in organization.templates if not generated or "-team-" not in s or s.endswith("-team-001")}
    ids = sorted(f"{r.stack}/{r.logical_id}" for r in organization.resources(*MUST_NOT_MOVE) if r.stack in stacks)
    expected = json.loads(SNAPSHOT.read_text("utf-8"))
    assert ids == expected[organization.name]


# What a resource with a fixed name may not change without being replaced, and why that does no harm.
FIXED_FOR_LIFE = {
    ("AWS::ApplicationAutoScaling::ScalingPolicy", "ScalingTargetId"): "it follows from the endpoint's name, as does "
    "the policy's",
    ("AWS::Chatbot::SlackChannelConfiguration", "SlackWorkspaceId"): "the name holds it",
    ("AWS::CodeArtifact::Domain", "EncryptionKey"): "the key is retained and never replaced",
    ("AWS::CodeArtifact::PackageGroup", "Pattern"): "the pattern is what the group is",
    ("AWS::CodeArtifact::Repository", "DomainName"): "the domain is retained and has the platform's name",
    ("AWS::CodeConnections::Connection", "ProviderType"): "the name holds it",
    ("AWS::ECR::Repository", "EncryptionConfiguration"): "the key is retained and never replaced",
    ("AWS::Glue::Table", "CatalogId"): "the account's own",
    ("AWS::Glue::Table", "TableInput"): "of it, only the name: each table is named by what it is of",
    ("AWS::StepFunctions::StateMachine", "StateMachineType"): "no promotion is an express one",
    ("AWS::SSO::PermissionSet", "InstanceArn"): "an organization has one instance",
    ("AWS::SageMaker::FeatureGroup", "Description"): "it says team and classification; another is another group",
    ("AWS::SageMaker::FeatureGroup", "OfflineStoreConfig"): "bucket and key are retained, their names fixed",
    ("AWS::SageMaker::FeatureGroup", "OnlineStoreConfig"): "another is another group; docs/platform-file.md says so",
    ("AWS::SageMaker::FeatureGroup", "RoleArn"): "the role has a fixed name and is never replaced",
    ("AWS::SageMaker::FeatureGroup", "Tags"): "team and classification; changing tags are not set, as AWS takes none",
    ("AWS::Budgets::Budget", "NotificationsWithSubscribers"): "the name holds a hash of them",
    ("AWS::SageMaker::Domain", "AuthMode"): "a platform chooses its sign-in once; docs/getting-started.md says so",
    ("AWS::SageMaker::Domain", "KmsKeyId"): "the key is retained and never replaced",
    ("AWS::SageMaker::MlflowApp", "RoleArn"): "the role has no fixed name, and nothing that replaces it changes",
    ("AWS::SageMaker::UserProfile", "DomainId"): "the domain is retained and never replaced",
    ("AWS::SageMaker::UserProfile", "SingleSignOnUserIdentifier"): "as the domain's AuthMode",
    ("AWS::SageMaker::UserProfile", "SingleSignOnUserValue"): "another address gives another name",
    ("AWS::SQS::Queue", "FifoQueue"): "the name ends in .fifo, and AWS takes it for no other queue",
    ("AWS::IAM::Role", "Path"): "team and platform, which the name holds too",
    **{
        ("AWS::Lambda::LayerVersion", name): "a layer's name has versions: another is made beside the one before"
        for name in ("CompatibleArchitectures", "CompatibleRuntimes", "Content", "Description")
    },
}


def test_nothing_with_a_fixed_name_must_be_replaced_to_be_changed(organization: Organization) -> None:
    """CloudFormation makes the new one first: with the same name, that fails."""
    trapped: set[tuple[str, str]] = set()
    for resource in organization.resources():
        properties = resource.properties
        create_only = {path.split("/")[2] for path in create_only_properties(resource.type)}
        names = {name for name in create_only if name.endswith("Name") and isinstance(properties.get(name), str)}
        names -= {"ServiceName"}
        if "Budget" in create_only or names:
            for name in create_only - names - {"Budget"}:
                if name in properties and name != "DomainSettings" and name != "UserSettings":
                    trapped.add((resource.type, name))
    assert trapped <= FIXED_FOR_LIFE.keys(), trapped - FIXED_FOR_LIFE.keys()


def create_only_properties(type_name: str) -> list[str]:
    """The properties whose change replaces a resource, by the type's own schema."""
    schema = cast("dict[str, list[str]]", PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", type_name).schema)
    return schema.get("createOnlyProperties", [])
