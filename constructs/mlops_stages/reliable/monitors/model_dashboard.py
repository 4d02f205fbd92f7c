"""A dashboard of one model in CloudWatch's console: is it right, what is asked of it, what becomes of that."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from mlops_stages.reliable.served_model import VARIANT, ServedModel
from mlops_stages.runtime.decisions import metrics as decisions
from mlops_stages.runtime.monitor_runs import publishing
from mlops_stages.runtime.monitor_runs.settings import Settings

_COLUMNS, _HEIGHT = 24, 6
_DAY, _HOUR, _MINUTES = 86_400, 3600, 300
_SAGEMAKER = "AWS/SageMaker"
Widget = dict[str, Any]


@dataclass(frozen=True)
class _Line:
    """A metric in a graph: where it is, what it is called, and the statistic of a period."""

    namespace: str
    metric: str
    statistic: str = "Maximum"


class ModelDashboard(Construct):
    """A dashboard named `PLATFORM-MODEL-ENVIRONMENT`: alarms, figures of the monitors, requests, captured decisions.

    Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        served: ServedModel,
        runbook: str,
        alarm_names: Sequence[str],
        monitors: Settings | None,
    ) -> None:
        """Create the dashboard.

        Args:
            scope: the parent.
            id: the construct's id in it.
            served: the model, and where it serves.
            runbook: the page that says what to do.
            alarm_names: of the alarms that are shown, in order.
            monitors: what judges the model; None without labels.
        """
        super().__init__(scope, id)
        self._served = served
        self.name: str = served.dashboard_name
        graphs = [*([] if monitors is None else self._figures(monitors)), *self._requests()]
        widgets = [*self._head(runbook, alarm_names), *_placed(graphs)]
        body = {"start": "-P28D", "periodOverride": "inherit", "widgets": widgets}
        cloudwatch.CfnDashboard(self, "Resource", dashboard_name=self.name, dashboard_body=json.dumps(body))

    def _head(self, runbook: str, alarm_names: Sequence[str]) -> list[Widget]:
        served = self._served
        model = f"{served.team}/{served.model}"
        text = (
            f"# {model} in {served.environment}\n"
            f"Owner: {served.owner}. Runbook: {runbook}. All of it, with intervals: `mlops-stages model {model}`"
        )
        alarms = [served.perimeter.arn("cloudwatch", f"alarm:{each}") for each in alarm_names]
        return [
            {"type": "text", "x": 0, "y": 0, "width": _COLUMNS, "height": 2, "properties": {"markdown": text}},
            {
                "type": "alarm",
                "x": 0,
                "y": 2,
                "width": _COLUMNS,
                "height": _HEIGHT - 2,
                "properties": {"title": "Alarms", "alarms": alarms},
            },
        ]

    def _figures(self, monitors: Settings) -> list[Widget]:
        def of(*names: str) -> list[_Line]:
            return [_Line(publishing.NAMESPACE, each) for each in names]

        most = 1 + monitors.margin
        ends = ("", publishing.LOW, publishing.HIGH)
        found = [
            self._graph(
                "Calibration: sum of scores / sum of labels, and its 95 % interval",
                of(*(f"{publishing.CALIBRATION}{end}" for end in ends)),
                _DAY,
                [1 / most, most],
            )
        ]
        bound = monitors.quality
        if bound is not None:
            limit = bound.minimum if bound.maximum is None else bound.maximum
            lines = of(*(f"{publishing.QUALITY}{end}" for end in ends))
            found.append(self._graph(f"Quality: {bound.metric}, and its 95 % interval", lines, _DAY, [limit]))
        if monitors.drift is not None:
            title = f"Drift ({monitors.drift.metric}) of the score, and of the input that has moved most"
            lines = of(publishing.SCORE_DRIFT, publishing.INPUT_DRIFT)
            period = _HOUR if monitors.drift.is_hourly else _DAY
            found.append(self._graph(title, lines, period, [monitors.drift.maximum]))
        found.append(self._graph("Decisions with a label, percent", of(publishing.LABELLED_SHARE), _DAY, [100]))
        return found

    def _requests(self) -> list[Widget]:
        counts = [
            _Line(_SAGEMAKER, each, "Sum")
            for each in ("Invocations", "Invocation4XXErrors", "Invocation5XXErrors", "InvocationModelErrors")
        ]
        times = [_Line(_SAGEMAKER, "ModelLatency", "p99"), _Line(_SAGEMAKER, "OverheadLatency", "Average")]
        captured = [_Line(decisions.NAMESPACE, each) for each in (decisions.CAPTURED_SHARE, decisions.QUARANTINED)]
        return [
            self._graph("Requests and errors", counts, _MINUTES),
            self._graph("Latency in microseconds", times, _MINUTES),
            self._graph("Requests that were captured, percent, and lines in quarantine", captured, _HOUR),
        ]

    def _graph(self, title: str, lines: Sequence[_Line], period: int, limits: Sequence[float | None] = ()) -> Widget:
        properties: dict[str, Any] = {
            "title": title,
            "view": "timeSeries",
            "region": self._served.perimeter.region,
            "period": period,
            "metrics": [
                [each.namespace, each.metric, *self._dimensions(each), {"stat": each.statistic}] for each in lines
            ],
        }
        if limits:
            properties["annotations"] = {"horizontal": [{"value": each, "label": "allowed"} for each in limits]}
        return {"type": "metric", "properties": properties}

    def _dimensions(self, line: _Line) -> list[str]:
        endpoint = self._served.endpoint_name
        if line.namespace == _SAGEMAKER:
            return ["EndpointName", endpoint, "VariantName", VARIANT]
        if line.namespace == publishing.NAMESPACE:
            return ["Endpoint", endpoint]
        return ["Endpoint", endpoint, "Variant", VARIANT]


def _placed(graphs: Sequence[Widget]) -> list[Widget]:
    """Two in a row, below what is at the top."""
    width = _COLUMNS // 2
    return [
        {**each, "x": width * (place % 2), "y": _HEIGHT * (1 + place // 2), "width": width, "height": _HEIGHT}
        for place, each in enumerate(graphs)
    ]
