"""Our resource types against CloudFormation's own registry, as cfn-lint ships it: an independent judge."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

import pytest

from mlops_stages.local.server.api import shapes
from mlops_stages.local.server.cloudformation.api_types import ApiType
from mlops_stages.local.server.ec2 import group_rules
from mlops_stages.local.server.front import resource_types as resources
from tests.local.stacks import Value

NOT_TAKEN = {
    "AWS::ApplicationAutoScaling::ScalableTarget": {"ScheduledActions"},
    "AWS::ApplicationAutoScaling::ScalingPolicy": {"PredictiveScalingPolicyConfiguration"},
    "AWS::Chatbot::SlackChannelConfiguration": {"CustomizationResourceArns"},
    "AWS::CloudWatch::Alarm": {
        "ActionConfiguration",
        "EvaluationCriteria",
        "EvaluationInterval",
        "WarmUpConfiguration",
    },
    "AWS::CloudWatch::CompositeAlarm": {"ActionConfiguration"},
    "AWS::CloudTrail::Trail": {"InsightSelectors", "AggregationConfigurations"},
    "AWS::EC2::FlowLog": {"TagFieldSpecifications"},
    "AWS::SSO::PermissionSet": {"CustomerManagedPolicyReferences", "PermissionsBoundary"},
    "AWS::RAM::ResourceShare": {
        "ResourceShareConfiguration",
        "ResourceShareConfiguration/RetainSharingOnAccountLeaveOrganization",
        "Sources",
    },
}
"""Properties of AWS's that are refused here, loudly, because nothing behind them would hold them."""

CHANGES_WITH_A_NEW_NAME = {"AWS::SageMaker::Domain": {"VpcId"}}
"""Properties that AWS replaces only sometimes; here always."""

types = pytest.mark.parametrize("kind", resources.API_TYPES, ids=lambda kind: kind.type)


def schema(name: str) -> Mapping[str, Any]:
    manager: Any = importlib.import_module("cfnlint.schema.manager").PROVIDER_SCHEMA_MANAGER
    found: Mapping[str, Any] = manager.get_resource_schema("us-east-1", name).schema
    return found


def paths(found: Mapping[str, Any], of: str) -> set[str]:
    return {str(path).removeprefix("/properties/") for path in found.get(of) or ()}


@types
def test_a_type_takes_the_properties_that_cloudformation_takes(kind: ApiType) -> None:
    found = schema(kind.type)
    # What can be given once, and is read back as AWS has it, is in both lists.
    settable = set(found["properties"]) - (paths(found, "readOnlyProperties") - paths(found, "createOnlyProperties"))
    assert set(kind.properties) == settable - NOT_TAKEN.get(kind.type, set())


@types
def test_a_type_needs_the_properties_that_cloudformation_needs(kind: ApiType) -> None:
    assert {path for path in kind.required if "/" not in path} == set(schema(kind.type).get("required") or ())


@types
def test_a_type_is_replaced_for_the_changes_that_cloudformation_replaces_it_for(kind: ApiType) -> None:
    expected = paths(schema(kind.type), "createOnlyProperties") - NOT_TAKEN.get(kind.type, set())
    assert set(kind.create_only) == expected | CHANGES_WITH_A_NEW_NAME.get(kind.type, set())


@pytest.mark.parametrize("rule", group_rules.RULES, ids=lambda rule: rule.type)
def test_a_rules_other_side_is_named_as_cloudformation_names_it(rule: group_rules.GroupRule) -> None:
    named = set(schema(rule.type)["properties"])
    assert {f"{rule.other}SecurityGroupId", f"{rule.other}PrefixListId", "CidrIp", "CidrIpv6"} <= named


def resolved(found: Mapping[str, Any], node: Mapping[str, Any]) -> Mapping[str, Any]:
    """A schema's node with its reference followed."""
    while "$ref" in node:
        name = str(node["$ref"]).rpartition("/")[2]
        node = found["definitions"][name]
    return node


def unknown(found: Mapping[str, Any], node: Mapping[str, Any], shape: Value, path: str) -> list[str]:
    """The properties under a node of CloudFormation's that the API's shape does not have."""
    node = resolved(found, node)
    if shape.type_name == "list" and "items" in node:
        return unknown(found, node["items"], shape.member, path)
    if shape.type_name != "structure" or "properties" not in node:
        return []
    missing: list[str] = []
    for name, below in node["properties"].items():
        if name not in shape.members:
            missing.append(f"{path}/{name}")
        elif path.count("/") < 8:
            missing += unknown(found, below, shape.members[name], f"{path}/{name}")
    return missing


@pytest.mark.parametrize(
    ("name", "service", "operation", "differs"),
    [
        ("AWS::SageMaker::Domain", "sagemaker", "CreateDomain", set[str]()),
        ("AWS::SageMaker::UserProfile", "sagemaker", "CreateUserProfile", set[str]()),
        ("AWS::SageMaker::MlflowApp", "sagemaker", "CreateMlflowApp", set[str]()),
        ("AWS::Budgets::Budget", "budgets", "CreateBudget", set[str]()),
    ],
)
def test_every_nested_property_has_its_place_in_the_api(
    name: str, service: str, operation: str, differs: set[str]
) -> None:
    found, shape = schema(name), shapes.input_shape(service, operation)
    assert shape is not None
    settable = set(found["properties"]) - paths(found, "readOnlyProperties")
    missing: list[str] = []
    for property_name in sorted(settable):
        missing += unknown(found, found["properties"][property_name], shape.members[property_name], property_name)
    assert set(missing) == differs
