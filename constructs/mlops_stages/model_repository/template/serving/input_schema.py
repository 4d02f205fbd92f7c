"""The input schema: which fields a row for the model has, in which order, and which values are taken.

What is taken is declared with the dataset (steps/flights.py), what training has seen is learned from its rows. Both lie
beside the model as schema.json: `serve` refuses rows by it, and whoever watches the model reads there what it has seen.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

import pandas as pd

FILE = "schema.json"
ID = "decision_id"
VERSION = 1


@dataclass(frozen=True, kw_only=True)
class Field:
    """One field. A value that is missing is an empty cell of CSV, null in JSON."""

    name: str
    type: Literal["category", "integer", "number"]
    missing: Literal["accept", "refuse"] = "refuse"
    minimum: float | None = None
    """The least value that can be true. It is a limit of the world, not of the training data."""
    maximum: float | None = None
    unseen: Literal["accept", "refuse"] = "refuse"
    """What becomes of a category that training has not seen."""
    seen: tuple[Any, ...] = ()
    """Of a category all values in training, of a number the least and the largest."""


@dataclass(frozen=True)
class Schema:
    """The fields of a row, in the order that the model was trained with."""

    fields: tuple[Field, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the fields, in order."""
        return tuple(field.name for field in self.fields)

    def write(self, folder: Path) -> None:
        """Write schema.json."""
        fields = [{name: value for name, value in asdict(field).items() if value is not None} for field in self.fields]
        document = {"version": VERSION, "id": ID, "fields": fields}
        (folder / FILE).write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def read(folder: Path) -> Schema:
    """The schema beside a model; ValueError if it is of another version."""
    return loads((folder / FILE).read_bytes())


def loads(content: bytes) -> Schema:
    """The same from its bytes."""
    document: Mapping[str, Any] = json.loads(content)
    if (document["version"], document["id"]) != (VERSION, ID):
        raise ValueError(f"{FILE} is of version {document['version']}, this code reads version {VERSION}")
    return Schema(tuple(Field(**{**field, "seen": tuple(field["seen"])}) for field in document["fields"]))


def learned(declared: Sequence[Field], rows: pd.DataFrame) -> Schema:
    """The declared fields with what the training rows hold; ValueError if the rows are not as declared."""
    return Schema(tuple(replace(field, seen=_seen(field, rows[field.name])) for field in declared))


def _seen(field: Field, column: pd.Series) -> tuple[Any, ...]:
    present = column.dropna()
    if present.empty:
        raise ValueError(f"{field.name}: the training rows have no value at all")
    if len(present) < len(column) and field.missing == "refuse":
        raise ValueError(f"{field.name}: {len(column) - len(present)} training rows have no value, and it is required")
    if field.type == "category":
        return tuple(sorted(map(str, present.unique())))
    least, largest = float(present.min()), float(present.max())
    for bound, wrong in ((field.minimum, "below"), (field.maximum, "above")):
        if bound is not None and (least < bound if wrong == "below" else largest > bound):
            raise ValueError(f"{field.name}: training rows are {wrong} {bound:g}, which is declared as the limit")
    if field.type == "integer" and not (present % 1 == 0).all():
        raise ValueError(f"{field.name}: training rows are not whole numbers, as declared")
    return least, largest
