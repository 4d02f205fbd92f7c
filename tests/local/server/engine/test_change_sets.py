"""Change sets on a template whose parameters say what is released, seen by boto3 as on AWS."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.local.change_sets import PREVIOUS, Release, changes, empty, released, version
from tests.local.clients import LocalAws, refusal
from tests.local.stacks import RefusedStackError, Stack, Value, after, ref, resource

NO_CHANGES = "The submitted information didn't contain changes. Submit different information to create a change set."


@pytest.fixture
def release(local_aws: LocalAws, account: str) -> Release:
    """A stack of the template, with nothing released."""
    found = Release(Stack(local_aws, account))
    found.deploy(released(), create=True)
    return found


@pytest.fixture
def second(release: Release) -> Release:
    """A stack with a version that serves."""
    release.deploy(parameters=version(1))
    return release


def resources(release: Release) -> set[str]:
    found = release.stack.client("cloudformation").describe_stack_resources(StackName=release.stack.name)
    return {each["LogicalResourceId"] for each in found["StackResources"]}


def described(release: Release) -> Value:
    return release.stack.client("cloudformation").describe_stacks(StackName=release.stack.name)["Stacks"][0]


def outputs(stack: Value) -> set[str]:
    return {each["OutputKey"] for each in stack["Outputs"]}


def values(stack: Value) -> dict[str, str]:
    return {each["ParameterKey"]: each["ParameterValue"] for each in stack["Parameters"]}


def models(release: Release) -> set[str]:
    """The versions whose model is there, in the stack or kept."""
    topics = release.stack.client("sns").list_topics()["Topics"]
    return {each["TopicArn"].rpartition("-")[2] for each in topics}


def timeout(release: Release) -> str:
    queues = release.stack.client("sqs")
    url = queues.get_queue_url(QueueName=release.stack.name)["QueueUrl"]
    found = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])
    return str(found["Attributes"]["VisibilityTimeout"])


def test_what_a_condition_turns_on_is_added(release: Release) -> None:
    assert resources(release) == {"Logs"}
    proposed = release.propose(parameters=version(1))
    assert changes(proposed) == {"Config": ("Add",), "Endpoint": ("Add",), "Model": ("Add",)}
    stack = release.execute(proposed)
    assert resources(release) == {"Logs", "Config", "Endpoint", "Model"}
    assert outputs(stack) == {"Serves", "Logs"}


def test_what_a_condition_turns_off_is_removed_by_its_policy(second: Release) -> None:
    proposed = second.propose(parameters={"Package": "", "ConfigName": ""})
    assert changes(proposed) == {
        "Config": ("Remove", "Retain"),
        "Endpoint": ("Remove", "Delete"),
        "Model": ("Remove", "Retain"),
    }
    stack = second.execute(proposed)
    assert (resources(second), outputs(stack), models(second)) == ({"Logs"}, {"Logs"}, {"v1"})
    assert second.stack.client("sqs").list_queues().get("QueueUrls", []) == []


def test_a_condition_alone_adds_what_names_no_parameter(release: Release) -> None:
    template = released(Extra={"Type": "AWS::SNS::Topic", "Condition": "Serving"})
    release.deploy(template, parameters=version(1))
    release.deploy(parameters={"Package": "", "ConfigName": ""})
    assert changes(release.propose(parameters=version(2)))["Extra"] == ("Add",)


def test_a_new_version_replaces_what_is_named_by_it_and_keeps_the_old(second: Release) -> None:
    proposed = second.propose(parameters=version(2))
    assert changes(proposed) == {
        "Config": ("Modify", "True", "ReplaceAndRetain"),
        "Endpoint": ("Modify", "False"),
        "Model": ("Modify", "True", "ReplaceAndRetain"),
    }
    details = {each["ResourceChange"]["LogicalResourceId"]: each["ResourceChange"] for each in proposed["Changes"]}
    causes = {(d["Target"]["Name"], d.get("CausingEntity")) for d in details["Model"]["Details"]}
    assert ("TopicName", "ConfigName") in causes
    second.execute(proposed)
    assert models(second) == {"v1", "v2"}


def test_values_that_are_not_named_again_come_from_the_template_and_previous_ones_stay(second: Release) -> None:
    stack = second.deploy(parameters={"Package": PREVIOUS, "ConfigName": PREVIOUS, "Shift": "AtOnce"})
    assert values(stack) == {"Package": "package/1", "ConfigName": "v1", "Shift": "AtOnce"}
    assert timeout(second) == "7"
    second.deploy(parameters={"Package": PREVIOUS, "ConfigName": PREVIOUS})
    assert timeout(second) == "30"


def test_nothing_new_is_a_failed_change_set_that_cannot_be_executed(second: Release) -> None:
    for template in (None, released()):
        proposed = second.propose(template, parameters={"Package": PREVIOUS, "ConfigName": PREVIOUS})
        told = (proposed["Status"], proposed["ExecutionStatus"], proposed["StatusReason"])
        assert told == ("FAILED", "UNAVAILABLE", NO_CHANGES)
    formation = second.stack.client("cloudformation")
    refusal(lambda: formation.execute_change_set(ChangeSetName=proposed["ChangeSetId"]), code="InvalidChangeSetStatus")


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"Package": "package/2"}, "give both, or neither"),
        ({"Package": "other/2", "ConfigName": "v2"}, "must be empty, or a version"),
        ({"Package": "package/22222", "ConfigName": "v2"}, "must be empty, or a version"),
        ({"Shift": "Sideways"}, "AllowedValues"),
        ({"Packages": "package/2"}, "Parameters: [Packages] do not exist in the template"),
    ],
)
def test_parameters_that_the_template_does_not_take_are_refused(
    release: Release, parameters: dict[str, str], says: str
) -> None:
    assert says in refusal(lambda: release.propose(parameters=parameters), code="ValidationError")


def test_a_rule_holds_on_create_and_on_an_update_of_the_stack(release: Release) -> None:
    other = Release(Stack(release.stack.aws, release.stack.account))
    alone = {"ConfigName": "v1"}
    refused = refusal(lambda: other.propose(released(), create=True, parameters=alone), code="ValidationError")
    assert "give both, or neither" in refused
    formation = release.stack.client("cloudformation")
    given = [{"ParameterKey": "ConfigName", "ParameterValue": "v1"}]
    update = {"StackName": release.stack.name, "UsePreviousTemplate": True, "Parameters": given}
    assert "give both" in refusal(lambda: formation.update_stack(**update), code="ValidationError")


def test_a_parameter_without_a_value_is_refused(release: Release) -> None:
    template = released()
    template["Parameters"]["Owner"] = {"Type": "String"}
    lacking = refusal(lambda: release.propose(template), code="ValidationError")
    assert "Parameters: [Owner] must have values" in lacking
    unknown = refusal(lambda: release.propose(template, parameters={"Owner": PREVIOUS}), code="ValidationError")
    assert "Cannot specify usePreviousValue as true for a parameter key not in the previous template" in unknown


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"UsePreviousTemplate": False}, "Either Template URL or Template Body must be specified."),
        ({"TemplateBody": json.dumps(released())}, "Give one of"),
        ({"ChangeSetName": "1st"}, "at 'changeSetName' failed to satisfy constraint"),
        ({"ChangeSetName": "s" * 129}, "at 'changeSetName' failed to satisfy constraint"),
    ],
)
def test_a_request_that_names_no_template_or_no_name_is_refused(
    release: Release, given: dict[str, Any], says: str
) -> None:
    assert says in refusal(lambda: release.propose(**given), code="ValidationError")


def test_alarms_that_would_roll_a_change_back_are_refused_since_nobody_looks_at_them(release: Release) -> None:
    trigger = {"Arn": "arn:aws:cloudwatch:eu-west-1:1:alarm:a", "Type": "AWS::CloudWatch::Alarm"}
    given = {"RollbackTriggers": [trigger]}
    said = refusal(lambda: release.propose(RollbackConfiguration=given), code="NotImplemented")
    assert "RollbackConfiguration" in said


def test_an_update_tells_of_what_it_changes_alone(second: Release) -> None:
    formation = second.stack.client("cloudformation")
    before = {each["EventId"] for each in formation.describe_stack_events(StackName=second.stack.name)["StackEvents"]}
    second.deploy(parameters={"Package": PREVIOUS, "ConfigName": PREVIOUS, "Shift": "AtOnce"})
    events = formation.describe_stack_events(StackName=second.stack.name)["StackEvents"]
    told = {(each["LogicalResourceId"], each["ResourceStatus"]) for each in events if each["EventId"] not in before}
    assert told == {
        (name, f"UPDATE_{state}") for name in (second.stack.name, "Endpoint") for state in ("IN_PROGRESS", "COMPLETE")
    }


def test_a_failed_update_puts_the_old_version_back(second: Release) -> None:
    group = resource("AWS::SageMaker::ModelPackageGroup", ModelPackageGroupName=ref("Group"))
    template = released(Group=after("Endpoint", group))
    template["Parameters"]["Group"] = {"Type": "String", "Default": second.stack.name}
    second.deploy(template, parameters={"Package": PREVIOUS, "ConfigName": PREVIOUS})
    with pytest.raises(RefusedStackError, match="UPDATE_ROLLBACK_COMPLETE"):
        second.deploy(parameters=version(2, Shift="AtOnce", Group="no name!"))
    stack = described(second)
    assert values(stack) == {**version(1), "Shift": "InSteps", "Group": second.stack.name}
    assert outputs(stack) == {"Serves", "Logs"}
    assert timeout(second) == "30"
    assert "v1" in models(second)
    told = second.stack.client("cloudformation").describe_stack_resources(StackName=second.stack.name)
    model = next(each for each in told["StackResources"] if each["LogicalResourceId"] == "Model")
    assert model["PhysicalResourceId"].endswith("-v1")


def test_a_change_of_our_own_types_says_what_replaces_them(release: Release) -> None:
    template = released(Group=resource("AWS::SageMaker::ModelPackageGroup", ModelPackageGroupName=ref("Group")))
    template["Parameters"]["Group"] = {"Type": "String", "Default": release.stack.name}
    release.deploy(template)
    assert changes(release.propose(parameters={"Group": "other"}))["Group"] == ("Modify", "True", "ReplaceAndDelete")


def test_change_sets_are_found_by_the_stacks_id_and_only_by_its_own(second: Release) -> None:
    proposed = second.propose(parameters=version(2))
    formation, name, stack_id = second.stack.client("cloudformation"), proposed["ChangeSetName"], proposed["StackId"]
    assert formation.describe_change_set(ChangeSetName=name, StackName=stack_id)["Status"] == "CREATE_COMPLETE"
    listed = formation.list_change_sets(StackName=stack_id)["Summaries"]
    assert proposed["ChangeSetId"] in {each["ChangeSetId"] for each in listed}
    other = Release(Stack(second.stack.aws, second.stack.account))
    other.deploy(released(), create=True)
    asked = {"ChangeSetName": proposed["ChangeSetId"], "StackName": other.stack.name}
    refusal(lambda: formation.execute_change_set(**asked), code="ChangeSetNotFound")


def test_an_executed_change_set_takes_the_others_with_it(second: Release) -> None:
    first, other = (second.propose(parameters=version(number)) for number in (2, 3))
    second.execute(first)
    formation = second.stack.client("cloudformation")
    refusal(lambda: formation.execute_change_set(ChangeSetName=other["ChangeSetId"]), code="ChangeSetNotFound")
    again = refusal(
        lambda: formation.execute_change_set(ChangeSetName=first["ChangeSetId"]), code="InvalidChangeSetStatus"
    )
    assert "EXECUTE_COMPLETE" in again


def test_a_deleted_change_set_is_gone(second: Release) -> None:
    proposed = second.propose(parameters=version(2))
    formation = second.stack.client("cloudformation")
    formation.delete_change_set(ChangeSetName=proposed["ChangeSetName"], StackName=proposed["StackId"])
    refusal(lambda: formation.describe_change_set(ChangeSetName=proposed["ChangeSetId"]), code="ChangeSetNotFound")


@pytest.mark.parametrize(
    ("expression", "holds"),
    [
        ({"Fn::Equals": [ref("AWS::Region"), "eu-west-1"]}, True),
        ({"Fn::Equals": ["", {"Fn::Join": ["", ref("Names")]}]}, False),
        ({"Fn::Not": [{"Fn::Equals": [{"Fn::Select": [1, ref("Names")]}, "b"]}]}, False),
        ({"Fn::Equals": [{"Fn::FindInMap": ["Sizes", ref("AWS::Partition"), "Size"]}, "large"]}, True),
        ({"Fn::Or": [{"Fn::Equals": [{"Fn::Sub": "${Names}-${AWS::AccountId}"}, "x"]}, {"Condition": "Never"}]}, False),
    ],
)
def test_a_condition_may_compare_what_functions_give(
    local_aws: LocalAws, account: str, expression: dict[str, Any], holds: bool
) -> None:
    template = {
        "Parameters": {"Names": {"Type": "CommaDelimitedList", "Default": "a, b"}},
        "Mappings": {"Sizes": {"aws": {"Size": "large"}}},
        "Conditions": {"Never": {"Fn::Equals": ["a", "b"]}, "Asked": expression},
        "Resources": {
            "Always": resource("AWS::SNS::Topic"),
            "Topic": {"Type": "AWS::SNS::Topic", "Condition": "Asked"},
        },
    }
    proposed = Release(Stack(local_aws, account)).propose(template, create=True)
    assert ("Topic" in changes(proposed)) is holds


def test_a_hidden_value_is_not_told(release: Release) -> None:
    template = released()
    template["Parameters"]["Secret"] = {"Type": "String", "NoEcho": True}
    template["Conditions"]["HasSecret"] = empty("Secret")
    template["Resources"]["Logs"]["Properties"]["RetentionInDays"] = 60
    proposed = release.propose(template, parameters={"Secret": "hush"})
    assert values(proposed)["Secret"] == "****"
    assert values(release.execute(proposed))["Secret"] == "****"
