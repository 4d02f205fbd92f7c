"""An alarm on a formula of an endpoint's metrics."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from aws_cdk import CfnCondition
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

NAMESPACE = "AWS/SageMaker"
MICROSECONDS = 1000
"""Of a millisecond: SageMaker's latencies are in microseconds."""

Metrics = Mapping[str, tuple[str, str]]
"""Name and statistic of each metric, by the letters that stand for it in the formula."""


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A formula, and when it is bad.

    Attributes:
        id: in the template.
        suffix: of the alarm's name.
        metrics: what the formula is of.
        formula: CloudWatch's metric math.
        label: what it amounts to, for whoever sees the graph.
        threshold: beyond it is bad.
        above: whether beyond means above.
        why: what the reader of the alarm has to know, a sentence without its full stop.
    """

    id: str
    suffix: str
    metrics: Metrics
    formula: str
    label: str
    threshold: float
    above: bool = True
    why: str


@dataclass(frozen=True, kw_only=True)
class Look:
    """How long an alarm looks.

    Attributes:
        period_seconds: over which a value is taken.
        bad: of the last `of` periods, how many must be bad.
        of: how many periods are looked at.
        missing: what a period without a request counts as.
    """

    period_seconds: int
    bad: int
    of: int
    missing: Literal["breaching", "notBreaching"]


@dataclass(frozen=True, kw_only=True)
class Watch:
    """What the alarms of an endpoint look at, and whom they tell.

    Attributes:
        dimensions: which of its metrics.
        tells: ARN of the topic or of the function that is told.
        told: what each description ends with: owner and runbook.
        condition: under which there is an alarm.
        tells_when_over: whether it is told when an alarm is over, too.
    """

    dimensions: Mapping[str, str]
    tells: str
    told: str
    condition: CfnCondition
    tells_when_over: bool = False

    def alarm(self, scope: Construct, judged: Judged, look: Look, *, name: str) -> cloudwatch.CfnAlarm:
        """The alarm under `scope`, its name starting with `name`."""
        dimensions = [cloudwatch.CfnAlarm.DimensionProperty(name=k, value=v) for k, v in self.dimensions.items()]
        queries = [
            cloudwatch.CfnAlarm.MetricDataQueryProperty(
                id=letters,
                return_data=False,
                metric_stat=cloudwatch.CfnAlarm.MetricStatProperty(
                    metric=cloudwatch.CfnAlarm.MetricProperty(
                        namespace=NAMESPACE, metric_name=metric, dimensions=dimensions
                    ),
                    period=look.period_seconds,
                    stat=statistic,
                ),
            )
            for letters, (metric, statistic) in judged.metrics.items()
        ]
        alarm = cloudwatch.CfnAlarm(
            scope,
            judged.id,
            alarm_name=f"{name}-{judged.suffix}",
            alarm_description=f"{judged.why}. {self.told}",
            metrics=[
                *queries,
                cloudwatch.CfnAlarm.MetricDataQueryProperty(
                    id="judged", expression=judged.formula, label=judged.label, return_data=True
                ),
            ],
            comparison_operator="GreaterThanThreshold" if judged.above else "LessThanThreshold",
            threshold=judged.threshold,
            datapoints_to_alarm=look.bad,
            evaluation_periods=look.of,
            treat_missing_data=look.missing,
            alarm_actions=[self.tells],
            ok_actions=[self.tells] if self.tells_when_over else None,
        )
        alarm.cfn_options.condition = self.condition
        return alarm
