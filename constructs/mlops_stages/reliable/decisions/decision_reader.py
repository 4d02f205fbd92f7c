"""What makes rows of one model's captured requests, hour by hour, and tells its owner of what is missing."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from mlops_stages import runtime
from mlops_stages.foundation import (
    CodeLocation,
    CustomerManagedKey,
    DutyRole,
    EncryptedLogGroup,
    FunctionCode,
    FunctionLayer,
    LambdaFunction,
    run_functions,
    trust_in_lambda,
)
from mlops_stages.reliable.decisions.statements import read_decisions
from mlops_stages.reliable.metric_alarm import HOUR, tell_when
from mlops_stages.reliable.scheduled_function import (
    FUNCTION_SECONDS,
    call_on_schedule,
    private_queue,
)
from mlops_stages.reliable.served_model import VARIANT, ServedModel
from mlops_stages.runtime.decisions import metrics, settings

_RUNTIME = Path(str(runtime.__file__)).parent
_FOLDERS = ("capture", "decisions", "labels", "ledger", "monitor_runs", "monitors")
CODE = FunctionCode(
    paths=[*(_RUNTIME / folder for folder in _FOLDERS), _RUNTIME / "causes.py", _RUNTIME / "findings.py"],
    under="mlops_stages/runtime",
    distributions=["aws-lambda-powertools", "jmespath", "typing-extensions"],
)
HANDLER = "mlops_stages.runtime.decisions.function.handler"
MEMORY_MB, EPHEMERAL_MB = 2048, 4096
"""An hour of some million rows is sorted in half of it."""
ATTEMPTS = 5
EVERY_HOUR = "cron(12 * * * ? *)"
"""Once the hour before has been settling for ten minutes."""
HOURS_WITHOUT = 3


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
        runbook: str,
        notices_arn: str,
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
            runbook: the page that alarms name.
            notices_arn: of the function that tells of the alarms (`ModelNotices`).
            permissions_boundary_arn: the most that its roles may ever do.

        Raises:
            ValueError: `REL-038` for a runbook longer than a description takes.
        """
        name = served.decisions_name
        perimeter = served.perimeter
        self._told = served.told(id, runbook)
        super().__init__(scope, id)
        self._served, self._notices_arn = served, notices_arn
        failed = private_queue(self, "Failed", name=f"{name}-failed", key_arn=key.key_arn)
        queue = private_queue(
            self,
            "Queue",
            name=name,
            key_arn=key.key_arn,
            redrive={"deadLetterTargetArn": failed.attr_arn, "maxReceiveCount": ATTEMPTS},
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
            timeout_seconds=FUNCTION_SECONDS,
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
        (schedule,) = call_on_schedule(
            self,
            perimeter=served.perimeter,
            function=function,
            failed_arn=failed.attr_arn,
            key_arn=key.key_arn,
            expression=EVERY_HOUR,
            what=f"Looks for hours of model {served.model} whose decisions are not read yet",
            permissions_boundary_arn=permissions_boundary_arn,
        )
        alarms = self._tell(function, schedule, failed)
        if told.capture_percent == 100:
            alarms = (*alarms, self._tell_of_gaps())
        self.alarm_names: tuple[str, ...] = tuple(str(each.alarm_name) for each in alarms)
        """Of all alarms."""

    def _tell(
        self, function: LambdaFunction, schedule: scheduler.CfnSchedule, failed: sqs.CfnQueue
    ) -> tuple[cloudwatch.CfnAlarm, ...]:
        name = function.name
        log = f"The log of {name} says why."
        not_read = tell_when(
            self,
            "NotRead",
            name=f"{name}-not-read",
            why=f"An hour of decisions could not be read, five times. {log} The next look at that hour tries again, "
            f"for three days. {self._told}",
            metric=("AWS/SQS", "ApproximateNumberOfMessagesVisible"),
            dimensions={"QueueName": failed.attr_queue_name},
            tells=self._notices_arn,
            tells_when_over=True,
            statistic="Maximum",
        )
        quarantined = tell_when(
            self,
            "Quarantined",
            name=f"{name}-quarantined",
            why="Captured lines are no decisions: other inputs than platform.yaml declares, or no answer of the "
            f"model's. The quarantine of the hour names files, lines and codes. {self._told}",
            metric=(metrics.NAMESPACE, metrics.QUARANTINED),
            dimensions=self._of_the_variant,
            tells=self._notices_arn,
            tells_when_over=True,
            statistic="Maximum",
        )
        silent = tell_when(
            self,
            "Silent",
            name=f"{name}-silent",
            why=f"Nothing has looked for decisions for {HOURS_WITHOUT} hours. {self._told}",
            metric=("AWS/Lambda", "Invocations"),
            dimensions={"FunctionName": name},
            tells=self._notices_arn,
            tells_when_over=True,
            comparison="LessThanThreshold",
            period=HOUR,
            of=HOURS_WITHOUT,
            missing="breaching",
        )
        # After the first run has been started; else it would stand in ALARM until that has come.
        silent.node.add_dependency(schedule)
        return not_read, quarantined, silent

    def _tell_of_gaps(self) -> cloudwatch.CfnAlarm:
        """Tell of requests that were not captured, where all are to be: a sample of few is no fixed share of them."""
        # The maximum: an hour that is read again, as a file came late, has a better figure beside the first.
        return tell_when(
            self,
            "Gap",
            name=f"{self._served.decisions_name}-gap",
            why=f"Less than {metrics.LEAST_SHARE} % of the requests were captured in an hour: capture has a gap. It "
            f"stops by itself where an instance's disk is used by more than three quarters. {self._told}",
            metric=(metrics.NAMESPACE, metrics.CAPTURED_SHARE),
            dimensions=self._of_the_variant,
            statistic="Maximum",
            tells=self._notices_arn,
            tells_when_over=True,
            threshold=metrics.LEAST_SHARE,
            comparison="LessThanThreshold",
            period=HOUR,
        )

    @property
    def _of_the_variant(self) -> Mapping[str, str]:
        """The dimensions of what is told of the callers' variant."""
        return {"Endpoint": self._served.endpoint_name, "Variant": VARIANT}
