"""The alarms on what the monitors of a model have found, and on whether they run."""

from dataclasses import dataclass
from typing import Literal

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from mlops_stages.reliable.metric_alarm import HOUR, tell_when
from mlops_stages.runtime.monitor_runs import publishing
from mlops_stages.runtime.monitor_runs.days import HOURS_KNOWN
from mlops_stages.runtime.monitor_runs.intervals import DAYS
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
            f"{drift.maximum:g} ({drift.metric}). Labels say whether the model is still right; the figures of the day, "
            "which inputs have moved"
        )
        return (self._figure("ScoreDrift", "score-drift", why, publishing.SCORE_DRIFT, drift.maximum),)

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
        return tell_when(
            self.scope,
            "NotRun",
            name=f"{self.name}-failed",
            why=f"The monitors failed three times; the log of {self.name} says why, and the next day's run tries "
            f"again. {self.told}",
            metric=("AWS/SQS", "ApproximateNumberOfMessagesVisible"),
            dimensions={"QueueName": failed_name},
            tells=self.notices_arn,
            tells_when_over=True,
            statistic="Maximum",
        )

    def of_silence(self) -> cloudwatch.CfnAlarm:
        """No run at all."""
        return tell_when(
            self.scope,
            "Silent",
            name=f"{self.name}-silent",
            why=f"Nothing has judged the model for {HOURS_KNOWN} hours. {self.told}",
            metric=("AWS/Lambda", "Invocations"),
            dimensions={"FunctionName": self.name},
            tells=self.notices_arn,
            tells_when_over=True,
            comparison="LessThanThreshold",
            period=HOUR,
            of=HOURS_KNOWN,
            missing="breaching",
        )

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
        self, id: str, suffix: str, why: str, metric: str, limit: float, *, above: bool = True
    ) -> cloudwatch.CfnAlarm:
        """Tell where a day's figure is beyond the limit. A day that has none is unknown, and no day is good news."""
        return self._of_a_day(id, suffix, why, metric, limit, above=above, missing="missing")

    def _count(self, id: str, suffix: str, why: str, metric: str, beyond: float) -> cloudwatch.CfnAlarm:
        """Tell where a day has more than so many of something; a day that has no figure has none of it."""
        return self._of_a_day(id, suffix, why, metric, beyond, above=True, missing="notBreaching")

    def _of_a_day(
        self,
        id: str,
        suffix: str,
        why: str,
        metric: str,
        limit: float,
        *,
        above: bool,
        missing: Literal["missing", "notBreaching"],
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
            of=HOURS_KNOWN,
            bad=1,
            missing=missing,
        )
