"""Golden records: rows and the scores that this model gives them, so that whoever deploys it can see that it does.

They are made, not taken: each value is one of the test data, each row a mixture of many, so none is somebody's record.
Beside those are the edges: the least and the largest of each number, what is missing, a category nobody has seen.
Scores go the way of a request, through the same checks and the same code.
"""

import json
from pathlib import Path
from typing import Any

import dataset_manifest
import numpy as np
import pandas as pd
import request_rows
import scoring
from input_schema import ID, Schema

FILE = "golden.jsonl"
MIXED = 64
SEED = 0
TOLERANCE = 1e-6
"""How far a score may be from the registered one: other processors round differently."""


def records(rows: pd.DataFrame, schema: Schema) -> list[dict[str, Any]]:
    """The rows as a caller would send them."""
    random = np.random.default_rng(SEED)
    drawn = {name: rows[name].to_numpy()[random.integers(len(rows), size=MIXED)] for name in schema.names}
    made = [{name: _plain(drawn[name][index]) for name in schema.names} for index in range(MIXED)]
    complete = {field.name: field.seen[len(field.seen) // 2] for field in schema.fields}
    for field in schema.fields:
        edges: list[Any] = [None] if field.missing == "accept" else []
        if field.type == "category":
            edges += ["(unseen)"] if field.unseen == "accept" else []
        else:
            edges += [*field.seen, *(limit for limit in (field.minimum, field.maximum) if limit is not None)]
        made += [{**complete, field.name: edge} for edge in dict.fromkeys(edges)]
    return [{ID: f"golden-{number}", **record} for number, record in enumerate(made, 1)]


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return value
    return None if pd.isna(value) else float(value)


def write(rows: pd.DataFrame, model: Any, schema: Schema, folder: Path) -> dict[str, Any]:
    """Write golden.jsonl; return what evaluation.json says about it, so that the evaluation's digest covers it."""
    made = records(rows, schema)
    body = "".join(json.dumps(record) + "\n" for record in made).encode()
    parsed = request_rows.parse(body, request_rows.JSON_LINES, schema)
    scores = scoring.scores(model, schema, parsed.columns)
    lines = [
        json.dumps({"record": record, "score": score}, sort_keys=True)
        for record, score in zip(made, scores, strict=True)
    ]
    (folder / FILE).write_text("\n".join(lines) + "\n", encoding="utf-8")
    about = {"file": FILE, "rows": len(made), "tolerance": TOLERANCE}
    return {**about, "sha256": dataset_manifest.file_checksum(folder / FILE)}
