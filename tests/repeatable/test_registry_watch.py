"""RegistryWatch: the owner of a model is told of every update of its versions, whatever the update says."""

import json
from typing import Any

import pytest
from aws_cdk import Stack

from mlops_stages.repeatable import registry_watch
from mlops_stages.repeatable.registry_watch import RegistryWatch
from tests.foundation.built import Built, built
from tests.iam_data import actions
from tests.repeatable.tooling import ADDRESSES, HERE

KEY, ACCOUNT_TOPIC = "arn:aws:kms:eu-west-1:333333333333:key/1", "arn:aws:sns:eu-west-1:333333333333:alarms"
VERSIONS = "arn:aws:sagemaker:eu-west-1:333333333333:model-package/arrivals-late-arrival/"


def a_watch(stack: Stack) -> RegistryWatch:
    return RegistryWatch(
        stack,
        "Watch",
        perimeter=HERE,
        addresses=ADDRESSES,
        team="arrivals",
        model="late-arrival",
        owner="hugo@acme.example",
        key_arn=KEY,
        account_topic_arn=ACCOUNT_TOPIC,
    )


@pytest.fixture(scope="module")
def found() -> Built:
    return built(a_watch)


def test_the_owner_and_the_accounts_owner_are_told(found: Built) -> None:
    (subscription,) = found.all("AWS::SNS::Subscription")
    assert (subscription["Protocol"], subscription["Endpoint"]) == ("email", "hugo@acme.example")
    (topic,) = found.resources("AWS::SNS::Topic")
    targets = found.one("AWS::Events::Rule")["Targets"]
    assert [target["Arn"] for target in targets] == [{"Ref": topic}, ACCOUNT_TOPIC]
    assert not [target for target in targets if "RoleArn" in target]


def test_the_notice_says_who_did_what_and_with_which_request(found: Built) -> None:
    for target in found.one("AWS::Events::Rule")["Targets"]:
        told = target["InputTransformer"]
        lines = [json.loads(line) for line in told["InputTemplate"].splitlines()]
        assert lines[1] == "<what> by <who> at <when> in account <account>"
        assert "<request>" in lines[2]
        assert told["InputPathsMap"]["who"] == "$.detail.userIdentity.arn"
        assert told["InputPathsMap"]["request"] == "$.detail.requestParameters"


def test_every_update_of_the_models_versions_matches_and_none_of_another_models(found: Built) -> None:
    pattern = found.one("AWS::Events::Rule")["EventPattern"]
    assert pattern["detail-type"] == ["AWS API Call via CloudTrail"]
    detail = pattern["detail"]
    assert (detail["eventSource"], set(detail["eventName"])) == (["sagemaker.amazonaws.com"], {*registry_watch.UPDATES})
    asked: dict[str, Any] = {}
    for each in detail["$or"]:
        asked |= each["requestParameters"]
    assert asked["modelPackageArn"] == asked["modelPackageName"] == [{"prefix": VERSIONS}]
    assert "arrivals-late-arrival" in asked["modelPackageGroupName"]
    # No field of the request narrows it: what AWS adds tomorrow is told as well.
    assert asked.keys() == {*registry_watch.VERSION_FIELDS}


def test_every_call_that_changes_the_registry_is_watched() -> None:
    changes = {
        action.name.partition(":")[2]
        for action in actions("sagemaker:*ModelPackage*")
        if action.access_level in ("Write", "Permissions management") and "Create" not in action.name
    }
    assert changes == {*registry_watch.UPDATES}


def test_a_notice_that_cannot_be_delivered_raises_an_alarm(found: Built) -> None:
    alarm = found.one("AWS::CloudWatch::Alarm")
    rule = found.one("AWS::Events::Rule")
    assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/Events", "FailedInvocations")
    assert alarm["Dimensions"] == [{"Name": "RuleName", "Value": rule["Name"]}]
    assert alarm["AlarmActions"] == [ACCOUNT_TOPIC]


def test_the_packs_find_nothing(found: Built) -> None:
    assert found.findings == ()
