"""Whether an environment holds after a deployment."""

from __future__ import annotations

from typing import Any

import pytest

from mlops_stages.delivery import stacks_of, troubles
from mlops_stages.delivery.smoke import template_of
from mlops_stages.platform import Purpose
from mlops_stages.preflight.aws import Account
from tests.delivery.staging import Staging, alarm, role


def says(staging: Staging, plan: Any) -> list[str]:  # noqa: ANN401
    return [each.says for each in troubles(plan, staging.access, Purpose.STAGING)]


def test_what_was_deployed_as_synthesized_holds(staging: Staging) -> None:
    resources = {"Role": role("s3:GetObject"), "Alarm": alarm("quiet")}
    staging.deploy("staging", resources)
    assert says(staging, staging.synthesize(staging=resources)) == []


def test_a_stack_that_is_missing_or_another_is_told(staging: Staging) -> None:
    staging.deploy("staging", {"Role": role("s3:GetObject")})
    plan = staging.synthesize(staging={"Role": role("s3:PutObject")}, staging_team_fraud={"Role": role()})
    assert says(staging, plan) == ["another template is deployed than this assembly's", "it is not deployed"]


def test_an_alarm_that_is_on_is_told(staging: Staging) -> None:
    resources = {"Role": role(), "Alarm": alarm("loud")}
    staging.deploy("staging", resources)
    cloudwatch = staging.aws.client("cloudwatch", staging.account)
    cloudwatch.set_alarm_state(AlarmName="loud", StateValue="ALARM", StateReason="too many errors")
    (told,) = says(staging, staging.synthesize(staging=resources))
    assert told.startswith("alarm loud is on: ")


def test_stacks_of_other_environments_are_not_looked_at(staging: Staging) -> None:
    plan = staging.synthesize(staging={"Role": role()}, stagings={"Role": role()}, production={"Role": role()})
    assert [stack.name for stack in stacks_of(plan, Purpose.STAGING)] == ["acme-staging"]
    assert [stack.name for stack in stacks_of(plan, Purpose.PRODUCTION)] == ["acme-production"]


class Rehearsed:
    """Answers of an account, by the call."""

    def __init__(self, status: str, endpoint: str, template: dict[str, Any]) -> None:
        self._answers: dict[str, Any] = {
            "describe_stacks": {"Stacks": [{"StackStatus": status}]},
            "get_template": {"TemplateBody": template},
            "list_stack_resources": {
                "StackResourceSummaries": [
                    {
                        "ResourceType": "AWS::SageMaker::Endpoint",
                        "PhysicalResourceId": "arn:aws:sagemaker:eu-west-1:111111111111:endpoint/fraud-card-staging",
                    }
                ]
            },
            "describe_endpoint": {"EndpointStatus": endpoint},
        }

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        def answer(**_: object) -> Any:  # noqa: ANN401
            return self._answers[name]

        return answer

    def can_paginate(self, _: str) -> bool:
        return False


@pytest.mark.parametrize(
    ("status", "endpoint", "expected"),
    [
        ("UPDATE_COMPLETE", "InService", []),
        ("UPDATE_ROLLBACK_COMPLETE", "InService", ["its status is UPDATE_ROLLBACK_COMPLETE"]),
        ("UPDATE_COMPLETE", "Failed", ["endpoint fraud-card-staging is Failed"]),
    ],
)
def test_a_rollback_and_an_endpoint_out_of_service_are_told(
    staging: Staging, status: str, endpoint: str, expected: list[str]
) -> None:
    resources = {"Role": role()}
    plan = staging.synthesize(staging=resources)
    client = Rehearsed(status, endpoint, {"Resources": resources})

    def always(service: str, region: str) -> Rehearsed:
        assert (service, region) != ("", "")
        return client

    class One:
        def caller(self) -> Any:  # noqa: ANN401
            raise AssertionError

        def account(self, id: str) -> Account:
            return Account(id, "eu-west-1", always)

    assert template_of(One().account(staging.account), plan.stacks[0]) == {"Resources": resources}
    assert [each.says for each in troubles(plan, One(), Purpose.STAGING)] == expected
