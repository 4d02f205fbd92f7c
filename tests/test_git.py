"""A first commit is in the user's name, and runs, reads and writes nothing else that settings of git name."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from mlops_stages import git

SECRET = "of the other repository"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's home, with their name in git's configuration, and nothing of git in the environment."""
    for name in [each for each in os.environ if each.startswith("GIT_")] + ["EMAIL", "XDG_CONFIG_HOME"]:
        monkeypatch.delenv(name, raising=False)
    made = tmp_path / "home"
    made.mkdir()
    (made / ".gitconfig").write_text("[user]\n\tname = Zoë Öz\n\temail = zoe@acme.example\n", encoding="utf-8")
    monkeypatch.setenv("HOME", str(made))
    return made


@pytest.fixture
def new(tmp_path: Path, home: Path) -> Path:
    """Files that are to be a repository."""
    made = tmp_path / "work" / "new"
    made.mkdir(parents=True)
    for name in ("model.yaml", "notes.txt"):
        (made / name).write_text(f"{name} of {home.name}\n", encoding="utf-8")
    return made


def told(directory: Path, *words: str) -> str:
    clean = {"PATH": os.environ["PATH"], "HOME": "/nonexistent"}
    asked = ["git", "-c", f"safe.directory={directory}", "-C", str(directory), *words]
    return subprocess.run(asked, env=clean, capture_output=True, text=True, check=True).stdout.strip()


def program(path: Path, marker: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\ntouch '{marker}'\ncat\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def test_it_holds_all_files_and_the_users_name(new: Path) -> None:
    assert git.first_commit(new, "tëam/model: the first")
    assert told(new, "log", "--format=%an %ae %cn %ce %s") == (
        "Zoë Öz zoe@acme.example Zoë Öz zoe@acme.example tëam/model: the first"
    )
    assert told(new, "ls-tree", "-r", "--name-only", "HEAD").split() == ["model.yaml", "notes.txt"]
    assert told(new, "status", "--porcelain", "--branch") == "## main"
    assert told(new, "config", "--local", "--get-regexp", "worktree|bare") == "core.bare false"


@pytest.mark.parametrize("where", ["include", "variables", "configuration in variables", "XDG"])
def test_the_users_name_is_found_wherever_git_finds_it(
    new: Path, home: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    theirs = "[user]\n\tname = At Work\n\temail = work@acme.example\n"
    (home / "work.config").write_text(theirs, encoding="utf-8")
    if where == "include":  # by the place of the repository
        with (home / ".gitconfig").open("a", encoding="utf-8") as config:
            config.write(f'[includeIf "gitdir:{new.parent}/"]\n\tpath = work.config\n')
    elif where == "variables":
        for who in ("AUTHOR", "COMMITTER"):
            monkeypatch.setenv(f"GIT_{who}_NAME", "At Work")
            monkeypatch.setenv(f"GIT_{who}_EMAIL", "work@acme.example")
    elif where == "configuration in variables":
        monkeypatch.setenv("GIT_CONFIG_COUNT", "2")
        for number, (name, value) in enumerate([("user.name", "At Work"), ("user.email", "work@acme.example")]):
            monkeypatch.setenv(f"GIT_CONFIG_KEY_{number}", name)
            monkeypatch.setenv(f"GIT_CONFIG_VALUE_{number}", value)
    else:
        (home / ".gitconfig").unlink()
        (home / "xdg" / "git").mkdir(parents=True)
        (home / "xdg" / "git" / "config").write_text(theirs, encoding="utf-8")
        monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "xdg"))
    assert git.first_commit(new, "first")
    assert told(new, "log", "--format=%an %ae") == "At Work work@acme.example"


SETTINGS = {
    "hooks": "[core]\n\thooksPath = {hooks}\n",
    "a template": "[init]\n\ttemplateDir = {template}\n",
    "a monitor": "[core]\n\tfsmonitor = {program}\n",
    "signing": "[commit]\n\tgpgSign = true\n[gpg]\n\tprogram = {program}\n",
    "signing by ssh": '[commit]\n\tgpgSign = true\n[gpg]\n\tformat = ssh\n[gpg "ssh"]\n\tprogram = {program}\n'
    "\tdefaultKeyCommand = {program}\n",
    "a filter": '[core]\n\tattributesFile = {attributes}\n[filter "f"]\n\tclean = {program}\n\tprocess = {program}\n',
    "an editor": "[core]\n\teditor = {program}\n[commit]\n\ttemplate = {attributes}\n\tverbose = true\n",
    "a trailer": '[trailer "x"]\n\tcommand = {program}\n\tifmissing = add\n',
    "ignored files": "[core]\n\texcludesFile = {attributes}\n",
}
"""Settings of a user that run a program, wait for a person, or leave files out."""


@pytest.mark.parametrize("kind", SETTINGS)
def test_nothing_that_the_users_settings_name_runs(new: Path, home: Path, kind: str) -> None:
    marker = home / "ran"
    for name in ("pre-commit", "prepare-commit-msg", "commit-msg", "post-commit", "reference-transaction"):
        program(home / "hooks" / name, marker)
        program(home / "template" / "hooks" / name, marker)
    (home / "attributes").write_text("* filter=f\n*.txt\n", encoding="utf-8")
    names = {name: home / name for name in ("hooks", "template", "attributes")}
    with (home / ".gitconfig").open("a", encoding="utf-8") as config:
        config.write(SETTINGS[kind].format(program=program(home / "program", marker), **names))
    assert git.first_commit(new, "first")
    assert not marker.exists()
    assert not (new / ".git" / "hooks").exists()
    assert told(new, "ls-tree", "-r", "--name-only", "HEAD").split() == ["model.yaml", "notes.txt"]


def test_a_run_from_a_hook_of_another_repository_leaves_that_one_as_it_was(
    new: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = home / "other"
    other.mkdir()
    (other / "secret").write_text(SECRET, encoding="utf-8")
    assert git.first_commit(other, SECRET)
    before = {path: path.stat().st_mtime_ns for path in other.rglob("*")}
    marker = home / "ran"
    for name, value in {
        "GIT_DIR": other / ".git",
        "GIT_COMMON_DIR": other / ".git",
        "GIT_INDEX_FILE": other / ".git" / "index",
        "GIT_WORK_TREE": other,
        "GIT_OBJECT_DIRECTORY": other / ".git" / "objects",
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": other / ".git" / "objects",
        "GIT_TEMPLATE_DIR": other,
        "GIT_NAMESPACE": "x",
        "GIT_PREFIX": "sub/",
        "GIT_QUARANTINE_PATH": other,
        "GIT_TRACE": home / "trace",
        "GIT_EDITOR": program(home / "editor", marker),
        "GIT_EXEC_PATH": program(home / "exec" / "git-commit", marker).parent,
        "GIT_CONFIG_PARAMETERS": f"'core.fsmonitor'='{home / 'editor'}'",
    }.items():
        monkeypatch.setenv(name, str(value))
    assert git.first_commit(new, "first")
    assert {path: path.stat().st_mtime_ns for path in other.rglob("*")} == before
    assert told(new, "ls-tree", "-r", "--name-only", "HEAD").split() == ["model.yaml", "notes.txt"]
    assert told(new, "rev-list", "--all", "--count") == "1"
    assert not marker.exists()
    assert not (home / "trace").exists()


def test_a_git_of_the_current_directory_is_not_run(new: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(new / "git", home / "ran")
    monkeypatch.chdir(new)
    monkeypatch.setenv("PATH", f".:{os.environ['PATH']}")
    assert git.first_commit(new, "first")
    assert not (home / "ran").exists()


def test_without_a_name_there_is_no_repository(new: Path, home: Path) -> None:
    (home / ".gitconfig").write_text("[user]\n\tuseConfigOnly = true\n", encoding="utf-8")
    assert not git.first_commit(new, "first")
    assert sorted(path.name for path in new.iterdir()) == ["model.yaml", "notes.txt"]
