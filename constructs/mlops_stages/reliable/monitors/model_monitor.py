"""What judges one model's decisions by their labels, every day, and tells its owner when it is not right."""

from collections.abc import Sequence

from constructs import Construct

from mlops_stages.foundation import (
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
from mlops_stages.reliable.monitors.alarms import MonitorAlarms
from mlops_stages.reliable.monitors.statements import run_monitors
from mlops_stages.reliable.scheduled_function import (
    FUNCTION_SECONDS,
    FurtherCall,
    call_on_schedule,
    private_queue,
)
from mlops_stages.reliable.served_model import ServedModel
from mlops_stages.runtime.monitor_runs.days import RUNS_AT
from mlops_stages.runtime.monitor_runs.hours import DRIFT, MINUTE
from mlops_stages.runtime.monitor_runs.intervals import DAY_HOURS
from mlops_stages.runtime.monitor_runs.settings import VARIABLE, Settings

HANDLER = "mlops_stages.runtime.monitor_runs.function.handler"
MEMORY_MB, EPHEMERAL_MB = 2048, 8192
EVERY_DAY = f"cron({RUNS_AT.minute} {RUNS_AT.hour} * * ? *)"


class ModelMonitor(Construct):
    """A function that judges each day, by the labels that have come, whether a model is still right.

    It judges the version that answers callers, over a window of whole days: calibration, the declared quality, and
    what else there is, each with the interval that days drawn again give. An alarm rings where such an interval lies
    wholly beyond what is allowed: a point estimate alone would cry wolf. Without enough labels it knows nothing, and
    its alarms say so by their state. Where drift is to be measured within the day, the same function does that alone,
    by another schedule.

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
        notices_arn: str,
        owner_topic_arn: str,
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
            notices_arn: of the function that tells of the alarms (`ModelNotices`).
            owner_topic_arn: of the topic that tells the owner without it.
            permissions_boundary_arn: the most that its roles may ever do.

        Raises:
            ValueError: `REL-038` for a runbook longer than a description takes.
        """
        name, perimeter = served.monitors_name, served.perimeter
        description = served.told(id, runbook)
        super().__init__(scope, id)
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
        schedules = call_on_schedule(
            self,
            perimeter=perimeter,
            function=function,
            failed_arn=failed.attr_arn,
            key_arn=key.key_arn,
            expression=EVERY_DAY,
            what=f"Judges the decisions of model {served.model} by their labels",
            permissions_boundary_arn=permissions_boundary_arn,
            further=_within_the_day(served, told),
        )
        alarms = MonitorAlarms(self, name=name, told=description, settings=told, notices_arn=notices_arn)
        not_right = alarms.of_the_model(owner_topic_arn)
        others = (*alarms.of_drift(), *alarms.of_labels(), alarms.of_runs(failed.attr_queue_name))
        silent = alarms.of_silence()
        # After the first run has been started; else they would stand in ALARM until that has come.
        for alarm in silent:
            for schedule in schedules:
                alarm.node.add_dependency(schedule)
        self.alarm_names: tuple[str, ...] = (*not_right, *(str(each.alarm_name) for each in (*others, *silent)))
        """Of all alarms, those first that say that the model is not right."""


def _within_the_day(served: ServedModel, told: Settings) -> tuple[FurtherCall, ...]:
    """What has drift measured by the hour, where that is declared."""
    if told.drift is None or not told.drift.is_hourly:
        return ()
    every = told.drift.every_hours
    hours = "*" if every == 1 else ",".join(map(str, range(0, DAY_HOURS, every)))
    return (
        FurtherCall(
            id="DriftSchedule",
            name=f"{served.monitors_name}-drift",
            expression=f"cron({MINUTE} {hours} * * ? *)",
            what=f"Measures how far the decisions of model {served.model} have moved",
            event={"measure": DRIFT},
        ),
    )
