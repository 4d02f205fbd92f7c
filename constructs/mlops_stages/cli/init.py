"""`mlops-stages init`: a new organization's platform, made of the very files of the reference application."""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from pathlib import Path

from mlops_stages.errors import UserError

FILES = {
    "app.py": "app.py",
    "cdk.json": "cdk.json",
    "package.json": "package.json",
    "package-lock.json": "package-lock.json",
    ".npmrc": ".npmrc",
    ".gitignore": ".gitignore",
    "platform.yaml": "platform.yaml",
    "platform.mk": "Makefile",
    "requirements.txt": "requirements.txt",
    "requirements-native.txt": "requirements-native.txt",
    "pipelines": "pipelines",
    "stacks": "stacks",
}
"""What an application is made of: the name here, and the name there. pyproject.toml packs the same into the wheel."""

_PACKAGE = Path(__file__).resolve().parents[1]
_PACKED = _PACKAGE / "_app"
_NAME_LINE = re.compile(r"^(name:[ \t]*)([^\s#]+)", re.MULTILINE)


def initialize(directory: Path, name: str | None) -> None:
    """Make `directory` a runnable copy of the reference application, all of it or nothing.

    Errors: CLI-001 the directory holds something, CLI-002 it cannot be written, CLI-003 the name is refused,
    CLI-004 this installation lacks the application's files.
    """
    target = directory.absolute()
    _refuse_occupied(target)
    source = _source()
    missing_parents = [parent for parent in (target, *target.parents) if not parent.exists()]
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent) as folder:
            made = Path(folder, "made")
            made.mkdir()
            _copy(source, made)
            if name is not None:
                _rename(made / "platform.yaml", name)
            _compile(made)
            _link_environment(made)
            made.replace(target)
    except OSError as error:
        _remove_empty(missing_parents)
        raise UserError(
            "CLI-002", str(target), f"it cannot be written: {error.strerror}", "choose a directory that you may write"
        ) from error
    except UserError:
        _remove_empty(missing_parents)
        raise


def _refuse_occupied(target: Path) -> None:
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        raise UserError("CLI-001", str(target), "it exists and is not a directory", "choose a new directory")
    if target.is_dir() and any(target.iterdir()):
        raise UserError("CLI-001", str(target), "the directory is not empty", "choose a new or an empty directory")


def _source() -> Path:
    """Return the folder with the application's files: the wheel's, or the root of the checkout that this is."""
    checkout = _PACKAGE.parents[1]
    for folder in (_PACKED, checkout):
        if all((folder / name).exists() for name in FILES):
            return folder
    raise UserError(
        "CLI-004",
        str(_PACKED),
        "this installation of mlops-stages lacks the application's files",
        f"install it again: {sys.executable} -m pip install --force-reinstall mlops-stages",
        exit_code=1,
    )


def _copy(source: Path, target: Path) -> None:
    for here, there in FILES.items():
        if (source / here).is_dir():
            shutil.copytree(source / here, target / there, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(source / here, target / there)


def _rename(file: Path, name: str) -> None:
    """Set the organization's name, every comment kept; the model says whether the name is one."""
    from mlops_stages.platform import PlatformErrors, load

    text, count = _NAME_LINE.subn(lambda found: found[1] + name, file.read_text(encoding="utf-8"), count=1)
    try:
        if count != 1 or re.search(r"[\s#]", name):
            raise ValueError
        file.write_text(text, encoding="utf-8")
        if load(file).name != name:
            raise ValueError
    except (ValueError, PlatformErrors) as error:
        raise UserError(
            "CLI-003",
            f"--name {name!r}",
            "it cannot be an organization's name",
            "use 2 to 12 lower-case letters and digits, a letter first, as in `acme`",
        ) from error


def _compile(directory: Path) -> None:
    """Write the pipelines that platform.yaml names, as the standard repository has them for this organization."""
    from mlops_stages.model_repository import answers_for, rendered
    from mlops_stages.platform import load

    platform = load(directory / "platform.yaml")
    for team in platform.teams:
        for model in team.models:
            if model.pipeline is not None:
                definition = rendered(answers_for(platform, f"{team.name}/{model.name}"))["pipeline/definition.json"]
                target = directory / model.pipeline
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(definition, encoding="utf-8")


def _link_environment(directory: Path) -> None:
    """Link the running virtual environment, so that `make up` there needs no second installation."""
    if sys.prefix != sys.base_prefix:
        (directory / ".venv").symlink_to(sys.prefix, target_is_directory=True)


def _remove_empty(made: list[Path]) -> None:
    """Remove the directories that were made on the way, deepest first."""
    for folder in made:
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
