"""How a metric alarm decides: M of N data points, and what missing ones count for.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html,
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

State = Literal["OK", "ALARM", "INSUFFICIENT_DATA"]
Missing = Literal["breaching", "notBreaching", "ignore", "missing"]

FURTHER = 2
"""Periods before those of EvaluationPeriods that are looked at too: AWS's own example has 5 for 3, and says no more."""

COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": lambda value, threshold: value >= threshold,
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
    "LessThanThreshold": lambda value, threshold: value < threshold,
    "LessThanOrEqualToThreshold": lambda value, threshold: value <= threshold,
}
_WORDS: Mapping[str, str] = {
    "GreaterThanOrEqualToThreshold": "greater than or equal to",
    "GreaterThanThreshold": "greater than",
    "LessThanThreshold": "less than",
    "LessThanOrEqualToThreshold": "less than or equal to",
}


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The state that the data points give; None keeps the one that the alarm has. `used` are those that decided."""

    state: State | None
    used: tuple[int, ...]
    filled: int


def judge(seen: Sequence[bool | None], *, periods: int, needed: int, missing: Missing) -> Verdict:
    """Judge the data points of the evaluation range, oldest first: breaching, not breaching, or None for missing.

    `periods` is N, `needed` is M.
    """
    known = [place for place, breaching in enumerate(seen) if breaching is not None]
    used = tuple(known[-periods:])
    breaching = sum(1 for place in used if seen[place])
    filled = periods - len(used)
    if filled == 0 or missing == "notBreaching":
        return Verdict(state="ALARM" if breaching >= needed else "OK", used=used, filled=filled)
    if missing == "breaching":
        return Verdict(state="ALARM" if breaching + filled >= needed else "OK", used=used, filled=filled)
    state: State | None
    if breaching >= needed:
        state = "ALARM"
    elif breaching < len(used):
        state = "OK"
    elif missing == "ignore":
        state = None
    else:
        # All that is known is breaching, but less than M: an alarm only once the oldest is M periods old.
        old_enough = bool(used) and len(seen) - used[0] >= needed
        state = "ALARM" if old_enough else "INSUFFICIENT_DATA"
    return Verdict(state=state, used=used, filled=filled)


@dataclass(frozen=True, kw_only=True)
class Point:
    """A data point: the start of its period, its value, and how many values are in it where that is known."""

    at: int
    value: float
    samples: float | None = None


@dataclass(frozen=True, kw_only=True)
class Reason:
    """Why an alarm has its state, as AWS words it."""

    comparison: str
    threshold: float
    period: int
    needed: int
    missing: Missing
    statistic: str | None
    unit: str | None
    now: float

    def text(self, old: State, new: State, points: Sequence[Point], filled: int) -> str:
        """The StateReason; `points` are those that decided, oldest first."""
        if new == "INSUFFICIENT_DATA":
            return f"Insufficient Data: {_many(filled, 'datapoint')} {_were(filled)} unknown."
        if not points:
            treated = "Breaching" if self.missing == "breaching" else "NonBreaching"
            return (
                f"Threshold Crossed: no datapoints were received for {_many(filled, 'period')} and "
                f"{_many(filled, 'missing datapoint')} {_were(filled)} treated as [{treated}]."
            )
        fits = COMPARISONS[self.comparison]
        wanted = [point for point in points if fits(point.value, self.threshold) == (new == "ALARM")]
        count, total = len(wanted), len(points) + (filled if self.missing in ("breaching", "notBreaching") else 0)
        shown = ", ".join(f"{point.value} ({_day(point.at)})" for point in reversed(wanted[-5:]))
        negation = "" if new == "ALARM" else "not "
        least = self.needed if new == "ALARM" else max(total - self.needed + 1, 1)
        treated = ""
        if filled and self.missing in ("breaching", "notBreaching"):
            how = "Breaching" if self.missing == "breaching" else "NonBreaching"
            treated = f" and {_many(filled, 'missing datapoint')} {_were(filled)} treated as [{how}]"
        before = old if old != "INSUFFICIENT_DATA" else "OK" if new == "ALARM" else "ALARM"  # as AWS has it
        text = (
            f"Threshold Crossed: {count} out of the last {total} datapoints [{shown}] {_were(count)} "
            f"{negation}{_WORDS[self.comparison]} the threshold ({self.threshold}){treated} "
            f"(minimum {_many(least, 'datapoint')} for {before} -> {new} transition)."
        )
        return text[:1023]

    def data(self, points: Sequence[Point]) -> str:
        """The StateReasonData, a JSON document."""
        said: dict[str, object] = {"version": "1.0", "queryDate": stamp(self.now)}
        if points:
            said["startDate"] = stamp(points[0].at)
        if self.statistic is not None:
            said["statistic"] = self.statistic
        if self.unit is not None:
            said["unit"] = self.unit
        said |= {
            "period": self.period,
            "recentDatapoints": [point.value for point in points[-10:]],
            "threshold": self.threshold,
            "evaluatedDatapoints": [
                {"timestamp": stamp(point.at), "value": point.value}
                | ({} if point.samples is None else {"sampleCount": point.samples})
                for point in reversed(points[-10:])
            ],
        }
        return json.dumps(said, separators=(",", ":"))


def stamp(moment: float) -> str:
    """A moment as alarms write it: 2019-10-02T17:04:40.989+0000."""
    when = datetime.datetime.fromtimestamp(moment, datetime.UTC)
    return f"{when:%Y-%m-%dT%H:%M:%S}.{when.microsecond // 1000:03d}+0000"


def _day(moment: float) -> str:
    return datetime.datetime.fromtimestamp(moment, datetime.UTC).strftime("%d/%m/%y %H:%M:%S")


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _were(count: int) -> str:
    return "was" if count == 1 else "were"
