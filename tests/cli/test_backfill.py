"""`backfill`: which days are run, in which order, what is refused, and what is said of each."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mlops_stages.cli import backfill, callers
from mlops_stages.cli.backfill import MOST_DAYS, Asked
from mlops_stages.errors import UserError
from mlops_stages.local import refusals
from mlops_stages.platform import Platform, load
from tests.cli.test_commands import mlops_stages
from tests.conftest import ROOT

MODEL, OWNER = "arrivals/late-arrival", "hugo.stein@acme.example"
NAME = "acme-late-arrival-production-monitors"
NOW = datetime(2026, 11, 27, 9, 12, tzinfo=UTC)
Answer = Callable[[str], object]


def judged(at: str) -> object:
    return {"day": at[:10], "window": "2026-10-01 to 2026-10-28", "labelled": 25830}


@dataclass
class Functions:
    """Lambda, with one function."""

    answer: Answer = judged
    asked: list[str] = field(default_factory=list[str])

    def invoke(self, *, FunctionName: str, Payload: bytes) -> Mapping[str, Any]:  # noqa: N803 - boto3's names
        """Call it."""
        assert FunctionName == NAME
        (at,) = json.loads(Payload).values()
        self.asked.append(at)
        found = self.answer(at)
        if isinstance(found, Exception):
            raise found
        body = found if isinstance(found, bytes) else json.dumps(found).encode()
        failed = isinstance(found, dict) and "errorMessage" in found
        return {"StatusCode": 200, "Payload": io.BytesIO(body), **({"FunctionError": "Unhandled"} if failed else {})}


@dataclass
class Command:
    """The command, on a function in memory."""

    capsys: pytest.CaptureFixture[str]
    functions: Functions = field(default_factory=Functions)
    platform: Platform = field(default_factory=lambda: load(ROOT / "platform.yaml"))
    as_whom: list[tuple[str, str | None]] = field(default_factory=list[tuple[str, str | None]])

    def __call__(self, first: str = "2026-11-01", last: str = "2026-11-03", **asked: Any) -> str:  # noqa: ANN401 - the options of Asked
        given: dict[str, Any] = {"name": MODEL, "first": first, "last": last, **asked}
        backfill.backfill(Path(), Asked(**given))
        return self.capsys.readouterr().out

    def refused(self, *days: str, **asked: Any) -> UserError:  # noqa: ANN401 - the options of Asked
        with pytest.raises(UserError) as error:
            self(*days, **asked)
        return error.value

    def client(self, service: str) -> Functions:
        """A client of whoever asks: of functions alone."""
        assert service == "lambda"
        return self.functions


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    made = Command(capsys)

    def decider(*given: Any, person: str | None, on_aws: bool) -> callers.Caller:  # noqa: ANN401 - as the wrapped one
        made.as_whom.append((str(given[4]), person))
        return callers.Caller(email=OWNER, account="666666666666", clients=made.client)

    monkeypatch.setattr(backfill, "read", lambda _: made.platform)  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
    monkeypatch.setattr(backfill, "decider", decider)
    monkeypatch.setattr(backfill, "local_now", lambda _: NOW)  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
    return made


def test_days_are_run_in_their_order_by_the_owner(command: Command) -> None:
    said = command().splitlines()
    assert command.functions.asked == [f"2026-11-0{day}T05:30:00Z" for day in (1, 2, 3)]
    assert command.as_whom == [("see-production", OWNER)]
    assert said[0] == "2026-11-01  25,830 labelled decisions of 2026-10-01 to 2026-10-28"
    assert said[-2:] == ["3 of 3 days judged.", f"How the model is: mlops-stages model {MODEL}"]


def test_a_day_that_fails_does_not_keep_the_next_from_being_run(command: Command) -> None:
    def answer(at: str) -> object:
        return {"errorMessage": "LBL-003 gone\x1b[2J\nfix: none"} if "11-02" in at else judged(at)

    command.functions.answer = answer
    error = command.refused()
    assert (error.code, error.exit_code) == ("CLI-105", 1)
    assert "the run of 2026-11-02 failed" in error.message
    said = command.capsys.readouterr().out.splitlines()
    assert said[1].startswith("2026-11-02  failed: LBL-003 gone")
    assert "\x1b" not in said[1]
    assert said[-2] == "2 of 3 days judged."


@pytest.mark.parametrize("answer", [b"", b"null", b"[1]", b"{}", b'{"window": 1, "labelled": "x"}', b"[" * 100_000])
def test_an_answer_that_is_none_of_the_monitors_fails_its_day(command: Command, answer: bytes) -> None:
    command.functions.answer = lambda _: answer
    assert command.refused("2026-11-01", "2026-11-01").code == "CLI-105"
    assert "has not answered as the monitors do" in command.capsys.readouterr().out


def test_an_error_of_any_length_is_one_short_line(command: Command) -> None:
    command.functions.answer = lambda _: {"errorMessage": "x" * 1_000_000}
    command.refused("2026-11-01", "2026-11-01")
    assert max(map(len, command.capsys.readouterr().out.splitlines())) < 500


def test_what_aws_refuses_ends_the_command(command: Command) -> None:
    refusal: Any = refusals.ClientError
    command.functions.answer = lambda _: refusal({"Error": {"Code": "AccessDenied", "Message": "no"}}, "Invoke")
    error = command.refused()
    assert (error.code, error.exit_code) == ("CLI-071", 1)
    assert len(command.functions.asked) == 1


def test_as_json_all_days_are_told_at_once(command: Command) -> None:
    told = json.loads(command(as_json=True, person="zoe-martin"))
    assert told["model"] == MODEL
    assert [each["day"] for each in told["days"]] == ["2026-11-01", "2026-11-02", "2026-11-03"]
    assert told["failed"] == 0
    assert command.as_whom == [("see-production", "zoe-martin")]


@pytest.mark.parametrize(
    "day", ["", "today", "2026-13-01", "2026-11-1", "20261101", "2026-11-01T05:30", "\u0662\u0660\u0662\u0666-11-01"]
)
def test_what_is_no_day_is_refused(command: Command, day: str) -> None:
    assert command.refused(day, "2026-11-03").code == "CLI-100"
    assert command.refused("2026-11-01", day).code == "CLI-100"


@pytest.mark.parametrize(
    ("first", "last", "code"),
    [
        ("2026-11-03", "2026-11-01", "CLI-101"),
        ("0001-01-01", "9999-12-31", "CLI-101"),
        ("2026-10-01", "2026-11-01", "CLI-101"),
        ("2026-11-20", "2026-11-28", "CLI-102"),
        ("9999-12-31", "9999-12-31", "CLI-102"),
        ("0001-01-01", "0001-01-02", "CLI-103"),
        ("2026-06-24", "2026-06-24", "CLI-103"),
    ],
)
def test_a_range_that_cannot_be_judged_is_refused(command: Command, first: str, last: str, code: str) -> None:
    error = command.refused(first, last)
    assert error.code == code
    assert error.fix
    assert command.functions.asked == []


def test_today_is_run_once_its_labels_are_read(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "1 of 1" in command("2026-11-27", "2026-11-27")
    early = NOW.replace(hour=5, minute=29)
    monkeypatch.setattr(backfill, "local_now", lambda _: early)  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
    assert command.refused("2026-11-27", "2026-11-27").code == "CLI-102"


def test_the_earliest_day_that_is_named_instead_is_one(command: Command) -> None:
    fix = command.refused("2026-06-01", "2026-06-02").fix
    assert fix == "name days from 2026-06-25 on"
    assert command.refused("0001-01-01", "0001-01-02").fix == fix
    assert "1 of 1" in command("2026-06-25", "2026-06-25")


def test_the_longest_range_is_taken(command: Command) -> None:
    assert f"{MOST_DAYS} of {MOST_DAYS} days" in command("2026-10-01", "2026-10-31")


def test_a_model_that_nothing_judges_is_refused_and_one_that_there_is_not(command: Command) -> None:
    assert command.refused(name="arrivals/none").code == "CLI-014"
    team = command.platform.team("arrivals")
    bare = team.models[0].model_copy(update={"labels": None})
    others = tuple(each for each in command.platform.teams if each.name != "arrivals")
    changed = team.model_copy(update={"models": (bare, *team.models[1:])})
    command.platform = command.platform.model_copy(update={"teams": (changed, *others)})
    assert command.refused().code == "CLI-104"
    assert command.functions.asked == []


def test_both_ends_must_be_named() -> None:
    done = mlops_stages("backfill", MODEL, "--from", "2026-11-01")
    assert done.code == 2
    assert "--to" in done.err
