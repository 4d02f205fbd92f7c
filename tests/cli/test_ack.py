"""`ack`: which alarm is meant, who acknowledges it, and what is kept of that."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from mlops_stages.cli import ack, callers
from mlops_stages.cli.ack import LONGEST_NOTE, Asked
from mlops_stages.errors import UserError
from mlops_stages.platform import load
from tests.cli.test_commands import mlops_stages
from tests.conftest import ROOT
from tests.model_page.account import Account
from tests.model_page.given import NOW
from tests.runtime.notices.given import AT, OWNER, SETTINGS, Told

MODEL = "arrivals/late-arrival"
_USER = f"AROAEXAMPLE:{OWNER}"


class _Sts:
    def get_caller_identity(self) -> dict[str, str]:
        return {"UserId": _USER}


@dataclass
class Command:
    """The command, and a model whose alarms go off."""

    capsys: pytest.CaptureFixture[str]
    account: Account = field(default_factory=Account)
    told: Told = field(default_factory=Told)
    as_whom: list[str | None] = field(default_factory=list[str | None])

    def __call__(self, alarm: str | None = None, **asked: Any) -> str:  # noqa: ANN401 - the options of Asked
        ack.ack(Path(), Asked(name=MODEL, alarm=alarm, **asked))
        return self.capsys.readouterr().out

    def refused(self, alarm: str | None = None, **asked: Any) -> UserError:  # noqa: ANN401 - the options of Asked
        with pytest.raises(UserError) as error:
            self(alarm, **asked)
        return error.value

    def client(self, service: str) -> Any:  # noqa: ANN401 - boto3 has no types
        """A client of whoever asks."""
        return {"s3": self.told.s3, "sts": _Sts()}.get(service) or getattr(self.account, service)


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    made = Command(capsys)

    def decider(*_: Any, person: str | None, on_aws: bool) -> callers.Caller:  # noqa: ANN401 - as the wrapped one
        made.as_whom.append(person)
        return callers.Caller(email=OWNER, account="666666666666", clients=made.client)

    platform = load(ROOT / "platform.yaml")
    monkeypatch.setattr(ack, "read", lambda _: platform)  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
    monkeypatch.setattr(ack, "decider", decider)
    monkeypatch.setattr(ack, "local_now", lambda _: NOW)  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
    monkeypatch.setattr(ack.Source, "bucket", lambda _: SETTINGS.bucket)  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
    return made


def test_the_only_open_alarm_is_meant_and_the_owner_asks(command: Command) -> None:
    command.told.becomes("ALARM")
    said = command()
    assert said.startswith(
        f"You, {OWNER}, acknowledge the alarm overestimates of {MODEL}, which went off at 2026-11-27 05:31 UTC:"
    )
    assert "The model expects more than happens." in said
    assert command.as_whom == [OWNER]
    assert command.told.known()[0].acknowledged_by == (OWNER,)
    assert command.told.due() == [f"acknowledged by {OWNER}"]


def test_a_record_says_who_when_and_what(command: Command) -> None:
    command.told.becomes("ALARM")
    told = json.loads(command("overestimates", note="trained anew", as_json=True))
    assert told["new"]
    key = told["record"].removeprefix(f"s3://{SETTINGS.bucket}/")
    assert key.endswith(f"/acknowledged-by/{_USER}.json")
    kept = json.loads(command.told.s3.get_object(Bucket=SETTINGS.bucket, Key=key)["Body"].read())
    assert (kept["by"], kept["note"], kept["at"]) == (OWNER, "trained anew", NOW.isoformat(timespec="seconds"))


def test_done_again_nothing_changes(command: Command) -> None:
    command.told.becomes("ALARM")
    command(note="first")
    assert "had acknowledged" in command(note="second")
    ((key, held),) = ((key, each) for (_, key), each in command.told.s3.held.items() if "acknowledged-by" in key)
    assert json.loads(held[0].content or b"")["note"] == "first"
    assert key.endswith(f"{_USER}.json")


def test_of_several_one_is_named(command: Command) -> None:
    command.told.becomes("ALARM")
    command.told.becomes("ALARM", short="quality", at=AT + timedelta(minutes=1))
    error = command.refused()
    assert (error.code, error.message) == ("CLI-081", "several of its alarms are open: quality, overestimates")
    assert "the alarm quality of" in command("quality")
    assert "the alarm overestimates of" in command("acme-late-arrival-production-monitors-overestimates")


def test_what_is_over_or_never_went_off_is_refused(command: Command) -> None:
    assert command.refused().code == "CLI-080"
    command.told.becomes("ALARM")
    command.told.becomes("OK", at=AT + timedelta(days=1))
    assert command.refused("overestimates").code == "CLI-080"
    error = command.refused("\x1b[31mx")
    assert error.code == "CLI-080"
    assert "\x1b" not in error.message


def test_those_who_were_told_next_are_named(command: Command) -> None:
    command.told.becomes("ALARM")
    command.told.due()
    assert "Those who come next have been told already" in command()


def test_a_note_that_is_too_long_is_refused_before_anything_is_asked(command: Command) -> None:
    assert command.refused(note="x" * (LONGEST_NOTE + 1)).code == "CLI-082"
    assert command.as_whom == []


def test_the_help_says_how_it_is_used() -> None:
    assert "mlops-stages ack arrivals/late-arrival" in mlops_stages("ack", "--help").out
