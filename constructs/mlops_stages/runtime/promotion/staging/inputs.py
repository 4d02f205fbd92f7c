"""Wrong inputs and edges: what the schema refuses is refused with 400 and the field's name, what it takes is answered.

Every field is tried: left out, missing, of another type, at and past each limit, a category that nobody has seen.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, cast

from ...capture.records import CSV, JSON_LINES
from .endpoint import Answer, Ask, lines
from .findings import Findings
from .material import Field, Material

WORKERS = 4
"""Requests at once: fewer than one process of the standard repository's server takes (6), which answers 503 to more.
How much it takes is for the load test to say."""
UNSEEN, UNKNOWN = "(unseen)", "no_such_field"


@dataclass(frozen=True)
class Case:
    """A request of one row.

    Attributes:
        what: what is special about it.
        body: the request.
        content_type: its type.
        refused: whether it must be refused.
        field: the field that the refusal must name; None where no field is wrong.
    """

    what: str
    body: bytes
    content_type: str
    refused: bool
    field: str | None


def check(ask: Ask, material: Material) -> Findings:
    """Try all of them. PRM-051, PRM-052."""
    found = Findings()
    cases = list(cases_of(material.fields))

    def one(case: Case) -> Answer:
        return ask(case.body, case.content_type)

    with ThreadPoolExecutor(WORKERS) as workers:
        answers = list(workers.map(one, cases))
    for case, answer in zip(cases, answers, strict=True):
        found.asked += 1
        if case.refused:
            _judge_refusal(case, answer, found)
        elif answer.status != 200:
            found.add("PRM-052", case.what, f"the answer is {answer.status}")
    return found


def _judge_refusal(case: Case, answer: Answer, found: Findings) -> None:
    if answer.status != 400:
        found.add("PRM-051", case.what, f"the answer is {answer.status}, not 400")
    elif case.field is not None and case.field not in named(answer.body):
        found.add("PRM-051", case.what, "the answer does not name the field")


def named(body: str) -> set[str]:
    """The fields that a refusal names."""
    start = body.find("{")
    try:
        said: Any = json.JSONDecoder().raw_decode(body[start:])[0] if start >= 0 else dict[str, Any]()
        faults = cast("list[dict[str, Any]]", said.get("faults") or list[dict[str, Any]]())
        return {str(each["field"]) for each in faults}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return set()


def cases_of(fields: tuple[Field, ...]) -> Iterator[Case]:
    """All cases of a schema."""
    row = {field.name: _usual(field) for field in fields}
    yield Case("a complete row", lines(row), JSON_LINES, refused=False, field=None)
    cells = [_cell(value) for value in row.values()]
    yield Case("CSV: a complete row", _csv(cells), CSV, refused=False, field=None)
    # One column more is a decision id before the row.
    widths = [("CSV: two columns too many", [*cells, "1", "1"])]
    if len(cells) > 1:
        widths.append(("CSV: a column too few", cells[:-1]))
    for what, given in widths:
        yield Case(what, _csv(given), CSV, refused=True, field=None)
    yield Case("a field that nobody knows", lines({**row, UNKNOWN: 1}), JSON_LINES, refused=True, field=UNKNOWN)
    for field in fields:
        without = {name: value for name, value in row.items() if name != field.name}
        yield Case(f"{field.name}: left out", lines(without), JSON_LINES, refused=True, field=field.name)
        for what, value, refused in values_of(field):
            body = lines({**row, field.name: value})
            yield Case(f"{field.name}: {what}", body, JSON_LINES, refused, field.name if refused else None)


def csv_cases_of(fields: tuple[Field, ...]) -> Iterator[Case]:
    """The same as rows of CSV, where a field has no name, cannot be left out, and every value is a text."""
    complete = [_cell(_usual(field)) for field in fields]
    yield Case("a complete row", _csv(complete), CSV, refused=False, field=None)
    yield Case("two columns too many", _csv([*complete, "1", "1"]), CSV, refused=True, field=None)
    if len(complete) > 1:
        yield Case("a column too few", _csv(complete[:-1]), CSV, refused=True, field=None)
    for number, field in enumerate(fields):
        for what, value, refused in values_of(field):
            if field.type == "category" and not isinstance(value, str | None):
                continue  # as a text it is a category that nobody has seen, which is tried anyway
            cells = [*complete[:number], "" if value is None else _cell(value), *complete[number + 1 :]]
            if cells == [""]:
                continue  # an empty line is no row
            yield Case(f"{field.name}: {what}", _csv(cells), CSV, refused, field.name if refused else None)


def values_of(field: Field) -> Iterator[tuple[str, Any, bool]]:
    """What a field is tried with: what it is, the value, and whether it must be refused."""
    yield "missing", None, field.missing == "refuse"
    if field.type == "category":
        yield "a number", 1.5, True
        yield "not seen in training", UNSEEN, field.unseen == "refuse"
        return
    yield "a text", "text", True
    for what, value in (("the least seen", field.seen[0]), ("the largest seen", field.seen[-1])):
        yield what, value, False
    if field.minimum is not None:
        yield "its minimum", field.minimum, False
        yield "below its minimum", field.minimum - _step(field.minimum), True
    if field.maximum is not None:
        yield "its maximum", field.maximum, False
        yield "above its maximum", field.maximum + _step(field.maximum), True
    if field.type == "integer":
        yield "not a whole number", _between(field), True


def _usual(field: Field) -> Any:  # noqa: ANN401 - a value of JSON
    return field.seen[len(field.seen) // 2]


def _step(limit: float) -> float:
    return max(1.0, 2 * math.ulp(limit))


def _between(field: Field) -> float:
    """Half a step off a value that is taken: inside the limits where there is room."""
    least, largest = float(field.seen[0]), float(field.seen[-1])
    return least + 0.5 if largest > least or field.maximum is None or field.maximum > least else least - 0.5


def _cell(value: object) -> str:
    text = str(value)
    return '"' + text.replace('"', '""') + '"' if any(each in text for each in ',"\r\n') else text


def csv_line(values: Iterable[object]) -> bytes:
    """A row of CSV; what is missing is an empty cell."""
    return _csv(["" if value is None else _cell(value) for value in values])


def _csv(cells: list[str]) -> bytes:
    return (",".join(cells) + "\n").encode()
