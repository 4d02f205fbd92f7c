"""The ledger's witness in another account: a key that signs how long each ledger is, and what ends it."""

from collections.abc import Sequence

from aws_cdk import RemovalPolicy
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from mlops_stages.foundation import (
    CustomerManagedKey,
    DutyRole,
    EncryptedLogGroup,
    LambdaFunction,
    Perimeter,
    ServiceRole,
    Statement,
    policy_document,
    run_functions,
    trust_in_lambda,
)
from mlops_stages.initial.account_baseline import AccountBaseline, GivenFromOutside
from mlops_stages.platform import Addresses
from mlops_stages.reliable.ledger.ledger import CHANGES_OF_KEYS, CODE, actions_in_use
from mlops_stages.reliable.ledger.signing_key import SigningKey
from mlops_stages.reliable.ledger.statements import deny_ending_the_key, lets_decrypt, lets_read, sign_heads
from mlops_stages.reliable.ledger.telling import tell_of_changes_to_the_bucket, tell_of_changes_to_the_key
from mlops_stages.reliable.ledger.written_once_bucket import WrittenOnceBucket
from mlops_stages.reliable.metric_alarm import tell_when
from mlops_stages.repeatable.sharing import refuse_sharing_at_large
from mlops_stages.runtime.ledger.heads import HEADS
from mlops_stages.runtime.ledger.keeping import RETENTION_YEARS

SIGNED_EVERY = "rate(12 hours)"
HOURS_WITHOUT = 25
"""Hours after which somebody is told that nothing was signed: two runs, and an hour."""
SIGNER_SECONDS = 900
LONGEST_SECONDS = 14 * 24 * 3600
HOUR = 3600


class LedgerHeads(Construct):
    """Key, bucket and function that sign the heads of all ledgers of a platform, twice a day.

    In another account than the ledger, if the platform has one: whoever could remove a record there cannot have signed
    that it never was. The signer checks what was added since it last signed, and signs nothing that does not follow.

    Source: https://docs.aws.amazon.com/kms/latest/developerguide/symmetric-asymmetric.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        owner: str,
        perimeter: Perimeter,
        addresses: Addresses,
        auditors: bool,
        deployed_by: Sequence[str],
        retention_years: int = RETENTION_YEARS,
        given: GivenFromOutside | None = None,
        with_audit_trail: bool = False,
    ) -> None:
        """Create what signs.

        Args:
            scope: the parent.
            id: the construct's id in it.
            owner: e-mail address of who is told when nothing is signed.
            perimeter: the heads' account and its organization.
            addresses: the platform's names.
            auditors: whether there is a role of auditors, in the ledger's account, that reads here.
            deployed_by: ARNs of the roles that may change bucket and keys, such as the bootstrap's for CloudFormation.
            retention_years: for which a head is locked. Nobody can shorten it afterwards.
            given: what exists already.
            with_audit_trail: whether to make the account's trail; not where it has one, for another purpose.

        Raises:
            ValueError: `REL-060` for less than a year of retention, or nobody who deploys; `REP-037` for a ledger in
                another account without an organization to narrow that to.
        """
        names = addresses
        refuse_sharing_at_large(id, perimeter, [names.ledger_account])
        super().__init__(scope, id)
        baseline = AccountBaseline(
            self,
            platform=names.platform,
            owner=owner,
            perimeter=perimeter,
            boundary_name=f"{names.platform}-ledger-heads-boundary",
            operations_alias=f"{names.platform}/ledger-heads/operations",
            actions=actions_in_use(),
            trail_name=f"{names.platform}-audit" if with_audit_trail else None,
            tells_of_calls=True,
            runs_functions=True,
            has_own_bucket=True,
            given=given,
        )
        topic_arn = baseline.alarm_topic.topic_arn
        readers = [names.ledger_auditor_role] if auditors else []
        self.key = CustomerManagedKey(
            self,
            "Key",
            perimeter=perimeter,
            alias=names.heads_key_alias.removeprefix("alias/"),
            description="Signed heads of the ledger, and the schedule of their signer",
            via=["s3", "sqs", "scheduler"],
            statements=[*(lets_decrypt(role, perimeter) for role in readers), deny_ending_the_key(deployed_by)],
        )
        self.signing_key = SigningKey(
            self,
            "SigningKey",
            perimeter=perimeter,
            alias=names.signing_key_alias.removeprefix("alias/"),
            signer_role_arn=names.ledger_signer_role,
            reader_role_arns=readers,
            deployed_by=deployed_by,
        )
        self.bucket = WrittenOnceBucket(
            self,
            "Bucket",
            name=names.heads_bucket,
            key=self.key,
            perimeter=perimeter,
            access_log_bucket=baseline.access_log_bucket,
            writer_role_arn=names.ledger_signer_role,
            deployed_by=deployed_by,
            retention_years=retention_years,
            statements=[each for role in readers for each in lets_read(role, perimeter, prefixes=[HEADS])],
        )
        failed = self._failed()
        signer = self._signer(perimeter, names, baseline, failed)
        schedule = self._schedule(perimeter, names, baseline, signer, failed)
        self._tell(names, signer, schedule, failed, topic_arn)
        baseline.start_trail_after_the_rest()

    def _failed(self) -> sqs.CfnQueue:
        queue = sqs.CfnQueue(
            self, "Failed", kms_master_key_id=self.key.key_arn, message_retention_period=LONGEST_SECONDS
        )
        queue.apply_removal_policy(RemovalPolicy.DESTROY)
        refusal = Statement(
            sid="RefusePlainHttp",
            effect="Deny",
            principals="*",
            actions=["sqs:*"],
            resources=[queue.attr_arn],
            conditions={"Bool": {"aws:SecureTransport": "false"}},
        )
        sqs.CfnQueuePolicy(self, "FailedPolicy", queues=[queue.ref], policy_document=policy_document([refusal]))
        return queue

    def _keep_what_failed(self, failed: sqs.CfnQueue) -> tuple[Statement, ...]:
        return (
            Statement(sid="KeepWhatFailed", actions=["sqs:SendMessage"], resources=[failed.attr_arn]),
            Statement(
                sid="EncryptWhatFailed", actions=["kms:Decrypt", "kms:GenerateDataKey"], resources=[self.key.key_arn]
            ),
        )

    def _signer(
        self, perimeter: Perimeter, names: Addresses, baseline: AccountBaseline, failed: sqs.CfnQueue
    ) -> LambdaFunction:
        logs = EncryptedLogGroup(self, "SignerLogs", key=baseline.operations_key)
        operations_key_arn = baseline.operations_key.key_arn
        role = DutyRole(
            self,
            "SignerRole",
            platform=names.platform,
            team="platform",
            name=names.ledger_signer_role.rsplit("/", 1)[-1],
            description="Signs the heads of the ledgers",
            trust=[trust_in_lambda(perimeter)],
            statements=[
                *run_functions(
                    perimeter, [names.ledger_signer_name], log_group_arn=logs.log_group_arn, key_arn=operations_key_arn
                ),
                *sign_heads(names, perimeter, self.key.key_arn, self.signing_key.key_arn),
                *self._keep_what_failed(failed),
            ],
            permissions_boundary_arn=baseline.permissions_boundary_arn,
        )
        signer = LambdaFunction(
            self,
            "Signer",
            name=names.ledger_signer_name,
            description="Signs how long each ledger is and what ends it, unless it does not follow what was signed",
            code=CODE.placed(self),
            handler="ledger.signer.handler",
            role_arn=role.role_arn,
            log_group=logs,
            key_arn=operations_key_arn,
            environment={
                "LEDGER_BUCKET": names.ledger_bucket,
                "HEADS_BUCKET": names.heads_bucket,
                "KEY_ARN": self.signing_key.key_arn,
            },
            dead_letter_queue_arn=failed.attr_arn,
            timeout_seconds=SIGNER_SECONDS,
        )
        signer.resource.node.add_dependency(self.bucket.policy)
        return signer

    def _schedule(
        self,
        perimeter: Perimeter,
        names: Addresses,
        baseline: AccountBaseline,
        signer: LambdaFunction,
        failed: sqs.CfnQueue,
    ) -> scheduler.CfnSchedule:
        """Without a date to start at, a rate's first run is at once: the heads are signed as they are deployed.

        Source: https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#rate-based
        """
        name = f"{names.platform}-ledger-heads"
        group = scheduler.CfnScheduleGroup(self, "Group", name=name)
        role = ServiceRole(
            self,
            "ScheduleRole",
            perimeter=perimeter,
            service="scheduler.amazonaws.com",
            description="Calls the signer of the ledger's heads",
            permissions_boundary_arn=baseline.permissions_boundary_arn,
            statements=[
                Statement(sid="CallTheSigner", actions=["lambda:InvokeFunction"], resources=[signer.function_arn]),
                *self._keep_what_failed(failed),
            ],
            trust_conditions={"ArnEquals": {"aws:SourceArn": perimeter.arn("scheduler", f"schedule-group/{name}")}},
        )
        return scheduler.CfnSchedule(
            self,
            "Schedule",
            name=name,
            group_name=group.ref,
            description="Signs the heads of the ledgers",
            schedule_expression=SIGNED_EVERY,
            flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF"),
            state="ENABLED",
            kms_key_arn=self.key.key_arn,
            target=scheduler.CfnSchedule.TargetProperty(
                arn=signer.function_arn,
                role_arn=role.role_arn,
                dead_letter_config=scheduler.CfnSchedule.DeadLetterConfigProperty(arn=failed.attr_arn),
                retry_policy=scheduler.CfnSchedule.RetryPolicyProperty(
                    maximum_retry_attempts=5, maximum_event_age_in_seconds=HOUR
                ),
            ),
        )

    def _tell(
        self,
        names: Addresses,
        signer: LambdaFunction,
        schedule: scheduler.CfnSchedule,
        failed: sqs.CfnQueue,
        topic_arn: str,
    ) -> None:
        started = f"{names.platform}-ledger-heads"
        log = f"The log of {signer.name} says which ledger and why."
        tell_when(
            self,
            "SignerFails",
            name=f"{started}-not-signed",
            why=f"A ledger does not continue what was signed last, or could not be read. {log}",
            metric=("AWS/Lambda", "Errors"),
            dimensions={"FunctionName": signer.name},
            tells=topic_arn,
        )
        tell_when(
            self,
            "RunLost",
            name=f"{started}-run-lost",
            why=f"A run of the ledger's signer failed every time, or could not be started. {log}",
            metric=("AWS/SQS", "ApproximateNumberOfMessagesVisible"),
            dimensions={"QueueName": failed.attr_queue_name},
            tells=topic_arn,
            statistic="Maximum",
        )
        runs = {"calls": "Invocations", "failures": "Errors"}
        dimensions = [cloudwatch.CfnAlarm.DimensionProperty(name="FunctionName", value=signer.name)]
        missing = cloudwatch.CfnAlarm(
            self,
            "NothingSigned",
            alarm_name=f"{started}-missing",
            alarm_description=f"No run of the ledger's signer has succeeded for {HOURS_WITHOUT} hours. {log}",
            metrics=[
                *(
                    cloudwatch.CfnAlarm.MetricDataQueryProperty(
                        id=letters,
                        return_data=False,
                        metric_stat=cloudwatch.CfnAlarm.MetricStatProperty(
                            metric=cloudwatch.CfnAlarm.MetricProperty(
                                namespace="AWS/Lambda", metric_name=metric, dimensions=dimensions
                            ),
                            period=HOUR,
                            stat="Sum",
                        ),
                    )
                    for letters, metric in runs.items()
                ),
                cloudwatch.CfnAlarm.MetricDataQueryProperty(
                    id="signed",
                    expression="FILL(calls, 0) - FILL(failures, 0)",
                    label="successful runs",
                    return_data=True,
                ),
            ],
            comparison_operator="LessThanThreshold",
            threshold=1,
            datapoints_to_alarm=HOURS_WITHOUT,
            evaluation_periods=HOURS_WITHOUT,
            # Nothing in all that time is no data at all: FILL has nothing to fill.
            treat_missing_data="breaching",
            alarm_actions=[topic_arn],
        )
        # After the first run has been started; else it would stand in ALARM until that has come.
        missing.node.add_dependency(schedule)
        tell_of_changes_to_the_bucket(
            self, "BucketChanged", name=f"{started}-bucket-changed", bucket=names.heads_bucket, topic_arn=topic_arn
        )
        tell_of_changes_to_the_key(
            self,
            "SigningKeyChanged",
            name=f"{started}-signing-key-changed",
            key_arn=self.signing_key.key_arn,
            whose="that signs the ledger's heads",
            calls=(*CHANGES_OF_KEYS, "UpdateAlias"),
            topic_arn=topic_arn,
        )
