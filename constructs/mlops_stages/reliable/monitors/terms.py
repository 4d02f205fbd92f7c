"""What is declared about the labels of a model's decisions, and what the model is judged by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from mlops_stages.foundation import Statement
from mlops_stages.runtime.monitor_runs.settings import Bound, Drift, Settings
from mlops_stages.runtime.monitors.baseline import Type
from mlops_stages.runtime.monitors.bias import Segment


@dataclass(frozen=True, kw_only=True)
class MonitorTerms:
    """What is declared.

    Attributes:
        label_type: `binary`, 0 or 1, or `number`.
        delay_hours: how long after a decision its label comes at the latest.
        window_days: days of decisions that are judged together.
        margin: how far the sum of scores may lie from the sum of labels, as a ratio.
        quality: how good the model must stay; None where nothing is promised.
        segments: values of category inputs, whose treatment is compared with that of all others.
        drift: how far scores may move from the version's baseline; None where that is not measured.
        inputs: what the model takes, by type, in order.
        evaluations: what addresses of the model's evaluations start with.
        read_baselines: what lets that role read the baselines of versions.
        label_bucket: where the team puts labels, in the data account.
        label_prefix: the folder of the model's labels in it, without a slash at its end.
        read_labels: what lets a role of the account that it serves in read them.
    """

    label_type: Literal["binary", "number"]
    delay_hours: int
    window_days: int
    margin: float
    quality: Bound | None
    segments: Sequence[Segment]
    drift: Drift | None
    inputs: Mapping[str, Type]
    evaluations: str
    read_baselines: Sequence[Statement]
    label_bucket: str
    label_prefix: str
    read_labels: Sequence[Statement]

    def settings(self, *, endpoint: str, bucket: str, variant: str, challenger: str | None) -> Settings:
        """What the function is told, for an endpoint whose decisions are in a bucket."""
        return Settings(
            endpoint=endpoint,
            bucket=bucket,
            label_bucket=self.label_bucket,
            label_prefix=self.label_prefix,
            label_type=self.label_type,
            delay_hours=self.delay_hours,
            window_days=self.window_days,
            margin=self.margin,
            quality=self.quality,
            variant=variant,
            challenger=challenger,
            segments=tuple(self.segments),
            drift=self.drift,
            inputs={} if self.drift is None else self.inputs,
            evaluations="" if self.drift is None else self.evaluations,
        )
