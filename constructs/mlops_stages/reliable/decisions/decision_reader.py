"""What makes rows of one model's captured requests, hour by hour, and tells its owner of what is missing."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from aws_cdk import RemovalPolicy
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from mlops_stages import runtime
from mlops_stages.foundation import (
    AlarmTopic,
    CodeLocation,
    CustomerManagedKey,
    DutyRole,
    EncryptedLogGroup,
    FunctionCode,
    FunctionLayer,
    LambdaFunction,
    ServiceRole,
    Statement,
    policy_document,
    run_functions,
    trust_in_lambda,
)
from mlops_stages.reliable.decisions.statements import call_the_reader, read_decisions
from mlops_stages.reliable.ledger.telling import tell_when
from mlops_stages.reliable.model_transform import DUE
from mlops_stages.reliable.served_model import VARIANT, ServedModel
from mlops_stages.runtime.decisions import metrics, settings

_RUNTIME = Path(str(runtime.__file__)).parent
CODE = FunctionCode(
    paths=[_RUNTIME / "capture", _RUNTIME / "decisions", _RUNTIME / "ledger", _RUNTIME / "causes.py"],
    under="mlops_stages/runtime",
    distributions=["aws-lambda-powertools", "jmespath", "typing-extensions"],
)
HANDLER = "mlops_stages.runtime.decisions.function.handler"
SECONDS = 900
MEMORY_MB, EPHEMERAL_MB = 2048, 4096
"""An hour of some million rows is sorted in half of it."""
VISIBILITY_SECONDS = 6 * SECONDS
"""As Lambda asks of a queue whose messages it tries again.

Source: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
"""
ATTEMPTS = 5
LONGEST_SECONDS = 14 * 24 * 3600
EVERY_HOUR = "cron(12 * * * ? *)"
"""Once the hour before has been settling for ten minutes."""
HOUR = 3600
HOURS_WITHOUT = 3
LEAST_SHARE = 99
"""Percent of the requests that CloudWatch counts which must have been captured: below it, capture has a gap."""
NOT_ASYNCHRONOUS = "Lambda itself calls it, with messages of a queue; what fails every time goes to a queue for that."


class DecisionReader(Construct):
    """A function that reads each hour of a model's captured requests once it is over, and again where a file came late.

    Each hour it looks three days back for hours whose files are not those that were read, has them read one by one from
    a queue, and counts them against the requests that CloudWatch counted. The owner is told of hours that could not be
    read, of requests that were not captured, of lines that are no decisions, and where it does not run at all.

    Sources: https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html,
    https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        served: ServedModel,
        told: settings.Settings,
        capture_key: CustomerManagedKey,
        key: CustomerManagedKey,
        code: CodeLocation,
        layer: FunctionLayer,
        log_group: EncryptedLogGroup,
        permissions_boundary_arn: str,
    ) -> None:
        """Create function, queues, schedule and alarms.

        Args:
            scope: the parent.
            id: the construct's id in it.
            served: the model, and where it serves.
            told: what is read, as what, and into which bucket; `queue` is left to this construct.
            capture_key: of what is captured, and of the store.
            key: of queues, logs, schedule, alarms and environment; made with `functions_may_encrypt`, usable through
                `sqs` and `scheduler`.
            code: where `CODE` was placed in this stack.
            layer: of DuckDB.
            log_group: where the function logs to; a team's may share it.
            permissions_boundary_arn: the most that its roles may ever do.
        """
        name = served.decisions_name
        perimeter = served.perimeter
        super().__init__(scope, id)
        self._served, self._key = served, key
        topic = AlarmTopic(self, "Owner", perimeter=perimeter, key_arn=key.key_arn, owners=[served.owner])
        failed = self._queue("Failed", f"{name}-failed")
        queue = self._queue(
            "Queue", name, redrive={"deadLetterTargetArn": failed.attr_arn, "maxReceiveCount": ATTEMPTS}
        )
        role = DutyRole(
            self,
            "Role",
            platform=served.addresses.platform,
            team=served.team,
            name=served.addresses.model_role_name(
                served.model, served.addresses.read_decisions_duty(served.environment)
            ),
            description=f"Reads the decisions of model {served.model} in {served.environment}",
            trust=[trust_in_lambda(perimeter)],
            statements=[
                *run_functions(perimeter, [name], log_group_arn=log_group.log_group_arn, key_arn=key.key_arn),
                *read_decisions(served, told, capture_key.key_arn, queue.attr_arn, failed.attr_arn, key.key_arn),
            ],
            permissions_boundary_arn=permissions_boundary_arn,
        )
        self.role_arn: str = role.role_arn
        function = LambdaFunction(
            self,
            "Function",
            name=name,
            description=f"Makes rows of what model {served.model} decided",
            code=code,
            handler=HANDLER,
            role_arn=role.role_arn,
            log_group=log_group,
            key_arn=key.key_arn,
            environment={settings.VARIABLE: replace(told, queue=queue.ref).to_json()},
            dead_letter_queue_arn=failed.attr_arn,
            timeout_seconds=SECONDS,
            memory_mb=MEMORY_MB,
            ephemeral_mb=EPHEMERAL_MB,
            layer_arns=[layer.layer_arn],
        )
        lambda_.CfnEventSourceMapping(
            self,
            "Hours",
            function_name=function.function_arn,
            event_source_arn=queue.attr_arn,
            batch_size=1,
            function_response_types=["ReportBatchItemFailures"],
            scaling_config=lambda_.CfnEventSourceMapping.ScalingConfigProperty(maximum_concurrency=2),
        )
        schedule = self._schedule(function, failed, permissions_boundary_arn)
        self._tell(function, schedule, failed, topic)
        if told.capture_percent == 100:
            self._tell_of_gaps(topic)

    def _queue(self, id: str, name: str, *, redrive: Mapping[str, object] | None = None) -> sqs.CfnQueue:
        queue = sqs.CfnQueue(
            self,
            id,
            queue_name=name,
            kms_master_key_id=self._key.key_arn,
            message_retention_period=LONGEST_SECONDS,
            visibility_timeout=VISIBILITY_SECONDS,
            redrive_policy=redrive,
        )
        # Messages name hours; the next sweep names again what was not read.
        queue.apply_removal_policy(RemovalPolicy.DESTROY)
        refusal = Statement(
            sid="RefusePlainHttp",
            effect="Deny",
            principals="*",
            actions=["sqs:*"],
            resources=[queue.attr_arn],
            conditions={"Bool": {"aws:SecureTransport": "false"}},
        )
        sqs.CfnQueuePolicy(self, f"{id}Policy", queues=[queue.ref], policy_document=policy_document([refusal]))
        return queue

    def _schedule(
        self, function: LambdaFunction, failed: sqs.CfnQueue, permissions_boundary_arn: str
    ) -> scheduler.CfnSchedule:
        served, name = self._served, function.name
        group = scheduler.CfnScheduleGroup(self, "Group", name=name)
        role = ServiceRole(
            self,
            "ScheduleRole",
            perimeter=served.perimeter,
            service="scheduler.amazonaws.com",
            description=f"Calls the reader of the decisions of model {served.model}",
            permissions_boundary_arn=permissions_boundary_arn,
            statements=call_the_reader(function.function_arn, failed.attr_arn, self._key.key_arn),
            trust_conditions={
                "ArnEquals": {"aws:SourceArn": served.perimeter.arn("scheduler", f"schedule-group/{name}")}
            },
        )
        return scheduler.CfnSchedule(
            self,
            "Schedule",
            name=name,
            group_name=group.ref,
            description=f"Looks for hours of model {served.model} whose decisions are not read yet",
            schedule_expression=EVERY_HOUR,
            flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF"),
            state="ENABLED",
            kms_key_arn=self._key.key_arn,
            target=scheduler.CfnSchedule.TargetProperty(
                arn=function.function_arn,
                role_arn=role.role_arn,
                # A run that comes late looks back from when it was due.
                input=json.dumps({"at": DUE}),
                dead_letter_config=scheduler.CfnSchedule.DeadLetterConfigProperty(arn=failed.attr_arn),
                retry_policy=scheduler.CfnSchedule.RetryPolicyProperty(
                    maximum_retry_attempts=5, maximum_event_age_in_seconds=HOUR
                ),
            ),
        )

    def _tell(
        self, function: LambdaFunction, schedule: scheduler.CfnSchedule, failed: sqs.CfnQueue, topic: AlarmTopic
    ) -> None:
        served, name = self._served, function.name
        whose = f"model {served.team}/{served.model} in {served.environment}"
        log = f"The log of {name} says why."
        tell_when(
            self,
            "NotRead",
            name=f"{name}-not-read",
            why=f"An hour of the decisions of {whose} could not be read, five times. {log} The next look at that hour "
            "tries again, for three days.",
            metric=("AWS/SQS", "ApproximateNumberOfMessagesVisible"),
            dimensions={"QueueName": failed.attr_queue_name},
            topic_arn=topic.topic_arn,
            statistic="Maximum",
        )
        tell_when(
            self,
            "Quarantined",
            name=f"{name}-quarantined",
            why=f"Captured lines of {whose} are no decisions: other inputs than platform.yaml declares, or no answer "
            "of the model's. The quarantine of the hour names files, lines and codes.",
            metric=(metrics.NAMESPACE, metrics.QUARANTINED),
            dimensions=self._of_the_variant,
            topic_arn=topic.topic_arn,
            statistic="Maximum",
        )
        silent = self._alarm(
            "Silent",
            f"Nothing has looked for decisions of {whose} for {HOURS_WITHOUT} hours.",
            ("AWS/Lambda", "Invocations", {"FunctionName": name}, "Sum"),
            1,
            topic,
            periods=HOURS_WITHOUT,
            missing="breaching",
        )
        # After the first run has been started; else it would stand in ALARM until that has come.
        silent.node.add_dependency(schedule)

    def _tell_of_gaps(self, topic: AlarmTopic) -> None:
        """Tell of requests that were not captured, where all are to be: a sample of few is no fixed share of them."""
        served = self._served
        # The maximum: an hour that is read again, as a file came late, has a better figure beside the first.
        self._alarm(
            "Gap",
            f"Less than {LEAST_SHARE} % of the requests to model {served.team}/{served.model} in {served.environment} "
            "were captured in an hour: capture has a gap. It stops by itself where an instance's disk is used by more "
            "than three quarters.",
            (metrics.NAMESPACE, metrics.CAPTURED_SHARE, self._of_the_variant, "Maximum"),
            LEAST_SHARE,
            topic,
        )

    @property
    def _of_the_variant(self) -> Mapping[str, str]:
        """The dimensions of what is told of the callers' variant."""
        return {"Endpoint": self._served.endpoint_name, "Variant": VARIANT}

    def _alarm(
        self,
        id: str,
        why: str,
        metric: tuple[str, str, Mapping[str, str], str],
        least: int,
        topic: AlarmTopic,
        *,
        periods: int = 1,
        missing: str = "notBreaching",
    ) -> cloudwatch.CfnAlarm:
        """An alarm where an hour's figure is below the least that it must be."""
        namespace, metric_name, dimensions, statistic = metric
        return cloudwatch.CfnAlarm(
            self,
            id,
            alarm_name=f"{self._served.decisions_name}-{id.lower()}",
            alarm_description=why,
            namespace=namespace,
            metric_name=metric_name,
            dimensions=[cloudwatch.CfnAlarm.DimensionProperty(name=k, value=v) for k, v in dimensions.items()],
            statistic=statistic,
            period=HOUR,
            evaluation_periods=periods,
            datapoints_to_alarm=periods,
            threshold=least,
            comparison_operator="LessThanThreshold",
            treat_missing_data=missing,
            alarm_actions=[topic.topic_arn],
        )
