"""Policies of event buses, through CloudFormation and through PutPermission."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.local.clients import LocalAws, refusal
from tests.local.stacks import RefusedStackError, Stack, Value, att, changed, ref, resource

OTHER = "222222222222"


@pytest.fixture
def stack(local_aws: LocalAws, account: str) -> Stack:
    return Stack(local_aws, account)


def statement(account: str = OTHER) -> dict[str, Any]:
    return {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
        "Action": "events:PutEvents",
        "Resource": att("Bus", "Arn"),
    }


def bus(**more: Value) -> dict[str, Any]:
    return {
        "Bus": resource("AWS::Events::EventBus", Name="heard"),
        "Policy": resource("AWS::Events::EventBusPolicy", EventBusName=ref("Bus"), StatementId="PutFromThere", **more),
    }


def statements(stack: Stack) -> dict[str, Any]:
    found = stack.client("events").describe_event_bus(Name="heard")
    policy = json.loads(found.get("Policy", '{"Statement": []}'))
    return {each["Sid"]: each for each in policy["Statement"]}


def test_a_statement_is_put_beside_the_others_changed_and_removed(stack: Stack) -> None:
    resources = bus(Statement=statement())
    other = resource(
        "AWS::Events::EventBusPolicy", EventBusName=ref("Bus"), StatementId="PutFromHere", Action="events:PutEvents",
        Principal="333333333333",
    )  # fmt: skip
    stack.create({**resources, "Other": other})
    found = statements(stack)
    assert found["PutFromThere"]["Principal"] == {"AWS": f"arn:aws:iam::{OTHER}:root"}
    assert found["PutFromHere"]["Principal"] == {"AWS": "arn:aws:iam::333333333333:root"}
    assert found["PutFromHere"]["Resource"] == found["PutFromThere"]["Resource"]
    stack.update({**changed(resources, "Policy", Statement=statement("444444444444")), "Other": other})
    assert statements(stack)["PutFromThere"]["Principal"] == {"AWS": "arn:aws:iam::444444444444:root"}
    stack.update({"Bus": resources["Bus"], "Other": other})
    assert set(statements(stack)) == {"PutFromHere"}


def test_another_id_of_the_statement_replaces_it(stack: Stack) -> None:
    resources = bus(Statement=statement())
    stack.create(resources)
    stack.update(changed(resources, "Policy", StatementId="PutFromElsewhere"))
    assert set(statements(stack)) == {"PutFromElsewhere"}


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, "give Statement, or Action and Principal"),
        ({"Statement": statement(), "Action": "events:PutEvents"}, "give Statement, or Action and Principal"),
        ({"Statement": statement(), "Sid": "x"}, "unsupported property Sid"),
        ({"Statement": {"Effect": "Allow"}}, "A statement needs"),
    ],
)
def test_a_policy_that_says_nothing_or_twice_is_refused(stack: Stack, given: dict[str, Any], says: str) -> None:
    with pytest.raises(RefusedStackError, match=says):
        stack.create(bus(**given))


def test_permission_is_given_whole_or_by_account_as_the_api_has_it(stack: Stack) -> None:
    stack.create({"Bus": bus()["Bus"]})
    events = stack.client("events")
    condition = {"Type": "StringEquals", "Key": "aws:PrincipalOrgID", "Value": "o-1"}
    events.put_permission(
        EventBusName="heard", Action="events:PutEvents", Principal="*", StatementId="Org", Condition=condition
    )
    assert statements(stack)["Org"]["Condition"] == {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}
    refusal(lambda: events.put_permission(EventBusName="none", Policy="{}"), code="ResourceNotFoundException")
    refusal(lambda: events.put_permission(EventBusName="heard", Policy="{"), code="ValidationException")
