"""Prepare: compare the dataset with its manifest, then set days aside for the evaluation."""

import argparse

import container
import dataset_manifest
import flights
import origin
import pandas as pd

EVERY = 5  # each fifth day of a month is held out: whole days, because flights of one day share its weather


def held_out(rows: pd.DataFrame) -> pd.Series:
    """Which rows are of a day that the model must not see."""
    return rows[flights.DAY].str[-2:].astype(int) % EVERY == 0


def main() -> None:
    """Write `train` and `test`; nothing if any byte differs from the manifest."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--manifest-sha256", required=True)
    expected = parser.parse_args().manifest_sha256

    (path,) = container.processing("manifest").glob("*.json")
    manifest = dataset_manifest.load(path, sha256=expected)
    dataset = container.processing("dataset")
    dataset_manifest.verify(manifest, dataset)

    rows = flights.read(dataset)
    aside = held_out(rows)
    here = origin.origin_of(container.processing("code"), expected)
    for name, part in (("train", rows[~aside]), ("test", rows[aside])):
        if part[flights.LABEL].nunique() < 2:
            raise ValueError(f"{name} has {len(part)} rows and not both outcomes: the dataset is too small")
        flights.write(part, container.processing(name))
        origin.leave(here, container.processing(name))
        print(f"{name}: {len(part)} rows, {part[flights.DAY].nunique()} days")


if __name__ == "__main__":
    container.run(main)
