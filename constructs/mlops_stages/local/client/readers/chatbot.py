"""Reading the channels of Amazon Q Developer in chat applications back."""

from __future__ import annotations

from mlops_stages.local.client.readers.api import Api, Part, Properties, Reader, Resource
from mlops_stages.local.client.readers.compare import tags

_NAMES = {
    "ConfigurationName": "ConfigurationName",
    "GuardrailPolicies": "GuardrailPolicyArns",
    "IamRoleArn": "IamRoleArn",
    "LoggingLevel": "LoggingLevel",
    "SlackChannelId": "SlackChannelId",
    "SlackWorkspaceId": "SlackTeamId",
    "SnsTopicArns": "SnsTopicArns",
    "UserRoleRequired": "UserAuthorizationRequired",
}
"""What the API calls each property."""


def _channel(api: Api, resource: Resource) -> Properties:
    found = api.call("chatbot", "describe_slack_channel_configurations", ChatConfigurationArn=resource.physical_id)
    channel = found["SlackChannelConfigurations"][0]
    return {name: channel.get(said) for name, said in _NAMES.items()}


def _tags(api: Api, resource: Resource) -> Properties:
    found = api.call("chatbot", "list_tags_for_resource", ResourceARN=resource.physical_id)
    return {"Tags": [{"Key": each["TagKey"], "Value": each["TagValue"]} for each in found["Tags"]]}


READERS = (
    Reader(
        type="AWS::Chatbot::SlackChannelConfiguration",
        parts=(Part(properties=tuple(_NAMES), read=_channel), Part(properties=("Tags",), read=_tags)),
        canonical={"Tags": tags},
    ),
)
