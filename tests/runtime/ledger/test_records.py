"""Records: one way to write each, and what is refused."""

import json
import shutil
import subprocess
from typing import Any

import pytest

from mlops_stages.runtime.ledger.codes import CODES, LedgerError
from mlops_stages.runtime.ledger.kinds import KINDS
from mlops_stages.runtime.ledger.records import Record, number_of, read_entry, read_record
from mlops_stages.runtime.ledger.values import MOST_BYTES, canonical
from tests.runtime.ledger.given import REJECTED, WHO, entry

PLACE: dict[str, Any] = {"team": "arrivals", "model": "late-arrival", "number": 1, "previous": "0" * 64}
RECORD = Record(**PLACE, recorded="2026-11-27T02:00:01Z", **entry().__dict__)


def message(**changes: Any) -> bytes:  # noqa: ANN401  # what JSON holds
    """A message of a rejection in which some fields are others."""
    return json.dumps({**json.loads(entry().to_message()), **changes}, ensure_ascii=False).encode()


def code_of(content: bytes) -> str:
    """Why a message is refused."""
    with pytest.raises(LedgerError) as refused:
        read_entry(content, "arrivals/late-arrival")
    assert refused.value.code in CODES
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 1000
    return refused.value.code


def test_a_record_reads_back_as_the_same_bytes() -> None:
    assert read_record(RECORD.to_bytes(), "it") == RECORD
    assert read_record(RECORD.to_bytes(), "it").to_bytes() == RECORD.to_bytes()


@pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not installed")
def test_jq_writes_the_same_bytes() -> None:
    written = subprocess.run(["jq", "-cSj", "."], input=RECORD.to_bytes(), capture_output=True, check=True).stdout
    assert written == RECORD.to_bytes()


@pytest.mark.parametrize(
    "content",
    [
        json.dumps(json.loads(RECORD.to_bytes())).encode(),
        RECORD.to_bytes() + b"\n",
        RECORD.to_bytes().replace("—".encode(), b"\\u2014"),
        RECORD.to_bytes().replace(b'"number":1', b'"number":01'),
        RECORD.to_bytes().replace(b'"number":1', b'"number":1,"number":1'),
        RECORD.to_bytes().replace(b'"number":1', b'"number":true'),
        RECORD.to_bytes().replace(b'"number":1', b'"number":1.0'),
        b"\xef\xbb\xbf" + RECORD.to_bytes(),
    ],
    ids=["spaces", "newline", "escape", "zero", "twice", "boolean", "float", "byte-order-mark"],
)
def test_another_way_to_write_a_record_is_refused(content: bytes) -> None:
    with pytest.raises(LedgerError):
        read_record(content, "it")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "LED-001"),
        (b"[]", "LED-001"),
        (b"\xff", "LED-001"),
        (b'{"kind":"a","kind":"b"}', "LED-001"),
        (b"[" * MOST_BYTES, "LED-008"),
        (b'{"a":' * 3000, "LED-008"),
        (b'{"a":' + b"[" * 9 + b"]" * 9 + b"}", "LED-008"),
        (b'{"[[[[[[[[[[\\"[[":"\\\\"}', "LED-002"),
        (b" " * (MOST_BYTES + 1), "LED-008"),
        (b'{"a":NaN}', "LED-006"),
        (b'{"a":-Infinity}', "LED-006"),
        (b'{"a":1e400}', "LED-006"),
        (b'{"a":0.1}', "LED-006"),
        (b'{"a":' + b"9" * 5000 + b"}", "LED-006"),
        (b"{}", "LED-002"),
        (message(more=1), "LED-002"),
        (message(kind="promoted"), "LED-003"),
        (message(kind=["rejected"]), "LED-003"),
        (message(body={}), "LED-004"),
        (message(body={**REJECTED, "more": "x"}), "LED-004"),
        (message(body=[]), "LED-005"),
        (message(body={**REJECTED, "who": "ann"}), "LED-005"),
        (message(body={**REJECTED, "who": {**WHO, "source_identity": "ann smith"}}), "LED-005"),
        (message(body={**REJECTED, "for": "development"}), "LED-005"),
        (message(body={**REJECTED, "reason": "x" * 501}), "LED-005"),
        (message(event=""), "LED-005"),
        (message(event="x" * 401), "LED-005"),
        (message(event="../../events"), "LED-005"),
        (message(at="2026-02-30T00:00:00Z"), "LED-005"),
        (message(at="2026-11-27T02:00:00+00:00"), "LED-005"),
        (message(body={**REJECTED, "reason": "a\nLED-999"}), "LED-007"),
        (message(body={**REJECTED, "reason": "a\x1b[2J"}), "LED-007"),
        (message(body={**REJECTED, "reason": "a\u202eb"}), "LED-007"),
        (message(body={**REJECTED, "reason": "zero\u200bwidth"}), "LED-007"),
        (json.dumps({**json.loads(entry().to_message()), "event": "\ud800"}).encode(), "LED-007"),
    ],
)
def test_a_message_that_is_no_entry_is_refused(content: bytes, code: str) -> None:
    assert code_of(content) == code


def test_a_value_of_one_kind_is_told_from_one_that_looks_alike() -> None:
    body = {
        "package_arn": REJECTED["package_arn"],
        "environment": "staging",
        "passed": True,
        "result_sha256": "a" * 64,
        "digests": {"model_sha256": "b" * 64, "image_digest": f"sha256:{'c' * 64}", "evaluation_sha256": "d" * 64},
        "metric": {"name": "auc", "value": "0.70"},
    }
    assert read_entry(message(kind="evaluated", body=body), "it").body == body
    for changed in ({"passed": 1}, {"metric": {"name": "auc", "value": "0,70"}}, {"result_sha256": "A" * 64}):
        assert code_of(message(kind="evaluated", body={**body, **changed})) == "LED-005"


def test_a_call_is_recorded_with_its_event_and_nothing_else_has_one() -> None:
    event = "5a4b3c2d-0000-4000-8000-0123456789ab"
    body = {"package_arn": REJECTED["package_arn"], "decision": "approved", "who": {**WHO, "cloudtrail_event": event}}
    assert read_entry(message(kind="called", body=body), "it").body == body
    for changed in ({"decision": "thought about"}, {"who": {**WHO, "cloudtrail_event": event[:-1]}}):
        assert code_of(message(kind="called", body={**body, **changed})) == "LED-005"
    assert code_of(message(kind="called", body={**body, "who": WHO})) == "LED-004"
    assert code_of(message(body={**REJECTED, "who": body["who"]})) == "LED-004"


def test_every_kind_says_whose_package_it_is_of() -> None:
    for kind, fields in KINDS.items():
        assert fields["package_arn"].required, kind


def test_a_record_fits_its_place() -> None:
    assert len(canonical(json.loads(RECORD.to_bytes()))) < MOST_BYTES
    assert [number_of(name) for name in ("000000000001.json", "1.json", "000000000000.json", "000000000001.JSON")] == [
        *(1, None, None, None)
    ]
