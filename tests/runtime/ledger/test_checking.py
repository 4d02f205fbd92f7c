"""Checking: what an attacker with every right in the ledger's account leaves behind is found."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from mlops_stages.runtime.ledger.checking import (
    COMPLIANCE,
    GOVERNANCE,
    Finding,
    HeadsCheck,
    LedgerCheck,
    Locked,
    Retention,
    Version,
)
from mlops_stages.runtime.ledger.codes import CODES
from mlops_stages.runtime.ledger.heads import Head
from mlops_stages.runtime.ledger.ledger import Ledger
from mlops_stages.runtime.ledger.listing import versions
from mlops_stages.runtime.ledger.records import BEFORE_THE_FIRST, Record, checksum, read_record
from mlops_stages.runtime.ledger.signer import NotSignedError, Signer
from mlops_stages.runtime.ledger.values import canonical
from tests.runtime.ledger.given import BEGAN, BUCKET, HEADS_BUCKET, MODEL, PREFIX, TEAM, MemoryS3, a_ledger, entry, key

KEY = ec.generate_private_key(ec.SECP256R1())
NOW = datetime(2026, 11, 28, tzinfo=UTC)
HEADS = f"heads/{TEAM}/{MODEL}/"


def sign(content: bytes) -> bytes:
    return KEY.sign(content, ec.ECDSA(hashes.SHA256()))


def holds(content: bytes, signature: bytes) -> bool:
    try:
        KEY.public_key().verify(signature, content, ec.ECDSA(hashes.SHA256()))
    except Exception:
        return False
    return True


def a_signer(s3: MemoryS3, at: str = "2026-11-27T12:00:00Z") -> Signer:
    def now() -> str:
        s3.now = max(s3.now, datetime.fromisoformat(at))
        return s3.time()

    return Signer(s3, BUCKET, s3, HEADS_BUCKET, sign, now=now)


def heads_check(now: datetime = NOW) -> HeadsCheck:
    return HeadsCheck(TEAM, MODEL, BUCKET, holds, now)


def found(s3: MemoryS3, now: datetime = NOW) -> list[Finding]:
    """All findings of the heads, then of the ledger against them."""
    heads = heads_check(now)
    told = list(heads.findings(versions(s3, HEADS_BUCKET, HEADS)))
    told += LedgerCheck(TEAM, MODEL, heads=heads.heads).findings(versions(s3, BUCKET, PREFIX))
    assert {finding.code for finding in told} <= CODES.keys()
    return told


def places(s3: MemoryS3) -> list[tuple[str, str]]:
    """Codes and where, in order."""
    return [(finding.code, finding.where.removeprefix(PREFIX).removeprefix(HEADS)) for finding in found(s3)]


def record(s3: MemoryS3, number: int) -> Record:
    return read_record(s3.held[BUCKET, key(number)][0].content or b"", "it")


def changed(s3: MemoryS3, which: int, /, **fields: object) -> bytes:
    """A record's bytes with some fields others."""
    content = s3.held[BUCKET, key(which)][0].content or b""
    return canonical({**json.loads(content), **fields})


@pytest.fixture
def s3() -> MemoryS3:
    """Six records, the first four of them signed."""
    s3 = MemoryS3()
    a_ledger(s3, 4)
    a_signer(s3).run()
    a_ledger(s3).append(entry(5))
    a_ledger(s3).append(entry(6))
    return s3


def test_a_sound_ledger_has_no_finding(s3: MemoryS3) -> None:
    assert found(s3) == []
    assert a_signer(s3).run() == {f"{TEAM}/{MODEL}": 6}
    assert a_signer(s3).run() == {f"{TEAM}/{MODEL}": 6}
    assert found(s3) == []


def test_a_forged_version_is_found_and_the_original_is_told(s3: MemoryS3) -> None:
    original = s3.held[BUCKET, key(2)][0].id
    s3.forge(key(2), changed(s3, 2, event="forged"))
    assert places(s3) == [("LED-101", f"000000000002.json@{original}")]


def test_a_delete_marker_is_found(s3: MemoryS3) -> None:
    s3.hide(key(6))
    assert places(s3) == [("LED-102", "000000000006.json@marker")]


def test_a_record_that_is_gone_is_found(s3: MemoryS3) -> None:
    s3.lose(key(2))
    s3.lose(key(3))
    assert places(s3) == [("LED-103", "000000000002.json to 000000000003.json")]


def test_a_record_that_is_replaced_is_found_by_the_next_and_by_the_signature(s3: MemoryS3) -> None:
    content = changed(s3, 4, event="forged")
    s3.lose(key(4))
    s3.forge(key(4), content)
    assert places(s3) == [
        ("LED-113", "000000000004.json"),
        ("LED-122", "000000000004.json"),
        ("LED-104", "000000000005.json"),
    ]


def test_records_in_another_order_are_found(s3: MemoryS3) -> None:
    second, third = s3.lose(key(2)), s3.lose(key(3))
    s3.forge(key(2), third)
    s3.forge(key(3), second)
    assert {code for code, _ in places(s3)} == {"LED-104", "LED-106", "LED-112", "LED-113"}


def test_a_ledger_that_was_written_anew_is_found_by_its_signed_head(s3: MemoryS3) -> None:
    forged = MemoryS3()
    a_ledger(forged, 3)
    for number in (7, 5, 6):
        a_ledger(forged).append(entry(number))
    for number in range(1, 7):
        s3.lose(key(number))
        s3.forge(key(number), forged.held[BUCKET, key(number)][0].content or b"")
    assert [each for each in places(s3) if each[0] != "LED-113"] == [("LED-122", "000000000004.json")]


def test_a_tail_that_was_signed_is_missed(s3: MemoryS3) -> None:
    for number in (6, 5, 4):
        s3.lose(key(number))
    assert places(s3) == [("LED-121", "000000000004.json")]


def test_a_whole_ledger_that_was_signed_is_missed(s3: MemoryS3) -> None:
    for number in range(1, 7):
        s3.lose(key(number))
    assert places(s3) == [("LED-121", "000000000004.json")]


def test_an_event_that_is_there_twice_is_found(s3: MemoryS3) -> None:
    last = s3.held[BUCKET, key(6)][0].content or b""
    s3.forge(key(7), changed(s3, 2, number=7, previous=checksum(last)))
    assert ("LED-108", "000000000007.json") in places(s3)


def test_a_record_of_another_model_is_found(s3: MemoryS3) -> None:
    last = s3.held[BUCKET, key(6)][0].content or b""
    s3.forge(key(7), changed(s3, 6, number=7, previous=checksum(last), model="other", event="x"))
    assert places(s3) == [("LED-107", "000000000007.json")]


@pytest.mark.parametrize("content", [b"{}", b"\x00" * 10, b"x" * 20_000])
def test_what_is_no_record_is_found(s3: MemoryS3, content: bytes) -> None:
    s3.forge(key(7), content)
    assert places(s3) == [("LED-105", "000000000007.json")]


def test_a_record_that_is_not_canonical_is_found(s3: MemoryS3) -> None:
    last = s3.held[BUCKET, key(6)][0].content or b""
    more = json.loads(changed(s3, 2, number=7, previous=checksum(last), event="x"))
    s3.forge(key(7), json.dumps(more).encode())
    assert places(s3) == [("LED-105", "000000000007.json")]


def test_a_time_that_goes_back_is_found(s3: MemoryS3) -> None:
    last = s3.held[BUCKET, key(6)][0].content or b""
    s3.now = BEGAN  # S3's clock cannot be set; that of whoever writes can
    s3.forge(key(7), changed(s3, 1, number=7, previous=checksum(last), event="x"))
    assert places(s3) == [("LED-112", "000000000007.json")]


def test_a_time_that_s3_does_not_confirm_is_found(s3: MemoryS3) -> None:
    last = s3.held[BUCKET, key(6)][0].content or b""
    s3.forge(key(7), changed(s3, 6, number=7, previous=checksum(last), event="x", recorded="2026-11-27T12:30:00Z"))
    assert places(s3) == [("LED-113", "000000000007.json")]


def test_the_time_of_a_head_is_compared_too(s3: MemoryS3) -> None:
    signer = a_signer(s3)
    signer.now = lambda: "2026-11-27T14:00:00Z"
    signer.run()
    assert places(s3) == [("LED-113", "000000000002.json")]


def test_a_foreign_object_is_found(s3: MemoryS3) -> None:
    for name in ("a.json", "7.json", "000000000001.json/x"):
        s3.forge(f"{PREFIX}{name}", b"{}")
    assert [code for code, _ in places(s3)] == ["LED-109"] * 3


def test_a_head_that_the_key_did_not_sign_is_found(s3: MemoryS3) -> None:
    (place,) = [key for bucket, key in s3.held if bucket == HEADS_BUCKET]
    content = json.loads(s3.lose(place, HEADS_BUCKET))
    content["head"]["records"] = 3
    s3.forge(place, canonical(content), HEADS_BUCKET)
    assert places(s3) == [("LED-120", "000000000001.json")]


def test_heads_are_a_chain_too(s3: MemoryS3) -> None:
    for day in (28, 29):
        a_signer(s3, f"2026-11-{day}T12:00:00Z").run()
    first = f"{HEADS}000000000001.json"
    s3.lose(first, HEADS_BUCKET)
    assert places(s3) == [("LED-103", "000000000001.json")]


def test_a_head_of_another_ledger_is_found(s3: MemoryS3) -> None:
    heads = heads_check()
    heads.bucket = "another-ledger"
    assert [each.code for each in heads.findings(versions(s3, HEADS_BUCKET, HEADS))] == ["LED-123"]


def test_a_signer_that_no_longer_runs_is_found(s3: MemoryS3) -> None:
    assert [each.code for each in found(s3, NOW + timedelta(days=3))] == ["LED-124"]
    s3.lose(f"{HEADS}000000000001.json", HEADS_BUCKET)
    assert [each.code for each in found(s3)] == ["LED-124"]


ATTACKS: tuple[Callable[[MemoryS3], object], ...] = (
    lambda s3: [s3.lose(key(number)) for number in (4, 5, 6)],
    lambda s3: [s3.lose(key(number)) for number in range(1, 7)],
    lambda s3: s3.forge(key(5), b"{}"),
    lambda s3: s3.hide(key(6)),
    lambda s3: s3.lose(key(5)),
    lambda s3: s3.forge(key(4), s3.lose(key(4)).replace(b"too low", b"so high")),
)


@pytest.mark.parametrize("attack", ATTACKS)
def test_the_signer_signs_nothing_that_does_not_continue_its_last_head(
    s3: MemoryS3, attack: Callable[[MemoryS3], object]
) -> None:
    attack(s3)
    # Another model's ledger is signed nevertheless.
    Ledger(s3, BUCKET, TEAM, "other", now=s3.time).append(entry())
    with pytest.raises(NotSignedError, match=f"^{TEAM}/{MODEL}$"):
        a_signer(s3).run()
    assert sum(bucket == HEADS_BUCKET for bucket, _ in s3.held) == 2


def test_retention_that_is_missing_or_weaker_is_found() -> None:
    began = BEGAN
    declared = Retention(mode=COMPLIANCE, days=3650)
    s3 = MemoryS3()
    a_ledger(s3, 1)
    content = s3.held[BUCKET, key(1)][0].content

    def codes(locked: Locked | None, retention: Retention = declared) -> list[str]:
        version = Version(key=key(1), version="1", written=began, content=content, locked=locked)
        return [each.code for each in LedgerCheck(TEAM, MODEL, retention).findings([version])]

    assert codes(Locked(mode=COMPLIANCE, until=began + timedelta(days=3650))) == []
    assert codes(None) == ["LED-110"]
    assert codes(Locked(mode=GOVERNANCE, until=began + timedelta(days=3650))) == ["LED-111"]
    assert codes(Locked(mode=COMPLIANCE, until=began + timedelta(days=30))) == ["LED-111"]
    assert codes(Locked(mode=COMPLIANCE, until=began + timedelta(days=1)), Retention(mode=GOVERNANCE, days=1)) == []


def long_ledger(length: int) -> Iterator[Version]:
    """The versions of a ledger, made one by one."""
    previous = BEFORE_THE_FIRST
    for number in range(1, length + 1):
        given = entry(number)
        content = Record(
            team=TEAM, model=MODEL, number=number, previous=previous, recorded=given.at,
            kind=given.kind, event=given.event, at=given.at, body=given.body,
        ).to_bytes()  # fmt: skip
        previous = checksum(content)
        yield Version(key=key(number), version="1", written=BEGAN, content=content)


def test_a_long_ledger_is_checked_in_a_memory_that_hardly_grows() -> None:
    length = 3000
    tracemalloc.start()
    check = LedgerCheck(TEAM, MODEL)
    assert list(check.findings(long_ledger(length))) == []
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert check.position.number == length
    assert peak < 300 * length


def test_a_signature_is_of_bytes_that_anybody_can_write_again() -> None:
    head = Head(
        bucket=BUCKET, team=TEAM, model=MODEL, records=1, sha256="a" * 64, number=1, previous="0" * 64,
        at="2026-11-27T12:00:00Z",
    )  # fmt: skip
    assert holds(
        json.dumps(json.loads(head.to_bytes()), sort_keys=True, separators=(",", ":")).encode(), sign(head.to_bytes())
    )
