"""What the function of one endpoint's monitors is told: in one environment variable, as JSON."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal, cast

from ..monitors.bias import Segment
from ..monitors.codes import MonitorError
from ..monitors.metrics import metrics
from ..monitors.rows import Kind
from ..monitors.window import MOST_DAYS

VARIABLE = "MONITORS"
_KINDS: Mapping[str, Kind] = {"binary": "classifier", "number": "regression"}


@dataclass(frozen=True, kw_only=True)
class Bound:
    """How good the model must stay: one of its kind's metrics, and the least or the most that it may be."""

    metric: str
    minimum: float | None = None
    maximum: float | None = None


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

    def __post_init__(self) -> None:
        if self.label_type not in _KINDS or not 1 <= self.window_days <= MOST_DAYS or self.delay_hours < 1:
            raise MonitorError("MON-030", self.endpoint, "its labels, their delay or its window are out of bounds")
        if not (math.isfinite(self.margin) and self.margin > 0):
            raise MonitorError("MON-030", self.endpoint, f"its margin is {self.margin}")
        if self.quality is not None:
            metrics(self.kind, [self.quality.metric])
            if (self.quality.minimum is None) == (self.quality.maximum is None):
                raise MonitorError("MON-030", self.endpoint, "its quality has no bound, or two")

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
        """Days that have labelled decisions, below which nothing is decided: half of the window.

        A few days of a busy month look like a model that is wrong: in the reference's data, a week in May does.
        """
        return (self.window_days + 1) // 2

    def to_json(self) -> str:
        """What the variable holds; always the same for the same settings."""
        return json.dumps(dataclasses.asdict(self), sort_keys=True, separators=(",", ":"))


def read(environ: Mapping[str, str]) -> Settings:
    """The settings from a process's environment. Errors: MON-030; MON-004, MON-006 for what they name."""
    try:
        given = cast("dict[str, Any]", json.loads(environ[VARIABLE]))
        parts: dict[str, Any] = {
            "quality": None if given["quality"] is None else Bound(**given["quality"]),
            "segments": tuple(_segment(each) for each in given["segments"]),
        }
        return Settings(**given | parts)
    except (KeyError, TypeError, json.JSONDecodeError) as error:
        raise MonitorError("MON-030", VARIABLE, f"{type(error).__name__}: {error}") from error


def _segment(given: Mapping[str, Any]) -> Segment:
    against = given["against"]
    return Segment(
        column=given["column"],
        values=tuple(given["values"]),
        against=None if against is None else tuple(against),
    )
