"""What a deploy will make is read from the templates; machines of pipelines from their definitions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mlops_stages.platform import Purpose, load
from mlops_stages.preflight import read_plan
from mlops_stages.preflight.checks.imported_network import NEEDED
from mlops_stages.preflight.checks.instances import Machines, machines_of
from mlops_stages.preflight.checks.names import NAMED
from tests.conftest import Assembly


def test_the_endpoints_that_an_imported_network_needs_are_those_of_a_network_of_ours(
    assembly: Callable[[str], Assembly],
) -> None:
    found = assembly("reference")
    plan = read_plan(load(found.platform_file), found.directory)
    for purpose, services in NEEDED.items():
        made = {
            each.text("ServiceName") for each in plan.of_type("AWS::EC2::VPCEndpoint", plan.platform.account(purpose))
        }
        assert made == {service.format(region=plan.region) for service in services}, purpose
    assert set(NEEDED) == {
        Purpose.EXPERIMENTATION,
        Purpose.DATA,
        Purpose.DEVELOPMENT,
        Purpose.STAGING,
        Purpose.PRODUCTION,
    }


def test_every_type_with_a_fixed_name_is_looked_for(assembly: Callable[[str], Assembly]) -> None:
    """A new type whose resources have names of their own comes into names.py, or in here with the reason."""
    elsewhere = {
        "AWS::CE::AnomalyMonitor": "PRE-030; its name is not unique",
        "AWS::CE::AnomalySubscription": "its name is not unique",
        "AWS::CloudTrail::Trail": "PRE-025",
        "AWS::CloudWatch::Dashboard": "the alarms of its model, whose names begin alike, are looked for",
        "AWS::CodeArtifact::PackageGroup": "in a domain of our own",
        "AWS::CodeArtifact::Repository": "in a domain of our own",
        "AWS::EC2::VPCEndpoint": "the name is its service's",
        "AWS::Events::Rule": "its alarm, NAME-undelivered, is looked for",
        "AWS::RAM::ResourceShare": "its name is not unique",
        "AWS::S3::Bucket": "PRE-091, PRE-092",
        "AWS::SageMaker::UserProfile": "in a domain of our own",
        "AWS::Scheduler::Schedule": "in a group of our own",
    }
    looked_for = {named.type for named in NAMED} | elsewhere.keys()
    for organization in ("reference", "several_accounts"):
        found = assembly(organization)
        plan = read_plan(load(found.platform_file), found.directory)
        own = {"Name", *(f"{kind}Name" for kind in ("Bucket", "Role", "Alias", "Repository", "Service", "Pipeline"))}
        suffixed = {
            each.type
            for each in plan.resources
            for name, value in each.properties.items()
            if isinstance(value, str) and (name in own or name == f"{each.type.rpartition(':')[2]}Name")
        }
        assert suffixed <= looked_for, organization


def test_a_stack_knows_what_it_asks_of_its_bootstrap(assembly: Callable[[str], Assembly]) -> None:
    found = assembly("reference")
    plan = read_plan(load(found.platform_file), found.directory)
    for stack in plan.stacks:
        assert stack.bootstrap is not None
        assert stack.bootstrap.parameter == "/cdk-bootstrap/hnb659fds/version"
        assert stack.bootstrap.least_version >= 6
        role = f"role/cdk-hnb659fds-lookup-role-{stack.account}-{stack.region}"
        assert (stack.bootstrap.lookup_role or "").endswith(role)


DEFINITION = {
    "Parameters": [{"Name": "Type", "DefaultValue": "ml.c5.xlarge"}, {"Name": "Unknown", "Type": "String"}],
    "Steps": [
        {
            "Name": "Prepare",
            "Type": "Processing",
            "Arguments": {
                "ProcessingResources": {"ClusterConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 2}}
            },
        },
        {
            "Name": "Gate",
            "Type": "Condition",
            "Arguments": {
                "IfSteps": [
                    {
                        "Name": "Train",
                        "Type": "Training",
                        "Arguments": {
                            "ResourceConfig": {"InstanceType": {"Get": "Parameters.Type"}, "InstanceCount": 1}
                        },
                    },
                    {
                        "Name": "Later",
                        "Type": "Training",
                        "Arguments": {"ResourceConfig": {"InstanceType": {"Get": "Parameters.Unknown"}}},
                    },
                ]
            },
        },
    ],
}


def test_the_machines_of_a_pipeline_are_known_in_branches_and_by_parameters_too() -> None:
    assert machines_of(DEFINITION, "a/b") == (
        Machines(type="ml.m5.large", step="a/b, step Prepare", quota="ml.m5.large for processing job usage", count=2),
        Machines(type="ml.c5.xlarge", step="a/b, step Train", quota="ml.c5.xlarge for training job usage", count=1),
    )


@pytest.mark.parametrize("definition", [None, [], {"Steps": None}, {"Steps": [1, {"Type": "Training"}]}])
def test_a_definition_that_is_none_has_no_machines(definition: object) -> None:
    assert machines_of(definition, "a/b") == ()


def test_a_directory_that_is_no_assembly_is_refused(tmp_path: Path, assembly: Callable[[str], Assembly]) -> None:
    platform = load(assembly("reference").platform_file)
    with pytest.raises(OSError, match=r"manifest\.json"):
        read_plan(platform, tmp_path)
    (tmp_path / "manifest.json").write_text("no", encoding="utf-8")
    with pytest.raises(ValueError, match="Expecting value"):
        read_plan(platform, tmp_path)
