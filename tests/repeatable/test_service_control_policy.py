"""A service control policy denies, fits AWS's size, and outlives its stack."""

from collections.abc import Sequence

import pytest
from aws_cdk import Stack

from mlops_stages.foundation import Statement
from mlops_stages.repeatable.guardrails import Denial
from mlops_stages.repeatable.service_control_policy import MARGIN_BYTES, MOST_BYTES, ServiceControlPolicy
from tests.foundation.built import built, refused

LEAVING = Denial(sid="NobodyLeaves", actions=["organizations:LeaveOrganization"])


def policy(
    stack: Stack, statements: Sequence[Statement] = (LEAVING,), targets: Sequence[str] = ("111111111111",)
) -> ServiceControlPolicy:
    return ServiceControlPolicy(
        stack, "Guard", name="acme-guard", description="for a test", statements=statements, targets=targets
    )


def test_it_denies_and_is_attached() -> None:
    made = built(policy)
    assert made.one("AWS::Organizations::Policy") == {
        "Name": "acme-guard",
        "Description": "for a test",
        "Type": "SERVICE_CONTROL_POLICY",
        "TargetIds": ["111111111111"],
        "Content": {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "NobodyLeaves",
                    "Effect": "Deny",
                    "Action": "organizations:LeaveOrganization",
                    "Resource": "*",
                }
            ],
        },
    }
    assert made.findings == ()


def test_it_is_not_deleted_with_its_stack() -> None:
    (resource,) = built(policy).resources("AWS::Organizations::Policy").values()
    assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")


def test_a_policy_over_the_size_is_refused_by_its_name() -> None:
    large = Denial(sid="Large", actions=[f"s3:{'x' * 100}{n}" for n in range(60)])
    message, made = refused(lambda stack: policy(stack, [large]))
    assert message.startswith("REP-010: Guard: policy acme-guard has ")
    assert f"at most {MOST_BYTES - MARGIN_BYTES}" in message
    assert made == []


def test_letters_of_other_scripts_count_as_the_bytes_that_they_are() -> None:
    large = Denial(sid="Large", actions=["s3:" + "é" * 2400])
    message, _ = refused(lambda stack: policy(stack, [large]))
    assert message.startswith("REP-010")


@pytest.mark.parametrize("statements", [[], [LEAVING, Statement(sid="Everything", actions=["s3:GetObject"])]])
def test_a_policy_that_does_not_deny_is_refused(statements: list[Statement]) -> None:
    message, made = refused(lambda stack: policy(stack, statements))
    assert message.startswith("REP-011: Guard: policy acme-guard must deny")
    assert made == []


@pytest.mark.parametrize("targets", [[], ["111111111111", "111111111111"], ["r-a1b2"]])
def test_no_target_one_given_twice_and_the_root_are_refused(targets: list[str]) -> None:
    message, made = refused(lambda stack: policy(stack, targets=targets))
    assert message.startswith("REP-012")
    assert made == []
