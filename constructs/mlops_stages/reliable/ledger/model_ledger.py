"""A model's own way into the ledger: a queue that keeps the order, and one for what could not be written."""

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import Tags
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from mlops_stages.foundation import Perimeter, Statement, policy_document, retain
from mlops_stages.platform import Addresses
from mlops_stages.reliable.ledger.ledger import WRITER_SECONDS
from mlops_stages.reliable.metric_alarm import tell_when
from mlops_stages.repeatable.sharing import only, refuse_sharing_at_large, roots

VISIBILITY_SECONDS = 6 * WRITER_SECONDS
"""As Lambda asks of a queue whose messages it tries again.

Source: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
"""
ATTEMPTS = 5
"""Half an hour of failures, by that time, until a message is put aside and the next has its turn."""
LONGEST_SECONDS = 14 * 24 * 3600
"""The longest that SQS keeps a message."""
WAITING_SECONDS = 3600
BATCHES = {"Records": 1, "FailedRecords": 10}
"""One by one, so that a message that fails takes none of those behind it along when it is put aside."""


class ModelLedger(Construct):
    """A FIFO queue that the model's promotion and its retraining alone send to, and the writer alone takes from.

    A message that fails every time is put aside, into a queue of the model's own, and somebody is told. From there the
    writer reads again once the second event source mapping is enabled: nobody has to be able to send a record by hand.

    Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        team: str,
        model: str,
        perimeter: Perimeter,
        addresses: Addresses,
        topic_arn: str,
        deployed_by: Sequence[str],
        is_retrained: bool = False,
    ) -> None:
        """Create the queues and what joins them to the writer.

        Args:
            scope: the parent.
            id: the construct's id in it.
            team: whose model it is.
            model: whose records they are.
            perimeter: the ledger's account, which has a `Ledger` already.
            addresses: the platform's names.
            topic_arn: who is told when a record could not be written.
            deployed_by: ARNs of the roles that may change the queues.
            is_retrained: whether the model has a `ModelRetraining`, which sends what it rejects.

        Raises:
            ValueError: `REP-037` for a promotion in another account without an organization to narrow it to.
        """
        refuse_sharing_at_large(id, perimeter, [addresses.tooling])
        super().__init__(scope, id)
        self._deployed_by = list(deployed_by)
        self._writer = addresses.ledger_writer_role
        failed_name = addresses.ledger_failed_queue_name(team, model)
        name = addresses.ledger_queue_name(team, model)
        failed = self._queue(
            "Failed",
            failed_name,
            addresses,
            redrive_allow_policy={"redrivePermission": "byQueue", "sourceQueueArns": [perimeter.arn("sqs", name)]},
        )
        queue = self._queue(
            "Queue",
            name,
            addresses,
            redrive_policy={"deadLetterTargetArn": failed.attr_arn, "maxReceiveCount": ATTEMPTS},
        )
        senders = [addresses.promote_role(team, model)]
        if is_retrained:
            senders.append(addresses.retrain_role(team, model))
        policies = [
            self._policy(
                "QueuePolicy",
                queue,
                Statement(
                    sid="SendRecordsFromThePromotion",
                    principals=roots(perimeter, [addresses.tooling]),
                    actions=["sqs:SendMessage"],
                    resources=[queue.attr_arn],
                    conditions=only(perimeter, senders),
                ),
                self._denial("DenyOtherSenders", ["sqs:SendMessage"], queue, senders),
            ),
            self._policy("FailedPolicy", failed, self._denial("DenySenders", ["sqs:SendMessage"], failed, [])),
        ]
        for subject, source, enabled in (("Records", queue, True), ("FailedRecords", failed, False)):
            mapping = lambda_.CfnEventSourceMapping(
                self,
                subject,
                function_name=addresses.ledger_writer_name,
                event_source_arn=source.attr_arn,
                batch_size=BATCHES[subject],
                enabled=enabled,
                function_response_types=["ReportBatchItemFailures"],
            )
            for policy in policies:
                mapping.node.add_dependency(policy)
        self._tell(addresses, model, name, failed_name, topic_arn)
        Tags.of(self).add("model", model)
        self.queue_arn: str = queue.attr_arn

    def _queue(
        self,
        id: str,
        name: str,
        addresses: Addresses,
        *,
        redrive_policy: Mapping[str, Any] | None = None,
        redrive_allow_policy: Mapping[str, Any] | None = None,
    ) -> sqs.CfnQueue:
        queue = sqs.CfnQueue(
            self,
            id,
            queue_name=name,
            fifo_queue=True,
            content_based_deduplication=True,
            kms_master_key_id=addresses.ledger_key_alias,
            message_retention_period=LONGEST_SECONDS,
            visibility_timeout=VISIBILITY_SECONDS,
            redrive_policy=redrive_policy,
            redrive_allow_policy=redrive_allow_policy,
        )
        retain(queue)
        return queue

    def _policy(self, id: str, queue: sqs.CfnQueue, *statements: Statement) -> sqs.CfnQueuePolicy:
        taking = ["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:ReceiveMessage"]
        administration = ["sqs:AddPermission", "sqs:DeleteQueue", "sqs:PurgeQueue", "sqs:RemovePermission"]
        administration.append("sqs:SetQueueAttributes")
        every = [
            *statements,
            self._denial("DenyOtherReaders", taking, queue, [self._writer]),
            self._denial("DenyChangingTheQueue", administration, queue, self._deployed_by),
            Statement(
                sid="RefusePlainHttp",
                effect="Deny",
                principals="*",
                actions=["sqs:*"],
                resources=[queue.attr_arn],
                conditions={"Bool": {"aws:SecureTransport": "false"}},
            ),
        ]
        return sqs.CfnQueuePolicy(self, id, queues=[queue.ref], policy_document=policy_document(every))

    def _denial(self, sid: str, actions: Sequence[str], queue: sqs.CfnQueue, but: Sequence[str]) -> Statement:
        return Statement(
            sid=sid,
            effect="Deny",
            principals="*",
            actions=actions,
            resources=[queue.attr_arn],
            conditions={"ArnNotEquals": {"aws:PrincipalArn": list(but)}} if but else None,
        )

    def _tell(self, addresses: Addresses, model: str, name: str, failed_name: str, topic_arn: str) -> None:
        started = f"{addresses.platform}-{model}-ledger"
        tell_when(
            self,
            "NotRecorded",
            name=f"{started}-not-recorded",
            why=f"A record of model {model} could not be written. It lies in {failed_name}; "
            f"the log of {addresses.ledger_writer_name} says why.",
            metric=("AWS/SQS", "ApproximateNumberOfMessagesVisible"),
            dimensions={"QueueName": failed_name},
            tells=topic_arn,
            statistic="Maximum",
        )
        tell_when(
            self,
            "Waiting",
            name=f"{started}-waiting",
            why=f"A record of model {model} has been waiting in {name} for an hour: is the writer running?",
            metric=("AWS/SQS", "ApproximateAgeOfOldestMessage"),
            dimensions={"QueueName": name},
            tells=topic_arn,
            statistic="Maximum",
            threshold=WAITING_SECONDS,
        )
