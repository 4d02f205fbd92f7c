"""A model repository on this machine: which version of it this is, and what of it goes to AWS."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from mlops_stages.errors import UserError
from mlops_stages.files import content_in
from mlops_stages.local.json_values import mapping
from mlops_stages.platform.yaml_tree import read_tree

DELIVERED = ("steps", "data")
"""The folders whose scripts the jobs run."""
_LARGEST = 1 << 20
_NO_VALUE = "PLT-015"
"""A parameter of a training may be nothing."""
_DATASET = ("name", "first", "last")


@dataclass(frozen=True)
class ModelRepository:
    """The directory that `mlops-stages new-model` made, or a clone of what became of it."""

    directory: Path

    @cached_property
    def commit(self) -> str:
        """The commit, where git has one and nothing delivered was changed since; else what git would name the files.

        Either way the same files have the same name.
        """
        found = self._git("rev-parse", "HEAD")
        if found and not self._git("status", "--porcelain", "--", *DELIVERED, self.lock.name):
            return found
        digest = hashlib.sha1(usedforsecurity=False)  # as git does
        for name, path in self.scripts:
            digest.update(f"{name}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
        digest.update(self.lock.read_bytes() if self.lock.is_file() else b"")
        return digest.hexdigest()

    @property
    def lock(self) -> Path:
        """What its image holds, by hash."""
        return self.directory / "requirements.lock"

    @property
    def data_lock(self) -> Path | None:
        """What data/fetch.py needs besides, by hash: without such a lock it runs with what the image holds."""
        return self._given("requirements-data.lock")

    @property
    def sources(self) -> Path | None:
        """What of that is built from sources, as there is no wheel of it."""
        return self._given("requirements-source.txt")

    def _given(self, name: str) -> Path | None:
        path = self.directory / name
        return path if path.exists() else None

    @property
    def scripts(self) -> tuple[tuple[str, Path], ...]:
        """What the jobs run: name and path, in order. Names are unique: in a job all of it is one folder."""
        return tuple(sorted((path.name, path) for path in self._scripts()))

    def _scripts(self) -> Iterator[Path]:
        for folder in DELIVERED:
            yield from (self.directory / folder).glob("*.py")

    @cached_property
    def model(self) -> Mapping[str, Any]:
        """What model.yaml says. Error: LOC-080 where it cannot be read."""
        file = self.directory / "model.yaml"
        try:
            tree = read_tree(content_in(self.directory, file.name, _LARGEST).decode())
        except (OSError, UnicodeDecodeError) as error:
            raise UserError(
                "LOC-080", str(file), f"the model repository cannot be read: {error}", "make one by `new-model`"
            ) from error
        wrong = next((fault for fault in tree.faults if fault.code != _NO_VALUE), None)
        if wrong is not None:
            message = f"the model repository cannot be read: {wrong.message}"
            raise UserError("LOC-080", f"{file}:{wrong.line}", message, "make one by `new-model`")
        found = mapping(tree.root)
        if not all(isinstance(mapping(found.get("dataset")).get(name), str) for name in _DATASET):
            message = f"it describes no model: its `dataset` must hold the texts {', '.join(_DATASET)}"
            raise UserError("LOC-080", str(file), message, "make one by `new-model`")
        return found

    def refuse_another(self, team: str, model: str) -> None:
        """Refuse the repository of another model. Error: LOC-089."""
        found = "/".join(str(self.model.get(name)) for name in ("team", "model"))
        if found != f"{team}/{model}":
            raise UserError(
                "LOC-089",
                str(self.directory / "model.yaml"),
                f"this is the repository of {found}, not of {team}/{model}",
                "name the model's own repository",
            )

    def _git(self, *words: str) -> str:
        try:
            done = subprocess.run(
                ["git", "-C", str(self.directory), *words], capture_output=True, text=True, check=False
            )
        except OSError:
            return ""
        inside = (self.directory / ".git").exists()  # not that of a repository around it
        return done.stdout.strip() if done.returncode == 0 and inside else ""
