"""`python -m bench.year_models`, by the Python of the reference model's image: its data, and a model of some of it.

By the steps of the model's own repository, whose folders are on the path. `dataset LANDING FOLDER` curates the year;
`train DATASET BEFORE SINCE HYPERPARAMETERS REQUESTS SCORES` trains as the pipeline does and scores requests.
"""

from __future__ import annotations

import csv
import importlib
import json
import sys
from pathlib import Path
from typing import Any

_pandas: Any = importlib.import_module("pandas")
_challenge: Any = importlib.import_module("challenge")
_curate: Any = importlib.import_module("curate")
_flights: Any = importlib.import_module("flights")
_prepare: Any = importlib.import_module("prepare")
_schema: Any = importlib.import_module("input_schema")
_train: Any = importlib.import_module("train")
YEAR = "2013-01", "2013-12"


def dataset(landing: str, folder: str) -> None:
    """Curate all months, as the data job does."""
    raw = {name: _pandas.read_csv(Path(landing, name), low_memory=False) for name in _curate.RAW}
    _flights.write(_curate.curated(raw, *YEAR), Path(folder))


def train(folder: str, before: str, since: str, hyperparameters: str, requests: str, scores: str) -> None:
    """Train on the days from `since` until `before`, without those that Prepare holds out; write scores of requests."""
    rows = _prepare.before(_flights.read(Path(folder)), before)
    rows = rows[rows[_flights.DAY] >= since]
    rows = rows[~_prepare.held_out(rows)]
    model = _train.fit(rows, json.loads(hyperparameters))
    found, refused = _challenge.score(Path(requests), model, _schema.learned(_flights.FIELDS, rows))
    with Path(scores).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["decision_id", "score"])
        writer.writerows(found)
    sys.stdout.write(f"{json.dumps({'rows': len(rows), 'scored': len(found), 'refused': refused})}\n")


if __name__ == "__main__":
    {"dataset": dataset, "train": train}[sys.argv[1]](*sys.argv[2:])
