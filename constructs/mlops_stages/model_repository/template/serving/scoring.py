"""The model as `serve` and Evaluate call it: one way from the columns of a request to a score for each row.

A model of another kind changes here: how it is loaded, and what a score is.
"""

from pathlib import Path
from typing import IO, Any

import joblib
import pandas as pd
from input_schema import Schema

FILE = "model.joblib"


def load(file: Path | IO[bytes]) -> Any:
    """The model. Loading one runs what is in it: it is the Train step's own, registered by its digest."""
    return joblib.load(file)


def scores(model: Any, schema: Schema, columns: dict[str, Any]) -> list[float]:
    """The probability of each row that the flight is late."""
    rows = pd.DataFrame(
        {
            field.name: pd.array(columns[field.name], dtype="str" if field.type == "category" else "float64")
            for field in schema.fields
        }
    )
    return model.predict_proba(rows)[:, 1].tolist()
