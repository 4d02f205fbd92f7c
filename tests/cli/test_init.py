"""`init`: the same files as this repository's, all of them or none."""

from __future__ import annotations

import difflib
import filecmp
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from mlops_stages.cli import init
from mlops_stages.cli.init import FILES, REFERENCE, initialize
from mlops_stages.errors import UserError
from mlops_stages.pipeline_definition import check_pipelines
from mlops_stages.platform import Duty, Stage, load
from tests.cli.conftest import run

ROOT = Path(__file__).resolve().parents[2]


def tree(directory: Path) -> set[str]:
    return {str(path.relative_to(directory)) for path in directory.rglob("*") if ".venv" not in path.parts}


def test_a_new_application_has_one_account_and_one_team(tmp_path: Path) -> None:
    initialize(tmp_path / "app", None)
    platform = load(tmp_path / "app" / "platform.yaml")
    assert platform.accounts_in_use == ("111111111111",)
    assert (platform.name, platform.stage, len(platform.teams)) == ("acme", Stage.INITIAL, 1)
    assert not platform.teams[0].models


def test_a_new_application_is_named_throughout(tmp_path: Path) -> None:
    initialize(tmp_path / "app", "lending")
    text = (tmp_path / "app" / "platform.yaml").read_text(encoding="utf-8")
    assert load(tmp_path / "app" / "platform.yaml").name == "lending"
    assert "acme" not in text


def test_what_its_comments_offer_can_be_taken_out_of_them(tmp_path: Path) -> None:
    initialize(tmp_path / "app", None)
    file = tmp_path / "app" / "platform.yaml"
    key = r" *(- )?[a-z_]+:( |$)"
    raised = re.sub(rf"^#   (?={key})", "  ", file.read_text("utf-8"), flags=re.MULTILINE)  # the purposes of accounts
    raised = re.sub(rf"^(\s*)# (?={key})", r"\1", raised, flags=re.MULTILINE)
    file.write_text(raised.replace("stage: initial", "stage: repeatable"), encoding="utf-8")
    platform = load(file)
    team = platform.teams[0]
    assert (platform.stage, team.stage) == (Stage.REPEATABLE, Stage.REPEATABLE)
    assert platform.organization_id is not None
    assert team.repository is not None
    assert [model.name for model in team.models] == ["first-model"]
    assert Duty.CURATE.people(team)


def test_the_reference_application_is_made_on_request(tmp_path: Path) -> None:
    initialize(tmp_path / "app", None, reference=True)
    for here, there in {**FILES, **REFERENCE}.items():
        if (ROOT / here).is_file():
            assert (tmp_path / "app" / there).read_bytes() == (ROOT / here).read_bytes()
    stacks = filecmp.dircmp(ROOT / "stacks", tmp_path / "app" / "stacks", ignore=["__pycache__"])
    assert (stacks.left_only, stacks.right_only, stacks.diff_files) == ([], [], [])


@pytest.mark.parametrize(("reference", "more"), [(False, {"platform.yaml"}), (True, set(REFERENCE.values()))])
def test_nothing_else_is_in_it(tmp_path: Path, reference: bool, more: set[str]) -> None:
    initialize(tmp_path / "app", None, reference=reference)
    top = {path.name for path in (tmp_path / "app").iterdir()} - {".venv"}
    assert top == {*FILES.values(), *more}


def test_its_makefile_is_complete_in_itself(tmp_path: Path) -> None:
    initialize(tmp_path / "app", None)
    makefile = (tmp_path / "app" / "Makefile").read_text(encoding="utf-8")
    assert "include" not in makefile
    assert "\nup: " in makefile


def test_a_name_changes_one_line_and_keeps_its_comment(tmp_path: Path) -> None:
    initialize(tmp_path / "app", "nova", reference=True)
    before = (ROOT / "platform.yaml").read_text(encoding="utf-8").splitlines()
    after = (tmp_path / "app" / "platform.yaml").read_text(encoding="utf-8").splitlines()
    changed = [line for line in difflib.ndiff(before, after) if line.startswith(("- ", "+ "))]
    assert len(changed) == 2
    assert changed[1] == changed[0].replace("- name: acme", "+ name: nova")
    assert load(tmp_path / "app" / "platform.yaml").name == "nova"


def test_the_pipelines_of_a_new_name_are_compiled_for_it(tmp_path: Path) -> None:
    initialize(tmp_path / "app", "nova", reference=True)
    definition = (tmp_path / "app" / "pipelines" / "late-arrival.json").read_text("utf-8")
    assert "nova-arrivals-pipelines-222222222222" in definition
    assert "acme-" not in definition
    assert check_pipelines(load(tmp_path / "app" / "platform.yaml"), tmp_path / "app") == ()


def test_the_pipelines_of_the_reference_are_those_that_a_model_repository_starts_with(tmp_path: Path) -> None:
    initialize(tmp_path / "app", None, reference=True)
    (ours,) = (ROOT / "pipelines").iterdir()
    (made,) = (tmp_path / "app" / "pipelines").iterdir()
    assert (made.name, made.read_bytes()) == (ours.name, ours.read_bytes())


def test_the_running_environment_serves_the_new_application(tmp_path: Path) -> None:
    initialize(tmp_path / "app", None)
    assert (tmp_path / "app" / ".venv").readlink() == Path(sys.prefix)


def make(directory: Path, target: str) -> str:
    """What make would run."""
    return subprocess.run(["make", "-n", target], cwd=directory, capture_output=True, text=True, check=True).stdout


def test_in_a_linked_environment_make_installs_nothing_in_python(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = tmp_path / "environment" / "bin" / "mlops-stages"
    command.parent.mkdir(parents=True)
    command.touch(mode=0o755)
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "environment"))
    initialize(tmp_path / "app", None)
    planned = make(tmp_path / "app", "up")
    assert "pip install" not in planned
    assert ".venv/bin/mlops-stages up" in planned


def test_without_an_environment_make_installs_what_the_application_asks_for(tmp_path: Path) -> None:
    initialize(tmp_path / "app", None)
    (tmp_path / "app" / ".venv").unlink()
    planned = make(tmp_path / "app", "up")
    assert "-m venv .venv" in planned
    held = "--require-hashes --only-binary :all: --no-deps"
    assert f"pip install --progress-bar off --no-compile {held} -r requirements.lock" in planned
    assert f"pip install -q {held} -r requirements.txt" in planned
    assert "about 70 packages and 920 MB" in planned


def hold(app: Path) -> None:
    """Write a hash beside the version of mlops-stages, as `make lock` does."""
    requirements = app / "requirements.txt"
    text = requirements.read_text("utf-8").rstrip()
    requirements.write_text(f"{text} --hash=sha256:{'0' * 64}\n", encoding="utf-8")


def test_a_package_of_our_name_is_not_installed_without_our_hash(tmp_path: Path) -> None:
    initialize(tmp_path / "app", None)
    (tmp_path / "app" / ".venv").unlink()
    command = ["make", "setup", f"PYTHON={sys.executable}"]
    done = subprocess.run(command, cwd=tmp_path / "app", capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "requirements.txt holds mlops-stages by no hash" in done.stderr
    assert "fix: 'make lock'" in done.stderr
    assert not (tmp_path / "app" / ".venv").exists()


@pytest.mark.parametrize(
    ("said", "ends_well"),
    [
        ("ERROR: No matching distribution found for cloudformation-validate==1.12.1", True),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES", False),
    ],
)
def test_only_a_machine_without_a_wheel_goes_without_the_native_rules(
    tmp_path: Path, said: str, ends_well: bool
) -> None:
    initialize(tmp_path / "app", None)
    (tmp_path / "app" / ".venv").unlink()
    hold(tmp_path / "app")
    pip = tmp_path / "app" / ".venv" / "bin" / "python"
    pip.parent.mkdir(parents=True)
    pip.write_text(f'#!/bin/sh\ncase "$*" in *-native.lock*) echo "{said}" >&2; exit 1;; esac\n')
    pip.chmod(0o755)
    command = ["make", ".venv/.installed", f"PYTHON={sys.executable}"]
    done = subprocess.run(command, cwd=tmp_path / "app", capture_output=True, text=True, check=False)
    assert (done.returncode == 0) is ends_well
    assert ("No native CloudFormation rules for this machine" in done.stdout) is ends_well
    assert (said in done.stderr) is not ends_well


@pytest.mark.parametrize(("code", "says"), [(0, True), (3, False)])
def test_an_installation_is_counted_and_ends_as_pip_does(tmp_path: Path, code: int, says: bool) -> None:
    initialize(tmp_path / "app", None)
    (tmp_path / "app" / ".venv").unlink()
    hold(tmp_path / "app")
    pip = tmp_path / "app" / ".venv" / "bin" / "python"
    pip.parent.mkdir(parents=True)
    pip.write_text(
        '#!/bin/sh\ncase "$*" in *--progress-bar*) ;; *) exit 0;; esac\necho Collecting a==1\necho Processing ./b.whl\n'
        f"echo Installing collected packages: a, b, c\nexit {code}\n"
    )
    pip.chmod(0o755)
    command = ["make", ".venv/.installed", f"PYTHON={sys.executable}"]
    done = subprocess.run(command, cwd=tmp_path / "app", capture_output=True, text=True, check=False)
    assert bool(re.search(r"\n  3 packages in \d+ s; \.venv holds \d+ MB\n", done.stdout)) is says
    assert (done.returncode == 0) is says
    assert "Collecting" not in done.stdout
    assert (tmp_path / "app" / ".venv" / ".installed").exists() is says


def test_a_link_to_an_environment_that_is_gone_is_replaced(tmp_path: Path) -> None:
    initialize(tmp_path / "app", None)
    (tmp_path / "app" / ".venv").unlink()
    (tmp_path / "app" / ".venv").symlink_to(tmp_path / "gone")
    planned = make(tmp_path / "app", "up")
    assert "if test -L .venv; then rm .venv; fi" in planned
    assert "pip install" in planned


def test_without_a_virtual_environment_none_is_linked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "prefix", sys.base_prefix)
    initialize(tmp_path / "app", None)
    assert not (tmp_path / "app" / ".venv").is_symlink()


def test_an_empty_directory_and_missing_parents_are_fine(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    initialize(tmp_path / "empty", None)
    initialize(tmp_path / "deep" / "down" / "app", None)
    assert tree(tmp_path / "empty") == tree(tmp_path / "deep" / "down" / "app")


def test_a_relative_directory_is_one_of_the_current_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    initialize(Path("app"), None)
    assert (tmp_path / "app" / "app.py").exists()


def test_a_directory_that_holds_something_is_refused_and_kept(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(UserError) as refused:
        initialize(tmp_path, None)
    assert refused.value.code == "CLI-001"
    assert tree(tmp_path) == {"mine.txt"}


def test_a_file_in_the_way_is_refused_and_kept(tmp_path: Path) -> None:
    (tmp_path / "app").write_text("mine", encoding="utf-8")
    with pytest.raises(UserError) as refused:
        initialize(tmp_path / "app", None)
    assert refused.value.code == "CLI-001"
    assert (tmp_path / "app").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("reference", [False, True])
@pytest.mark.parametrize("name", ["Acme", "a", "a-b", "9lives", "x" * 13, "", " acme", "acme #", "a\nb: c", "\x00"])
def test_a_name_that_is_none_is_refused_and_nothing_is_made(tmp_path: Path, name: str, reference: bool) -> None:
    with pytest.raises(UserError) as refused:
        initialize(tmp_path / "deep" / "app", name, reference=reference)
    assert refused.value.code == "CLI-003"
    assert tree(tmp_path) == set()


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(UserError) as refused:
        initialize(tmp_path / "file" / "app", None)
    assert refused.value.code == "CLI-002"


def test_a_failure_half_way_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(source: object, target: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr("shutil.copyfile", full)
    with pytest.raises(UserError, match="No space left"):
        initialize(tmp_path / "deep" / "app", None)
    assert tree(tmp_path) == set()


def test_an_installation_without_the_files_says_how_to_mend_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(init, "_PACKAGE", tmp_path / "site-packages" / "mlops_stages")
    monkeypatch.setattr(init, "_PACKED", tmp_path / "site-packages" / "mlops_stages" / "_app")
    with pytest.raises(UserError) as refused:
        initialize(tmp_path / "app", None)
    assert refused.value.code == "CLI-004"
    assert tree(tmp_path) == set()


@pytest.mark.parametrize("name", ["my plat & co", "U (1)", "it's; $(date)", "-x"])
def test_the_directory_that_it_says_to_enter_is_quoted_for_a_shell(tmp_path: Path, name: str) -> None:
    done = run([sys.executable, "-m", "mlops_stages.cli.main", "init", "--", name], tmp_path)
    assert done.code == 0, done.err
    enter = done.out.splitlines()[1].partition("&&")[0]
    where = subprocess.run(["sh", "-c", f"{enter}; pwd"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert where.stdout.rstrip("\n") == str(tmp_path / name)
    assert shlex.split(enter)[0] == "cd"
