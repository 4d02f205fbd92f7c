"""The dataset `flights`: one flight a row, what is known an hour before departure, and whether it arrived late."""

from pathlib import Path

import pandas as pd
from input_schema import Field

DAY = "day"
LABEL = "late"


def _category(name: str, unseen: str) -> Field:
    return Field(name=name, type="category", unseen=unseen)


def _integer(name: str, minimum: float, maximum: float) -> Field:
    return Field(name=name, type="integer", minimum=minimum, maximum=maximum)


def _number(name: str, minimum: float, maximum: float) -> Field:
    return Field(name=name, type="number", missing="accept", minimum=minimum, maximum=maximum)


# What a row may hold, in the order in which the model takes it. The limits are those of the world, not of the training
# data: a hot summer is no broken client. A destination that is new counts as unknown, another airport of origin is an
# error. Planes and weather are not always known.
FIELDS = (
    _category("carrier", unseen="accept"),
    _category("origin", unseen="refuse"),
    _category("dest", unseen="accept"),
    _integer("hour", 0, 23),
    _integer("day_of_week", 0, 6),
    _integer("distance", 1, 12_500),  # miles
    _number("plane_age", -1, 100),  # years; a plane may be registered before its year of delivery
    _number("seats", 1, 1_000),
    _number("temp", -80, 140),  # degrees Fahrenheit
    _number("dewp", -120, 100),
    _number("humid", 0, 100),  # percent
    _number("wind_dir", 0, 360),  # degrees
    _number("wind_speed", 0, 250),  # miles an hour
    _number("wind_gust", 0, 300),
    _number("precip", 0, 20),  # inches
    _number("pressure", 850, 1_100),  # millibars
    _number("visib", 0, 100),  # miles
)
CATEGORIES = [field.name for field in FIELDS if field.type == "category"]
NUMBERS = [field.name for field in FIELDS if field.type != "category"]
FEATURES = [field.name for field in FIELDS]


def read(folder: Path) -> pd.DataFrame:
    """All rows of a folder's CSV files, in the order of their names."""
    types = dict.fromkeys(CATEGORIES, "str") | dict.fromkeys(NUMBERS, "float64") | {LABEL: "int8", DAY: "str"}
    parts = [pd.read_csv(path, usecols=list(types), dtype=types) for path in sorted(folder.glob("*.csv"))]
    if not parts:
        raise ValueError(f"{folder.name} holds no CSV file")
    return pd.concat(parts, ignore_index=True)


def write(rows: pd.DataFrame, folder: Path) -> None:
    """Write rows to a folder: the same rows are the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    rows.to_csv(folder / "flights.csv", index=False, lineterminator="\n")
