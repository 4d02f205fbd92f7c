"""The dataset `flights`: one flight a row, what is known an hour before departure, and whether it arrived late."""

from pathlib import Path

import pandas as pd

DAY = "day"
LABEL = "late"
CATEGORIES = ["carrier", "origin", "dest"]
NUMBERS = [
    "hour",
    "day_of_week",
    "distance",
    "plane_age",
    "seats",
    "temp",
    "dewp",
    "humid",
    "wind_dir",
    "wind_speed",
    "wind_gust",
    "precip",
    "pressure",
    "visib",
]
FEATURES = CATEGORIES + NUMBERS


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
