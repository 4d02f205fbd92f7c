"""`mlops-stages init`: a new organization's platform: a small one, or the reference application as it is."""

from __future__ import annotations

import json
import re
import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from mlops_stages.cli.common import for_shell
from mlops_stages.errors import UserError
from mlops_stages.terminal import one_line, say

FILES = {
    "app.py": "app.py",
    "cdk.json": "cdk.json",
    "package.json": "package.json",
    "package-lock.json": "package-lock.json",
    ".npmrc": ".npmrc",
    ".gitignore": ".gitignore",
    "platform.mk": "Makefile",
    "requirements.txt": "requirements.txt",
    "requirements.lock": "requirements.lock",
    "requirements-native.txt": "requirements-native.txt",
    "requirements-native.lock": "requirements-native.lock",
    "requirements-tools.txt": "requirements-tools.txt",
    "requirements-tools.lock": "requirements-tools.lock",
    "stacks": "stacks",
}
"""What every application is made of: the name here, and the name there. pyproject.toml packs the same."""

REFERENCE = {"platform.yaml": "platform.yaml", "pipelines": "pipelines"}
"""What the reference organization is made of, besides."""

_PACKAGE = Path(__file__).resolve().parents[1]
_PACKED = _PACKAGE / "_app"
_MINIMAL = _PACKAGE / "cli" / "minimal.yaml"
_NAME_LINE = re.compile(r"^(name:[ \t]*)([^\s#]+)", re.MULTILINE)


def init(directory: Path, name: str | None, *, reference: bool, as_json: bool) -> None:
    """Make the application, and say what comes next."""
    initialize(directory, name, reference=reference)
    what = "the reference organization" if reference else "one account and one team, at stage initial"
    if as_json:
        say(json.dumps({"directory": str(directory.absolute()), "reference": reference}, indent=2))
        return
    say(f"Made {one_line(str(directory))}: {what}. Try it as it is:\n  cd {for_shell(directory)} && make up")
    say("Then write your organization into platform.yaml; its comments say what to add, and how to raise the stage.")


def initialize(directory: Path, name: str | None, *, reference: bool = False) -> None:
    """Make `directory` a runnable application, all of it or nothing: one account and team, or the reference's own.

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
            _copy(source, made, {**FILES, **REFERENCE} if reference else FILES)
            if not reference:
                _write_minimal(made / "platform.yaml", name)
            elif name is not None:
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
        if all((folder / name).exists() for name in (*FILES, *REFERENCE)):
            return folder
    raise UserError(
        "CLI-004",
        str(_PACKED),
        "this installation of mlops-stages lacks the application's files",
        f"install it again: {for_shell(sys.executable)} -m pip install --force-reinstall mlops-stages",
        exit_code=1,
    )


def _copy(source: Path, target: Path, files: Mapping[str, str]) -> None:
    for here, there in files.items():
        if (source / here).is_dir():
            shutil.copytree(source / here, target / there, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(source / here, target / there)


def _write_minimal(file: Path, name: str | None) -> None:
    """Write the small organization; its name is that of its addresses, too."""
    text = _MINIMAL.read_text(encoding="utf-8")
    if name is not None:
        text = re.sub(r"\bacme\b", lambda _: name, text)
        text = re.sub(r"^(.*?\S) {2,}(# .*)$", r"\1  \2", text, flags=re.MULTILINE)  # no columns, as names differ
    _write_named(file, text, name)


def _rename(file: Path, name: str) -> None:
    """Set the organization's name, every comment kept."""
    text = _NAME_LINE.sub(lambda found: found[1] + name, file.read_text(encoding="utf-8"), count=1)
    _write_named(file, text, name)


def _write_named(file: Path, text: str, name: str | None) -> None:
    """Write a platform file; the model says whether the name is one."""
    from mlops_stages.platform import PlatformErrors, load

    try:
        if name is not None and re.search(r"[\s#]", name):
            raise ValueError
        file.write_text(text, encoding="utf-8")
        if load(file).name != (name or "acme"):
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
