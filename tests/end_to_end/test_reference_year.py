"""The reference model over its year: silence while it is right, and in September, when it is not, its owner is told."""

from __future__ import annotations

import json
import os
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from mlops_stages.runtime.monitor_runs import publishing
from tests.end_to_end.arrivals import Arrivals
from tests.end_to_end.conftest import PlatformUp
from tests.runtime.monitor_runs.given import DECISIONS, ENDPOINT, LABELS, PACKAGES, World

SCORE = """
import sys, tempfile
from pathlib import Path
repository, archive, to = map(Path, sys.argv[1:])
sys.path[:0] = [str(repository / each) for each in ("data", "steps", "serving")]
import curate, evaluate, fetch, flights, scoring
import pandas as pd
with tempfile.TemporaryDirectory() as name:
    folder = Path(name)
    fetch.fetch(folder / "landing")
    raw = {each: pd.read_csv(folder / "landing" / each, low_memory=False) for each in curate.RAW}
    flights.write(curate.curated(raw, "2013-01", "2013-12"), folder / "rows")
    rows = flights.read(folder / "rows")
schema = evaluate.load_schema(archive.parent)
model = evaluate.load(archive.parent)
rows["score"] = scoring.scores(model, schema, {each: rows[each].array for each in schema.names})
rows[[flights.DAY, "score", flights.LABEL]].to_csv(to, index=False)
"""
"""Scores every flight of the year by the registered model, in the repository's own environment."""

DAY = timedelta(days=1)
RIGHT = ("02-04", "03-04", "04-08", "05-13", "05-27", "06-10", "06-24", "07-08", "07-22", "08-05", "08-19", "09-02")
WRONG = ("09-16", "09-30", "10-14")


@pytest.fixture(scope="module")
def year(platform_up: PlatformUp, model_repository: Path, tmp_path_factory: pytest.TempPathFactory) -> World:
    """Every flight of 2013, decided by the model that `up` trained and labelled on the next day."""
    folder = tmp_path_factory.mktemp("year")
    arrivals = Arrivals(platform_up)
    (container,) = arrivals.registration()["InferenceSpecification"]["Containers"]
    (folder / "model.tar.gz").write_bytes(arrivals.read(container["ModelDataUrl"]))
    variables = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    command = [model_repository / ".venv/bin/python", "-c", SCORE, model_repository, folder / "model.tar.gz"]
    done = subprocess.run(
        [*map(str, command), str(folder / "scored.csv")], env=variables, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return lived(folder)


def lived(folder: Path) -> World:
    """The year's decisions and label files, a file a day each."""
    world = World()
    path = folder / "day.parquet"
    with duckdb.connect() as database:
        database.execute(
            "CREATE TABLE scored AS SELECT day::DATE AS day, score, late, day || '-' || row_number() OVER () AS id "
            f"FROM read_csv('{folder / 'scored.csv'}')"
        )
        days = [day for (day,) in database.execute("SELECT DISTINCT day FROM scored ORDER BY day").fetchall()]
        for day in days:
            database.execute(
                "COPY (SELECT id AS decision_id, id AS event_id, NULL::VARCHAR AS inference_id, 1 AS row, "
                f"day::TIMESTAMP + INTERVAL 9 HOUR AS decided_at, '{PACKAGES}1' AS package, score "
                f"FROM scored WHERE day = '{day}') TO '{path}' (FORMAT parquet)"
            )
            folders = f"endpoint={ENDPOINT}/variant=champion/utc_day={day}/utc_hour=09"
            key = f"decisions/{folders}/decisions.parquet"
            world.s3.put_object(Bucket=DECISIONS, Key=key, Body=path.read_bytes())
            labels = database.execute("SELECT id, late FROM scored WHERE day = ? ORDER BY id", [day]).fetchall()
            lines = (json.dumps({"decision_id": each, "label": late}) + "\n" for each, late in labels)
            collected = f"{world.settings.label_prefix}/{day + DAY:%Y/%m/%d}/01/labels.jsonl"
            world.s3.put_object(Bucket=LABELS, Key=collected, Body="".join(lines).encode())
    return world


def told(world: World, day: str) -> set[str]:
    """The alarms about the model that a morning's run sets off, as their thresholds have it."""
    at = datetime.fromisoformat(f"2013-{day}T05:30:00Z").astimezone(UTC)
    world.now = at
    world.cloudwatch.published.clear()
    world.run(at)
    found = world.metrics()
    assert found[publishing.JUDGED] == 1
    margin, least = 1 + world.settings.margin, world.settings.quality
    assert least is not None
    assert least.minimum is not None
    alarms = {
        "overestimates": found[f"{publishing.CALIBRATION}{publishing.LOW}"] > margin,
        "underestimates": found[f"{publishing.CALIBRATION}{publishing.HIGH}"] < 1 / margin,
        "quality": found[f"{publishing.QUALITY}{publishing.HIGH}"] < least.minimum,
    }
    return {name for name, rings in alarms.items() if rings}


def test_nobody_is_told_while_the_model_is_right_and_the_owner_is_in_september(year: World) -> None:
    assert {day: told(year, day) for day in RIGHT} == {day: set() for day in RIGHT}
    assert {day: told(year, day) for day in WRONG} == {day: {"overestimates"} for day in WRONG}
