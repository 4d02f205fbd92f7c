"""Ledgers: what a verification and a reader make of the two buckets."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from mlops_stages.audit import Declared, Ledgers, Line, PublicKey, Verified
from mlops_stages.audit.ledger import MOST_FINDINGS
from mlops_stages.runtime.ledger.signer import Signer
from tests.runtime.ledger.given import (
    BEGAN,
    BUCKET,
    HEADS_BUCKET,
    MODEL,
    TEAM,
    MemoryS3,
    a_ledger,
    entry,
    key,
    released_by_rule,
)

PRIVATE = ec.generate_private_key(ec.SECP256R1())
KEY = PublicKey(PRIVATE.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def ledgers(s3: MemoryS3) -> Ledgers:
    return Ledgers(ledger_s3=s3, heads_s3=s3, ledger_bucket=BUCKET, heads_bucket=HEADS_BUCKET, retention=None)


def sign(s3: MemoryS3) -> None:
    signer = Signer(
        s3, BUCKET, s3, HEADS_BUCKET, lambda content: PRIVATE.sign(content, ec.ECDSA(hashes.SHA256())), now=s3.time
    )
    signer.run()


def verified(s3: MemoryS3, now: datetime = BEGAN + timedelta(hours=13)) -> Verified:
    return ledgers(s3).verify(TEAM, MODEL, KEY, now=now)


@pytest.fixture
def s3() -> MemoryS3:
    """Three records, two of them signed."""
    s3 = MemoryS3()
    a_ledger(s3, 2)
    sign(s3)
    a_ledger(s3).append(entry(3))
    return s3


def test_a_sound_ledger_says_how_much_of_it_is_signed(s3: MemoryS3) -> None:
    found = verified(s3)
    assert (found.sound, found.records, found.signed, found.findings) == (True, 3, 2, ())
    assert found.signed_at is not None
    assert found.to_json()["sound"] is True


def test_every_finding_says_where_and_what_to_do(s3: MemoryS3) -> None:
    s3.hide(key(3))
    (finding,) = verified(s3).findings
    assert finding.to_json() == {
        "code": "LED-102",
        "where": f"{key(3)}@marker",
        "what": finding.what,
        "fix": "Read its version; find who deleted it.",
    }


def test_a_release_without_a_second_approval_is_looked_at_by_what_stands_before_it(s3: MemoryS3) -> None:
    a_ledger(s3).append(released_by_rule())
    assert [each.code for each in verified(s3).findings] == ["LED-130"]
    found = replace(ledgers(s3), declared={}).verify(TEAM, MODEL, KEY, now=BEGAN + timedelta(hours=13))
    assert [each.code for each in found.findings] == ["LED-130", "LED-131"]
    low = {f"{TEAM}/{MODEL}": Declared(risk="low")}
    found = replace(ledgers(s3), declared=low).verify(TEAM, MODEL, KEY, now=BEGAN + timedelta(hours=13))
    assert [each.code for each in found.findings] == ["LED-130"]


def test_signatures_of_another_key_are_found(s3: MemoryS3) -> None:
    other = ec.generate_private_key(ec.SECP256R1()).public_key()
    key = PublicKey(other.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
    found = ledgers(s3).verify(TEAM, MODEL, key, now=BEGAN + timedelta(hours=13))
    assert [each.code for each in found.findings] == ["LED-120"]
    assert (found.signed, found.signed_at) == (0, None)


def test_a_ledger_that_is_younger_than_the_signers_turn_needs_no_head() -> None:
    s3 = MemoryS3()
    a_ledger(s3, 2)
    assert verified(s3, BEGAN + timedelta(hours=47)).sound
    assert [each.code for each in verified(s3, BEGAN + timedelta(hours=49)).findings] == ["LED-124"]


def test_a_young_ledger_whose_heads_are_gone_or_forged_is_found(s3: MemoryS3) -> None:
    a_head = f"heads/{TEAM}/{MODEL}/000000000001.json"
    s3.forge(a_head.replace("1.json", "2.json"), s3.lose(a_head, HEADS_BUCKET), HEADS_BUCKET)
    assert {each.code for each in verified(s3).findings} >= {"LED-103", "LED-106"}


def test_what_is_signed_and_gone_is_missed_by_every_listing() -> None:
    s3 = MemoryS3()
    a_ledger(s3, 2)
    sign(s3)
    for number in (1, 2):
        s3.lose(key(number))
    assert ledgers(s3).models() == [(TEAM, MODEL)]
    assert [each.code for each in verified(s3).findings] == ["LED-121"]


def test_findings_are_bounded(s3: MemoryS3) -> None:
    for number in range(MOST_FINDINGS + 10):
        s3.forge(f"ledger/{TEAM}/{MODEL}/x{number}", b"")
    assert len(verified(s3).findings) == MOST_FINDINGS


def test_objects_are_read_many_at_once_in_the_same_order(s3: MemoryS3) -> None:
    with ThreadPoolExecutor(4) as workers:
        several = Ledgers(
            ledger_s3=s3, heads_s3=s3, ledger_bucket=BUCKET, heads_bucket=HEADS_BUCKET, retention=None,
            at_once=workers.map,
        )  # fmt: skip
        assert several.verify(TEAM, MODEL, KEY, now=BEGAN + timedelta(hours=13)).sound


def test_a_reader_sees_what_happened_to_which_version_when_and_by_whom(s3: MemoryS3) -> None:
    lines = list(ledgers(s3).records(TEAM, MODEL))
    assert [each.number for each in lines if isinstance(each, Line)] == [1, 2, 3]
    first = lines[0]
    assert isinstance(first, Line)
    assert (first.kind, first.version, first.who) == ("rejected", "7", "ann@acme.example")


def test_a_reader_sees_the_oldest_version_and_what_is_no_record(s3: MemoryS3) -> None:
    s3.forge(key(2), b"{}")
    s3.hide(key(3))
    s3.forge(key(4), b"{}")
    lines = list(ledgers(s3).records(TEAM, MODEL))
    assert [each.number if isinstance(each, Line) else each.code for each in lines] == [1, 2, 3, "LED-105"]
