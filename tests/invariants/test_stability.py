"""Invariants 1, 7 and 8: same input, same bytes; a team changes only what is theirs; no custom resources."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

from mlops_stages.platform import load
from tests.conftest import ORGANIZATIONS, ROOT, load_module
from tests.invariants.conftest import Organization

MOST_RESOURCES = 400
SNAPSHOT = Path(__file__).parent / "logical_ids.json"
MUST_NOT_MOVE = (
    "AWS::CloudTrail::Trail",
    "AWS::KMS::Key",
    "AWS::Logs::LogGroup",
    "AWS::S3::Bucket",
    "AWS::SageMaker::Domain",
    "AWS::SageMaker::MlflowApp",
    "AWS::SageMaker::UserProfile",
)
Synthesize = Callable[[dict[str, object], str], dict[str, str]]


@pytest.fixture
def synthesize(tmp_path: Path) -> Synthesize:
    """Synthesize plain data by `python app.py`, in a process and directory of its own; gives the templates' text."""
    generator = load_module(ORGANIZATIONS / "generate.py")

    def run(platform: dict[str, object], name: str) -> dict[str, str]:
        directory = tmp_path / name
        directory.mkdir()
        generator.write(platform, directory / "platform.yaml")
        environment = {
            **os.environ,
            "CDK_OUTDIR": str(directory / "out"),
            "PYTHONHASHSEED": str(len(name)),
            "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "constructs"))),
        }
        subprocess.run([sys.executable, str(ROOT / "app.py")], cwd=directory, env=environment, check=True)
        return {path.name: path.read_text("utf-8") for path in (directory / "out").glob("*.template.json")}

    return run


@pytest.fixture
def generate() -> Callable[[int, int], dict[str, object]]:
    return load_module(ORGANIZATIONS / "generate.py").organization


def test_the_same_input_gives_the_same_bytes(
    synthesize: Synthesize, generate: Callable[[int, int], dict[str, object]]
) -> None:
    first = synthesize(generate(2, 5), "first")
    assert first == synthesize(generate(2, 5), "another-directory")
    assert len(first) == 3


def test_a_new_team_changes_only_what_is_theirs(
    synthesize: Synthesize, generate: Callable[[int, int], dict[str, object]]
) -> None:
    before = synthesize(generate(1, 5), "before")
    after = synthesize(generate(2, 5), "after")
    new = after.keys() - before.keys()
    assert new == {"vast-experimentation-team-team-002.template.json"}
    assert {name: after[name] for name in before} == before


def test_the_first_team_does_not_change_the_account(
    synthesize: Synthesize, generate: Callable[[int, int], dict[str, object]]
) -> None:
    none = synthesize(generate(0, 5), "none")
    assert (
        synthesize(generate(1, 5), "one")["vast-experimentation.template.json"]
        == none["vast-experimentation.template.json"]
    )


def test_a_template_carries_no_time_no_path_and_no_version_of_the_cdk(organization: Organization) -> None:
    for path in organization.assembly.directory.glob("*.template.json"):
        text = path.read_text("utf-8")
        assert str(ROOT) not in text
        assert str(Path.home()) not in text
        assert "AWS::CDK::Metadata" not in text
        assert not re.search(r"\b20\d\d-\d\d-\d\dT\d\d:\d\d", text)


def test_no_custom_resource(organization: Organization) -> None:
    custom = [
        str(resource)
        for resource in organization.resources()
        if resource.type.startswith("Custom::") or resource.type == "AWS::CloudFormation::CustomResource"
    ]
    lambdas = [str(resource) for resource in organization.resources("AWS::Lambda::Function")]
    assert custom + lambdas == []


def test_no_asset_is_needed_beyond_the_templates(organization: Organization) -> None:
    for path in organization.assembly.directory.glob("*.assets.json"):
        assets = json.loads(path.read_text("utf-8"))
        assert assets.get("dockerImages", {}) == {}
        assert all(file["source"]["path"].endswith(".template.json") for file in assets["files"].values())


def test_no_stack_nears_the_limit_of_resources(organization: Organization) -> None:
    sizes = {stack: len(template["Resources"]) for stack, template in organization.templates.items()}
    assert max(sizes.values()) <= MOST_RESOURCES
    assert set(sizes) >= {f"{load(organization.assembly.platform_file).name}-experimentation"}


def test_logical_ids_of_what_holds_data_never_change(organization: Organization) -> None:
    """A changed id replaces the resource: change the snapshot by hand, and only with a migration in the changelog."""
    first = {f"{load(organization.assembly.platform_file).name}-experimentation-team-{name}" for name in ("team-001",)}
    stacks = {s for s in organization.templates if organization.name != "hundred_teams" or "-team-" not in s} | first
    ids = sorted(f"{r.stack}/{r.logical_id}" for r in organization.resources(*MUST_NOT_MOVE) if r.stack in stacks)
    expected = json.loads(SNAPSHOT.read_text("utf-8"))
    assert ids == expected[organization.name]


# What a resource with a fixed name may not change without being replaced, and why that does no harm.
FIXED_FOR_LIFE = {
    ("AWS::Budgets::Budget", "NotificationsWithSubscribers"): "the name holds a hash of them",
    ("AWS::SageMaker::Domain", "AuthMode"): "a platform chooses its sign-in once; docs/getting-started.md says so",
    ("AWS::SageMaker::Domain", "KmsKeyId"): "the key is retained and never replaced",
    ("AWS::SageMaker::MlflowApp", "RoleArn"): "the role has no fixed name, and nothing that replaces it changes",
    ("AWS::SageMaker::UserProfile", "DomainId"): "the domain is retained and never replaced",
    ("AWS::SageMaker::UserProfile", "SingleSignOnUserIdentifier"): "as the domain's AuthMode",
    ("AWS::SageMaker::UserProfile", "SingleSignOnUserValue"): "another address gives another name",
    ("AWS::IAM::Role", "Path"): "team and platform, which the name holds too",
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
