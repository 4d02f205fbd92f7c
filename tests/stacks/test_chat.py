"""Which accounts speak in a model's chat channel: where it serves, and where it is promoted, each once."""

from typing import Any

import pytest
from aws_cdk import App
from aws_cdk.assertions import Template

from mlops_stages.platform import Platform
from stacks.promotion import PromotionTeamStack
from tests.platform.test_served_models import SLA, served

TYPE = "AWS::Chatbot::SlackChannelConfiguration"
CHAT = {"slack": {"workspace": "T0123ABCD", "channel": "C0123ABCD"}}


def a_platform(*, tooling: str | None = None, **alarms: Any) -> Platform:  # noqa: ANN401 - plain data of platform.yaml
    inputs = [{"name": "amount", "type": "number"}]
    endpoint = {"instance_type": "ml.m5.large"}
    found = served(sla=SLA, endpoint=endpoint, inputs=inputs, alarms={"acknowledge_within": "4h", **alarms})
    if tooling is None:
        return found
    return found.model_copy(update={"accounts": found.accounts.model_copy(update={"tooling": tooling})})


def promoted(platform: Platform) -> dict[str, Any]:
    team = platform.teams[0]
    return dict(Template.from_stack(PromotionTeamStack(App(), platform, team, team.models)).to_json()["Resources"])


def channels(resources: dict[str, Any]) -> list[dict[str, Any]]:
    return [each["Properties"] for each in resources.values() if each["Type"] == TYPE]


@pytest.fixture(scope="module")
def apart() -> dict[str, Any]:
    return promoted(a_platform(tooling="999999999999", chat=CHAT))


def test_the_tooling_account_speaks_there_of_promotions(apart: dict[str, Any]) -> None:
    (channel,) = channels(apart)
    assert channel["ConfigurationName"] == "tiny-fraud-tooling-T0123ABCD-C0123ABCD"
    assert channel["GuardrailPolicies"] == ["arn:aws:iam::aws:policy/AWSDenyAll"]


def test_its_functions_are_told_the_topic(apart: dict[str, Any]) -> None:
    (channel,) = channels(apart)
    (topic,) = channel["SnsTopicArns"]
    (role,) = (
        each["Properties"]
        for each in apart.values()
        if each["Type"] == "AWS::IAM::ManagedPolicy" and "TellTheOwner" in str(each["Properties"])
    )
    (told,) = (each for each in role["PolicyDocument"]["Statement"] if each["Sid"] == "TellTheOwner")
    assert topic in told["Resource"]


def test_one_account_speaks_once_and_of_alarms() -> None:
    platform = a_platform(chat=CHAT)
    assert platform.addresses.tooling == platform.addresses.production
    assert channels(promoted(platform)) == []


def test_without_a_channel_nobody_speaks() -> None:
    assert channels(promoted(a_platform(tooling="999999999999"))) == []
