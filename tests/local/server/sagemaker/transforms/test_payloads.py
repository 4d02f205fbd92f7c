"""Files become requests and answers become files, as a batch transform is told to."""

from __future__ import annotations

import io
import json
import re

import pytest

from mlops_stages.local.server.sagemaker.jobs.work import StepError
from mlops_stages.local.server.sagemaker.transforms.payloads import Strategy, assembled, requests, with_ids

LINES = b"1,2\r\n3,4\n\n5,6"
ID = re.compile(rb"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def split(content: bytes, *, by_line: bool = True, strategy: Strategy = "MultiRecord", most: int = 100) -> list[bytes]:
    return list(requests(io.BytesIO(content), "a.csv", by_line=by_line, strategy=strategy, most=most))


def test_a_file_that_is_not_split_is_one_request() -> None:
    assert split(LINES, by_line=False) == [LINES]


def test_single_records_are_a_request_each_and_many_fill_one_up_to_its_size() -> None:
    assert split(LINES, strategy="SingleRecord") == [b"1,2", b"3,4", b"5,6"]
    assert split(LINES) == [b"1,2\n3,4\n5,6\n"]
    assert split(LINES, most=8) == [b"1,2\n3,4\n", b"5,6\n"]
    assert split(b"") == []


@pytest.mark.parametrize("by_line", [True, False])
def test_a_record_that_is_too_large_is_refused(by_line: bool) -> None:
    with pytest.raises(StepError, match=r"a\.csv: a record is larger than MaxPayloadInMB"):
        split(b"x" * 101, by_line=by_line)


def test_answers_end_their_lines_where_that_is_asked_for() -> None:
    assert [assembled(each, by_line=True) for each in (b"1", b"1\n", b"")] == [b"1\n", b"1\n", b""]
    assert assembled(b"1", by_line=False) == b"1"


def test_ids_and_the_jobs_time_stand_behind_each_record() -> None:
    made = with_ids(b"0.1\n0.2\n", "text/csv; charset=utf-8", "2026-01-01T00:00:00Z")
    assert ID.sub(b"ID", made) == b"0.1,ID,2026-01-01T00:00:00Z\n0.2,ID,2026-01-01T00:00:00Z\n"
    made = with_ids(b'{"score": 1}\n', "application/jsonlines", "2026-01-01T00:00:00Z")
    record = json.loads(made)
    assert ID.fullmatch(record.pop("SageMakerInferenceId").encode())
    assert record == {"score": 1, "SageMakerInferenceTime": "2026-01-01T00:00:00Z"}
    assert with_ids(b"\x00", "application/octet-stream", "t") == b"\x00"
