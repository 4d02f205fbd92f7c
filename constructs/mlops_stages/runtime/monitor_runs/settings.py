"""What the function of one endpoint's monitors is told: in one environment variable, as JSON."""

from __future__ import annotations

import dataclasses
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal, cast, get_args

from ..monitors.baseline import Type
from ..monitors.bias import LIMITED, Segment
from ..monitors.codes import MonitorError
from ..monitors.metrics import metrics
from ..monitors.rows import Kind
from ..monitors.window import MOST_DAYS
from .intervals import DAY_HOURS, HOURS

VARIABLE = "MONITORS"
_TYPES: Mapping[str, Type] = {kind[0]: kind for kind in get_args(Type)}
_GAPS: Mapping[str, str] = {name[0]: name for name in LIMITED}
_LIMIT = re.compile(r"([0-9]):([a-z]):([0-9]+(?:\.[0-9]+)?(?:e-[0-9]+)?)")
_DRIFT = re.compile(r"([a-z]+)(?::([0-9]{1,2}))?")
_KINDS: Mapping[str, Kind] = {"binary": "classifier", "number": "regression"}


@dataclass(frozen=True, kw_only=True)
class Bound:
    """How good the model must stay: one of its kind's metrics, and the least or the most that it may be."""

    metric: str
    minimum: float | None = None
    maximum: float | None = None


DRIFTS: Mapping[str, str] = {"psi": "psi", "js": "js_divergence", "ks": "ks"}
"""The figures of drift, by the name that is declared."""


@dataclass(frozen=True, kw_only=True)
class Drift:
    """How far scores may move from the baseline: `psi`, `js` or `ks`, and the most allowed.

    `every_hours` is how often that is measured: one of `HOURS`, or each day.
    """

    metric: str
    maximum: float
    every_hours: int = DAY_HOURS

    @property
    def is_hourly(self) -> bool:
        """Whether it is measured within the day, too."""
        return self.every_hours < DAY_HOURS

    @property
    def is_known(self) -> bool:
        """Whether there is such a figure, and such an interval."""
        return self.metric in DRIFTS and self.every_hours in (*HOURS, DAY_HOURS)


@dataclass(frozen=True, kw_only=True)
class BiasLimit:
    """How far a gap between a segment and all others may be from 0: `dppl`, `tpr_gap` or `fpr_gap`."""

    segment: Segment
    metric: str
    maximum: float


@dataclass(frozen=True, kw_only=True)
class Retraining:
    """Where the requests that candidates are judged on are written, and by how much their loss must be lower."""

    bucket: str
    margin: float


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All of it.

    Attributes:
        endpoint: its name.
        bucket: where decisions, labels and what runs find are kept.
        label_bucket: where the team puts labels.
        label_prefix: the folder of the model's labels in it, without a slash at its end.
        label_type: `binary`, 0 or 1, or `number`.
        delay_hours: how long after a decision its label comes at the latest.
        window_days: days of decisions that are judged together.
        margin: how far the sum of scores may lie from the sum of labels, as a ratio.
        quality: how good the model must stay; None where nothing is promised.
        variant: the folder of the decisions that callers got.
        challenger: the folder of those of a version in the shadow; None without one.
        segments: values of category inputs: a classifier's treatment of them is compared with that of all others, and
            each value of such an input is judged by itself.
        bias: how differently some of them may be treated.
        drift: how far scores may move; None where it is not measured.
        inputs: what the model takes, by type, in order; none where drift is not measured and nothing is retrained.
        evaluations: what addresses of the model's evaluations start with.
        retraining: what candidates are judged by; None where there are none.
    """

    endpoint: str
    bucket: str
    label_bucket: str
    label_prefix: str
    label_type: Literal["binary", "number"]
    delay_hours: int
    window_days: int = 28
    margin: float = 0.15
    quality: Bound | None = None
    variant: str = "champion"
    challenger: str | None = None
    segments: tuple[Segment, ...] = ()
    bias: tuple[BiasLimit, ...] = ()
    drift: Drift | None = None
    inputs: Mapping[str, Type] = field(default_factory=dict[str, Type])
    evaluations: str = ""
    retraining: Retraining | None = None

    def __post_init__(self) -> None:
        if self.label_type not in _KINDS or not 1 <= self.window_days <= MOST_DAYS or self.delay_hours < 1:
            raise MonitorError("MON-030", self.endpoint, "its labels, their delay or its window are out of bounds")
        if not (math.isfinite(self.margin) and self.margin > 0):
            raise MonitorError("MON-030", self.endpoint, f"its margin is {self.margin}")
        if self.drift is not None and not (self.drift.is_known and self.inputs and self.evaluations):
            raise MonitorError("MON-030", self.endpoint, "its drift, its inputs or where it is evaluated is not known")
        if self.retraining is not None and not self._judges(self.retraining):
            raise MonitorError("MON-030", self.endpoint, "its inputs, or what candidates are judged by, is not known")
        if not all(self._limits(each) for each in self.bias):
            raise MonitorError("MON-030", self.endpoint, "a limit of bias is of no segment, no gap or no classifier")
        if self.quality is not None:
            metrics(self.kind, [self.quality.metric])
            if (self.quality.minimum is None) == (self.quality.maximum is None):
                raise MonitorError("MON-030", self.endpoint, "its quality has no bound, or two")

    def _judges(self, retraining: Retraining) -> bool:
        named = bool(self.inputs and self.evaluations and retraining.bucket)
        return named and math.isfinite(retraining.margin) and retraining.margin >= 0

    def _limits(self, limit: BiasLimit) -> bool:
        fits = self.kind == "classifier" and limit.metric in LIMITED and limit.segment in self.segments
        return fits and math.isfinite(limit.maximum) and limit.maximum > 0

    @property
    def kind(self) -> Kind:
        """What the model is, by its labels."""
        return _KINDS[self.label_type]

    @property
    def delay(self) -> timedelta:
        """How long after a decision its label comes at the latest."""
        return timedelta(hours=self.delay_hours)

    @property
    def fewest_days(self) -> int:
        """Days that have labelled decisions, below which nothing is decided: half of the window."""
        return (self.window_days + 1) // 2

    @property
    def fewest_days_back(self) -> int:
        """Days of the window since the first labelled decision, below which nothing is decided: three quarters of it.

        Days that follow each other are like each other, more than an interval knows that takes them one by one: in the
        reference's data, the first three weeks of May look like a model that is wrong.
        """
        return self.window_days - (self.window_days - 1) // 4

    def to_json(self) -> str:
        """What the variable holds; always the same for the same settings.

        Inputs are one text, `NAME:T,...` with the first letter of the type, and so are limits of bias: place of the
        segment, first letter of the metric, maximum. Drift within the day is `METRIC:HOURS`. Lambda takes 4 KB of
        environment.
        """
        inputs = ",".join(f"{name}:{kind[0]}" for name, kind in self.inputs.items())
        segments = [[each.column, *each.values] for each in self.segments]
        bias = ",".join(f"{self.segments.index(each.segment)}:{each.metric[0]}:{each.maximum!r}" for each in self.bias)
        told: dict[str, Any] = {**dataclasses.asdict(self), "inputs": inputs, "segments": segments, "bias": bias}
        if self.drift is not None:
            told["drift"] = _told(self.drift)
        return json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def read(environ: Mapping[str, str]) -> Settings:
    """The settings from a process's environment. Errors: MON-030; MON-004, MON-006 for what they name."""
    try:
        given = cast("dict[str, Any]", json.loads(environ[VARIABLE]))
        segments = tuple(Segment(column=each[0], values=tuple(each[1:])) for each in given["segments"])
        parts: dict[str, Any] = {
            "quality": None if given["quality"] is None else Bound(**given["quality"]),
            "drift": None if given["drift"] is None else _drift(**given["drift"]),
            "retraining": None if given.get("retraining") is None else Retraining(**given["retraining"]),
            "segments": segments,
            "bias": tuple(_limit(each, segments) for each in str(given.get("bias", "")).split(",") if each),
            "inputs": dict(_input(each) for each in str(given["inputs"]).split(",") if each),
        }
        return Settings(**given | parts)
    except (LookupError, TypeError, json.JSONDecodeError) as error:
        raise MonitorError("MON-030", VARIABLE, f"{type(error).__name__}: {error}") from error


def _input(told: str) -> tuple[str, Type]:
    name, _, letter = told.partition(":")
    return name, _TYPES[letter]


def _told(drift: Drift) -> dict[str, Any]:
    """Hours stand behind the metric: of what is measured each day, records of earlier versions say the same."""
    every = f":{drift.every_hours}" if drift.is_hourly else ""
    return {"metric": f"{drift.metric}{every}", "maximum": drift.maximum}


def _drift(metric: str, maximum: float) -> Drift:
    found = _DRIFT.fullmatch(metric)
    if found is None:
        raise LookupError(metric[:60])
    return Drift(metric=found[1], maximum=maximum, every_hours=DAY_HOURS if found[2] is None else int(found[2]))


def _limit(told: str, segments: Sequence[Segment]) -> BiasLimit:
    found = _LIMIT.fullmatch(told)
    if found is None:
        raise LookupError(told[:60])
    return BiasLimit(segment=segments[int(found[1])], metric=_GAPS[found[2]], maximum=float(found[3]))
