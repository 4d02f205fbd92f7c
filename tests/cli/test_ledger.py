"""`ledger`: what it says and refuses; on a deployed ledger it is tested in tests/local."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from mlops_stages.cli import ledger
from mlops_stages.cli.ledger import Asked
from mlops_stages.errors import UserError
from mlops_stages.platform import Platform, Stage, load
from mlops_stages.runtime.ledger.ledger import Ledger
from mlops_stages.runtime.ledger.signer import Signer
from tests.cli.conftest import ROOT, Project
from tests.runtime.ledger.given import MODEL, PACKAGE, TEAM, WHO, MemoryS3, entry, error, key, released_by_rule

NAME = f"{TEAM}/{MODEL}"
PRIVATE = ec.generate_private_key(ec.SECP256R1())
DER, PEM = (
    PRIVATE.public_key().public_bytes(encoding, PublicFormat.SubjectPublicKeyInfo)
    for encoding in (Encoding.DER, Encoding.PEM)
)


class Kms:
    """Gives the public key."""

    def get_public_key(self, **given: str) -> dict[str, bytes]:
        """The key of the alias in the heads' account."""
        assert given == {"KeyId": "arn:aws:kms:eu-west-1:666666666666:alias/acme/ledger-signing"}
        return {"PublicKey": DER}


def _always(answer: Any) -> Callable[..., Any]:  # noqa: ANN401
    def give(*_given: object) -> Any:  # noqa: ANN401
        return answer

    return give


def _client(s3: MemoryS3) -> Callable[[str], Any]:
    def client(service: str) -> Any:  # noqa: ANN401
        return Kms() if service == "kms" else s3

    return client


@pytest.fixture(scope="module")
def reliable() -> Platform:
    """The reference organization, as it is at stage reliable."""
    platform = load(ROOT / "platform.yaml")
    accounts = platform.accounts.model_copy(update={"production": "666666666666", "governance": None})
    return platform.model_copy(update={"stage": Stage.RELIABLE, "accounts": accounts})


@pytest.fixture
def s3(reliable: Platform, monkeypatch: pytest.MonkeyPatch) -> MemoryS3:
    """A ledger of two records that are signed, asked for as on AWS."""
    names = reliable.addresses
    s3 = MemoryS3(now=datetime.now(UTC) - timedelta(hours=1))
    records = Ledger(s3, names.ledger_bucket, TEAM, MODEL, now=s3.time)
    for number in (1, 2):
        records.append(entry(number))

    def sign(content: bytes) -> bytes:
        return PRIVATE.sign(content, ec.ECDSA(hashes.SHA256()))

    Signer(s3, names.ledger_bucket, s3, names.heads_bucket, sign, now=s3.time).run()
    monkeypatch.setattr(ledger, "read", _always(reliable))
    monkeypatch.setattr(ledger, "callers_of", _always(ledger.Callers(ledger=_always(s3), heads=_client(s3))))
    monkeypatch.setattr(ledger, "DECLARED", None)
    return s3


def asked(name: str | None = NAME, **more: Any) -> Asked:  # noqa: ANN401
    given: dict[str, Any] = {"directory": Path(), "name": name, "on_aws": True, "as_json": False, **more}
    return Asked(**given)


def refusal(of: Asked) -> tuple[str, int]:
    with pytest.raises(UserError) as raised:
        ledger.verify(of)
    assert raised.value.fix
    return raised.value.code, raised.value.exit_code


@pytest.mark.usefixtures("s3")
def test_a_sound_ledger_is_said_in_a_line_with_the_key_that_was_used(capsys: pytest.CaptureFixture[str]) -> None:
    assert ledger.verify(asked()) == 0
    said, key_said = capsys.readouterr().out.splitlines()
    assert said.startswith(f"{NAME}: sound; 2 records, 2 of them signed at 2")
    assert key_said.startswith("Signatures were checked with the public key of SHA-256 ")


def test_what_is_found_is_said_with_where_and_what_to_do_and_ends_with_2(
    s3: MemoryS3, reliable: Platform, capsys: pytest.CaptureFixture[str]
) -> None:
    s3.forge(key(1), b"\x1b[2J{}", reliable.addresses.ledger_bucket)
    assert ledger.verify(asked(None)) == 2
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"{NAME}: NOT SOUND; 2 records")
    assert lines[1].split()[0] == "LED-101"
    assert lines[3] == "    fix: Take the oldest version; find who wrote the others."


@pytest.mark.usefixtures("s3")
def test_json_has_every_ledger_and_the_key(capsys: pytest.CaptureFixture[str]) -> None:
    assert ledger.verify(asked(None, as_json=True)) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["sound"] is True
    assert [(each["team"], each["model"], each["records"], each["signed"]) for each in told["ledgers"]] == [
        (TEAM, MODEL, 2, 2)
    ]


@pytest.mark.usefixtures("s3")
def test_a_kept_public_key_takes_the_place_of_kms(tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_bytes(PEM)
    assert ledger.verify(asked(public_key=tmp_path / "key.pem")) == 0
    other = ec.generate_private_key(ec.SECP256R1()).public_key()
    (tmp_path / "other.der").write_bytes(other.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
    assert ledger.verify(asked(public_key=tmp_path / "other.der")) == 2


@pytest.mark.usefixtures("s3")
def test_a_file_that_is_no_public_key_is_refused(tmp_path: Path) -> None:
    (tmp_path / "none").write_bytes(b"\x00" * 100_000)
    for path in (tmp_path / "none", tmp_path / "missing", tmp_path):
        assert refusal(asked(public_key=path)) == ("CLI-064", 2)


@pytest.mark.usefixtures("s3")
@pytest.mark.parametrize("name", ["arrivals", "/", "arrivals/", "/x", "a/b/c", ""])
def test_what_names_no_model_is_refused(name: str) -> None:
    assert refusal(asked(name)) == ("CLI-065", 2)


@pytest.mark.usefixtures("s3")
def test_a_model_of_which_nothing_is_recorded_is_refused() -> None:
    assert refusal(asked("arrivals/other")) == ("CLI-061", 2)


def test_what_aws_refuses_is_told_with_the_role_to_ask_under(s3: MemoryS3) -> None:
    def deny(_call: str, _given: object) -> None:
        raise error("AccessDenied")

    s3.before = deny
    with pytest.raises(UserError) as raised:
        ledger.show(asked())
    assert (raised.value.code, raised.value.exit_code) == ("CLI-062", 1)
    assert "acme-platform.audit-ledger" in raised.value.fix


@pytest.mark.usefixtures("s3")
def test_a_reader_is_shown_a_line_a_record(capsys: pytest.CaptureFixture[str]) -> None:
    assert ledger.show(asked()) == 0
    first, _, *calls = capsys.readouterr().out.splitlines()
    assert calls == [
        f"record {number}, rejected by ann@acme.example: no call in CloudTrail is recorded" for number in (1, 2)
    ]
    assert first.split() == [
        "1", "2026-11-27T02:00:00Z", "rejected", "version", "7", "for", "production", "ann@acme.example",
    ]  # fmt: skip
    assert ledger.show(asked(as_json=True)) == 0
    records = [json.loads(line) for line in capsys.readouterr().out.splitlines()][:2]
    assert [(each["number"], each["version"], each["record"]["kind"]) for each in records] == [
        (1, "7", "rejected"),
        (2, "7", "rejected"),
    ]


def test_a_reader_is_shown_by_whose_one_approval_and_on_what_figure_a_version_was_released(
    s3: MemoryS3, reliable: Platform, capsys: pytest.CaptureFixture[str]
) -> None:
    Ledger(s3, reliable.addresses.ledger_bucket, TEAM, MODEL, now=s3.time).append(released_by_rule())
    assert ledger.show(asked()) == 0
    third = capsys.readouterr().out.splitlines()[2]
    assert " ".join(third.split()) == (
        "3 2026-11-27T02:00:00Z released-by-rule version 7 for production low risk, approved by ann@acme.example "
        "alone: the log loss of version 7 is 0.015 lower (95 % of the difference: -0.03 to -0.004)"
    )


def test_a_release_that_platform_yaml_does_not_allow_is_found_but_until_the_day_that_is_given(
    s3: MemoryS3, reliable: Platform, capsys: pytest.CaptureFixture[str]
) -> None:
    Ledger(s3, reliable.addresses.ledger_bucket, TEAM, MODEL, now=s3.time).append(released_by_rule())
    assert ledger.verify(asked()) == ledger.FOUND
    assert "LED-131" in capsys.readouterr().out
    assert ledger.verify(asked(one_approval_until=str(s3.now.date()))) == ledger.FOUND
    out = capsys.readouterr().out
    assert ("LED-130" in out, "LED-131" in out) == (True, False)


def test_a_reader_is_shown_which_call_a_decision_was_and_that_another_person_made_it(
    s3: MemoryS3, reliable: Platform, capsys: pytest.CaptureFixture[str]
) -> None:
    records = Ledger(s3, reliable.addresses.ledger_bucket, TEAM, MODEL, now=s3.time)
    event = "5a4b3c2d-0000-4000-8000-0123456789ab"

    def told(at: str, person: str) -> None:
        who = {**WHO, "source_identity": person, "cloudtrail_event": event}
        body = {"package_arn": PACKAGE, "decision": "refused", "who": who}
        records.append(entry(kind="called", event=f"called/{event}/{person}", at=at, body=body))

    told("2026-11-27T02:00:01Z", "eve@acme.example")
    assert ledger.show(asked()) == 2
    shown = capsys.readouterr()
    assert shown.out.splitlines()[-1] == (
        f"record 2, rejected by ann@acme.example: CONTRADICTED, CloudTrail's event {event} (record 3) names "
        "eve@acme.example"
    )
    assert "CloudTrail names another person" in shown.err

    told("2026-11-27T02:00:02Z", "ann@acme.example")
    assert ledger.show(asked()) == 0
    line = f"record 1, rejected by ann@acme.example: CloudTrail's event {event} (record 4)"
    assert line in capsys.readouterr().out.splitlines()
    assert ledger.show(asked(as_json=True)) == 0
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert last == {"called": {"number": 2, "call": 4, "cloudtrail_event": event, "agrees": True}}


def test_what_is_no_record_is_shown_as_a_finding(
    s3: MemoryS3, reliable: Platform, capsys: pytest.CaptureFixture[str]
) -> None:
    s3.forge(key(3), b"\x1b[2J", reliable.addresses.ledger_bucket)
    assert ledger.show(asked()) == 2
    shown = capsys.readouterr()
    assert shown.out.splitlines()[2].startswith("LED-105 ")
    assert "\x1b" not in shown.out
    assert "ledger verify" in shown.err


def test_below_stage_reliable_there_is_no_ledger(reference: Project, platform_file: Callable[[str], Path]) -> None:
    lowered = platform_file("repeatable").read_text("utf-8")
    (reference.directory / "platform.yaml").write_text(lowered, encoding="utf-8")
    for words in (["verify"], ["show", NAME]):
        done = reference.run("ledger", *words)
        assert (done.code, done.out, done.err.split()[0]) == (2, "", "CLI-060")
