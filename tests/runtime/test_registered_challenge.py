"""The scores that a version gave to requests of production are used only as its run registered them."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from mlops_stages.runtime import registered_challenge
from mlops_stages.runtime.registered_challenge import Challenge, challenge_of
from mlops_stages.runtime.registered_model import RegisteredModelError
from tests.runtime.test_registered_model import ARTIFACTS, EVALUATION, HOME, JUDGED, Bucket, beside, metadata, sha256

URI = "s3://acme-arrivals-internal/candidates/late-arrival/2013-09-02/requests.csv.gz"
CONTENT = b'decision_id,score\r\na,0.5\r\n"b,1",0.3333333333333333\r\nc#2,5e-324\r\n'


@pytest.fixture
def bucket() -> Bucket:
    return Bucket()


def about(content: bytes = CONTENT, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any values
    """What an evaluation says of its challenge, but for `changes`."""
    return {
        "file": "challenge.csv",
        "sha256": sha256(content),
        "rows": 3,
        "refused": 2,
        "requests": URI,
        "requests_sha256": "d" * 64,
        "train_before": "2013-09-01",
        **changes,
    }


def challenged(bucket: Bucket, said: object, content: bytes = CONTENT) -> dict[str, Any]:
    """A version with this challenge."""
    judged = json.dumps({**JUDGED, "challenge": said}).encode()
    bucket.held |= {EVALUATION: judged, beside("challenge.csv"): content}
    return metadata(evaluation_sha256=sha256(judged))


def codes(version: dict[str, Any], bucket: Bucket) -> list[str]:
    with pytest.raises(RegisteredModelError) as refused:
        challenge_of(version, home=HOME, objects=bucket)
    return [each.code for each in refused.value.differences]


def test_the_challenge_of_a_version_is_what_its_run_wrote(bucket: Bucket) -> None:
    found = challenge_of(challenged(bucket, about()), home=HOME, objects=bucket)
    assert found == Challenge(
        scores={"a": 0.5, "b,1": 1 / 3, "c#2": 5e-324},
        refused=2,
        requests=URI,
        requests_sha256="d" * 64,
        train_before=date(2013, 9, 1),
    )
    assert found is not None
    assert list(found.scores) == ["a", "b,1", "c#2"]
    assert bucket.read_from == {ARTIFACTS}


def test_a_version_whose_run_had_no_requests_has_none(bucket: Bucket) -> None:
    assert challenge_of(metadata(), home=HOME, objects=bucket) is None


def test_nothing_but_the_evaluation_and_the_challenge_is_read(bucket: Bucket) -> None:
    version = challenged(bucket, about())
    bucket.held = {key: bucket.held[key] for key in (EVALUATION, beside("challenge.csv"))}
    assert challenge_of(version, home=HOME, objects=bucket) is not None


def test_scores_or_an_evaluation_that_were_replaced_are_refused(bucket: Bucket) -> None:
    version = challenged(bucket, about())
    bucket.held[beside("challenge.csv")] = CONTENT.replace(b"0.5", b"0.9")
    assert codes(version, bucket) == ["REG-004"]
    del bucket.held[beside("challenge.csv")]
    assert codes(version, bucket) == ["REG-004"]
    bucket.held[EVALUATION] += b" "
    assert codes(version, bucket) == ["REG-004"]


def test_a_version_without_digests_or_with_the_evaluation_of_another_run_is_refused(bucket: Bucket) -> None:
    version = challenged(bucket, about())
    other = version["CustomerMetadataProperties"] | {"execution": "arn:aws:sagemaker:p/p/execution/another00000"}
    assert codes({**version, "CustomerMetadataProperties": other}, bucket) == ["REG-007"]
    assert codes({**version, "CustomerMetadataProperties": {}}, bucket) == ["REG-001"]


@pytest.mark.parametrize(
    "changes",
    [{"file": "../evaluation.json"}, {"file": None}, {"sha256": None}, {"file": "golden.jsonl"}],
)
def test_what_the_evaluation_names_lies_beside_it(bucket: Bucket, changes: dict[str, Any]) -> None:
    assert codes(challenged(bucket, about(**changes)), bucket) == ["REG-004"]
    assert codes(challenged(bucket, None), bucket) == ["REG-004"]


@pytest.mark.parametrize(
    "changes",
    [
        {"rows": 2},
        {"rows": None},
        {"refused": -1},
        {"refused": True},
        {"refused": "2"},
        {"requests": None},
        {"requests": "https://elsewhere/requests.csv.gz"},
        {"requests": "s3://" + "a" * 1024},
        {"requests_sha256": "D" * 64},
        {"requests_sha256": None},
        {"train_before": "2013-02-30"},
        {"train_before": "2013-9-1"},
        {"train_before": 20130901},
    ],
)
def test_a_challenge_that_does_not_say_what_it_is_of_is_refused(bucket: Bucket, changes: dict[str, Any]) -> None:
    assert codes(challenged(bucket, about(**changes)), bucket) == ["REG-010"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"a,0.5\r\n",
        b"id,score\r\na,0.5\r\n",
        b"decision_id,score\r\na\r\n",
        b"decision_id,score\r\na,0.5,1\r\n",
        b"decision_id,score\r\n\r\n",
        b"decision_id,score\r\n,0.5\r\n",
        b"decision_id,score\r\na,nan\r\n",
        b"decision_id,score\r\na,1e999\r\n",
        b"decision_id,score\r\na,\r\n",
        b"decision_id,score\r\na,0.5\r\na,0.5\r\n",
        b"decision_id,score\r\nb,0.5\r\na,0.5\r\n",
        b'decision_id,score\r\n"a,0.5\r\n',
        b"decision_id,score\r\n\xff,0.5\r\n",
        b"decision_id,score\r\n" + b"x" * 201 + b",0.5\r\n",
        b"decision_id,score\r\n" + b"x" * 200_000 + b",0.5\r\n",
    ],
)
def test_scores_in_another_form_are_refused(bucket: Bucket, content: bytes) -> None:
    for rows in (0, 1, 2):
        assert codes(challenged(bucket, about(content, rows=rows), content), bucket) == ["REG-010"]


def test_more_scores_or_bytes_than_are_written_are_refused(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    version = challenged(bucket, about())
    monkeypatch.setattr(registered_challenge, "MOST_ROWS", 2)
    assert codes(version, bucket) == ["REG-010"]
    monkeypatch.setattr(registered_challenge, "MOST_BYTES", 20)
    assert codes(version, bucket) == ["REG-004"]


def test_a_challenge_of_no_rows_is_one(bucket: Bucket) -> None:
    content = b"decision_id,score\r\n"
    found = challenge_of(challenged(bucket, about(content, rows=0), content), home=HOME, objects=bucket)
    assert found is not None
    assert (found.scores, found.refused) == ({}, 2)
