"""AWS::Chatbot::SlackChannelConfiguration, over the operations in `service`."""

from __future__ import annotations

from mlops_stages.local.server.chatbot.service import SERVICE
from mlops_stages.local.server.cloudformation.api_types import ApiType, Properties, TagApi

RENAMED = {
    "GuardrailPolicies": "GuardrailPolicyArns",
    "SlackWorkspaceId": "SlackTeamId",
    "UserRoleRequired": "UserAuthorizationRequired",
}
"""The API's parameters that CloudFormation calls otherwise."""
_CREATE_ONLY = ("ConfigurationName", "SlackWorkspaceId")
_CHANGED = ("GuardrailPolicies", "IamRoleArn", "LoggingLevel", "SlackChannelId", "SnsTopicArns", "UserRoleRequired")


def _request(properties: Properties) -> Properties:
    renamed = {RENAMED.get(name, name): value for name, value in properties.items() if name != "Tags"}
    tags = [{"TagKey": each["Key"], "TagValue": each["Value"]} for each in properties.get("Tags") or ()]
    return {**renamed, "Tags": tags}


def _change(arn: str, old: Properties, new: Properties) -> Properties:
    del old
    return {
        "ChatConfigurationArn": arn,
        **{RENAMED.get(name, name): new[name] for name in _CHANGED if new.get(name) is not None},
    }


SLACK_CHANNEL = ApiType(
    type="AWS::Chatbot::SlackChannelConfiguration",
    service=SERVICE,
    properties=(*_CREATE_ONLY, *_CHANGED, "Tags"),
    required=("ConfigurationName", "IamRoleArn", "SlackChannelId", "SlackWorkspaceId"),
    create_only=_CREATE_ONLY,
    create="CreateSlackChannelConfiguration",
    update="UpdateSlackChannelConfiguration",
    delete="DeleteSlackChannelConfiguration",
    request=_request,
    change=_change,
    physical_id=lambda parameters, answer: answer["ChannelConfiguration"]["ChatConfigurationArn"],
    identity=lambda physical_id: {"ChatConfigurationArn": physical_id},
    describe=lambda physical_id: {"Arn": physical_id},
    arn=lambda physical_id: physical_id,
    missing=("ResourceNotFoundException",),
    tags=TagApi(add="TagResource", remove="UntagResource", arn="ResourceARN", begin="Tag"),
)

TYPES = (SLACK_CHANNEL,)
