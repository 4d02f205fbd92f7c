"""One run's figures, from the files of decisions and labels."""

# ruff: noqa: S608  # names are quoted by `sql`, which refuses the rest; paths are this module's caller's

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

import duckdb

from ..decisions.database import all_rows
from ..labels.resolved import resolve
from ..monitors.bias import bias
from ..monitors.codes import MonitorError
from ..monitors.figures import Figure
from ..monitors.quality import by_slice, compare, quality
from ..monitors.rows import Evaluation
from ..monitors.sql import Ask, asking, identifier, table, text
from .days import RunDay
from .record import Labelled
from .settings import Settings
from .sources import DECIDED, Files, decided, decided_columns, of_files

JUDGED, CHALLENGER, LABELS = "judged", "challenger", "labels"
"""Tables of the figures' definitions."""
_DECISIONS = "decision_id, event_id, inference_id, row, decided_at, package, score"
_NO_LABELS = (
    "SELECT NULL::VARCHAR AS decision_id, NULL::VARCHAR AS event_id, NULL::INTEGER AS row, NULL::DOUBLE AS label, "
    "NULL::TIMESTAMP AS collected_at, NULL::BOOLEAN AS correction WHERE false"
)


@dataclass(frozen=True)
class Measured:
    """What a run finds."""

    labelled: Labelled
    figures: tuple[Figure, ...]


def measure(database: duckdb.DuckDBPyConnection, day: RunDay, files: Files) -> Measured:
    """Judge the version that answers callers. Errors: MON-001, MON-002, MON-010 to MON-013."""
    settings = day.settings
    decided(database, files.decisions)
    database.execute(f"CREATE VIEW decision_rows AS SELECT {_columns(database, settings)} FROM {DECIDED}")
    database.execute(f"CREATE VIEW label_rows AS {of_files(files.labels) if files.labels else _NO_LABELS}")
    coverage = resolve(database)
    package = serving(database, "judged_decisions", f"decided_at < {_moment(day.at)}")
    database.execute(f"CREATE VIEW {table(JUDGED)} AS FROM judged_decisions WHERE package = {text(package or '')}")
    decisions, labelled, days, first = _counted(database, day)
    evaluation = Evaluation(
        model=settings.endpoint, kind=settings.kind, window=day.window, decisions=JUDGED, labels=LABELS
    )
    ask = asking(database)
    figures = list(quality(ask, evaluation))
    figures += _of_parts(ask, evaluation, settings)
    if files.challenger:
        database.execute(
            f"CREATE VIEW {table(CHALLENGER)} AS {of_files(files.challenger, _DECISIONS)} "
            "QUALIFY count(*) OVER (PARTITION BY decision_id) = 1"
        )
        figures += compare(ask, evaluation, CHALLENGER)
    about = Labelled(
        package=package,
        decisions=decisions,
        labelled=labelled,
        days=days,
        behind_hours=_behind(database, day),
        contradictory=coverage.contradictory,
        corrected=coverage.corrected,
        unmatched=coverage.unknown + coverage.ambiguous,
        repeated_ids=coverage.repeated_ids,
        days_before=settings.window_days if first is None else (first - day.window.first).days,
    )
    return Measured(about, tuple(figures))


def _of_parts(ask: Ask, evaluation: Evaluation, settings: Settings) -> Iterator[Figure]:
    """Segments against all others, and each value of their inputs; what a part has no figure for, it says itself."""
    metric = "calibration_ratio" if settings.quality is None else settings.quality.metric
    for column in dict.fromkeys(segment.column for segment in settings.segments):
        yield from _told(metric, column, lambda column=column: by_slice(ask, evaluation, column, metric))
    for segment in settings.segments if settings.kind == "classifier" else ():
        yield from _told("dpl", str(segment), lambda segment=segment: bias(ask, evaluation, segment))


def _told(name: str, of: str, measured: Callable[[], tuple[Figure, ...]]) -> tuple[Figure, ...]:
    try:
        return measured()
    except MonitorError as error:
        return (Figure(name=name, of=of, value=None, rows=0, definition="not calculated", why=str(error)),)


def _columns(database: duckdb.DuckDBPyConnection, settings: Settings) -> str:
    """Those of a decision, and the inputs that segments name; an input that no hour was asked with is missing."""
    named = sorted({segment.column for segment in settings.segments})
    there = decided_columns(database)
    inputs = (identifier(each) if each in there else f"NULL::VARCHAR AS {identifier(each)}" for each in named)
    return ", ".join([_DECISIONS, *inputs])


def serving(database: duckdb.DuckDBPyConnection, decisions: str, when: str) -> str | None:
    """The version that answered most in the last hour with decisions: during a canary, two answer under one name.

    Of a table's decisions of which a condition holds.
    """
    found = all_rows(
        database,
        f"WITH known AS (SELECT package, date_trunc('hour', decided_at) AS hour FROM {decisions} WHERE {when}) "
        "SELECT package FROM known WHERE hour = (SELECT max(hour) FROM known) "
        "GROUP BY package ORDER BY count(*) DESC, package DESC LIMIT 1",
    )
    return str(found[0][0]) if found else None


def _counted(database: duckdb.DuckDBPyConnection, day: RunDay) -> tuple[int, int, int, date | None]:
    """Decisions in the window, those with a label, how many days have such, and the first of these days."""
    ((decisions, labelled, days, first),) = all_rows(
        database,
        "SELECT count(*), count(label), count(DISTINCT decided_at::DATE) FILTER (label IS NOT NULL), "
        "min(decided_at::DATE) FILTER (label IS NOT NULL) "
        f"FROM {table(JUDGED)} LEFT JOIN {table(LABELS)} USING (decision_id) WHERE {day.window.holds('decided_at')}",
    )
    return int(decisions), int(labelled), int(days), first


def _behind(database: duckdb.DuckDBPyConnection, day: RunDay) -> float | None:
    """By how many hours the newest decision with a label is older than the newest that is old enough to have one.

    Where no decision has a label, how much longer the first of them has waited than it may: callers may have stopped
    since, so that none is newer.
    """
    ((due, newest, first),) = all_rows(
        database,
        f"SELECT max(CASE WHEN decided_at < {_moment(day.at - day.settings.delay)} THEN decided_at END), "
        "max(CASE WHEN label IS NOT NULL THEN decided_at END), min(decided_at) "
        f"FROM judged_decisions LEFT JOIN {table(LABELS)} USING (decision_id)",
    )
    if due is None:
        return None
    if newest is None:
        return ((day.at - day.settings.delay).astimezone(UTC).replace(tzinfo=None) - first).total_seconds() / 3600
    return max((due - newest).total_seconds() / 3600, 0.0)


def _moment(at: datetime) -> str:
    return f"TIMESTAMP '{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}'"
