"""Updating a model repository to this template: a three-way merge of each file, in which the team's changes stay.

Base is what was rendered then, ours is what the team has now, theirs is what is rendered now.
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from pydantic import BaseModel, ConfigDict

from mlops_stages import files
from mlops_stages.errors import UserError
from mlops_stages.model_repository.answers import Answers
from mlops_stages.model_repository.merging import merge
from mlops_stages.model_repository.rendering import (
    COMPILED,
    LOCKS,
    RECORD,
    TEMPLATE_VERSION,
    checking,
    record,
    rendered,
    write,
)
from mlops_stages.supply_chain.lock import LockError, check

_LARGEST = 1 << 20
"""The most bytes of a file that is merged."""
_LARGEST_RECORD = 16 << 20
"""The most bytes of a record; it holds all files as they were rendered, 90,000 bytes of the standard repository."""
_MOST_SOURCES = 1000


class Record(BaseModel):
    """What a repository records of its rendering."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    template: int
    answers: Answers
    rendered: dict[str, str]


@dataclass(kw_only=True)
class Update:
    """What an update does to each file, by name."""

    added: list[str] = field(default_factory=list[str])
    updated: list[str] = field(default_factory=list[str])
    merged: list[str] = field(default_factory=list[str])
    removed: list[str] = field(default_factory=list[str])
    kept: list[str] = field(default_factory=list[str])
    conflicts: list[str] = field(default_factory=list[str])
    stale: bool = False
    """Whether the definition has to be compiled again: it is not what its sources, as they are now, compile to."""
    unlocked: list[str] = field(default_factory=list[str])
    """The lists of packages that have to be locked again: their locks are not what they name now."""

    @property
    def changes(self) -> bool:
        """Whether any file is written or removed."""
        return bool(self.added or self.updated or self.merged or self.removed or self.conflicts)


def read_record(directory: Path) -> Record:
    """Return what a repository records. Errors: MDL-006 it is no model repository, MDL-008 a newer template's."""
    path = directory / RECORD
    try:
        text = files.content_in(directory, RECORD, _LARGEST_RECORD).decode()
        _refuse_newer(directory, text)
        found = Record.model_validate_json(text)
        refuse_outside(found)
    except FileNotFoundError as error:
        raise UserError(
            "MDL-006", str(directory), f"it has no {RECORD}", "name the root of a repository that new-model made"
        ) from error
    except (OSError, ValueError, RecursionError) as error:
        raise UserError(
            "MDL-006", str(path), "it is not what new-model wrote", f"restore it: git checkout -- {RECORD}"
        ) from error
    return found


def refuse_outside(found: Record) -> None:
    """ValueError where a recorded name leads out of the repository, or into git's own folder."""
    for name in found.rendered:
        path = PurePosixPath(name)
        if (
            path.is_absolute()
            or path.as_posix() != name
            or {"..", ".git"} & {part.lower() for part in path.parts}
            or "\\" in name
        ):
            message = f"{name!r} is not a file name in the repository"
            raise ValueError(message)


def _refuse_newer(directory: Path, text: str) -> None:
    """Say that a record is a newer template's before saying that it is not understood."""
    document = json.loads(text)
    version = document.get("template") if isinstance(document, dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - of JSON
    if isinstance(version, int) and version > TEMPLATE_VERSION:
        raise UserError(
            "MDL-008",
            str(directory),
            f"it is of template {version}, this mlops-stages brings template {TEMPLATE_VERSION}",
            "install a newer mlops-stages",
        )


def update(directory: Path, answers: Answers | None = None, *, mark_conflicts: bool = False) -> Update:
    """Bring a repository to this template, and to other answers if given; write everything or nothing.

    Files that the team deleted stay deleted; files that it never touched go when the template drops them.

    Errors: MDL-006 and MDL-008 of `read_record`, MDL-007 both sides changed the same lines, unless `mark_conflicts`,
    MDL-005 a file cannot be read or written.
    """
    found = read_record(directory)
    new_answers = found.answers if answers is None else answers
    theirs = rendered(new_answers)
    done, texts = Update(), dict[str, str]()
    try:
        for name in sorted({*found.rendered, *theirs}):
            text = _one(name, found.rendered.get(name), _text(directory, name), theirs.get(name), done)
            if text is not None:
                texts[name] = text
        if done.conflicts and not mark_conflicts:
            raise UserError(
                "MDL-007",
                str(directory),
                f"you and the template changed the same lines of {', '.join(done.conflicts)}; nothing is written",
                "run it with --mark-conflicts, and choose between the marks in these files",
                exit_code=1,
            )
        texts[RECORD] = record(new_answers, theirs)
        done.stale, done.unlocked = _judged(directory, texts, done.removed)
        _apply(directory, texts, done.removed)
    except OSError as error:
        raise UserError(
            "MDL-005",
            str(error.filename or directory),
            f"it cannot be read or written: {error.strerror}",
            "correct that, then try again",
        ) from error
    return done


def _fits(lock: Path) -> bool:
    listed = lock.with_suffix(".txt")
    try:
        if listed.exists():
            check(listed)
    except LockError:
        return False
    return True


def _one(name: str, base: str | None, ours: str | None, theirs: str | None, done: Update) -> str | None:
    """Decide on one file, and note it; return the text to write, if any."""
    if ours == theirs or base == theirs:
        if ours is not None and base is not None and ours != base:
            done.kept.append(name)
        return None
    if ours is None:
        if base is None:
            done.added.append(name)
            return theirs
        done.kept.append(name)  # deleted by the team: that stays
        return None
    if ours == base:
        (done.removed if theirs is None else done.updated).append(name)
        return theirs
    if theirs is None or name in COMPILED:
        done.kept.append(name)
        return None
    result = merge(base or "", ours, theirs)
    (done.conflicts if result.conflicts else done.merged).append(name)
    return result.text


def _text(directory: Path, name: str) -> str | None:
    """The text of a file, whatever its bytes; None if there is none. OSError for a link, which could lead anywhere."""
    try:
        return files.content_in(directory, name, _LARGEST).decode("utf-8", "surrogateescape")
    except FileNotFoundError:
        return None


def _judged(directory: Path, texts: dict[str, str], removed: list[str]) -> tuple[bool, list[str]]:
    """Whether the definition will not be what its sources compile to, and the lists whose locks will not fit.

    Judged by copies: what is not a file is refused before anything is written.
    """
    compiled = checking()
    names = [compiled.DEFINITION, compiled.LOCK, *LOCKS]
    for pattern in (*compiled.SOURCES, "requirements*.txt"):
        folder = pattern.rpartition("/")[0]
        there = files.names_in(directory, folder, _MOST_SOURCES)
        found = [f"{folder}/{each}" if folder else each for each in there]
        names += [each for each in (*found, *texts) if PurePosixPath(each).match(pattern)]
    present = {name: texts.get(name, _text(directory, name)) for name in names if name not in removed}
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        write(copy, {name: text for name, text in present.items() if text is not None})
        unlocked = [lock.replace(".lock", ".txt") for lock in LOCKS if not _fits(copy / lock)]
        return bool(compiled.differences(copy)), unlocked


def _apply(directory: Path, texts: dict[str, str], removed: list[str]) -> None:
    """Write all files beside their places first, then put each into its place; the record, which comes last, last."""
    with tempfile.TemporaryDirectory(prefix=".mlops-stages-", dir=directory) as folder:
        write(Path(folder), texts)
        for name in texts:
            files.place_in(directory, name, Path(folder, name))
    for name in removed:
        files.remove_in(directory, name)
