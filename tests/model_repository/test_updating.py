"""An update keeps what the team did, brings what the template brings, and writes all of it or nothing."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from mlops_stages.errors import UserError
from mlops_stages.model_repository import Answers, rendering, update, updating, write_new
from mlops_stages.model_repository.rendering import RECORD, checking, record, write
from tests.unfit_files import UNFIT


@pytest.fixture
def repository(answers: Answers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A rendered repository, outside git."""
    monkeypatch.setenv("PATH", str(tmp_path))
    write_new(answers, tmp_path / "repository")
    return tmp_path / "repository"


def older(repository: Path, answers: Answers, **changes: str | None) -> None:
    """Make the repository one that an older template rendered: some files otherwise, some not, some more."""
    about = json.loads((repository / RECORD).read_text("utf-8"))
    files: dict[str, str] = about["rendered"]
    for name, text in changes.items():
        if text is None:
            files.pop(name)
            (repository / name).unlink()
        else:
            files[name] = text
            write(repository, {name: text})
    (repository / RECORD).write_text(record(answers, files), encoding="utf-8")


def tree(directory: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(directory)): path.read_bytes() for path in sorted(directory.rglob("*")) if path.is_file()
    }


def test_an_update_to_the_same_template_changes_nothing(repository: Path) -> None:
    before = tree(repository)
    assert not update(repository).changes
    assert tree(repository) == before


def test_after_an_update_it_is_what_is_rendered_anew(repository: Path, answers: Answers, files: dict[str, str]) -> None:
    older(repository, answers, **{"README.md": "old\n", "steps/train.py": "old\n", "Dockerfile": None, "gone.py": "x"})
    done = update(repository)
    assert (done.added, done.updated, done.removed) == (["Dockerfile"], ["README.md", "steps/train.py"], ["gone.py"])
    assert tree(repository) == {
        **{name: text.encode() for name, text in files.items()},
        RECORD: record(answers, files).encode(),
    }
    assert not update(repository).changes


def test_the_teams_changes_stay_beside_the_templates(repository: Path, answers: Answers, files: dict[str, str]) -> None:
    old = files["Makefile"].replace("help: ## List these commands", "help: ## List commands")
    older(repository, answers, Makefile=old)
    (repository / "Makefile").write_text(old + "\nmine: ## Ours\n\t@echo mine\n", encoding="utf-8")
    (repository / "notes.md").write_text("ours\n", encoding="utf-8")
    done = update(repository)
    assert done.merged == ["Makefile"]
    assert (repository / "Makefile").read_text("utf-8") == files["Makefile"] + "\nmine: ## Ours\n\t@echo mine\n"
    assert (repository / "notes.md").read_text("utf-8") == "ours\n"


def test_a_file_that_only_the_team_changed_is_left_as_it_is(repository: Path) -> None:
    (repository / "steps" / "flights.py").write_text("ours\n", encoding="utf-8")
    done = update(repository)
    assert (done.kept, done.changes) == (["steps/flights.py"], False)
    assert (repository / "steps" / "flights.py").read_text("utf-8") == "ours\n"


def test_a_file_that_the_team_deleted_stays_deleted(repository: Path, answers: Answers) -> None:
    older(repository, answers, **{"data/fetch.py": "old\n"})
    (repository / "data" / "fetch.py").unlink()
    (repository / "model_card.md").unlink()
    assert update(repository).kept == ["data/fetch.py"]
    assert not (repository / "data" / "fetch.py").exists()
    assert not (repository / "model_card.md").exists()


def test_a_file_that_the_template_dropped_and_the_team_changed_stays(repository: Path, answers: Answers) -> None:
    older(repository, answers, **{"gone.py": "old\n"})
    (repository / "gone.py").write_text("ours\n", encoding="utf-8")
    done = update(repository)
    assert (done.kept, done.removed) == (["gone.py"], [])
    assert (repository / "gone.py").read_text("utf-8") == "ours\n"


def conflicting(repository: Path, answers: Answers) -> None:
    older(repository, answers, **{"CODEOWNERS": "* old@acme.example\n", "README.md": "old\n"})
    (repository / "CODEOWNERS").write_text("* ours@acme.example\n", encoding="utf-8")


def test_where_both_changed_the_same_lines_nothing_is_written(repository: Path, answers: Answers) -> None:
    conflicting(repository, answers)
    before = tree(repository)
    with pytest.raises(UserError) as refused:
        update(repository)
    assert (refused.value.code, refused.value.exit_code) == ("MDL-007", 1)
    assert "CODEOWNERS" in refused.value.message
    assert tree(repository) == before


def test_on_request_both_versions_are_written_between_marks(
    repository: Path, answers: Answers, files: dict[str, str]
) -> None:
    conflicting(repository, answers)
    done = update(repository, mark_conflicts=True)
    assert (done.conflicts, done.updated) == (["CODEOWNERS"], ["README.md"])
    marked = f"<<<<<<< yours\n* ours@acme.example\n=======\n{files['CODEOWNERS']}>>>>>>> template\n"
    assert (repository / "CODEOWNERS").read_text("utf-8") == marked


def test_a_file_that_both_made_is_a_conflict_unless_it_is_the_same(
    repository: Path, answers: Answers, files: dict[str, str]
) -> None:
    older(repository, answers, **{"Dockerfile": None, "README.md": None})
    write(repository, {"Dockerfile": "FROM ours\n", "README.md": files["README.md"]})
    assert update(repository, mark_conflicts=True).conflicts == ["Dockerfile"]


def test_a_changed_bound_comes_with_a_definition_that_is_up_to_date(repository: Path, answers: Answers) -> None:
    done = update(repository, answers.model_copy(update={"bound": 0.7}))
    assert "minimum: 0.7}" in (repository / "model.yaml").read_text("utf-8")
    assert '"RightValue": 0.7' in (repository / "pipeline" / "definition.json").read_text("utf-8")
    assert not done.stale


def test_a_pipeline_of_the_teams_own_has_to_be_compiled_again_and_says_so(repository: Path, answers: Answers) -> None:
    source = repository / "pipeline" / "pipeline.py"
    source.write_text(source.read_text("utf-8") + "\n# ours\n", encoding="utf-8")
    own = (repository / "pipeline" / "definition.json").read_text("utf-8").replace("P30D", "P7D")
    (repository / "pipeline" / "definition.json").write_text(own, encoding="utf-8")
    (repository / "pipeline" / "definition.lock").write_text(checking().lock(repository), encoding="utf-8")
    done = update(repository, answers.model_copy(update={"bound": 0.7}))
    assert done.kept == ["pipeline/definition.json", "pipeline/definition.lock", "pipeline/pipeline.py"]
    assert done.stale
    assert (repository / "pipeline" / "definition.json").read_text("utf-8") == own


def test_line_ends_and_bytes_of_the_teams_files_are_kept(repository: Path, answers: Answers) -> None:
    older(repository, answers, **{"notes.txt": "one\ntwo\nthree\n"})
    (repository / "notes.txt").write_bytes(b"one\r\n\xff\r\n")
    assert update(repository).kept == ["notes.txt"]
    assert (repository / "notes.txt").read_bytes() == b"one\r\n\xff\r\n"


def test_a_file_stays_executable(repository: Path, answers: Answers) -> None:
    older(repository, answers, **{"delivery/deliver.sh": "old\n"})
    (repository / "delivery" / "deliver.sh").chmod(0o755)
    update(repository)
    assert os.access(repository / "delivery" / "deliver.sh", os.X_OK)


def test_a_link_out_of_the_repository_is_not_followed(repository: Path, answers: Answers, tmp_path: Path) -> None:
    older(repository, answers, **{"README.md": "old\n"})
    (tmp_path / "elsewhere").write_text("old\n", encoding="utf-8")
    (repository / "README.md").unlink()
    (repository / "README.md").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UserError) as refused:
        update(repository)
    assert refused.value.code == "MDL-005"
    assert (tmp_path / "elsewhere").read_text("utf-8") == "old\n"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        (RECORD, "MDL-006"),
        ("README.md", "MDL-005"),
        ("pipeline/pipeline.py", "MDL-005"),
        ("pipeline/definition.lock", "MDL-005"),
        ("pipeline/more.py", "MDL-005"),
    ],
)
@pytest.mark.parametrize("kind", UNFIT)
def test_what_is_no_file_is_refused_before_anything_is_written(
    repository: Path, answers: Answers, name: str, code: str, kind: str
) -> None:
    older(repository, answers, Makefile="old\n")
    (repository / name).unlink(missing_ok=True)
    UNFIT[kind](repository / name)
    with pytest.raises(UserError) as refused:
        update(repository)
    assert refused.value.code == code
    assert (repository / "Makefile").read_text("utf-8") == "old\n"


@pytest.mark.parametrize("name", ["pipeline/pipeline.py", "pipeline/definition.lock", "pipeline/more.py"])
def test_a_folder_that_is_a_link_is_refused_before_anything_is_written(
    repository: Path, answers: Answers, tmp_path: Path, name: str
) -> None:
    older(repository, answers, Makefile="old\n")
    folder = (repository / name).parent
    folder.rename(tmp_path / "elsewhere")
    folder.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UserError) as refused:
        update(repository)
    assert refused.value.code == "MDL-005"
    assert (repository / "Makefile").read_text("utf-8") == "old\n"


def test_a_full_disk_leaves_every_file_as_it_was(
    repository: Path, answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    older(repository, answers, **{"README.md": "old\n", "Makefile": "old\n"})
    before = tree(repository)

    def full(root: Path, files: dict[str, str]) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(updating, "write", full)
    with pytest.raises(UserError, match="No space left"):
        update(repository)
    assert tree(repository) == before


@pytest.mark.parametrize(
    "change",
    [
        {"template": "1"},
        {"answers": {}},
        {"rendered": []},
        {"rendered": {"../outside": "x"}},
        {"rendered": {"/etc/passwd": "x"}},
        {"rendered": {".git/config": "x"}},
        {"rendered": {".GIT/config": "x"}},
        {"rendered": {"a//b": "x"}},
        {"surprise": 1},
    ],
)
def test_a_record_that_is_not_ours_is_refused_and_nothing_is_written(repository: Path, change: dict[str, Any]) -> None:
    about = json.loads((repository / RECORD).read_text("utf-8"))
    (repository / RECORD).write_text(json.dumps({**about, **change}), encoding="utf-8")
    before = tree(repository)
    with pytest.raises(UserError) as refused:
        update(repository)
    assert refused.value.code == "MDL-006"
    assert tree(repository) == before


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[" * 100_000, b"null"])
def test_a_record_that_cannot_be_read_is_refused(repository: Path, content: bytes) -> None:
    (repository / RECORD).write_bytes(content)
    with pytest.raises(UserError) as refused:
        update(repository)
    assert refused.value.code == "MDL-006"


def test_an_answer_that_would_mean_something_to_a_file_is_refused(repository: Path) -> None:
    about = json.loads((repository / RECORD).read_text("utf-8"))
    about["answers"]["team"] = 'x"; rm -rf ~; "'
    (repository / RECORD).write_text(json.dumps(about), encoding="utf-8")
    with pytest.raises(UserError) as refused:
        update(repository)
    assert refused.value.code == "MDL-006"


def test_a_directory_that_new_model_did_not_make_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError) as refused:
        update(tmp_path)
    assert refused.value.code == "MDL-006"


def test_a_repository_of_a_newer_template_asks_for_a_newer_version(repository: Path) -> None:
    about = json.loads((repository / RECORD).read_text("utf-8"))
    newer = {**about, "template": rendering.TEMPLATE_VERSION + 1, "a field of its own": 1}
    (repository / RECORD).write_text(json.dumps(newer), encoding="utf-8")
    with pytest.raises(UserError) as refused:
        update(repository)
    assert refused.value.code == "MDL-008"
