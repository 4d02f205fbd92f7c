"""The rows that are judged: decisions of a window that have a score and a label."""

# ruff: noqa: S608  # names and literals are quoted by `sql`, which refuses the rest

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from .codes import MonitorError
from .sql import Ask, finite, identifier, table
from .window import Window

Kind = Literal["classifier", "regression"]
MOST_SLICES = 1000


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """What is judged: a model's decisions in a window, by their labels.

    `decisions` has `decision_id`, `decided_at` (UTC) and `score`; `labels` has `decision_id` and `label`. `model` is
    the name in definitions and seeds. With `column`, a category of the decisions, rows are told apart by its values.
    With `challenger`, another table of decisions, only those count that have a score in both.
    """

    model: str
    kind: Kind
    window: Window
    decisions: str
    labels: str
    column: str | None = None
    challenger: str | None = None

    @property
    def seed(self) -> str:
        """What draws start from. Not from the dates: the same rows on other days have the same interval."""
        return self.model

    @property
    def scope(self) -> str:
        """Which rows count, as definitions say it."""
        both = " of both models" if self.challenger else ""
        return f"over decisions of {self.model} from {self.window} that have a finite score{both} and a label"

    def by(self, column: str | None) -> Evaluation:
        """The same rows, told apart by a column, or by none."""
        return replace(self, column=column)

    def against(self, challenger: str) -> Evaluation:
        """The rows that a challenger has scored, too."""
        return replace(self, challenger=challenger)


def judged(evaluation: Evaluation, *, challenger: bool = False) -> str:
    """The rows, as a query: slice, decision_id, day, score, label; with `challenger`, its scores.

    Error: MON-001.
    """
    column = evaluation.column
    score = "o.score" if challenger else "d.score"
    joins = f"JOIN {table(evaluation.labels)} AS l ON l.decision_id = d.decision_id"
    present = [finite("d.score"), finite("l.label")]
    if evaluation.challenger is not None:
        joins += f" JOIN {table(evaluation.challenger)} AS o ON o.decision_id = d.decision_id"
        present.append(finite("o.score"))
    return (
        f"SELECT {'CAST(NULL AS VARCHAR)' if column is None else f'd.{identifier(column)}'} AS slice, "
        f"d.decision_id AS decision_id, CAST(d.decided_at AS DATE) AS day, {score} AS score, l.label AS label "
        f"FROM {table(evaluation.decisions)} AS d {joins} "
        f"WHERE {evaluation.window.holds('d.decided_at')} AND {' AND '.join(present)}"
    )


def check_statement(evaluation: Evaluation, *, challenger: bool = False) -> str:
    """How many rows, decisions and slices there are, and how many labels and scores no classifier can have."""
    return (
        f"WITH judged AS ({judged(evaluation, challenger=challenger)}) "
        "SELECT count(*), count(DISTINCT decision_id), count(DISTINCT slice), "
        "sum(CASE WHEN label = 0e0 OR label = 1e0 THEN 0 ELSE 1 END), "
        "sum(CASE WHEN score >= 0e0 AND score <= 1e0 THEN 0 ELSE 1 END) FROM judged"
    )


def check(ask: Ask, evaluation: Evaluation, *, challenger: bool = False) -> None:
    """Refuse rows that would give a wrong figure. Errors: MON-010, MON-011, MON-012, MON-013."""
    ((rows, decisions, slices, labels, scores),) = ask(check_statement(evaluation, challenger=challenger))
    where = evaluation.challenger if challenger and evaluation.challenger else evaluation.decisions
    if rows != decisions:
        raise MonitorError("MON-010", where, f"{rows} labelled rows have {decisions} different decision_id")
    if slices > MOST_SLICES:
        raise MonitorError("MON-013", str(evaluation.column), f"it has {slices} values, at most {MOST_SLICES}")
    if evaluation.kind == "classifier" and labels:
        raise MonitorError("MON-011", evaluation.labels, f"{labels} rows of {rows} have such a label")
    if evaluation.kind == "classifier" and scores:
        raise MonitorError("MON-012", where, f"{scores} rows of {rows} have such a score")
