"""Answers: the score of each row with its decision id and the package that decided, in the form that the caller takes.

The package stands in every row: during a canary two versions answer under one name, and what is captured of a request
names neither.
"""

import json
import math
from collections.abc import Sequence

from request_rows import CSV, JSON, JSON_LINES, Faults

TYPES = (CSV, JSON_LINES, JSON)
LARGEST_HEADER = 1000


def media_type(header: str) -> str | None:
    """The type that a Content-Type header names, if it is one of ours in UTF-8."""
    name, _, rest = header[:LARGEST_HEADER].partition(";")
    parameters = [each.strip().lower().replace('"', "") for each in rest.split(";") if each.strip()]
    known = name.strip().lower() in TYPES and all(each in ("charset=utf-8", "header=absent") for each in parameters)
    return name.strip().lower() if known else None


def accepted(header: str, given: str) -> str | None:
    """The type of the answer: what an Accept header likes best, the request's own where it takes anything."""
    wanted: list[tuple[float, str]] = []
    for part in header[:LARGEST_HEADER].split(",") if header.strip() else ["*/*"]:
        name, *parameters = (each.strip().lower() for each in part.split(";"))
        weights = [each[2:] for each in parameters if each.startswith("q=")]
        weight = float(weights[0]) if weights and weights[0].replace(".", "", 1).isdecimal() else 1.0
        found = given if name == "*/*" or name == given.partition("/")[0] + "/*" else _of_range(name)
        if found is not None and weight > 0:
            wanted.append((weight, found))
    return max(wanted, key=lambda each: each[0])[1] if wanted else None


def _of_range(name: str) -> str | None:
    if name in TYPES:
        return name
    return {"application/*": JSON_LINES, "text/*": CSV}.get(name)


def answer(form: str, ids: Sequence[str], scores: Sequence[float], package: str | None) -> bytes:
    """A row of the answer for each row of the request, in its order.

    CSV: decision id, score, package. JSON lines: the same by name. JSON: all of those as `predictions`.
    """
    if len(scores) != len(ids) or not all(map(math.isfinite, scores)):
        raise ValueError("the model did not give a finite score for each row")
    rows = zip(ids, scores, strict=True)
    if form == CSV:
        end = f",{package or ''}\n"
        return "".join([f"{each},{score!r}{end}" for each, score in rows]).encode()
    end = f', "model_package": {json.dumps(package)}}}'
    lines = [f'{{"decision_id": "{each}", "score": {score!r}{end}' for each, score in rows]
    return ("\n".join(lines) + "\n" if form == JSON_LINES else f'{{"predictions": [{", ".join(lines)}]}}\n').encode()


def refusal(message: str, faults: Faults, package: str | None) -> bytes:
    """The JSON of an answer that is none: why, and the faults of the first rows."""
    listed = [{"row": fault.row, "field": fault.field, "message": fault.message} for fault in faults.first]
    document = {"error": message, "count": faults.count, "faults": listed, "model_package": package}
    return json.dumps(document).encode() + b"\n"
