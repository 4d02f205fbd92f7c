"""A new model repository: all of its files and its first commit, or nothing."""

from __future__ import annotations

import tempfile
from pathlib import Path

from mlops_stages import git
from mlops_stages.errors import UserError
from mlops_stages.model_repository.answers import Answers
from mlops_stages.model_repository.rendering import RECORD, record, rendered, write


def write_new(answers: Answers, directory: Path) -> bool:
    """Write the repository of a model into a new or empty directory; return whether git holds it as a first commit.

    Errors: MDL-004 the directory holds something, MDL-005 it cannot be written.
    """
    target = directory.absolute()
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        raise UserError("MDL-004", str(target), "it exists and is not a directory", "choose a new directory")
    if target.is_dir() and any(target.iterdir()):
        raise UserError("MDL-004", str(target), "the directory is not empty", "choose a new or an empty directory")
    files = rendered(answers)
    missing = [folder for folder in (target, *target.parents) if not folder.exists()]
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent) as folder:
            made = Path(folder, "made")
            made.mkdir()
            write(made, {**files, RECORD: record(answers, files)})
            committed = git.first_commit(made, f"{answers.team}/{answers.model}: the standard model repository")
            made.replace(target)
    except OSError as error:
        for folder in missing:
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()
        raise UserError(
            "MDL-005", str(target), f"it cannot be written: {error.strerror}", "choose a directory that you may write"
        ) from error
    return committed
