"""Candidates: newer versions that wait for approval, by how they answered what the judged version was asked."""

# ruff: noqa: S608  # the query is `judged`'s own

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import duckdb

from ..decisions.database import all_rows
from ..ledger.numbered import error_code
from ..monitors.codes import MonitorError
from ..monitors.figures import Figure
from ..monitors.quality import challenger_quality, compare
from ..monitors.rows import Evaluation, Kind, judged
from ..monitors.sql import asking, table
from ..monitors.window import Window
from .challenge import challenge_of, load_scores
from .days import RunDay
from .evaluations import Evaluations, SageMaker
from .measuring import JUDGED, LABELS
from .record import Candidate, Challenge
from .verdict import comparison, deciding_difference

MOST_CANDIDATES = 5
PENDING = "PendingManualApproval"
"""The ModelApprovalStatus of a version that nobody has decided about."""
_DIFFERENCES: Mapping[Kind, tuple[str, ...]] = {"classifier": ("log_loss", "auc"), "regression": ("rmse",)}
_VERSION = re.compile(r"(arn:[^/]+):model-package/([^/]+)/([1-9][0-9]{0,8})")


@dataclass(frozen=True)
class Judged:
    """A candidate, and its figures against the version that answers callers."""

    candidate: Candidate
    figures: tuple[Figure, ...]


def newer(sagemaker: SageMaker, package: str) -> tuple[str, ...]:
    """The ARNs of versions that wait for approval and are newer than one: at most five, the newest first.

    Error: MON-036.
    """
    group, number = _group(package), number_of(package)
    try:
        page = sagemaker.list_model_packages(
            ModelPackageGroupName=group,
            ModelApprovalStatus=PENDING,
            SortBy="CreationTime",
            SortOrder="Descending",
            MaxResults=MOST_CANDIDATES,
        )
    except sagemaker.exceptions.ClientError as error:
        raise MonitorError("MON-036", group, error_code(error)) from error
    found = [str(each["ModelPackageArn"]) for each in page["ModelPackageSummaryList"]]
    return tuple(sorted((each for each in found if number_of(each) > number), key=number_of, reverse=True))


def number_of(package: str) -> int:
    """The number of a version. Error: MON-036."""
    return int(_parts(package)[3])


def _group(package: str) -> str:
    arn, name = _parts(package).group(1, 2)
    return f"{arn}:model-package-group/{name}"


def _parts(package: str) -> re.Match[str]:
    found = _VERSION.fullmatch(package)
    if found is None:
        raise MonitorError("MON-036", package[:200], "it is no version of a group")
    return found


def judge_candidate(
    database: duckdb.DuckDBPyConnection, day: RunDay, evaluations: Evaluations, package: str, serving: str, path: Path
) -> Judged:
    """A candidate against the version that serves, after `measure`; what cannot be judged, its figure says.

    `path` is where its scores are written to. Error: MON-036 for what is no version.
    """
    of = f"version {number_of(package)} against version {number_of(serving)}"
    scores = f"candidate_{number_of(package)}"
    challenge: Challenge | None = None
    try:
        evaluation = evaluations.of(package)
        challenge = challenge_of(evaluation)
        if challenge is None:
            why = "the version's evaluation names no challenge: it was trained without requests of production"
            return _unknown(day, package, of, why, None)
        rows = _rows_since(day, date.fromisoformat(challenge.train_before))
        if rows is None:
            why = f"it was trained on what came before {challenge.train_before}, and {day.window} ends before that"
            return _unknown(day, package, of, why, challenge)
        load_scores(database, evaluations, evaluation, challenge, path, scores)
        figures = tuple(replace(each, of=of) for each in _figures(database, rows, scores))
        ((days,),) = all_rows(database, f"SELECT count(DISTINCT day) FROM ({judged(rows.against(scores))})")
    except MonitorError as error:
        return _unknown(day, package, of, str(error), challenge)
    finally:
        database.execute(f"DROP TABLE IF EXISTS {table(scores)}")
    name = deciding_difference(day.settings.kind)
    (difference,) = (each for each in figures if each.name == name)
    said = comparison(day.settings, difference, days)
    return Judged(
        Candidate(
            package=package,
            is_better=said.is_better,
            why=said.why,
            figure=difference,
            days=days,
            challenge=challenge,
        ),
        figures,
    )


def _rows_since(day: RunDay, train_before: date) -> Evaluation | None:
    """The decisions of the window that the candidate was not trained on; None where it has no such day."""
    window = day.window
    first = max(window.first, train_before)
    if first >= window.end:
        return None
    return Evaluation(
        model=day.settings.endpoint,
        kind=day.settings.kind,
        window=Window(first=first, days=(window.end - first).days),
        decisions=JUDGED,
        labels=LABELS,
    )


def _figures(database: duckdb.DuckDBPyConnection, rows: Evaluation, scores: str) -> tuple[Figure, ...]:
    ask = asking(database)
    return (
        *compare(ask, rows, scores, _DIFFERENCES[rows.kind]),
        *challenger_quality(ask, rows, scores, ["calibration_ratio"]),
    )


def _unknown(day: RunDay, package: str, of: str, why: str, challenge: Challenge | None) -> Judged:
    name = deciding_difference(day.settings.kind)
    figure = Figure(name=name, of=of, value=None, rows=0, definition="not calculated", why=why)
    candidate = Candidate(package=package, is_better=None, why=why, figure=figure, days=0, challenge=challenge)
    return Judged(candidate, (figure,))
