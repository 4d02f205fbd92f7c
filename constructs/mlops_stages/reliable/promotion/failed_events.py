"""Where an event goes that no function could take: kept for two weeks, and told."""

from collections.abc import Sequence

from aws_cdk import RemovalPolicy
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from mlops_stages.foundation import Statement, policy_document

LONGEST_SECONDS = 14 * 24 * 3600


class FailedEvents(Construct):
    """A queue under a customer-managed key for what failed every time, and the alarm that tells of it.

    Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
    """

    def __init__(
        self, scope: Construct, id: str, *, name: str, key_arn: str, rule_arns: Sequence[str], topic_arn: str, why: str
    ) -> None:
        """Create the queue, its policy and its alarm.

        Args:
            scope: the parent.
            id: the construct's id in it.
            name: the queue's name, and the alarm's.
            key_arn: of its key, whose policy must hold `events_may_encrypt`.
            rule_arns: of the rules of EventBridge that may send here.
            topic_arn: who is told.
            why: what the reader has to know about such an event.
        """
        super().__init__(scope, id)
        queue = sqs.CfnQueue(
            self,
            "Resource",
            queue_name=name,
            kms_master_key_id=key_arn,
            message_retention_period=LONGEST_SECONDS,
        )
        # What lies there is named by the alarm's notice; a stack that goes takes its unheard events with it.
        queue.apply_removal_policy(RemovalPolicy.DESTROY)
        self.queue_arn: str = queue.attr_arn
        sqs.CfnQueuePolicy(
            self,
            "Policy",
            queues=[queue.ref],
            policy_document=policy_document(
                [
                    Statement(
                        sid="KeepWhatRulesCouldNotDeliver",
                        principals={"Service": ["events.amazonaws.com"]},
                        actions=["sqs:SendMessage"],
                        resources=[queue.attr_arn],
                        conditions={"ArnEquals": {"aws:SourceArn": list(rule_arns)}},
                    ),
                    Statement(
                        sid="RefusePlainHttp",
                        effect="Deny",
                        principals="*",
                        actions=["sqs:*"],
                        resources=[queue.attr_arn],
                        conditions={"Bool": {"aws:SecureTransport": "false"}},
                    ),
                ]
            ),
        )
        cloudwatch.CfnAlarm(
            self,
            "Kept",
            alarm_name=name,
            alarm_description=why,
            namespace="AWS/SQS",
            metric_name="ApproximateNumberOfMessagesVisible",
            dimensions=[cloudwatch.CfnAlarm.DimensionProperty(name="QueueName", value=name)],
            statistic="Maximum",
            period=300,
            evaluation_periods=1,
            threshold=1,
            comparison_operator="GreaterThanOrEqualToThreshold",
            treat_missing_data="notBreaching",
            alarm_actions=[topic_arn],
        )
