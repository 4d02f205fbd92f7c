"""What steps/challenge.py writes in a repository's own environment is what the platform reads in its own."""

from __future__ import annotations

import csv
import gzip
import io
import json
import subprocess
from pathlib import Path

from mlops_stages.runtime.monitor_runs.evaluations import Evaluations
from tests.runtime.monitor_runs.given import PACKAGES, RETRAINED, World, read_answers

URI = "s3://acme-arrivals-internal/candidates/late-arrival/2013-09-02/requests.csv.gz"

WRITE = """
import json, sys
from pathlib import Path
sys.path[:0] = ["steps", "serving"]
import challenge, numpy
from input_schema import Field, Schema

class Shares:
    def predict_proba(self, rows):
        return numpy.column_stack([rows["share"], rows["share"]])

schema = Schema((Field(name="share", type="number"), Field(name="dest", type="category", unseen="accept")))
folder = Path(sys.argv[1])
print(json.dumps(challenge.write(folder / "in", sys.argv[2], "2013-09-01", Shares(), schema, folder)))
"""
SHARES = {"0198c2a1-7b3e": 5e-324, "=1+1": 0.1 + 0.2, "a,b": 1 / 3, 'a"b': 1e-7, "event#2": 1.0, "é" * 100: 0.0}


def test_scores_and_hostile_ids_reach_the_platform_as_they_were(model_repository: Path, tmp_path: Path) -> None:
    text = io.StringIO(newline="")
    rows = [(name, repr(share), "IAH") for name, share in SHARES.items()]
    csv.writer(text).writerows([("decision_id", "share", "dest"), *rows, ("x" * 201, "1", "IAH"), ("y", "?", "IAH")])
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "requests.csv.gz").write_bytes(gzip.compress(text.getvalue().encode(), mtime=0))
    done = subprocess.run(
        [model_repository / ".venv" / "bin" / "python", "-c", WRITE, tmp_path, URI],
        cwd=model_repository,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    world = World(RETRAINED)
    told = {"challenge": json.loads(done.stdout)}
    world.evaluate(8, told, "challenge.csv", (tmp_path / "challenge.csv").read_bytes())
    challenge, scores = read_answers(Evaluations(world.s3, world.registry, RETRAINED.evaluations), f"{PACKAGES}8")
    assert (list(scores), scores) == (sorted(SHARES), SHARES)
    assert (challenge.refused, challenge.requests, challenge.train_before) == (2, URI, "2013-09-01")
