"""The baseline: what the model was given and what it answered on the held-out rows.

Production's monitors compare scores and inputs with it, each by itself. So each column of baseline.csv is sorted, and
its rows are nobody's record. The columns are `score`, then the schema's fields in order, as `csv.writer` writes them.
Of the same model and data it has the same bytes.

A missing value is an empty cell, and so is a category that is an empty text: whoever reads it takes both as missing, as
decisions are read in production.
"""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import dataset_manifest
import numpy as np
import pandas as pd
from input_schema import Field, Schema

FILE = "baseline.csv"
SCORE = "score"
MOST_ROWS = 200_000
"""Of a larger test set, as many rows are drawn, each as likely as any other."""
SEED = 0


def write(rows: pd.DataFrame, scores: np.ndarray, schema: Schema, folder: Path) -> dict[str, Any]:
    """Write baseline.csv; return what evaluation.json says about it, so that the evaluation's digest covers it.

    ValueError where a score is not a finite number, or a field is named as the scores are.
    """
    if not np.isfinite(scores).all():
        raise ValueError(f"{(~np.isfinite(scores)).sum()} scores are not finite numbers")
    if SCORE in schema.names:
        raise ValueError(f"a field is named {SCORE}, as the scores are: rename it in FIELDS and in the dataset")
    kept = _drawn(len(rows))
    columns = [sorted(scores[kept].tolist()), *(_cells(field, rows[field.name].iloc[kept]) for field in schema.fields)]
    with (folder / FILE).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([SCORE, *schema.names])
        writer.writerows(zip(*columns, strict=True))
    return {"file": FILE, "rows": len(kept), "sha256": dataset_manifest.file_checksum(folder / FILE)}


def _drawn(count: int) -> np.ndarray:
    """The places of the rows that are kept."""
    if count <= MOST_ROWS:
        return np.arange(count)
    return np.random.default_rng(SEED).choice(count, MOST_ROWS, replace=False)


def _cells(field: Field, column: pd.Series) -> Sequence[str | float | None]:
    """A column's values, missing ones last, as `csv.writer` takes them: None as an empty cell, and a float by repr."""
    plain = str if field.type == "category" else float
    there = sorted(plain(value) for value in column[column.notna()].tolist())
    return [*there, *[None] * (len(column) - len(there))]
