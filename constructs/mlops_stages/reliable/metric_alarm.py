"""An alarm on one metric."""

from collections.abc import Mapping
from typing import Literal

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

FIVE_MINUTES, HOUR = 300, 3600


def tell_when(
    scope: Construct,
    id: str,
    *,
    name: str,
    why: str,
    metric: tuple[str, str],
    dimensions: Mapping[str, str],
    tells: str,
    tells_when_over: bool = False,
    tells_when_unknown: bool = False,
    statistic: Literal["Maximum", "Minimum", "Sum"] = "Sum",
    threshold: float = 1,
    comparison: Literal[
        "GreaterThanThreshold", "GreaterThanOrEqualToThreshold", "LessThanThreshold"
    ] = "GreaterThanOrEqualToThreshold",
    period: int = FIVE_MINUTES,
    of: int = 1,
    bad: int | None = None,
    missing: Literal["breaching", "missing", "notBreaching"] = "notBreaching",
) -> cloudwatch.CfnAlarm:
    """An alarm where `bad` of the last periods, or all of them, have a metric beyond a threshold.

    Args:
        scope: the parent.
        id: the construct's id in it.
        name: the alarm's name.
        why: what whoever is told has to know.
        metric: its namespace and its name.
        dimensions: of the metric.
        tells: ARN of the topic or of the function that is told when the alarm goes off.
        tells_when_over: whether it is told when the alarm is over, too.
        tells_when_unknown: whether it is told when nothing is known any more, where that is `missing`.
        statistic: of a period.
        threshold: what is beyond it is bad.
        comparison: what beyond means.
        period: seconds of a period.
        of: how many periods are looked at.
        bad: how many of them must be bad; all, if not given.
        missing: what a period without a value counts as.

    Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
    """
    return cloudwatch.CfnAlarm(
        scope,
        id,
        alarm_name=name,
        alarm_description=why,
        namespace=metric[0],
        metric_name=metric[1],
        dimensions=[cloudwatch.CfnAlarm.DimensionProperty(name=key, value=value) for key, value in dimensions.items()],
        statistic=statistic,
        period=period,
        evaluation_periods=of,
        datapoints_to_alarm=of if bad is None else bad,
        threshold=threshold,
        comparison_operator=comparison,
        treat_missing_data=missing,
        alarm_actions=[tells],
        ok_actions=[tells] if tells_when_over else None,
        insufficient_data_actions=[tells] if tells_when_unknown else None,
    )
