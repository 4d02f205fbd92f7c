"""The alarms that tell a model's owner when its callers don't get what was promised."""

from constructs import Construct

from mlops_stages.reliable.math_alarm import MICROSECONDS, Judged, Look, Watch
from mlops_stages.serving.service_level import ServiceLevel

PERIOD_SECONDS = 300
LOOK = Look(period_seconds=PERIOD_SECONDS, bad=2, of=3, missing="notBreaching")
ENOUGH = 20
"""Requests in five minutes; of fewer, one error is a large share."""


class ServiceLevelAlarms(Construct):
    """Alarms on the whole endpoint, whichever version answers: availability, latency, and silence where it is one.

    What counts as not answered is 5XX and what the container left unanswered, such as timeouts; a 4XX is the caller's.
    Latency is the model's 99th percentile and SageMaker's mean share on top, since AWS documents no percentile of it.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html
    """

    def __init__(self, scope: Construct, id: str, *, endpoint_name: str, level: ServiceLevel, watch: Watch) -> None:
        """Create the alarms.

        Args:
            scope: the parent.
            id: the construct's id in it.
            endpoint_name: what the alarms' names start with.
            level: what was promised.
            watch: dimensions, whom to tell, and under which condition.
        """
        super().__init__(scope, id)
        for judged in promises(level):
            watch.alarm(self, judged, LOOK, name=endpoint_name)
        if level.requests_per_minute is not None:
            periods = level.silence_minutes * 60 // PERIOD_SECONDS
            look = Look(period_seconds=PERIOD_SECONDS, bad=periods, of=periods, missing="breaching")
            watch.alarm(self, silence(level), look, name=endpoint_name)


def promises(level: ServiceLevel) -> tuple[Judged, Judged]:
    """Availability and latency."""
    return (
        Judged(
            id="Availability",
            suffix="availability",
            metrics={
                "n": ("Invocations", "Sum"),
                "refused": ("Invocation4XXErrors", "Sum"),
                "failed": ("Invocation5XXErrors", "Sum"),
                "unanswered": ("InvocationModelErrors", "Sum"),
            },
            # Errors of the container are those of either kind and those that have no status at all.
            formula=(
                f"IF(n >= {ENOUGH}, 100 - 100 * IF(unanswered - refused > failed, unanswered - refused, failed) / n, "
                "100)"
            ),
            label="percent of requests answered",
            threshold=level.availability_percent,
            above=False,
            why=f"Fewer than {level.availability_percent:g} % of requests are answered",
        ),
        Judged(
            id="Latency",
            suffix="latency",
            metrics={
                "n": ("Invocations", "Sum"),
                "model": ("ModelLatency", "p99"),
                "overhead": ("OverheadLatency", "Average"),
            },
            formula=f"IF(n >= {ENOUGH}, model + overhead, 0)",
            label="p99 of the latency in microseconds",
            threshold=level.p99_latency_ms * MICROSECONDS,
            why=f"More than 1 of 100 answers takes longer than {level.p99_latency_ms} ms",
        ),
    )


def silence(level: ServiceLevel) -> Judged:
    """No request, where some are expected."""
    return Judged(
        id="Silence",
        suffix="silence",
        metrics={"n": ("Invocations", "Sum")},
        formula="n",
        label="requests",
        threshold=1,
        above=False,
        why=f"Nobody has called it for {level.silence_minutes} minutes, "
        f"and {level.requests_per_minute:g} requests a minute are expected",
    )
