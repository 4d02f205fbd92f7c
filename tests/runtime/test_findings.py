"""What production tells retraining: written and read the same, and nothing else taken for it."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from mlops_stages.runtime.findings import Findings, key_of, read
from tests.runtime.retraining.given import AT, ENDPOINT, candidate, found, package

DAY = AT.date()


def as_read(content: bytes) -> Findings:
    return read(content, endpoint=ENDPOINT, day=DAY)


def test_what_is_written_is_read() -> None:
    written = found(
        wrong=("overestimates: 1.44",), candidates=(candidate(is_better=True), candidate(3, is_better=None))
    )
    assert as_read(written.to_json()) == written
    assert written.first == date(2026, 10, 29)


def test_the_same_findings_are_the_same_bytes() -> None:
    assert found().to_json() == as_read(found().to_json()).to_json()


def test_each_day_has_a_key() -> None:
    assert key_of(ENDPOINT, DAY) == f"challenges/endpoint={ENDPOINT}/utc_day=2026-11-27/findings.json"


ASKED = {"bucket": "b", "key": "k", "sha256": "c" * 64, "rows": 9}
CANDIDATE = {"package": package(2), "is_better": True, "said": "by 0.1"}


@pytest.mark.parametrize(
    "changed",
    [
        {"version": 2},
        {"endpoint": "another"},
        {"day": "2026-11-26"},
        {"window_first": "2026-11-27"},
        {"window_first": "20261029"},
        {"window_first": None},
        {"package": "arn:aws:s3:::x"},
        {"package": 1},
        {"is_right": "no"},
        {"is_right": 1},
        {"is_right": True, "wrong": ["it is wrong"]},
        {"wrong": [""]},
        {"wrong": ["x" * 1001]},
        {"wrong": ["next line\nSubject: x"]},
        {"labels": [1]},
        {"labels": ["\u202e"]},
        {"asked": []},
        {"asked": {**ASKED, "rows": -1}},
        {"asked": {**ASKED, "rows": True}},
        {"asked": {**ASKED, "sha256": "C" * 64}},
        {"asked": {**ASKED, "more": 1}},
        {"candidates": [{**CANDIDATE, "is_better": 2}]},
        {"candidates": [{**CANDIDATE, "is_better": 0}]},
        {"candidates": [{**CANDIDATE, "package": f"{package(2)}\n"}]},
        {"candidates": [{**CANDIDATE, "said": ""}]},
        {"candidates": [CANDIDATE] * 21},
        {"candidates": {}, "wrong": None},
        {"unknown": 1},
    ],
)
def test_what_does_not_fit_is_refused(changed: dict[str, Any]) -> None:
    given = json.loads(found().to_json())
    with pytest.raises(ValueError, match=r"."):
        as_read(json.dumps({**given, **changed}).encode())


@pytest.mark.parametrize("content", [b"", b"[]", b"\xff", b"1", b"[" * 100_000, b" " * (1024 * 1024 + 1)])
def test_what_is_none_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        as_read(content)
