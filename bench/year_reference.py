"""The reference's flights of 2013, and versions of its model, trained by the steps of its own repository."""

from __future__ import annotations

import csv
import gzip
import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import cached_property
from pathlib import Path

import duckdb

from bench.timing import ROOT
from bench.year_policies import FIRST, LAST, Learned
from mlops_stages.drill.stream import SCRIPT, Hour, hours_of
from mlops_stages.local import images
from mlops_stages.platform import load

TEMPLATE = ROOT / "constructs" / "mlops_stages" / "model_repository" / "template"
PIPELINE = ROOT / "pipelines" / "late-arrival.json"
_PATH = (
    *(ROOT, ROOT / "constructs", ROOT / "constructs" / "mlops_stages" / "runtime"),
    *(TEMPLATE / folder for folder in ("steps", "serving", "data")),
)
"""Where the repository's scripts are, and what a job has beside them."""


@dataclass
class Reference:
    """Makes all of it in a folder; `images` is where Python environments of the repository's locks are kept."""

    folder: Path
    images: Path
    trained: list[Learned] = field(default_factory=list[Learned])

    @cached_property
    def _python(self) -> Path:
        return images.build(self.images, TEMPLATE / "requirements.lock").python

    @cached_property
    def _landing(self) -> Path:
        """The raw files, as data/fetch.py lands them."""
        lock, sources = TEMPLATE / "requirements-data.lock", TEMPLATE / "requirements-source.txt"
        landing = self.folder / "landing"
        _run(images.build(self.images, lock, sources=sources).python, TEMPLATE / "data" / "fetch.py", landing)
        return landing

    @cached_property
    def _dataset(self) -> Path:
        _run(self._python, "-m", "bench.year_models", "dataset", self._landing, self.folder / "dataset")
        return self.folder / "dataset"

    @cached_property
    def hours(self) -> dict[date, list[Hour]]:
        """The stream, as a drill sends it."""
        made = self.folder / "made"
        made.mkdir()
        _run(self._python, "-c", SCRIPT, self._landing, made, FIRST, LAST)
        with (made / "rows.csv").open(encoding="utf-8") as lines:
            return hours_of(lines)

    def load(self, database: duckdb.DuckDBPyConnection) -> None:
        """See `Source`."""
        path = self.folder / "flights.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["decision_id", "decided_at", "label"])
            for day, hours in self.hours.items():
                for hour in hours:
                    at = datetime.combine(day, time(hour.hour))
                    writer.writerows(zip(hour.decision_ids(day), [at] * len(hour.rows), hour.labels, strict=False))
        columns = "{decision_id: VARCHAR, decided_at: TIMESTAMP, label: DOUBLE}"
        database.execute(f"CREATE TABLE flights AS FROM read_csv('{path}', columns = {columns}, header = true)")

    def score(self, database: duckdb.DuckDBPyConnection, learned: Learned, name: str) -> None:
        """See `Source`."""
        path = self.folder / f"{learned.since}-{learned.before}.csv"
        days = map(str, (learned.before, learned.since))
        requests = self.requests(learned.before)
        _run(self._python, "-m", "bench.year_models", "train", self._dataset, *days, hyperparameters(), requests, path)
        self.trained.append(learned)
        columns = "{decision_id: VARCHAR, score: DOUBLE}"
        database.execute(f"CREATE TABLE {name} AS FROM read_csv('{path}', columns = {columns}, header = true)")

    def requests(self, first: date) -> Path:
        """The flights from a day on, in the form in which production asks a candidate."""
        (model,) = (each for team in load(ROOT / "platform.yaml").teams for each in team.models if each.retraining)
        path = self.folder / "requests.csv.gz"
        with gzip.open(path, "wt", encoding="utf-8", compresslevel=1) as file:
            file.write(",".join(["decision_id", *(each.name for each in model.inputs)]) + "\n")
            for day, hours in self.hours.items():
                for hour in hours if day >= first else ():
                    ids = hour.decision_ids(day)
                    file.writelines(f"{decision},{row}\n" for decision, row in zip(ids, hour.rows, strict=False))
        return path


def hyperparameters() -> str:
    """Those that the reference's pipeline is deployed with."""
    steps = json.loads(PIPELINE.read_text("utf-8"))["Steps"]
    (found,) = (step["Arguments"]["HyperParameters"] for step in steps if step["Type"] == "Training")
    return json.dumps(found)


def _run(python: Path, *arguments: object) -> None:
    """Run a program with the repository's scripts on its path. CalledProcessError if it fails."""
    done = subprocess.run(
        [str(python), *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, _PATH)), "PYTHONDONTWRITEBYTECODE": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        sys.stderr.write(done.stderr[-2000:])
        done.check_returncode()
