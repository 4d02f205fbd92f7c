"""Policies of retraining, and what each of them did in the reference year."""

# ruff: noqa: S608  # tables are this module's own

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Literal, Protocol

import duckdb

from mlops_stages.runtime.monitor_runs.measuring import LABELS
from mlops_stages.runtime.monitors.figures import Figure
from mlops_stages.runtime.retraining.runs import Cause

FIRST, LAST = date(2013, 5, 1), date(2013, 12, 31)
"""The days that are played: those after the months that the first version was trained on."""
BEGAN = date(2013, 1, 1)
"""Of the data."""
CURATED_ON = 2
"""The day of the month on which the data job makes a version of all months that are over: their labels have come."""
ONE_DAY, A_MONTH = timedelta(days=1), timedelta(days=30)
Recipe = Literal["all", "last month"]


@dataclass(frozen=True, order=True)
class Learned:
    """The days that a version was trained on: from `since`, until the day before `before`."""

    since: date
    before: date


@dataclass(frozen=True, kw_only=True)
class Policy:
    """When a version is trained, on what, and whether it has to be better than the one that serves.

    Attributes:
        name: of its measures.
        about: for people.
        recipe: all earlier data, or the 30 days before the judged ones; None where nothing is trained.
        is_gated: whether the product decides; else all that is trained serves, once a month.
        holds_back: without a gate, the days before a training that are not learned from; the product's judged days.
        every: days after which the next run is due at the latest; None where only a wrong model asks for one.
    """

    name: str
    about: str
    recipe: Recipe | None
    is_gated: bool = False
    holds_back: timedelta | None = None
    every: int | None = None


@dataclass(frozen=True, kw_only=True)
class Training:
    """A run: what was trained, and what became of it. Without a gate it has no figure."""

    day: date
    learned: Learned
    cause: Cause
    outcome: str = "promoted"
    figure: Figure | None = None
    days: int = 0
    serves_from: date | None = None


@dataclass(frozen=True, kw_only=True)
class Played:
    """What a policy did: which version answered from which day on, every run, and what kept others from starting."""

    policy: Policy
    served: tuple[tuple[date, Learned], ...]
    trainings: tuple[Training, ...] = ()
    kept_from: tuple[tuple[date, str], ...] = ()

    @property
    def promotions(self) -> int:
        """How often another version began to serve."""
        return len(self.served) - 1


class Source(Protocol):
    """The flights, and what versions say of them."""

    def load(self, database: duckdb.DuckDBPyConnection) -> None:
        """Create the table `flights`: decision_id, decided_at, label."""
        ...

    def score(self, database: duckdb.DuckDBPyConnection, learned: Learned, name: str) -> None:
        """Create a table of the scores of flights that a version has not learned from: decision_id, score."""
        ...


@dataclass
class Year:
    """The flights and all scores of them, in one database, whatever policy asks for them."""

    database: duckdb.DuckDBPyConnection
    source: Source
    folder: Path
    tables: dict[Learned, str] = field(default_factory=dict[Learned, str])

    def __post_init__(self) -> None:
        self.source.load(self.database)
        self.database.execute(f"CREATE VIEW {LABELS} AS SELECT decision_id, label FROM flights")

    def scores(self, learned: Learned) -> str:
        """The table of a version's scores, which is trained where it is not yet."""
        if learned not in self.tables:
            name = f"scores_{len(self.tables)}"
            self.source.score(self.database, learned, name)
            self.tables[learned] = name
        return self.tables[learned]

    def answers(self, served: Sequence[tuple[date, Learned]]) -> str:
        """The query of what was answered: decision_id, decided_at, score, label."""
        ends = [*(first for first, _ in served[1:]), LAST + ONE_DAY]
        return " UNION ALL ".join(
            f"SELECT decision_id, decided_at, score, label FROM flights JOIN {self.scores(learned)} USING (decision_id)"
            f" WHERE decided_at >= DATE '{first}' AND decided_at < DATE '{end}'"
            for (first, learned), end in zip(served, ends, strict=True)
        )


FIRST_VERSION = Learned(BEGAN, FIRST)


def days_between(first: date, last: date) -> Iterator[date]:
    """Both included."""
    return (first + timedelta(days=number) for number in range((last - first).days + 1))


def learned_by(recipe: Recipe, before: date) -> Learned:
    """What a version of a recipe learns from, where it may learn from no later day."""
    return Learned(BEGAN if recipe == "all" else before - A_MONTH, before)


def ungated(policy: Policy) -> Played:
    """Once a month, as soon as the last one has its labels; it serves from the next day on."""
    trainings = tuple(
        Training(
            day=day,
            learned=learned_by(
                policy.recipe or "all", day.replace(day=1) if policy.holds_back is None else day - policy.holds_back
            ),
            cause="time",
            serves_from=day + ONE_DAY,
        )
        for day in days_between(FIRST + A_MONTH, LAST)
        if day.day == CURATED_ON
    )
    served = ((FIRST, FIRST_VERSION), *((each.day + ONE_DAY, each.learned) for each in trainings))
    return Played(policy=policy, served=served, trainings=trainings)
