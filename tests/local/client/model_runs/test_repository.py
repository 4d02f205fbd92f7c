"""A model repository on this machine: one name for the same files, and nothing that is no repository."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from mlops_stages.errors import UserError
from mlops_stages.local.client.model_runs.repository import ModelRepository
from tests.unfit_files import UNFIT

MODEL = """\
team: "arrivals"
model: "late-arrival"
dataset: {name: "flights", first: "2013-01", last: "2013-04"}
"""


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A repository that git does not know."""
    for name, text in (
        ("model.yaml", MODEL),
        ("requirements.lock", "numpy\n"),
        ("steps/train.py", "train"),
        ("steps/notes.md", "no script"),
        ("data/curate.py", "curate"),
        ("pipeline/pipeline.py", "not delivered"),
    ):
        path = tmp_path / "repository" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path / "repository"


def git(directory: Path, *words: str) -> str:
    identity = ["-c", "user.name=Zoe", "-c", "user.email=zoe@acme.example", "-c", "commit.gpgsign=false"]
    command = ["git", "-C", str(directory), *identity, *words]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def committed(directory: Path) -> str:
    git(directory, "init", "--quiet")
    git(directory, "add", "--all")
    git(directory, "commit", "--quiet", "--message", "first")
    return git(directory, "rev-parse", "HEAD")


def test_what_jobs_run_is_delivered_in_the_order_of_its_names(directory: Path) -> None:
    assert [name for name, _ in ModelRepository(directory).scripts] == ["curate.py", "train.py"]


def test_without_git_the_same_files_have_the_same_commit(directory: Path) -> None:
    before = ModelRepository(directory).commit
    assert len(before) == 40
    assert ModelRepository(directory).commit == before
    (directory / "pipeline" / "pipeline.py").write_text("other", encoding="utf-8")
    assert ModelRepository(directory).commit == before


@pytest.mark.parametrize("file", ["steps/train.py", "data/curate.py", "requirements.lock"])
def test_what_is_delivered_decides_the_commit(directory: Path, file: str) -> None:
    before = ModelRepository(directory).commit
    (directory / file).write_text("other", encoding="utf-8")
    assert ModelRepository(directory).commit != before


def test_the_commit_is_gits_where_nothing_delivered_was_changed(directory: Path) -> None:
    head = committed(directory)
    (directory / "README.md").write_text("a note", encoding="utf-8")
    assert ModelRepository(directory).commit == head


def test_what_was_changed_since_the_commit_has_another_name(directory: Path) -> None:
    uncommitted = ModelRepository(directory).commit
    head = committed(directory)
    (directory / "steps" / "more.py").write_text("new", encoding="utf-8")
    changed = ModelRepository(directory).commit
    assert changed not in (head, uncommitted)


def test_the_commit_of_a_repository_around_it_is_not_its_own(directory: Path) -> None:
    head = committed(directory.parent)
    assert ModelRepository(directory).commit != head


def test_the_repository_of_another_model_is_refused(directory: Path) -> None:
    ModelRepository(directory).refuse_another("arrivals", "late-arrival")
    with pytest.raises(UserError) as refused:
        ModelRepository(directory).refuse_another("fraud", "card-fraud")
    assert refused.value.code == "LOC-089"
    assert "the repository of arrivals/late-arrival, not of fraud/card-fraud" in str(refused.value)


@pytest.mark.parametrize(
    "content",
    [
        None,
        b"",
        b"- a list\n",
        b"dataset: flights\n",
        b"dataset: {name: flights}\n",
        b"dataset: {name: flights, first: 2013, last: 2014}\n",
        b"dataset: [",
        b"\xff\xfe",
    ],
    ids=repr,
)
def test_what_describes_no_model_is_refused(directory: Path, content: bytes | None) -> None:
    file = directory / "model.yaml"
    file.unlink()
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(UserError) as refused:
        assert ModelRepository(directory).model
    assert refused.value.code == "LOC-080"
    assert str(file) in str(refused.value)


@pytest.fixture
def marker(tmp_path: Path) -> Path:
    """A file that is there once something of a repository has run."""
    return tmp_path / "ran"


HOSTILE_CONFIG = {
    "a monitor": "[core]\n\tfsmonitor = {script}\n",
    "hooks": "[core]\n\thooksPath = {folder}\n",
    "a pager": "[core]\n\tpager = {script}\n[pager]\n\tls-tree = true\n\tstatus = true\n",
    "a filter": '[filter "x"]\n\tclean = {script}\n\tsmudge = {script}\n\tprocess = {script}\n\trequired = true\n',
    "a diff driver": '[diff]\n\texternal = {script}\n[diff "x"]\n\ttextconv = {script}\n\tcommand = {script}\n',
    "ssh": "[core]\n\tsshCommand = {script}\n\taskPass = {script}\n[credential]\n\thelper = {script}\n",
    "a promisor": (
        "[core]\n\trepositoryformatversion = 1\n[extensions]\n\tpartialClone = x\n[protocol]\n\tallow = always\n"
        '[remote "x"]\n\turl = ext::{script}\n\tpromisor = true\n\tuploadpack = {script}\n'
    ),
    "an alias": "[alias]\n\tls-tree = !{script}\n\tstatus = !{script}\n",
    "an include": "[include]\n\tpath = {folder}/config\n",
}


@pytest.mark.parametrize("kind", HOSTILE_CONFIG)
def test_nothing_that_a_repositorys_configuration_names_runs(directory: Path, marker: Path, kind: str) -> None:
    head = committed(directory)
    folder = marker.parent / "hostile"
    folder.mkdir()
    script = folder / "post-index-change"
    script.write_text(f"#!/bin/sh\ntouch {marker}\n", encoding="utf-8")
    script.chmod(0o755)
    (folder / "config").write_text(f"[core]\n\tfsmonitor = {script}\n", encoding="utf-8")
    (directory / ".gitattributes").write_text("* filter=x diff=x\n", encoding="utf-8")
    with (directory / ".git" / "config").open("a", encoding="utf-8") as config:
        config.write(HOSTILE_CONFIG[kind].format(script=script, folder=folder))
    assert ModelRepository(directory).commit == head
    (directory / "steps" / "train.py").write_text("changed", encoding="utf-8")
    assert ModelRepository(directory).commit != head
    if kind == "a promisor":  # what is missing is fetched from nowhere
        shutil.rmtree(directory / ".git" / "objects")
        (directory / ".git" / "objects").mkdir()
        assert ModelRepository(directory).commit != head
    assert not marker.exists()


@pytest.mark.parametrize("kind", ["gitdir", "link", "objects", "alternates", "HEAD", "FIFO in objects", "HEAD a FIFO"])
def test_a_git_folder_that_leads_elsewhere_is_not_followed(directory: Path, tmp_path: Path, kind: str) -> None:
    head = committed(directory)
    git_folder, elsewhere = directory / ".git", tmp_path / "elsewhere"
    if kind in ("gitdir", "link"):
        git_folder.rename(elsewhere)
        if kind == "link":
            git_folder.symlink_to(elsewhere)
        else:
            git_folder.write_text(f"gitdir: {elsewhere}\n", encoding="utf-8")
    elif kind == "objects":
        (git_folder / "objects").rename(elsewhere)
        (git_folder / "objects").symlink_to(elsewhere)
    elif kind == "alternates":
        (git_folder / "objects" / "info" / "alternates").write_text(f"{elsewhere}\n", encoding="utf-8")
    elif kind == "FIFO in objects":
        os.mkfifo(git_folder / "objects" / "pack" / "pack-1.idx")
    else:
        (git_folder / "HEAD").rename(elsewhere)
        os.mkfifo(git_folder / "HEAD") if kind == "HEAD a FIFO" else (git_folder / "HEAD").symlink_to(elsewhere)
    assert ModelRepository(directory).commit != head


def test_a_commit_is_known_by_its_branch_wherever_git_keeps_it(directory: Path) -> None:
    head = committed(directory)
    git(directory, "pack-refs", "--all")
    git(directory, "gc", "--quiet")
    assert ModelRepository(directory).commit == head
    git(directory, "checkout", "--quiet", "--detach")
    assert ModelRepository(directory).commit == head


@pytest.mark.parametrize("name", ["steps/train.py", "data/curate.py", "requirements.lock"])
@pytest.mark.parametrize("kind", [*UNFIT, "link"])
def test_what_is_no_file_is_refused_at_once(directory: Path, tmp_path: Path, name: str, kind: str) -> None:
    path = directory / name
    path.unlink()
    if kind == "link":
        (tmp_path / "secret").write_text("secret", encoding="utf-8")
        path.symlink_to(tmp_path / "secret")
    else:
        UNFIT[kind](path)
    with pytest.raises(UserError) as refused:
        _ = ModelRepository(directory).commit
    assert (refused.value.code, refused.value.where) == ("LOC-100", str(path))


def test_two_scripts_of_one_name_are_refused(directory: Path) -> None:
    (directory / "data" / "train.py").write_text("other", encoding="utf-8")
    with pytest.raises(UserError) as refused:
        _ = ModelRepository(directory).scripts
    assert refused.value.code == "LOC-101"


@pytest.mark.parametrize("text", ["a: &a [1]\nb: *a\n", "a: " + "[" * 5000, "a: " + "x" * (65 << 10), "- x\n"])
def test_a_model_file_that_expands_or_nests_is_refused(directory: Path, text: str) -> None:
    (directory / "model.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(UserError) as refused:
        _ = ModelRepository(directory).model
    assert refused.value.code == "LOC-080"
