"""The alarms on what the monitors of a model have found, and on whether they run."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from mlops_stages.reliable.metric_alarm import HOUR, tell_when
from mlops_stages.runtime.monitor_runs import publishing
from mlops_stages.runtime.monitor_runs.days import HOURS_KNOWN
from mlops_stages.runtime.monitor_runs.intervals import DAYS, hours_known
from mlops_stages.runtime.monitor_runs.settings import Settings
from mlops_stages.runtime.monitor_runs.verdict import HOURS_BEHIND


@dataclass(frozen=True)
class MonitorAlarms:
    """What makes them, under `scope`.

    Attributes:
        scope: the monitors.
        name: what the alarms' names begin with, before a hyphen.
        told: what each description ends with.
        settings: what the monitors are told.
        notices_arn: of the function that tells of the alarms.
    """

    scope: Construct
    name: str
    told: str
    settings: Settings
    notices_arn: str

    def of_the_model(self, owner_topic_arn: str) -> tuple[str, ...]:
        """Those that say that the model is not right: one of all of them, and one of each figure; their names.

        The first tells the owner by CloudWatch alone, whatever becomes of the function.
        """
        deciding = [*self._of_calibration(), *self._of_quality(), *self._of_bias()]
        names = [str(each.alarm_name) for each in deciding]
        every = cloudwatch.CfnCompositeAlarm(
            self.scope,
            "NotRight",
            alarm_name=f"{self.name}-not-right",
            alarm_description="The model is not right. A message of its own says why, and `mlops-stages model` how "
            f"much. {self.told}",
            alarm_rule=" OR ".join(f'ALARM("{each}")' for each in names),
            alarm_actions=[owner_topic_arn],
        )
        for each in deciding:
            every.node.add_dependency(each)
        return (f"{self.name}-not-right", *names)

    def of_drift(self) -> tuple[cloudwatch.CfnAlarm, ...]:
        """The warning that scores have moved, where that is measured."""
        drift = self.settings.drift
        if drift is None:
            return ()
        why = (
            f"A warning: scores of the last {DAYS} days are further from those of the version's test data than "
            f"{drift.maximum:g} ({drift.metric}). Labels say whether the model is still right; the figures of the "
            f"{'hour' if drift.is_hourly else 'day'}, which inputs have moved"
        )
        hours = hours_known(drift.every_hours)
        return (self._figure("ScoreDrift", "score-drift", why, publishing.SCORE_DRIFT, drift.maximum, hours=hours),)

    def of_labels(self) -> tuple[cloudwatch.CfnAlarm, ...]:
        """Labels that are missing, are none, or contradict each other."""
        delay = self.settings.delay_hours
        return (
            self._count(
                "LabelsBehind",
                "labels-behind",
                f"Labels are missing: decisions older than {delay + HOURS_BEHIND} hours have none, and labels are "
                f"declared to come within {delay}. Whether the model is right is not known",
                publishing.BEHIND,
                HOURS_BEHIND,
            ),
            self._count(
                "LabelsRefused",
                "labels-refused",
                "Lines of label files are no labels; the quarantine of the day names files, lines and codes",
                publishing.QUARANTINED,
                0,
            ),
            self._count(
                "LabelsContradict",
                "labels-contradict",
                "Labels of one decision contradict each other: such a decision counts as not labelled until a line "
                "corrects it",
                publishing.CONTRADICTORY,
                0,
            ),
        )

    def of_runs(self, failed_name: str) -> cloudwatch.CfnAlarm:
        """A run that failed every time, and lies in a queue."""
        again = "run" if self._is_hourly else "day's run"
        return tell_when(
            self.scope,
            "NotRun",
            name=f"{self.name}-failed",
            why=f"The monitors failed three times; the log of {self.name} says why, and the next "
            f"{again} tries again. {self.told}",
            metric=("AWS/SQS", "ApproximateNumberOfMessagesVisible"),
            dimensions={"QueueName": failed_name},
            tells=self.notices_arn,
            tells_when_over=True,
            statistic="Maximum",
        )

    def of_silence(self) -> tuple[cloudwatch.CfnAlarm, ...]:
        """No run at all: of days, and of hours where drift is measured by the hour.

        There, a call tells nothing of days: whether the model was judged does, which each of their runs publishes.
        """
        called = (("AWS/Lambda", "Invocations"), {"FunctionName": self.name}, 1)
        judged = ((publishing.NAMESPACE, publishing.JUDGED), {"Endpoint": self.settings.endpoint}, 0)
        silent = self._silence("Silent", "silent", "judged the model", judged if self._is_hourly else called)
        drift = self.settings.drift
        if drift is None or not drift.is_hourly:
            return (silent,)
        hours, what = hours_known(drift.every_hours), "measured the model's drift"
        return silent, self._silence("DriftSilent", "drift-silent", what, called, hours=hours)

    def _silence(
        self,
        id: str,
        suffix: str,
        what: str,
        sign: tuple[tuple[str, str], Mapping[str, str], int],
        *,
        hours: int = HOURS_KNOWN,
    ) -> cloudwatch.CfnAlarm:
        """Tell where a metric has had no such value for some hours, nor a larger one."""
        metric, dimensions, least = sign
        return tell_when(
            self.scope,
            id,
            name=f"{self.name}-{suffix}",
            why=f"Nothing has {what} for {hours} hours. {self.told}",
            metric=metric,
            dimensions=dimensions,
            tells=self.notices_arn,
            tells_when_over=True,
            threshold=least,
            comparison="LessThanThreshold",
            period=HOUR,
            of=hours,
            missing="breaching",
        )

    @property
    def _is_hourly(self) -> bool:
        drift = self.settings.drift
        return drift is not None and drift.is_hourly

    def _of_calibration(self) -> tuple[cloudwatch.CfnAlarm, ...]:
        most = 1 + self.settings.margin
        least = 1 / most
        return (
            self._figure(
                "Overestimates",
                "overestimates",
                f"The model expects more than happens: the sum of its scores is more than {most:.4g} times that of the "
                f"labels {self._over}, by the low end of its 95 % interval",
                f"{publishing.CALIBRATION}{publishing.LOW}",
                most,
            ),
            self._figure(
                "Underestimates",
                "underestimates",
                f"The model expects less than happens: the sum of its scores is less than {least:.4g} times that of "
                f"the labels {self._over}, by the high end of its 95 % interval",
                f"{publishing.CALIBRATION}{publishing.HIGH}",
                least,
                above=False,
            ),
        )

    def _of_quality(self) -> tuple[cloudwatch.CfnAlarm, ...]:
        bound = self.settings.quality
        if bound is None:
            return ()
        is_most = bound.maximum is not None
        limit = bound.maximum if bound.maximum is not None else bound.minimum
        if limit is None:  # the settings refuse a bound without a number
            raise ValueError(bound.metric)
        beyond, end = ("above", "low") if is_most else ("below", "high")
        why = (
            f"The model is not as good as promised: its {bound.metric} {self._over} is {beyond} {limit:g}, by the "
            f"{end} end of its 95 % interval"
        )
        metric = f"{publishing.QUALITY}{publishing.LOW if is_most else publishing.HIGH}"
        return (self._figure("Quality", "quality", why, metric, limit, above=is_most),)

    def _of_bias(self) -> tuple[cloudwatch.CfnAlarm, ...]:
        if not self.settings.bias:
            return ()
        why = (
            "The model treats a segment otherwise than all others: a gap between their rates is further from 0 than "
            f"declared {self._over}, by the end of its 95 % interval that is nearer to 0"
        )
        return (self._figure("Bias", "bias", why, publishing.BIAS, 1),)

    @property
    def _over(self) -> str:
        return f"over {self.settings.window_days} days of labelled decisions"

    def _figure(
        self,
        id: str,
        suffix: str,
        why: str,
        metric: str,
        limit: float,
        *,
        above: bool = True,
        hours: int = HOURS_KNOWN,
    ) -> cloudwatch.CfnAlarm:
        """Tell where a run's figure is beyond the limit. A run that has none is unknown, and no run is good news."""
        return self._of_a_run(id, suffix, why, metric, limit, above=above, missing="missing", hours=hours)

    def _count(self, id: str, suffix: str, why: str, metric: str, beyond: float) -> cloudwatch.CfnAlarm:
        """Tell where a day has more than so many of something; a day that has no figure has none of it."""
        return self._of_a_run(id, suffix, why, metric, beyond, above=True, missing="notBreaching", hours=HOURS_KNOWN)

    def _of_a_run(
        self,
        id: str,
        suffix: str,
        why: str,
        metric: str,
        limit: float,
        *,
        above: bool,
        missing: Literal["missing", "notBreaching"],
        hours: int,
    ) -> cloudwatch.CfnAlarm:
        return tell_when(
            self.scope,
            id,
            name=f"{self.name}-{suffix}",
            why=f"{why}. {self.told}",
            metric=(publishing.NAMESPACE, metric),
            dimensions={"Endpoint": self.settings.endpoint},
            tells=self.notices_arn,
            tells_when_over=True,
            threshold=limit,
            comparison="GreaterThanThreshold" if above else "LessThanThreshold",
            statistic="Maximum" if above else "Minimum",
            period=HOUR,
            of=hours,
            bad=1,
            missing=missing,
        )
