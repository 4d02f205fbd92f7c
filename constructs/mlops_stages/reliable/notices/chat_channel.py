"""A chat channel that shows what a model's owner is told, and from which nobody does anything."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from aws_cdk import RemovalPolicy
from aws_cdk import aws_chatbot as chatbot
from aws_cdk import aws_sns as sns
from constructs import Construct

from mlops_stages.foundation import Perimeter, ServiceRole, Statement, policy_document
from mlops_stages.platform import Addresses

SERVICE = "chatbot.amazonaws.com"


@dataclass(frozen=True, kw_only=True, order=True)
class SlackChannel:
    """A channel of Slack.

    Attributes:
        workspace: its id; the account was let into it by hand, in the console.
        channel: its id.
    """

    workspace: str
    channel: str


class ChatChannel(Construct):
    """A topic, and the channel that Amazon Q Developer in chat applications shows it in.

    AWS takes a channel once an account, so that the models of a team share it. What members of the channel may do is
    what their role and the guardrails both allow: the channel's role may do nothing, each member would need a role of
    their own, and the guardrail denies all. Left out, the guardrail is AdministratorAccess.

    Source: https://docs.aws.amazon.com/chatbot/latest/adminguide/understanding-permissions.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        perimeter: Perimeter,
        name: str,
        channel: SlackChannel,
        key_arn: str,
        permissions_boundary_arn: str,
    ) -> None:
        """Create topic, role and configuration.

        Args:
            scope: the parent.
            id: the construct's id in it.
            perimeter: the account that speaks in the channel.
            name: the configuration's, of A-Z, a-z, 0-9, `-` and `_`.
            channel: where it speaks.
            key_arn: of the topic; whoever publishes must be allowed to use it.
            permissions_boundary_arn: the most that the channel's role may ever do.
        """
        super().__init__(scope, id)
        topic = sns.CfnTopic(self, "Topic", kms_master_key_id=key_arn)
        topic.apply_removal_policy(RemovalPolicy.DESTROY)
        self.topic_arn: str = topic.ref
        """Where notifications are sent, as `runtime/chat.py` makes them; nothing else is shown."""
        refusal = Statement(
            sid="RefusePlainHttp",
            effect="Deny",
            principals="*",
            actions=["sns:Publish"],
            resources=[self.topic_arn],
            conditions={"Bool": {"aws:SecureTransport": "false"}},
        )
        sns.CfnTopicPolicy(self, "Policy", topics=[self.topic_arn], policy_document=policy_document([refusal]))
        role = ServiceRole(
            self,
            "Role",
            perimeter=perimeter,
            service=SERVICE,
            description="Does nothing: the channel only shows what it is sent",
            permissions_boundary_arn=permissions_boundary_arn,
            # Which keys the service gives when it becomes the channel's role, its guide does not say.
            service_hides_its_source=True,
        )
        chatbot.CfnSlackChannelConfiguration(
            self,
            "Slack",
            configuration_name=name,
            slack_workspace_id=channel.workspace,
            slack_channel_id=channel.channel,
            sns_topic_arns=[self.topic_arn],
            iam_role_arn=role.role_arn,
            guardrail_policies=[f"arn:{perimeter.partition}:iam::aws:policy/AWSDenyAll"],
            user_role_required=True,
            # Its log group would be made by the service, in another region and under none of our keys.
            logging_level="NONE",
        )


def chat_channels(
    scope: Construct,
    channels: Iterable[SlackChannel | None],
    *,
    perimeter: Perimeter,
    addresses: Addresses,
    team: str,
    environment: str,
    key_arn: str,
    permissions_boundary_arn: str,
) -> Mapping[SlackChannel | None, ChatChannel]:
    """The channels that a team's models name, each once; None is none."""
    return {
        channel: ChatChannel(
            scope,
            f"Chat{channel.channel}",
            perimeter=perimeter,
            name=addresses.chat_name(team, environment, channel.workspace, channel.channel),
            channel=channel,
            key_arn=key_arn,
            permissions_boundary_arn=permissions_boundary_arn,
        )
        for channel in sorted({each for each in channels if each is not None})
    }
