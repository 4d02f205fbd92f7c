"""The alarms that send a new version back, which see its own fleet alone."""

from collections.abc import Mapping
from dataclasses import replace

from constructs import Construct

from mlops_stages.reliable.math_alarm import MICROSECONDS, Judged, Look, Metrics, Watch
from mlops_stages.serving.service_level import RollbackLimits, ServiceLevel

LOOK = Look(period_seconds=60, bad=2, of=3, missing="notBreaching")
_REQUESTS = ("Invocations", "Sum")


class RollbackAlarms(Construct):
    """Four alarms on one configuration of an endpoint: 5XX, 4XX, answers that are none, and latency.

    Their dimensions are endpoint, variant and configuration, so that neither the old fleet's faults send a good version
    back nor its good answers hide a bad one. Each has a name with the configuration's in it: a new version starts with
    alarms that have seen nothing, and not in the state that the last one left. A minute without a request is good: a
    version that nobody calls is not judged.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-configuration.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        config_name: str,
        limits: RollbackLimits,
        level: ServiceLevel,
        watch: Watch,
    ) -> None:
        """Create the alarms.

        Args:
            scope: the parent.
            id: the construct's id in it.
            config_name: the configuration's name.
            limits: from when on a version goes back.
            level: whose latency counts where the limits name none.
            watch: dimensions without the configuration's, whom to tell, and under which condition.
        """
        super().__init__(scope, id)
        dimensions: Mapping[str, str] = {**watch.dimensions, "EndpointConfigName": config_name}
        own = replace(watch, dimensions=dimensions)
        self.names: tuple[str, ...] = tuple(
            own.alarm(self, judged, LOOK, name=config_name).ref for judged in rollback_rules(limits, level)
        )
        """What the endpoint is told to watch."""


def rollback_rules(limits: RollbackLimits, level: ServiceLevel) -> tuple[Judged, ...]:
    """What a new version is judged by, minute by minute."""
    latency = level.p99_latency_ms if limits.p99_latency_ms is None else limits.p99_latency_ms
    enough = limits.minimum_requests
    return (
        _share("ServerErrors", "5xx", "Invocation5XXErrors", limits.server_errors_percent, enough, "answers with 5XX"),
        _share(
            "ClientErrors",
            "4xx",
            "Invocation4XXErrors",
            limits.client_errors_percent,
            enough,
            "refuses with 4XX, as after a change of what it takes",
        ),
        _share(
            "ModelErrors",
            "model-errors",
            "InvocationModelErrors",
            limits.model_errors_percent,
            enough,
            "gets no answer of 2XX from its container, timeouts included",
        ),
        Judged(
            id="Latency",
            suffix="latency",
            metrics={"n": _REQUESTS, "latency": ("ModelLatency", "p99")},
            formula=f"IF(n >= {enough}, latency, 0)",
            label="p99 of the model's latency in microseconds",
            threshold=latency * MICROSECONDS,
            why=f"This version takes more than {latency} ms for more than 1 of 100 requests",
        ),
    )


def _share(id: str, suffix: str, metric: str, percent: float, enough: int, does: str) -> Judged:
    metrics: Metrics = {"n": _REQUESTS, "bad": (metric, "Sum")}
    return Judged(
        id=id,
        suffix=suffix,
        metrics=metrics,
        formula=f"IF(n >= {enough}, 100 * bad / n, 0)",
        label=f"percent of requests ({metric})",
        threshold=percent,
        why=f"This version {does}, more than {percent:g} % of requests",
    )
