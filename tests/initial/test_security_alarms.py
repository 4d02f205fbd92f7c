"""SecurityAlarms: what should never happen reaches a named owner."""

import json

import pytest
from aws_cdk import Stack

from mlops_stages.foundation import AlarmTopic
from mlops_stages.initial import SecurityAlarms
from mlops_stages.initial.security_alarms import WATCHED
from mlops_stages.local.server.logs.filter_patterns import compiled
from tests.foundation.built import BOUNDARY, HERE, Built, a_key, built

OWNER = "platform@acme.example"


def alarms(stack: Stack) -> None:
    topic = AlarmTopic(stack, "Topic", perimeter=HERE, key_arn=a_key(stack).key_arn, owners=[OWNER])
    SecurityAlarms(
        stack, "Alarms", platform="acme", log_group_name="trail", topic=topic, permissions_boundary_arn=BOUNDARY
    )


@pytest.fixture(scope="module")
def found() -> Built:
    return built(alarms)


def test_every_watched_event_has_a_filter_and_an_alarm_of_its_metric(found: Built) -> None:
    filters = {f["MetricTransformations"][0]["MetricName"]: f for f in found.all("AWS::Logs::MetricFilter")}
    alarms = {alarm["MetricName"]: alarm for alarm in found.all("AWS::CloudWatch::Alarm")}
    assert set(filters) == set(alarms) == {watched.id for watched in WATCHED}
    for name, alarm in alarms.items():
        (transformation,) = filters[name]["MetricTransformations"]
        assert transformation["MetricNamespace"] == alarm["Namespace"] == "acme/Security"
        assert filters[name]["LogGroupName"] == "trail"


def test_the_owner_is_told_within_five_minutes_of_a_single_event(found: Built) -> None:
    (topic,) = found.resources("AWS::SNS::Topic")
    for alarm in found.all("AWS::CloudWatch::Alarm"):
        assert alarm["AlarmActions"] == [{"Ref": topic}]
        assert (alarm["Period"], alarm["EvaluationPeriods"], alarm["Threshold"]) == (300, 1, 1)
        assert alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"
        assert alarm["TreatMissingData"] == "notBreaching"
        assert OWNER in alarm["AlarmDescription"]
    assert found.one("AWS::SNS::Subscription")["Endpoint"] == OWNER


@pytest.mark.parametrize(
    "event",
    ["StopLogging", "DeleteTrail", "ScheduleKeyDeletion", "DisableKey", "DeleteRolePermissionsBoundary", "Root"],
)
def test_what_undoes_the_account_is_watched(found: Built, event: str) -> None:
    assert any(f'"{event}"' in f["FilterPattern"] for f in found.all("AWS::Logs::MetricFilter"))


OTHER_POLICY = "arn:aws:iam::111111111111:policy/acme-use-studio"


@pytest.mark.parametrize(
    ("name", "policy", "told"),
    [
        ("CreatePolicyVersion", BOUNDARY, True),
        ("SetDefaultPolicyVersion", BOUNDARY, True),
        ("CreatePolicyVersion", "arn:aws:iam::111111111111:policy/acme-development-boundary", True),
        ("SetDefaultPolicyVersion", "arn:aws:iam::111111111111:policy/acme-data-boundary", True),
        ("CreatePolicyVersion", OTHER_POLICY, False),
        ("SetDefaultPolicyVersion", OTHER_POLICY, False),
        ("PutRolePermissionsBoundary", BOUNDARY, True),
        ("DeleteRolePermissionsBoundary", None, True),
    ],
)
def test_a_deploy_that_changes_any_other_policy_alarms_nobody(
    found: Built, name: str, policy: str | None, told: bool
) -> None:
    (pattern,) = [
        f["FilterPattern"]
        for f in found.all("AWS::Logs::MetricFilter")
        if f["MetricTransformations"][0]["MetricName"] == "BoundaryChanged"
    ]
    event = {"eventName": name, "requestParameters": {"policyArn": policy} if policy else {"roleName": "any"}}
    assert compiled(pattern)(json.dumps(event)) is told


def test_the_packs_find_nothing(found: Built) -> None:
    assert found.findings == ()
