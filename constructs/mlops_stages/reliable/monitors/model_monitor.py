"""What judges one model's decisions by their labels, every day, and tells its owner when it is not right."""

from collections.abc import Sequence
from typing import Literal

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from mlops_stages.foundation import (
    AlarmTopic,
    CodeLocation,
    CustomerManagedKey,
    DutyRole,
    EncryptedLogGroup,
    FunctionLayer,
    LambdaFunction,
    Statement,
    run_functions,
    trust_in_lambda,
)
from mlops_stages.reliable.ledger.telling import tell_when
from mlops_stages.reliable.monitors.statements import run_monitors
from mlops_stages.reliable.scheduled_function import (
    FUNCTION_SECONDS,
    call_on_schedule,
    private_queue,
    tell_by_the_hour,
)
from mlops_stages.reliable.served_model import ServedModel
from mlops_stages.runtime.monitor_runs import publishing
from mlops_stages.runtime.monitor_runs.days import HOURS_KNOWN, RUNS_AT
from mlops_stages.runtime.monitor_runs.drifting import DAYS
from mlops_stages.runtime.monitor_runs.settings import VARIABLE, Settings

HANDLER = "mlops_stages.runtime.monitor_runs.function.handler"
MEMORY_MB, EPHEMERAL_MB = 2048, 8192
EVERY_DAY = f"cron({RUNS_AT.minute} {RUNS_AT.hour} * * ? *)"
HOURS_BEHIND = 24
"""By how much labels may lag behind decisions, besides their declared delay."""


class ModelMonitor(Construct):
    """A function that judges each day, by the labels that have come, whether a model is still right.

    It judges the version that answers callers, over a window of whole days: calibration, the declared quality, and
    what else there is, each with the interval that days drawn again give. An alarm rings where such an interval lies
    wholly beyond what is allowed: a point estimate alone would cry wolf. Without enough labels it knows nothing, and
    its alarms say so by their state.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-availability-change.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        served: ServedModel,
        told: Settings,
        runbook: str,
        read_labels: Sequence[Statement],
        read_baselines: Sequence[Statement] = (),
        judge_candidates: Sequence[Statement] = (),
        data_key: CustomerManagedKey,
        key: CustomerManagedKey,
        code: CodeLocation,
        layer: FunctionLayer,
        log_group: EncryptedLogGroup,
        permissions_boundary_arn: str,
    ) -> None:
        """Create function, queue, schedule and alarms.

        Args:
            scope: the parent.
            id: the construct's id in it.
            served: the model, and where it serves.
            told: what is judged, by what.
            runbook: the page that alarms name.
            read_labels: what lets the function read the labels in the data account.
            read_baselines: what lets it read the evaluations of versions in the tooling account; none where neither
                drift is measured nor a candidate judged.
            judge_candidates: what lets it list candidates there, and keep the requests that they are judged on; none
                where the model is not retrained.
            data_key: of the store of decisions.
            key: of queue, logs, schedule, alarms and environment; made with `functions_may_encrypt`, usable through
                `sqs` and `scheduler`.
            code: where `mlops_stages.reliable.decisions.CODE` was placed in this stack.
            layer: of DuckDB.
            log_group: where the function logs to; a team's may share it.
            permissions_boundary_arn: the most that its roles may ever do.

        Raises:
            ValueError: `REL-038` for a runbook longer than a description takes.
        """
        name, perimeter = served.monitors_name, served.perimeter
        self._told = served.told(id, runbook)
        super().__init__(scope, id)
        self._name, self._settings = name, told
        self._topic = AlarmTopic(self, "Owner", perimeter=perimeter, key_arn=key.key_arn, owners=[served.owner])
        failed = private_queue(self, "Failed", name=f"{name}-failed", key_arn=key.key_arn)
        role = DutyRole(
            self,
            "Role",
            platform=served.addresses.platform,
            team=served.team,
            name=served.addresses.model_role_name(served.model, served.addresses.monitor_duty(served.environment)),
            description=f"Judges the decisions of model {served.model} in {served.environment} by their labels",
            trust=[trust_in_lambda(perimeter)],
            statements=[
                *run_functions(perimeter, [name], log_group_arn=log_group.log_group_arn, key_arn=key.key_arn),
                *run_monitors(served, told.bucket, data_key.key_arn, failed.attr_arn, key.key_arn),
            ],
            further={
                name: statements
                for name, statements in {
                    "Labels": read_labels,
                    "Baselines": read_baselines,
                    "Candidates": judge_candidates,
                }.items()
                if statements
            },
            permissions_boundary_arn=permissions_boundary_arn,
        )
        self.role_arn: str = role.role_arn
        function = LambdaFunction(
            self,
            "Function",
            name=name,
            description=f"Judges what model {served.model} decided by what became of it",
            code=code,
            handler=HANDLER,
            role_arn=role.role_arn,
            log_group=log_group,
            key_arn=key.key_arn,
            environment={VARIABLE: told.to_json()},
            dead_letter_queue_arn=failed.attr_arn,
            timeout_seconds=FUNCTION_SECONDS,
            memory_mb=MEMORY_MB,
            ephemeral_mb=EPHEMERAL_MB,
            layer_arns=[layer.layer_arn],
        )
        schedule = call_on_schedule(
            self,
            served=served,
            function=function,
            failed_arn=failed.attr_arn,
            key_arn=key.key_arn,
            expression=EVERY_DAY,
            what=f"Judges the decisions of model {served.model} by their labels",
            permissions_boundary_arn=permissions_boundary_arn,
        )
        self._tell_of_the_model()
        self._tell_of_drift()
        self._tell_of_labels()
        self._tell_of_runs(failed.attr_queue_name)
        # After the first run has been started; else it would stand in ALARM until that has come.
        self._tell_of_silence().node.add_dependency(schedule)

    def _tell_of_the_model(self) -> None:
        margin = self._settings.margin
        most, least = 1 + margin, 1 / (1 + margin)
        over = f"over {self._settings.window_days} days of labelled decisions"
        self._decide(
            "Overestimates",
            f"The model expects more than happens: the sum of its scores is more than {most:.4g} times that of the "
            f"labels {over}, by the low end of its 95 % interval",
            f"{publishing.CALIBRATION}{publishing.LOW}",
            most,
            above=True,
        )
        self._decide(
            "Underestimates",
            f"The model expects less than happens: the sum of its scores is less than {least:.4g} times that of the "
            f"labels {over}, by the high end of its 95 % interval",
            f"{publishing.CALIBRATION}{publishing.HIGH}",
            least,
            above=False,
        )
        bound = self._settings.quality
        if bound is None:
            return
        is_most = bound.maximum is not None
        limit = bound.maximum if bound.maximum is not None else bound.minimum
        if limit is None:  # the settings refuse a bound without a number
            raise ValueError(bound.metric)
        self._decide(
            "Quality",
            f"The model is not as good as promised: its {bound.metric} {over} is {'above' if is_most else 'below'} "
            f"{limit:g}, by the {'low' if is_most else 'high'} end of its 95 % interval",
            f"{publishing.QUALITY}{publishing.LOW if is_most else publishing.HIGH}",
            limit,
            above=is_most,
        )

    def _tell_of_drift(self) -> None:
        drift = self._settings.drift
        if drift is None:
            return
        self._when(
            "ScoreDrift",
            "score-drift",
            f"A warning: scores of the last {DAYS} days are further from those of the version's test data than "
            f"{drift.maximum:g} ({drift.metric}). Labels say whether the model is still right; the figures of the day, "
            "which inputs have moved",
            publishing.SCORE_DRIFT,
            drift.maximum,
            missing="missing",
        )

    def _decide(self, id: str, why: str, metric: str, limit: float, *, above: bool) -> None:
        """Tell where a day's figure is beyond the limit. A day that has none is unknown, and no day is good news."""
        tell_by_the_hour(
            self,
            id,
            name=f"{self._name}-{id.lower()}",
            why=f"{why}. {self._told}",
            metric=(publishing.NAMESPACE, metric),
            dimensions=self._dimensions,
            topic_arn=self._topic.topic_arn,
            beyond=limit,
            comparison="GreaterThanThreshold" if above else "LessThanThreshold",
            statistic="Maximum" if above else "Minimum",
            hours=HOURS_KNOWN,
            bad=1,
            missing="missing",
        )

    def _tell_of_labels(self) -> None:
        delay = self._settings.delay_hours
        self._when(
            "LabelsBehind",
            "labels-behind",
            f"Labels are missing: decisions older than {delay + HOURS_BEHIND} hours have none, and labels are declared "
            f"to come within {delay}. Whether the model is right is not known",
            publishing.BEHIND,
            HOURS_BEHIND,
        )
        self._when(
            "LabelsRefused",
            "labels-refused",
            "Lines of label files are no labels; the quarantine of the day names files, lines and codes",
            publishing.QUARANTINED,
            0,
        )
        self._when(
            "LabelsContradict",
            "labels-contradict",
            "Labels of one decision contradict each other: such a decision counts as not labelled until a line "
            "corrects it",
            publishing.CONTRADICTORY,
            0,
        )

    def _when(
        self,
        id: str,
        suffix: str,
        why: str,
        metric: str,
        beyond: float,
        *,
        missing: Literal["missing", "notBreaching"] = "notBreaching",
    ) -> None:
        tell_by_the_hour(
            self,
            id,
            name=f"{self._name}-{suffix}",
            why=f"{why}. {self._told}",
            metric=(publishing.NAMESPACE, metric),
            dimensions=self._dimensions,
            topic_arn=self._topic.topic_arn,
            beyond=beyond,
            comparison="GreaterThanThreshold",
            hours=HOURS_KNOWN,
            bad=1,
            missing=missing,
        )

    def _tell_of_runs(self, failed_name: str) -> None:
        tell_when(
            self,
            "NotRun",
            name=f"{self._name}-failed",
            why=f"The monitors failed three times; the log of {self._name} says why, and the next day's run tries "
            f"again. {self._told}",
            metric=("AWS/SQS", "ApproximateNumberOfMessagesVisible"),
            dimensions={"QueueName": failed_name},
            topic_arn=self._topic.topic_arn,
            statistic="Maximum",
        )

    def _tell_of_silence(self) -> cloudwatch.CfnAlarm:
        return tell_by_the_hour(
            self,
            "Silent",
            name=f"{self._name}-silent",
            why=f"Nothing has judged the model for {HOURS_KNOWN} hours. {self._told}",
            metric=("AWS/Lambda", "Invocations"),
            dimensions={"FunctionName": self._name},
            topic_arn=self._topic.topic_arn,
            beyond=1,
            comparison="LessThanThreshold",
            statistic="Sum",
            hours=HOURS_KNOWN,
            missing="breaching",
        )

    @property
    def _dimensions(self) -> dict[str, str]:
        return {"Endpoint": self._settings.endpoint}
