"""A channel of Slack through CloudFormation: held as declared, changed in place, and taken once an account."""

from __future__ import annotations

from typing import Any

import pytest

from mlops_stages.local.refusals import ClientError
from tests.local.clients import LocalAws
from tests.local.stacks import RefusedStackError, Stack, att, changed, ref, resource

DENY_ALL = "arn:aws:iam::aws:policy/AWSDenyAll"
SERVICE = {"Effect": "Allow", "Principal": {"Service": "chatbot.amazonaws.com"}, "Action": "sts:AssumeRole"}
TAGS = [{"Key": "team", "Value": "fraud"}]


@pytest.fixture
def stack(local_aws: LocalAws, account: str) -> Stack:
    return Stack(local_aws, account)


def a_channel(name: str = "acme-fraud", channel: str = "C0123ABCD", **more: Any) -> dict[str, Any]:  # noqa: ANN401
    declared: dict[str, Any] = {
        "ConfigurationName": name,
        "SlackWorkspaceId": "T0123ABCD",
        "SlackChannelId": channel,
        "IamRoleArn": att("Role", "Arn"),
        "SnsTopicArns": [ref("Topic")],
        "GuardrailPolicies": [DENY_ALL],
        "UserRoleRequired": True,
        "LoggingLevel": "NONE",
        "Tags": TAGS,
    }
    return {
        "Role": resource("AWS::IAM::Role", AssumeRolePolicyDocument={"Version": "2012-10-17", "Statement": [SERVICE]}),
        "Topic": resource("AWS::SNS::Topic"),
        "Channel": resource("AWS::Chatbot::SlackChannelConfiguration", **{**declared, **more}),
    }


def described(stack: Stack) -> dict[str, Any]:
    (found,) = stack.client("chatbot").describe_slack_channel_configurations()["SlackChannelConfigurations"]
    return found


def test_a_channel_is_held_as_declared(stack: Stack) -> None:
    out = stack.create(a_channel(), Arn=att("Channel", "Arn"), Id=ref("Channel"), Topic=ref("Topic"))
    found = described(stack)
    arn = f"arn:aws:chatbot::{stack.account}:chat-configuration/slack-channel/acme-fraud"
    assert found["ChatConfigurationArn"] == out["Arn"] == out["Id"] == arn
    assert (found["SlackTeamId"], found["SlackChannelId"]) == ("T0123ABCD", "C0123ABCD")
    assert found["SnsTopicArns"] == [out["Topic"]]
    assert found["GuardrailPolicyArns"] == [DENY_ALL]
    assert found["UserAuthorizationRequired"] is True
    tags = stack.client("chatbot").list_tags_for_resource(ResourceARN=arn)["Tags"]
    assert {"TagKey": "team", "TagValue": "fraud"} in tags


def test_without_guardrails_it_has_what_aws_gives_it(stack: Stack) -> None:
    declared = a_channel()
    del declared["Channel"]["Properties"]["GuardrailPolicies"]
    stack.create(declared)
    assert described(stack)["GuardrailPolicyArns"] == ["arn:aws:iam::aws:policy/AdministratorAccess"]


def test_it_changes_in_place_and_its_tags_with_it(stack: Stack) -> None:
    declared = a_channel()
    stack.create(declared)
    arn = stack.id_of("Channel")
    stack.update(changed(declared, "Channel", SlackChannelId="C9999ZZZZ", Tags=[{"Key": "team", "Value": "credit"}]))
    assert (stack.id_of("Channel"), described(stack)["SlackChannelId"]) == (arn, "C9999ZZZZ")
    tags = stack.client("chatbot").list_tags_for_resource(ResourceARN=arn)["Tags"]
    assert {"TagKey": "team", "TagValue": "credit"} in tags


def test_another_name_is_another_configuration(stack: Stack) -> None:
    declared = a_channel()
    stack.create(declared)
    with pytest.raises(RefusedStackError, match="has already been configured for AWS account"):
        stack.update(changed(declared, "Channel", ConfigurationName="acme-other"))


def test_a_channel_is_taken_once_an_account(stack: Stack, local_aws: LocalAws) -> None:
    stack.create(a_channel())
    with pytest.raises(RefusedStackError, match="has already been configured for AWS account"):
        Stack(local_aws, stack.account).create(a_channel("acme-pricing"))


@pytest.mark.parametrize(
    ("more", "reason"), [({"SlackWorkspaceId": "t-1"}, "SlackTeamId"), ({"LoggingLevel": "ALL"}, "LoggingLevel")]
)
def test_what_aws_would_refuse_is_refused(stack: Stack, more: dict[str, Any], reason: str) -> None:
    with pytest.raises(RefusedStackError, match=reason):
        stack.create(a_channel(**more))


def test_a_deleted_stack_leaves_none(stack: Stack) -> None:
    stack.create(a_channel())
    arn = stack.id_of("Channel")
    stack.delete()
    chatbot = stack.client("chatbot")
    assert chatbot.describe_slack_channel_configurations()["SlackChannelConfigurations"] == []
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        chatbot.describe_slack_channel_configurations(ChatConfigurationArn=arn)
