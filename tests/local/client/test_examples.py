"""Rows to try a model with, taken from its evaluation."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from mlops_stages.local import refusals
from mlops_stages.local.client import examples

EVALUATION = "s3://artifacts/evaluations/late-arrival/run/evaluation.json"
RECORDS = [{"record": {"hour": number}, "score": 0.5} for number in range(examples.MOST + 5)]


class Bucket:
    """Objects by their keys; whoever asks for another is refused."""

    def __init__(self, **objects: bytes) -> None:
        self.objects = {
            f"evaluations/late-arrival/run/{name.replace('_', '.')}": body for name, body in objects.items()
        }

    def get_object(self, *, Bucket: str, Key: str) -> Any:  # noqa: ANN401, N803 - AWS's
        assert Bucket == "artifacts"
        if Key not in self.objects:
            raise refusals.ClientError({"Error": {"Code": "AccessDenied"}}, "GetObject")
        return {"Body": io.BytesIO(self.objects[Key])}


def test_the_first_records_are_written_a_line_each_for_their_owner_alone(tmp_path: Path) -> None:
    golden = "".join(f"{json.dumps(each)}\n" for each in RECORDS).encode()
    bucket = Bucket(evaluation_json=b'{"golden": {"file": "golden.jsonl"}}', golden_jsonl=golden)
    path = examples.rows_of(bucket, EVALUATION, "late-arrival", tmp_path)
    assert path is not None
    assert [json.loads(line)["hour"] for line in path.read_text("utf-8").splitlines()] == [*range(examples.MOST)]
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "objects",
    [
        {},
        {"evaluation_json": b"{}"},
        {"evaluation_json": b"[" * 100_000},
        {"evaluation_json": b'{"golden": []}'},
        {"evaluation_json": b'{"golden": {"file": "golden.jsonl"}}'},
        {"evaluation_json": b'{"golden": {"file": "golden.jsonl"}}', "golden_jsonl": b"\xff"},
        {"evaluation_json": b'{"golden": {"file": "golden.jsonl"}}', "golden_jsonl": b"7"},
    ],
)
def test_an_evaluation_without_such_records_has_no_rows(objects: dict[str, bytes], tmp_path: Path) -> None:
    assert examples.rows_of(Bucket(**objects), EVALUATION, "late-arrival", tmp_path) is None
