"""Prepare: compare the dataset with its manifest, leave out what is too recent, then set days aside for the evaluation.

A version that is to be compared with the one that serves, on requests of some days, must not have learned from them.
"""

import argparse
import re
from datetime import date

import container
import dataset_manifest
import flights
import origin
import pandas as pd

EVERY = 5  # each fifth day of a month is held out: whole days, because flights of one day share its weather
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def before(rows: pd.DataFrame, day: str) -> pd.DataFrame:
    """The rows of the days before `day`, as YYYY-MM-DD; ValueError where it, or a row's day, is no such day."""
    if not _DAY.fullmatch(day):
        raise ValueError(f"TrainBefore is {day[:40]!a}: give a day as YYYY-MM-DD")
    try:
        date.fromisoformat(day)
    except ValueError as error:
        raise ValueError(f"TrainBefore is {day}: {error}") from None
    odd = ~rows[flights.DAY].str.fullmatch(_DAY.pattern).astype(bool)
    if odd.any():
        raise ValueError(f"{odd.sum()} rows of the dataset have a day that is not written as YYYY-MM-DD")
    return rows[rows[flights.DAY] < day].reset_index(drop=True)


def held_out(rows: pd.DataFrame) -> pd.Series:
    """Which rows are of a day that the model must not see."""
    return rows[flights.DAY].str[-2:].astype(int) % EVERY == 0


def main() -> None:
    """Write `train` and `test`; nothing if any byte differs from the manifest."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--manifest-sha256", required=True)
    parser.add_argument("--train-before", required=True, help="rows of this day, or a later one, are left out")
    given = parser.parse_args()
    expected = given.manifest_sha256

    (path,) = container.processing("manifest").glob("*.json")
    manifest = dataset_manifest.load(path, sha256=expected)
    dataset = container.processing("dataset")
    dataset_manifest.verify(manifest, dataset)

    everything = flights.read(dataset)
    rows = before(everything, given.train_before)
    aside = held_out(rows)
    here = origin.origin_of(container.processing("code"), expected, given.train_before)
    parts = {"train": rows[~aside], "test": rows[aside]}
    for name, part in parts.items():
        if part[flights.LABEL].nunique() < 2:
            raise ValueError(
                f"{name} has {len(part)} rows and not both outcomes: the dataset is too small, or TrainBefore, "
                f"{given.train_before}, too early: {len(rows)} of {len(everything)} rows are of earlier days"
            )
    for name, part in parts.items():
        flights.write(part, container.processing(name))
        origin.leave(here, container.processing(name))
        print(f"{name}: {len(part)} rows, {part[flights.DAY].nunique()} days")


if __name__ == "__main__":
    container.run(main)
