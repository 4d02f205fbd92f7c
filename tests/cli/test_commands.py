"""What each command prints and how it ends."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer.main

from mlops_stages.cli.main import app
from tests.cli.conftest import Done, Project, run

ROOT = Path(__file__).resolve().parents[2]


def mlops_stages(*arguments: str, directory: Path = ROOT) -> Done:
    return run([sys.executable, "-m", "mlops_stages.cli.main", *arguments], directory)


def test_help_names_every_command() -> None:
    done = mlops_stages("--help")
    assert done.code == 0
    for command in ("init", "validate", "schema", "up", "down", "status", "act-as"):
        assert f" {command} " in done.out


def test_every_command_can_speak_to_programs() -> None:
    top: dict[str, Any] = vars(typer.main.get_command(app))["commands"]
    commands = {name: command for name, command in top.items() if "commands" not in vars(command)}
    for group in top.keys() - commands.keys():
        below: dict[str, Any] = getattr(top[group], "commands")  # noqa: B009  # typer's own, without types
        commands |= {f"{group} {name}": command for name, command in below.items()}
    assert "ledger verify" in commands
    options = {name: {o for each in command.params for o in each.opts} for name, command in commands.items()}
    assert [name for name, known in options.items() if "--json" not in known] == []


def test_without_a_command_help_is_printed() -> None:
    assert "Commands" in mlops_stages().out


@pytest.mark.parametrize(
    "arguments", [("nonsense",), ("up", "--nonsense"), ("up", "--port", "70000"), ("up", "a", "b")]
)
def test_a_wrong_command_line_ends_with_2_and_no_traceback(arguments: tuple[str, ...]) -> None:
    done = mlops_stages(*arguments)
    assert done.code == 2
    assert "Traceback" not in done.err


def test_a_valid_platform_is_summed_up_in_a_line() -> None:
    done = mlops_stages("validate", "tests/organizations/minimal.yaml")
    assert (done.code, done.err) == (0, "")
    assert done.out == (
        "tests/organizations/minimal.yaml is valid: tiny, stage initial, 1 account, 0 teams, 1 person, 0 models.\n"
    )


def test_a_valid_platform_is_summed_up_as_json() -> None:
    told = json.loads(mlops_stages("validate", "--json", "tests/organizations/minimal.yaml").out)
    assert told == {
        "valid": True,
        "name": "tiny",
        "stage": "initial",
        "accounts": 1,
        "teams": 0,
        "people": 1,
        "models": 0,
        "notes": [],
    }


def test_a_note_is_counted_and_leaves_the_platform_valid() -> None:
    file = "tests/organizations/one_account.yaml"
    done = mlops_stages("validate", file)
    assert (done.code, done.err) == (0, "")
    first, _, rest = done.out.partition("\n")
    assert first.endswith("1 model. 1 note:")
    assert rest.startswith(f"\nPLT-501 {file}:")
    told = json.loads(mlops_stages("validate", "--json", file).out)
    assert (told["valid"], [(note["code"], note["path"]) for note in told["notes"]]) == (
        True,
        [("PLT-501", "teams[0].repository")],
    )


def test_the_reference_platform_is_valid() -> None:
    assert mlops_stages("validate").code == 0


def test_all_mistakes_are_printed_at_once_with_place_and_fix(tmp_path: Path) -> None:
    (tmp_path / "platform.yaml").write_text("name: Acme\nregion: mars-1\nnonsense: 1\n", encoding="utf-8")
    done = mlops_stages("validate", directory=tmp_path)
    assert (done.code, done.out) == (2, "")
    for place in ("platform.yaml:1", "platform.yaml:2", "platform.yaml:3"):
        assert place in done.err
    assert done.err.count("  fix: ") >= 3
    assert "Traceback" not in done.err


def test_mistakes_as_json_have_the_same_parts(tmp_path: Path) -> None:
    (tmp_path / "platform.yaml").write_text("name: Acme\n", encoding="utf-8")
    done = mlops_stages("validate", "--json", directory=tmp_path)
    told = json.loads(done.out)
    assert done.code == 2
    assert told["valid"] is False
    assert {"code", "file", "line", "path", "message", "fix"} == set(told["errors"][0])
    assert told["more"] is False


@pytest.mark.parametrize(
    ("right", "wrong", "code", "line"),
    [("stage: initial", "stage: scalable", "PLT-401", 4), ("eu-central-1", "eu-north-1", "PLT-403", 3)],
)
def test_what_this_version_cannot_deploy_is_no_valid_platform(
    right: str, wrong: str, code: str, line: int, tmp_path: Path
) -> None:
    minimal = Path(__file__).parents[1] / "organizations" / "minimal.yaml"
    account = '  experimentation: "012345678901"\n'
    purposes = ("development", "tooling", "data", "staging", "production", "governance")
    every_account = account + "".join(account.replace("experimentation", purpose) for purpose in purposes)
    text = minimal.read_text("utf-8").replace(account, every_account).replace(right, wrong)
    (tmp_path / "platform.yaml").write_text(text, encoding="utf-8")
    done = mlops_stages("validate", directory=tmp_path)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"{code} platform.yaml:{line}: ")


def test_a_missing_file_is_a_mistake_like_others(tmp_path: Path) -> None:
    done = mlops_stages("validate", directory=tmp_path)
    assert done.code == 2
    assert "PLT-" in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize("name", ["alias_bomb", "latin_1", "nested_deeply"])
def test_a_hostile_file_causes_no_traceback(name: str) -> None:
    done = mlops_stages("validate", f"tests/organizations/hostile/{name}.yaml")
    assert done.code == 2
    assert "Traceback" not in done.err


def test_the_schema_is_json_schema_for_editors() -> None:
    told = json.loads(mlops_stages("schema").out)
    assert told["type"] == "object"
    assert {"name", "region", "teams"} <= set(told["properties"])


def test_init_says_what_comes_next(tmp_path: Path) -> None:
    done = mlops_stages("init", str(tmp_path / "app"), "--name", "nova")
    assert done.code == 0
    assert "make up" in done.out


def test_init_refuses_with_code_place_message_and_fix(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("", encoding="utf-8")
    done = mlops_stages("init", str(tmp_path))
    assert done.code == 2
    assert done.err == (
        f"CLI-001 {tmp_path}\n  the directory is not empty\n  fix: choose a new or an empty directory\n"
    )


def test_someone_that_no_team_has_cannot_be_played(project: Project) -> None:
    done = project.run("act-as", "fraud/eve")
    assert done.code == 2
    assert done.err.startswith("CLI-011 'fraud/eve'\n")


@pytest.mark.parametrize(
    "words",
    [
        ("--duty", "conquer", "fraud/ann"),
        ("fraud/ann", "--duty", "conquer"),
        ("fraud/ann", "--duty", "conquer", "--", "ls"),
    ],
    ids=["before", "behind", "with a command"],
)
def test_a_duty_that_does_not_exist_cannot_be_taken_on(words: tuple[str, ...], project: Project) -> None:
    done = project.run("act-as", *words)
    assert done.code == 2
    assert done.err.startswith("CLI-013 'conquer'\n")
    assert "curate, train, approve" in done.err


def test_nobody_can_be_played_where_no_local_aws_runs(tmp_path: Path) -> None:
    mlops_stages("init", "--reference", str(tmp_path / "app"))
    done = mlops_stages("act-as", "fraud/ann-lee", directory=tmp_path / "app")
    assert done.code == 1
    assert "CLI-010" in done.err


@pytest.mark.parametrize("command", ["up", "down", "status", "validate", "init", "schema", "act-as"])
def test_every_command_explains_itself(command: str) -> None:
    assert "Usage:" in mlops_stages(command, "--help").out


def test_the_version_is_printed() -> None:
    assert re.fullmatch(r"mlops-stages (\d+\.\d+\.\d+|that is not installed)\n", mlops_stages("--version").out)


def test_an_application_asks_for_the_version_of_this_package() -> None:
    wanted = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()[-1]
    pyproject = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert f'version = "{wanted.removeprefix("mlops-stages==")}"' in pyproject


def test_the_lock_file_names_no_host() -> None:
    assert "://" not in (ROOT / "package-lock.json").read_text(encoding="utf-8")


def test_the_make_files_parse() -> None:
    for target in ("help", "up", "test", "lint", "bench", "down", "clean", "format"):
        subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, check=True)
