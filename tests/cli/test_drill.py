"""`drill`: what is refused before anything is played, and its exit codes."""

from __future__ import annotations

import json
import shutil
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mlops_stages.cli import drill
from mlops_stages.cli.drill import Asked
from mlops_stages.drill import MARK, SCENARIOS
from mlops_stages.errors import UserError
from mlops_stages.platform import load
from tests.cli.test_commands import mlops_stages
from tests.conftest import ROOT
from tests.drill.given import check, played


class Nothing:
    """Whatever is asked of it, it is asked again."""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return self

    def __call__(self, *given: object, **named: object) -> Any:  # noqa: ANN401
        return self


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """A drill whose play is left out; what it is reported as is the last of the list."""
    found: list[Any] = [played()]
    for name in ("running_in", "_stage", "_serving", "no_proxy"):
        monkeypatch.setattr(drill, name, Nothing())
    monkeypatch.setattr(drill, "read", lambda _: load(ROOT / "platform.yaml"))  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
    monkeypatch.setattr(drill.drilled, "play", Nothing())

    def report(*_: object) -> Any:  # noqa: ANN401
        return found[-1]

    monkeypatch.setattr(drill, "report", report)
    return found


def refused(**asked: Any) -> UserError:  # noqa: ANN401 - the options of Asked
    with pytest.raises(UserError) as error:
        drill.drill(Path(), Asked(**asked))
    return error.value


def test_a_drill_that_holds_ends_with_0_and_one_that_does_not_with_1(
    shown: list[Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert drill.drill(Path(), Asked()) == 0
    assert "Expected: 1 of 1 claim hold" in capsys.readouterr().out
    shown.append(played(check(holds=False, found="none")))
    assert drill.drill(Path(), Asked()) == 1
    assert "FAILED  september: The owner is told" in capsys.readouterr().out


def test_the_page_is_its_users_own_and_is_written_over(
    shown: list[Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "drill.html"
    for _ in range(2):
        drill.drill(Path(), Asked(file=file, as_json=True))
    assert MARK in file.read_bytes()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    told = json.loads(capsys.readouterr().out.partition("}\n{")[0] + "}")
    assert told["html"] == str(file)
    assert told["model"] == shown[0].model


def test_a_page_without_a_directory_is_refused_before_a_drill_of_a_quarter_of_an_hour(tmp_path: Path) -> None:
    error = refused(file=tmp_path / "nowhere" / "drill.html")
    assert (error.code, error.exit_code) == ("CLI-073", 2)


def test_a_file_of_anything_else_is_not_written_over(tmp_path: Path) -> None:
    file = tmp_path / "precious.html"
    file.write_text("<p>mine</p>", "utf-8")
    error = refused(file=file)
    assert (error.code, error.exit_code) == ("CLI-092", 2)
    assert file.read_text("utf-8") == "<p>mine</p>"


def test_an_unknown_scenario_is_named() -> None:
    error = refused(scenarios=("winter",))
    assert (error.code, error.where, error.exit_code) == ("CLI-091", "'winter'", 2)
    assert "summer, september, retraining, rollback, faults" in error.fix


@pytest.mark.parametrize("missing", ["endpoint", "labels", "team"])
def test_a_platform_without_the_reference_model_has_no_drill(
    missing: str, shown: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    platform = load(ROOT / "platform.yaml")
    (arrivals,) = (each for each in platform.teams if each.name == "arrivals")
    (model,) = arrivals.models
    left = [] if missing == "team" else [model.model_copy(update={missing: None})]
    teams = [each.model_copy(update={"models": left}) if each.name == "arrivals" else each for each in platform.teams]
    monkeypatch.setattr(drill, "read", lambda _: platform.model_copy(update={"teams": teams}))  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
    assert shown
    error = refused()
    assert (error.code, error.exit_code) == ("CLI-090", 2)


def test_what_aws_refuses_is_told_without_a_traceback(shown: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    from botocore.exceptions import ClientError

    def refuse(*_: object) -> None:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "DescribeAlarms")

    assert shown
    monkeypatch.setattr(drill.drilled, "play", refuse)
    error = refused()
    assert (error.code, error.exit_code, error.message) == ("DRL-004", 1, "AWS refused: AccessDenied: no")


class Releases:
    """What is released: a version that waits, or none."""

    def __init__(self, *waiting: int, ends: str = "succeeded", failed: int | None = None) -> None:
        self._waiting, self._ends, self._failed = waiting, ends, failed
        self.approved: list[tuple[str, int]] = []
        self.watcher = Nothing()

    def releases(self) -> dict[str, Any]:
        waiting = [{"version": each, "for": ["zoe"]} for each in self._waiting]
        attempts = [] if self._failed is None else [{"version": self._failed, "status": "failed"}]
        return {"production": None, "waiting": waiting, "attempts": attempts}

    def promote(self, version: int, _reason: str) -> None:
        assert version == self._failed
        self._waiting, self._failed = (version,), None

    def approve(self, target: str, version: int, _reason: str) -> None:
        self.approved.append((target, version))

    def follow(self) -> Any:  # noqa: ANN401
        return replace_status(self._ends)


def replace_status(status: str) -> Any:  # noqa: ANN401
    from mlops_stages.local.client.promotions import Progress

    return replace(Progress(team="t", model="m", promotion="v1-1", status="x"), status=status)


def test_a_version_that_waits_is_brought_to_production_first() -> None:
    people: Any = Releases(3)
    drill._serving(people)  # pyright: ignore[reportPrivateUsage]
    assert people.approved == [("production", 3)]


def test_a_version_that_failed_in_staging_is_tried_again() -> None:
    people: Any = Releases(failed=1)
    drill._serving(people)  # pyright: ignore[reportPrivateUsage]
    assert people.approved == [("production", 1)]


@pytest.mark.parametrize("people", [Releases(), Releases(3, ends="failed"), Releases(failed=1, ends="failed")])
def test_without_a_version_in_production_nothing_is_played(people: Any) -> None:  # noqa: ANN401
    with pytest.raises(UserError) as error:
        drill._serving(people)  # pyright: ignore[reportPrivateUsage]
    assert (error.value.code, error.value.exit_code) == ("DRL-001", 1)


def test_without_a_local_aws_the_command_says_so(tmp_path: Path) -> None:
    (tmp_path / "platform.yaml").write_text((ROOT / "platform.yaml").read_text("utf-8"), "utf-8")
    shutil.copytree(ROOT / "pipelines", tmp_path / "pipelines")
    done = mlops_stages("drill", "--directory", str(tmp_path))
    assert done.code == 1
    assert "CLI-010" in done.err


def test_the_help_names_every_scenario() -> None:
    told = " ".join(mlops_stages("drill", "--help").out.replace("│", " ").split())
    assert [name for name in SCENARIOS if f"{name}," not in told and f" {name} or " not in told] == ["faults"]
    assert "or faults; repeat" in told
