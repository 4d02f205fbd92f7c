"""The metrics of an endpoint's requests: of the variant, and of the variant under one configuration alone.

https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mlops_stages.local.server.api.records import Scope
from mlops_stages.local.server.clock import CLOCK
from mlops_stages.local.server.cloudwatch import CLOUDWATCH
from mlops_stages.local.server.cloudwatch.metrics import Datum, Metric

_NAMESPACE = "AWS/SageMaker"


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What became of one request; `status` is the container's, 0 where it gave none."""

    status: int
    model_microseconds: float
    overhead_microseconds: float
    instances: int


def put(scope: Scope, endpoint: str, variant: str, configuration: str, measured: Measured) -> None:
    """Put the metrics of one request, now."""
    status = measured.status
    values: Mapping[str, tuple[float, str]] = {
        "Invocations": (1, "None"),
        "InvocationsPerInstance": (1 / max(measured.instances, 1), "None"),
        "Invocation4XXErrors": (float(400 <= status < 500), "None"),
        "Invocation5XXErrors": (float(status >= 500), "None"),
        "InvocationModelErrors": (float(not 200 <= status < 300), "None"),
        "ModelLatency": (measured.model_microseconds, "Microseconds"),
        "OverheadLatency": (measured.overhead_microseconds, "Microseconds"),
    }
    of_variant = (("EndpointName", endpoint), ("VariantName", variant))
    now, data = CLOCK.now(), list[Datum]()
    for dimensions in (of_variant, (("EndpointConfigName", configuration), *of_variant)):
        for name, (value, unit) in values.items():
            metric = Metric(namespace=_NAMESPACE, name=name, dimensions=dimensions)
            data.append(Datum(metric=metric, unit=unit, at=now, resolution=60, values=((value, 1.0),)))
    CLOUDWATCH.put(scope, data)
