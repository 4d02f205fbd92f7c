"""A model repository on this machine: one name for the same files, and nothing that is no repository."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from mlops_stages.errors import UserError
from mlops_stages.local.model_runs.repository import ModelRepository

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
