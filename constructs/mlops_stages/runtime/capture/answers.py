"""The rows of an answer, in each form that `serve` gives (serving/answers.py of a model's repository)."""

from __future__ import annotations

import csv
import io
from typing import Any, NamedTuple, cast

from .records import CSV, JSON, JSON_LINES
from .values import finite, json_object, number

_NAMES = {"decision_id", "score", "model_package"}


class Scored(NamedTuple):
    """A row of an answer; `package` is empty where it names none."""

    decision: str
    score: float
    package: str


def scored(text: str, content_type: str) -> list[Scored]:
    """The rows of an answer. ValueError for another form, and for a score that is no finite number."""
    if content_type == CSV:
        return _csv(text)
    if content_type == JSON_LINES:
        return [_of(json_object(line)) for line in text.split("\n") if line]
    if content_type == JSON:
        rows = json_object(text).get("predictions")
        if isinstance(rows, list):
            return [_of(each) for each in cast("list[object]", rows)]
    message = "it is no answer of a model"
    raise ValueError(message)


def _csv(text: str) -> list[Scored]:
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error:
        message = "it is not CSV"
        raise ValueError(message) from None
    return [Scored(decision, number(score), package) for decision, score, package in rows]


def _of(row: object) -> Scored:
    if isinstance(row, dict) and row.keys() == _NAMES:
        found = cast("dict[str, Any]", row)
        decision, package = found["decision_id"], found["model_package"]
        if isinstance(decision, str) and isinstance(package, str | None):
            return Scored(decision, finite(found["score"]), package or "")
    message = "it has rows that are none of an answer"
    raise ValueError(message)
