"""A template that a release changes by parameters alone, and change sets on it, as a promotion makes them."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.local.stacks import Stack, Template, Value, att, ref

PREVIOUS = object()
"""A parameter's value: the one that the stack has."""


def unless_empty(parameter: str) -> dict[str, Any]:
    """A condition: the parameter is given."""
    return {"Fn::Not": [empty(parameter)]}


def empty(parameter: str) -> dict[str, Any]:
    """A condition: the parameter is not given."""
    return {"Fn::Equals": [ref(parameter), ""]}


def released(**more: Value) -> dict[str, Any]:
    """A template as that of a model's endpoint, with a topic, a parameter and a queue in the place of SageMaker's.

    The log group is always there; the others while a version is named. `Model` and `Config` are named by the release,
    and kept; `Endpoint` is changed in place. `more` are further resources.
    """
    together = {
        "Fn::Or": [
            {"Fn::And": [empty("Package"), empty("ConfigName")]},
            {"Fn::And": [unless_empty("Package"), unless_empty("ConfigName")]},
        ]
    }
    kept = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain", "Condition": "Serving"}
    return {
        "Parameters": {
            "Package": {
                "Type": "String",
                "Default": "",
                "AllowedPattern": "^(|package/[0-9]+)$",
                "MaxLength": 12,
                "ConstraintDescription": "must be empty, or a version",
            },
            "ConfigName": {"Type": "String", "Default": ""},
            "Shift": {"Type": "String", "Default": "InSteps", "AllowedValues": ["InSteps", "AtOnce"]},
        },
        "Rules": {"Together": {"Assertions": [{"Assert": together, "AssertDescription": "give both, or neither"}]}},
        "Conditions": {"Serving": unless_empty("Package"), "Hurried": {"Fn::Equals": [ref("Shift"), "AtOnce"]}},
        "Resources": {
            "Logs": {"Type": "AWS::Logs::LogGroup", "Properties": {"RetentionInDays": 30}},
            "Model": {
                "Type": "AWS::SNS::Topic",
                **kept,
                "Properties": {"TopicName": {"Fn::Sub": "${AWS::StackName}-${ConfigName}"}},
            },
            "Config": {
                "Type": "AWS::SSM::Parameter",
                **kept,
                "Properties": {
                    "Name": {"Fn::Sub": "/${AWS::StackName}/${ConfigName}"},
                    "Type": "String",
                    "Value": att("Model", "TopicName"),
                },
            },
            "Endpoint": {
                "Type": "AWS::SQS::Queue",
                "Condition": "Serving",
                "Properties": {
                    "QueueName": ref("AWS::StackName"),
                    "VisibilityTimeout": {"Fn::If": ["Hurried", 7, ref("AWS::NoValue")]},
                    "Tags": [{"Key": "config", "Value": ref("Config")}],
                },
            },
            **more,
        },
        "Outputs": {
            "Serves": {"Condition": "Serving", "Value": att("Model", "TopicName")},
            "Logs": {"Value": ref("Logs")},
        },
    }


@dataclass
class Release:
    """Change sets on one stack."""

    stack: Stack

    def propose(self, template: Template | None = None, *, create: bool = False, **given: Value) -> Value:
        """Make a change set and describe it; on the stack's own template unless one is given.

        Members of CreateChangeSet begin with a capital and are no parameter's: `Parameters` come as `parameters`.
        """
        formation = self.stack.client("cloudformation")
        parameters: Mapping[str, Value] = given.pop("parameters", {})
        source: dict[str, Value] = (
            {"UsePreviousTemplate": True} if template is None else {"TemplateBody": json.dumps(template)}
        )
        made = formation.create_change_set(
            StackName=self.stack.name,
            ChangeSetType="CREATE" if create else "UPDATE",
            Parameters=[_parameter(name, value) for name, value in parameters.items()],
            **{"ChangeSetName": f"set-{secrets.token_hex(4)}", **source, **given},
        )
        return formation.describe_change_set(ChangeSetName=made["Id"])

    def execute(self, change_set: Value) -> Value:
        """Execute a change set; the stack's description once it is done. Raises RefusedStackError."""
        self.stack.client("cloudformation").execute_change_set(ChangeSetName=change_set["ChangeSetId"])
        return self.stack.settled(change_set["StackId"])

    def deploy(self, template: Template | None = None, *, create: bool = False, **given: Value) -> Value:
        """Make a change set and execute it."""
        return self.execute(self.propose(template, create=create, **given))


def _parameter(name: str, value: Value) -> dict[str, Value]:
    given = {"UsePreviousValue": True} if value is PREVIOUS else {"ParameterValue": value}
    return {"ParameterKey": name, **given}


def version(number: int, **more: Value) -> dict[str, Value]:
    """The parameters of a release."""
    return {"Package": f"package/{number}", "ConfigName": f"v{number}", **more}


def changes(change_set: Value) -> dict[str, tuple[str, ...]]:
    """What a change set does, by logical id: the action, then the replacement and the policy that apply."""
    told = [each["ResourceChange"] for each in change_set["Changes"]]
    return {
        each["LogicalResourceId"]: (
            each["Action"],
            *(each[member] for member in ("Replacement", "PolicyAction") if member in each),
        )
        for each in told
    }
