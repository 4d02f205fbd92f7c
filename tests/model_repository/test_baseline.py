"""What steps/baseline.py writes in a repository's own environment is what the monitors read in theirs."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from mlops_stages.runtime.decisions.database import connected
from mlops_stages.runtime.monitors import baseline
from tests.runtime.monitors.test_baseline import HOSTILE

WRITE = """
import json, sys
from pathlib import Path
sys.path[:0] = ["steps", "serving"]
import baseline, numpy, pandas
from input_schema import Field, Schema
given = json.load(sys.stdin)
columns = {"dest": "str", "seats": "float64"}
rows = pandas.DataFrame({name: pandas.array(given[name], dtype=kind) for name, kind in columns.items()})
schema = Schema((Field(name="seats", type="number"), Field(name="dest", type="category")))
print(json.dumps(baseline.write(rows, numpy.array(given["score"]), schema, Path(sys.argv[1]))))
"""
NUMBERS = (5e-324, 1.7976931348623157e308, 0.1 + 0.2, 1 / 3, 1e16, -1e-7)


def test_hostile_categories_and_all_numbers_reach_the_monitors_as_they_were(
    model_repository: Path, tmp_path: Path
) -> None:
    dests = [*HOSTILE, None, ""]
    numbers = [NUMBERS[place % len(NUMBERS)] if place % 5 else None for place in range(len(dests))]
    scores = [1 / (place + 1) for place in range(len(dests))]
    done = subprocess.run(
        [model_repository / ".venv" / "bin" / "python", "-c", WRITE, tmp_path],
        cwd=model_repository,
        input=json.dumps({"dest": dests, "seats": numbers, "score": scores}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    about = json.loads(done.stdout)
    connection = connected(tmp_path)
    rows = baseline.load(connection, tmp_path / about["file"], {"seats": "number", "dest": "category"})
    assert rows == about["rows"] == len(dests)
    found = connection.execute("FROM baseline").fetchall()
    for column, given in zip(
        zip(*found, strict=True), (scores, numbers, [dest or None for dest in dests]), strict=True
    ):
        assert sorted(column, key=_missing_last) == sorted(given, key=_missing_last)


def _missing_last(value: object) -> tuple[bool, str]:
    return value is None, repr(value)
