"""What is declared about the labels of a model's decisions, and what the model is judged by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from mlops_stages.foundation import Statement
from mlops_stages.runtime.monitor_runs.settings import BiasLimit, Bound, Drift, Retraining, Settings
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
        bias: how differently some of them may be treated.
        drift: how far scores may move from the version's baseline; None where that is not measured.
        inputs: what the model takes, by type, in order.
        evaluations: what addresses of the model's evaluations start with.
        read_baselines: what lets that role read the baselines of versions, and how candidates answered requests.
        better_by: by how much the loss of a candidate must be lower; None where no candidate is judged.
        list_candidates: what lets that role list versions that wait for approval.
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
    bias: Sequence[BiasLimit]
    drift: Drift | None
    inputs: Mapping[str, Type]
    evaluations: str
    read_baselines: Sequence[Statement]
    better_by: float | None
    list_candidates: Sequence[Statement]
    label_bucket: str
    label_prefix: str
    read_labels: Sequence[Statement]

    @property
    def reads_evaluations(self) -> bool:
        """Whether evaluations of versions are read: for baselines, or to judge candidates."""
        return self.drift is not None or self.better_by is not None

    def settings(
        self, *, endpoint: str, bucket: str, variant: str, challenger: str | None, challenges: str | None
    ) -> Settings:
        """What the function is told, for an endpoint whose decisions are in a bucket, and requests in `challenges`."""
        retraining = None
        if self.better_by is not None and challenges is not None:
            retraining = Retraining(bucket=challenges, margin=self.better_by)
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
            bias=tuple(self.bias),
            drift=self.drift,
            inputs=self.inputs if self.reads_evaluations else {},
            evaluations=self.evaluations if self.reads_evaluations else "",
            retraining=retraining,
        )
