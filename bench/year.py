"""What retraining would have done to the reference model in 2013, against never and against every month.

Each policy answers the flights of May to December. Figures of quality are means of the eight months, as log losses of
months differ; a difference of two policies has the interval of all days.
"""

# ruff: noqa: S608  # queries are `Year`'s own

from __future__ import annotations

import statistics
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from bench.timing import ROOT, Measure
from bench.year_play import play
from bench.year_policies import FIRST, LAST, Played, Policy, Training, Year
from bench.year_recorded import record
from bench.year_reference import Reference
from mlops_stages.platform import load
from mlops_stages.runtime.decisions.database import all_rows, connected
from mlops_stages.runtime.monitor_runs.numbers import between, number
from mlops_stages.runtime.monitors.bootstrap import Interval, interval
from mlops_stages.runtime.monitors.figures import Figure
from mlops_stages.runtime.monitors.quality import quality
from mlops_stages.runtime.monitors.rows import Evaluation
from mlops_stages.runtime.monitors.sql import asking
from mlops_stages.runtime.monitors.window import Window

SEED = "year"
MONTHS = tuple(FIRST.replace(month=month) for month in range(FIRST.month, LAST.month + 1))

_COMPARED = (
    ("gated", "never"),
    ("gated", "monthly"),
    ("gated", "monthly_held_back"),
    ("alarmed", "never"),
    ("gated_last", "monthly_last"),
    ("gated_last", "never"),
)
BARS = {
    "year_gated_promotions": 2.0,
    "year_gated_less_never": -0.008,
    "year_gated_less_monthly_held_back": 0.002,
    "year_gated_less_monthly": 0.011,
}
"""The most that each may be. In November 2026 they were 2, -0.0106, -0.0012 and 0.0090."""


def policies(every: int | None) -> tuple[Policy, ...]:
    """Those that are compared; `every` is what the reference organization declares."""
    return (
        Policy(name="never", about="never retrained", recipe=None),
        Policy(name="monthly", about="on all earlier data each month, whatever it is worth", recipe="all"),
        Policy(
            name="monthly_held_back",
            about="the same, without the 30 days that the product would judge by",
            recipe="all",
            holds_back=timedelta(days=30),
        ),
        Policy(name="gated", about="on all earlier data, by the product", recipe="all", is_gated=True, every=every),
        Policy(name="alarmed", about="the same without `every`: only when wrong", recipe="all", is_gated=True),
        Policy(name="monthly_last", about="on the last month alone, whatever it is worth", recipe="last month"),
        Policy(
            name="gated_last",
            about="on the last month alone, by the product",
            recipe="last month",
            is_gated=True,
            every=every,
        ),
    )


@dataclass(frozen=True, kw_only=True)
class Quality:
    """How a policy answered: means of the months, the worst of them, and how many have a ratio beyond the margin."""

    log_loss: float
    worst_log_loss: float
    auc: float
    calibration: float
    months_off: int


def measured(directory: Path, recorded: Path | None = None) -> Iterator[Measure]:
    """Train and play all of it; each run is told on stderr. `recorded`: write there what tests take."""
    (model,) = (each for team in load(ROOT / "platform.yaml").teams for each in team.models if each.retraining)
    every = None if model.retraining is None else model.retraining.every_days
    margin = 0.15 if model.labels is None else model.labels.margin
    played: dict[str, Played] = {}
    with connected(directory) as database:
        year = Year(database, Reference(directory, ROOT), directory)
        for policy in policies(every):
            found = played[policy.name] = play(year, policy)
            sys.stderr.writelines(f"{line}\n" for line in told(found))
            yield from _measures(year, found, margin)
        for one, other in _COMPARED:
            name, (value, between_) = f"year_{one}_less_{other}", difference(year, played[one], played[other])
            yield Measure(name, value, "nat")
            yield Measure(f"{name}_low", between_.low or 0.0, "nat")
            yield Measure(f"{name}_high", between_.high or 0.0, "nat")
        if recorded is not None:
            record(year, played.values(), recorded)


def _measures(year: Year, played: Played, margin: float) -> Iterator[Measure]:
    name, found = f"year_{played.policy.name}", quality_of(year, played, margin)
    yield Measure(f"{name}_trainings", len(played.trainings), "runs")
    yield Measure(f"{name}_promotions", played.promotions, "versions")
    yield Measure(f"{name}_log_loss", found.log_loss, "nat")
    yield Measure(f"{name}_worst_log_loss", found.worst_log_loss, "nat")
    yield Measure(f"{name}_auc", found.auc, "AUC")
    yield Measure(f"{name}_calibration", found.calibration, "x")
    yield Measure(f"{name}_months_off", found.months_off, "months")


def quality_of(year: Year, played: Played, margin: float) -> Quality:
    """By the monitors' own figures of each month."""
    database = year.database
    database.execute(f"CREATE OR REPLACE TABLE answers AS {year.answers(played.served)}")
    found = [dict(_month(year, first)) for first in MONTHS]
    ((calibration,),) = all_rows(database, "SELECT sum(score) / sum(label) FROM answers")
    return Quality(
        log_loss=statistics.mean(each["log_loss"] for each in found),
        worst_log_loss=max(each["log_loss"] for each in found),
        auc=statistics.mean(each["auc"] for each in found),
        calibration=calibration,
        months_off=sum(not 1 / (1 + margin) <= each["calibration_ratio"] <= 1 + margin for each in found),
    )


def _month(year: Year, first: date) -> Iterator[tuple[str, float]]:
    days = ((first + timedelta(days=31)).replace(day=1) - first).days
    evaluation = Evaluation(
        model="year", kind="classifier", window=Window(first=first, days=days), decisions="answers", labels="labels"
    )
    for figure in quality(asking(year.database), evaluation, ["log_loss", "auc", "calibration_ratio"]):
        yield figure.name, figure.value or 0.0


def difference(year: Year, one: Played, other: Played) -> tuple[float, Interval]:
    """The log loss of a policy less that of another, over all flights; the same days drawn for both."""
    sums: list[Sequence[tuple[float, int]]] = [_by_day(year, each) for each in (one, other)]

    def value(weights: Sequence[float]) -> float:
        rows = sum(weight * count for weight, (_, count) in zip(weights, sums[0], strict=True))
        first, second = (
            sum(weight * loss for weight, (loss, _) in zip(weights, each, strict=True)) / rows for each in sums
        )
        return first - second

    days = len(sums[0])
    return value([1] * days), interval(value, days, SEED)


def _by_day(year: Year, played: Played) -> list[tuple[float, int]]:
    """The sum of log losses of each day, and its flights."""
    loss = "-ln(CASE label WHEN 1 THEN score ELSE 1 - score END)"
    rows = all_rows(
        year.database,
        f"SELECT sum({loss}), count(*) FROM ({year.answers(played.served)}) "
        "GROUP BY decided_at::DATE ORDER BY decided_at::DATE",
    )
    return [(float(total), int(count)) for total, count in rows]


def told(played: Played) -> Iterator[str]:
    """What a policy did, for people."""
    yield f"{played.policy.name}: {played.policy.about}; {len(played.trainings)} trained, {played.promotions} promoted"
    for each in played.trainings:
        yield f"  {each.day} ({each.cause}) {each.learned.since} to {each.learned.before}: {_outcome(each)}"


def _outcome(training: Training) -> str:
    serves = "" if training.serves_from is None else f", serves from {training.serves_from}"
    return f"{training.outcome}{'' if training.figure is None else f' {_of(training.figure)}'}{serves}"


def _of(figure: Figure) -> str:
    return f"{number(figure.value)} ({between(figure)})"
