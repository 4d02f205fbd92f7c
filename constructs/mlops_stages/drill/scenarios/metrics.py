"""What a metric of the model's account has counted, and where that can be seen."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from mlops_stages.drill.facts import Proof
from mlops_stages.drill.stage import Stage


def counted_by(
    stage: Stage, metric: str, dimensions: Mapping[str, str], since: datetime, until: datetime
) -> tuple[int, Proof]:
    """The sum of a metric, such as `AWS/Lambda Errors`, over some whole minutes."""
    namespace, name = metric.split()
    found = stage.root("cloudwatch").get_metric_statistics(
        Namespace=namespace,
        MetricName=name,
        Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
        StartTime=since,
        EndTime=until,
        Period=60,
        Statistics=["Sum"],
    )["Datapoints"]
    total = int(sum(each["Sum"] for each in found))
    where = ", ".join([metric, *(f"{key} {value}" for key, value in dimensions.items())])
    return total, Proof(kind="metric", where=where, says=f"{total} from {since:%H:%M} to {until:%H:%M}")
