"""Where alarms go: a topic with a named owner."""

from collections.abc import Iterator, Sequence

from aws_cdk import RemovalPolicy
from aws_cdk import aws_sns as sns
from constructs import Construct

from mlops_stages.foundation.perimeter import Perimeter
from mlops_stages.foundation.statement import Statement, policy_document


def alarms_may_encrypt(perimeter: Perimeter) -> Statement:
    """The key policy's statement that lets CloudWatch's alarms of this account publish to an encrypted topic.

    Source: https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
    """
    return Statement(
        sid="AlarmsOfThisAccountPublishToTheTopic",
        principals={"Service": ["cloudwatch.amazonaws.com"]},
        actions=["kms:Decrypt", "kms:GenerateDataKey"],
        conditions=perimeter.from_this_account,
    )


def events_may_encrypt() -> Statement:
    """The key policy's statement that lets EventBridge publish to an encrypted topic.

    AWS supports no condition on the source here; the topic's policy has one.

    Source: https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
    """
    return Statement(
        sid="EncryptWhatEventRulesPublish",
        principals={"Service": ["events.amazonaws.com"]},
        actions=["kms:Decrypt", "kms:GenerateDataKey"],
    )


class AlarmTopic(Construct):
    """An encrypted topic that CloudWatch's alarms of this account publish to, read by its owners.

    Rules of EventBridge may, too, where they are named.

    Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        perimeter: Perimeter,
        key_arn: str,
        owners: Sequence[str],
        rule_arns: Sequence[str] = (),
        name: str | None = None,
    ) -> None:
        """Create the topic.

        Args:
            scope: the parent.
            id: the construct's id in it.
            perimeter: the account whose alarms may publish.
            key_arn: of the key that it is under; that key's policy must hold `alarms_may_encrypt`.
            owners: e-mail addresses; each confirms its subscription once.
            rule_arns: of the rules of EventBridge that may publish; the key's policy must hold `events_may_encrypt`.
            name: the topic's name, for whoever publishes by it; `None` leaves it to CloudFormation.

        Raises:
            ValueError: `FND-060` without an owner.
        """
        if not owners:
            message = f"FND-060: {id}: an alarm that nobody receives is worse than none; name an owner"
            raise ValueError(message)
        super().__init__(scope, id)
        topic = sns.CfnTopic(self, "Resource", kms_master_key_id=key_arn, topic_name=name)
        topic.apply_removal_policy(RemovalPolicy.DESTROY)
        self.topic_arn: str = topic.ref
        self.owners = tuple(owners)
        sns.CfnTopicPolicy(
            self,
            "Policy",
            topics=[self.topic_arn],
            policy_document=policy_document(
                [
                    Statement(
                        sid="AlarmsOfThisAccountPublish",
                        principals={"Service": ["cloudwatch.amazonaws.com"]},
                        actions=["sns:Publish"],
                        resources=[self.topic_arn],
                        conditions=perimeter.from_this_account,
                    ),
                    *_rules_publish(self.topic_arn, rule_arns),
                    Statement(
                        sid="RefusePlainHttp",
                        effect="Deny",
                        principals="*",
                        actions=["sns:Publish"],
                        resources=[self.topic_arn],
                        conditions={"Bool": {"aws:SecureTransport": "false"}},
                    ),
                ]
            ),
        )
        for number, owner in enumerate(owners):
            sns.CfnSubscription(self, f"Owner{number}", topic_arn=self.topic_arn, protocol="email", endpoint=owner)


def _rules_publish(topic_arn: str, rule_arns: Sequence[str]) -> Iterator[Statement]:
    if rule_arns:
        yield Statement(
            sid="PublishFromEventRules",
            principals={"Service": ["events.amazonaws.com"]},
            actions=["sns:Publish"],
            resources=[topic_arn],
            conditions={"ArnLike": {"aws:SourceArn": list(rule_arns)}},
        )
