"""`model`: who asks, what is refused, and where the page goes."""

from __future__ import annotations

import json
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from mlops_stages.cli import callers, model, releases
from mlops_stages.cli.common import LARGEST_PAGE
from mlops_stages.cli.model import Asked
from mlops_stages.errors import UserError
from mlops_stages.files import UnfitFileError
from mlops_stages.model_page import MARK
from mlops_stages.platform import Platform, load
from tests.cli.test_commands import mlops_stages
from tests.conftest import ROOT
from tests.model_page.account import Account
from tests.model_page.given import NOW, TODAY

MODEL, OWNER = "arrivals/late-arrival", "hugo.stein@acme.example"
TOLD: dict[str, Any] = {
    "production": {"version": 3, "configuration": "arrivals-late-arrival-v3-f79b50", "at": "2026-10-02T15:49:57Z"},
    "attempts": [
        {"version": 3, "status": "deployed", "action": "rollback", "asked_by": "eve@acme.example"},
        {"version": 4, "status": "deployed", "approved_by": "no", "released_by": "no"},
        {"version": 3, "status": "failed", "approved_by": "no", "released_by": "no"},
        {"version": 3, "status": "deployed", "approved_by": "flora", "released_by": "zoe"},
    ],
}


@dataclass
class Command:
    """The command, on an account in memory."""

    capsys: pytest.CaptureFixture[str]
    account: Account = field(default_factory=Account)
    platform: Platform = field(default_factory=lambda: load(ROOT / "platform.yaml"))
    told: dict[str, Any] = field(default_factory=lambda: TOLD)
    as_whom: list[tuple[str, str | None, bool]] = field(default_factory=list[tuple[str, str | None, bool]])
    releases_as: list[str | None] = field(default_factory=list[str | None])

    def __call__(self, **asked: Any) -> str:  # noqa: ANN401 - the options of Asked
        given: dict[str, Any] = {"name": MODEL, **asked}
        model.model(Path(), Asked(**given))
        return self.capsys.readouterr().out

    def refused(self, **asked: Any) -> UserError:  # noqa: ANN401 - the options of Asked
        with pytest.raises(UserError) as error:
            self(**asked)
        return error.value


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    made = Command(capsys)
    made.account.run(str(TODAY), 1.85)
    made.account.alarms(overestimates={"StateValue": "ALARM"})

    def decider(*given: Any, person: str | None, on_aws: bool) -> callers.Caller:  # noqa: ANN401 - as the wrapped one
        made.as_whom.append((str(given[4]), person, on_aws))
        return callers.Caller(
            email=OWNER, account="666666666666", clients=lambda service: getattr(made.account, service)
        )

    def overview_of(_: Path, asked: releases.Asked) -> dict[str, Any]:
        made.releases_as.append(asked.person)
        return made.told

    monkeypatch.setattr(model, "read", lambda _: made.platform)  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
    monkeypatch.setattr(model, "decider", decider)
    monkeypatch.setattr(model, "local_now", lambda _: NOW)  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
    monkeypatch.setattr(releases, "overview_of", overview_of)
    return made


def test_the_owner_asks_where_nobody_is_named(command: Command) -> None:
    said = command().splitlines()
    assert said[0] == f"{MODEL}, owner {OWNER}, 2026-11-27 09:12 UTC"
    assert said[2].startswith("Not right since 2026-11-27: it expects 1.85 times what happens")
    assert command.as_whom == [("see-production", OWNER, False)]
    assert command.releases_as == [None]


def test_whoever_may_release_it_reads_the_releases_in_their_own_name(command: Command) -> None:
    command(person="zoe-martin")
    command(person=OWNER)
    assert command.as_whom == [("see-production", "zoe-martin", False), ("see-production", OWNER, False)]
    assert command.releases_as == ["zoe.martin@acme.example", None]


def test_who_approved_is_told_of_the_attempt_that_came_to_production(command: Command) -> None:
    told = json.loads(command(as_json=True))
    assert told["production"] == {
        "version": 3,
        "package": "arn:aws:sagemaker:eu-west-1:333333333333:model-package/arrivals-late-arrival/3",
        "since": "2026-10-02T15:49:57Z",
        "configuration": "arrivals-late-arrival-v3-f79b50",
        "approved_by": "flora",
        "released_by": "zoe",
        "risk": None,
    }
    assert told["answer"]["says"] == "not right"
    assert [each["state"] for each in told["alarms"]] == ["ALARM"]
    assert told["html"] is None


def test_of_what_needed_no_second_approval_the_class_of_risk_is_told(command: Command) -> None:
    alone = {"version": 3, "status": "deployed", "approved_by": "flora", "one_approval": {"risk": "low"}}
    command.told = {**TOLD, "attempts": [*TOLD["attempts"][:3], alone]}
    told = json.loads(command(as_json=True))["production"]
    assert (told["approved_by"], told["released_by"], told["risk"]) == ("flora", None, "low")


def test_on_aws_the_releases_are_left_to_their_own_command(command: Command) -> None:
    said = command(on_aws=True)
    assert f"mlops-stages releases {MODEL} --aws" in said
    assert command.as_whom == [("see-production", None, True)]
    assert command.releases_as == []


def test_of_a_model_without_labels_nothing_is_asked_but_its_releases(command: Command) -> None:
    team = command.platform.team("arrivals")
    bare = team.models[0].model_copy(update={"labels": None})
    others = tuple(each for each in command.platform.teams if each.name != "arrivals")
    changed = team.model_copy(update={"models": (bare, *team.models[1:])})
    command.platform = command.platform.model_copy(update={"teams": (changed, *others)})
    said = command()
    assert "Nothing judges it: platform.yaml declares no labels." in said
    assert "Version 3 since" in said
    assert command.as_whom == []


def test_a_page_is_written_for_its_owner_alone_and_written_anew(command: Command, tmp_path: Path) -> None:
    page = tmp_path / "a page.html"
    for _ in range(2):
        assert command(file=page).endswith(f"As a page: '{page}'\n")
    assert MARK in page.read_bytes()
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["a page.html"]
    assert json.loads(command(file=page, as_json=True))["html"] == str(page)


@pytest.mark.parametrize("content", [b"", b"<!doctype html>", b"x" * (LARGEST_PAGE + 1)])
def test_what_this_command_has_not_made_is_not_written_over(command: Command, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "thesis.html"
    file.write_bytes(content)
    error = command.refused(file=file)
    assert (error.code, error.exit_code) == ("CLI-070", 2)
    assert file.read_bytes() == content
    assert command.as_whom == []


@pytest.mark.parametrize("name", ["nowhere/page.html", "file/page.html", f"{'é' * 200}.html"])
def test_a_page_that_cannot_be_written_is_refused_before_anything_is_asked(
    command: Command, tmp_path: Path, name: str
) -> None:
    (tmp_path / "file").write_bytes(b"")
    error = command.refused(file=tmp_path / name)
    assert (error.code, error.exit_code) == ("CLI-073", 2)
    assert [each.name for each in tmp_path.iterdir()] == ["file"]
    assert command.as_whom == []


def test_a_page_takes_the_place_of_no_directory(command: Command, tmp_path: Path) -> None:
    with pytest.raises(UnfitFileError):
        command(file=tmp_path)


def test_what_aws_refuses_is_told_in_a_line(command: Command) -> None:
    command.account.cloudformation.fails = "AccessDenied"
    error = command.refused()
    assert (error.code, error.exit_code) == ("CLI-071", 1)
    assert error.message == "AWS refused: AccessDenied: no\\nsuch"
    assert "see-production" in error.fix


def test_a_stack_from_before_is_told_to_be_deployed(command: Command) -> None:
    command.account.cloudformation.outputs = ()
    error = command.refused()
    assert (error.code, error.exit_code) == ("CLI-072", 1)
    assert "acme-production-team-arrivals" in error.message


@pytest.mark.parametrize("name", ["arrivals/nothing", "late-arrival", "", "arrivals/late-arrival/x"])
def test_a_model_that_platform_yaml_has_not_is_refused(command: Command, name: str) -> None:
    assert command.refused(name=name).code == "CLI-014"


def test_a_model_that_serves_nowhere_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    platform = load(ROOT / "platform.yaml")
    team = platform.team("arrivals")
    bare = team.models[0].model_copy(update={"endpoint": None, "labels": None})
    changed = platform.model_copy(update={"teams": (team.model_copy(update={"models": (bare,)}),)})
    monkeypatch.setattr(model, "read", lambda _: changed)  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
    monkeypatch.setattr(releases, "read", lambda _: changed)  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
    with pytest.raises(UserError) as error:
        model.model(Path(), Asked(name=MODEL))
    assert error.value.code == "CLI-056"


def test_without_a_local_aws_that_is_said(tmp_path: Path) -> None:
    done = mlops_stages("init", "--reference", str(tmp_path / "acme"))
    assert done.code == 0, done.err
    done = mlops_stages("model", MODEL, "--directory", str(tmp_path / "acme"))
    assert (done.code, done.err.split()[0]) == (1, "CLI-010")
