"""A model repository on this machine: which version of it this is, and what of it goes to AWS."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from mlops_stages import files
from mlops_stages.errors import UserError
from mlops_stages.local.client.model_runs.commits import commit_of
from mlops_stages.local.json_values import mapping
from mlops_stages.platform.yaml_tree import read_tree

DELIVERED = ("steps", "data", "serving")
"""The folders whose scripts the jobs run, or put beside a model."""
SERVE = "serving/serve"
"""What the image starts on an endpoint."""

_LARGEST = 8 << 20
"""The most bytes of a script or a lock."""
_LARGEST_MODEL = 64 << 10
"""The most bytes of a model.yaml; the standard one has 1,200."""
_MOST_SCRIPTS = 1000
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
        image = {self.lock.name: self.lock_content, SERVE: self.serve or b""}
        delivered = {**self._delivered, **image}
        found = commit_of(self.directory, {name: content for name, content in delivered.items() if content}, DELIVERED)
        if found is not None:
            return found
        digest = hashlib.sha1(usedforsecurity=False)  # as git does
        for name, content in self.scripts:
            digest.update(f"{name}\0{hashlib.sha256(content).hexdigest()}\n".encode())
        digest.update(self.lock_content + (self.serve or b""))
        return digest.hexdigest()

    @cached_property
    def lock_content(self) -> bytes:
        """What the lock holds; nothing where there is none."""
        return self._content(self.lock.name) or b""

    @property
    def lock(self) -> Path:
        """What its image holds, by hash."""
        return self.directory / "requirements.lock"

    @cached_property
    def serve(self) -> bytes | None:
        """The program that its image has for endpoints; None where it has none. Error: LOC-100."""
        return self._content(SERVE)

    @property
    def data_lock(self) -> Path | None:
        """What data/fetch.py needs besides, by hash: without such a lock it runs with what the image holds."""
        return self._given("requirements-data.lock")

    @property
    def sources(self) -> Path | None:
        """What of that is built from sources, as there is no wheel of it."""
        return self._given("requirements-source.txt")

    def _given(self, name: str) -> Path | None:
        return None if self._content(name) is None else self.directory / name

    @property
    def scripts(self) -> tuple[tuple[str, bytes], ...]:
        """What the jobs run: name and content, in order, as they were when they were first asked for.

        Names are unique: in a job all of it is one folder. Errors: LOC-100 what is not a file, LOC-101 one name twice.
        """
        found: dict[str, bytes] = {}
        for path, content in self._delivered.items():
            name = path.rpartition("/")[2]
            if name in found:
                raise UserError(
                    "LOC-101",
                    str(self.directory / path),
                    f"another script of {' or '.join(DELIVERED)} has this name, and a job has all in one folder",
                    "rename one of the two",
                )
            found[name] = content
        return tuple(sorted(found.items()))

    @cached_property
    def _delivered(self) -> dict[str, bytes]:
        """The scripts by their paths. Error: LOC-100."""
        found: dict[str, bytes] = {}
        for folder in DELIVERED:
            try:
                names = files.names_in(self.directory, folder, _MOST_SCRIPTS)
            except OSError as error:
                raise self._unfit(error) from error
            for name in names:
                if name.endswith(".py"):
                    content = self._content(f"{folder}/{name}")
                    found[f"{folder}/{name}"] = b"" if content is None else content
        return found

    def _content(self, name: str) -> bytes | None:
        """What is in a file; None where there is none. Error: LOC-100."""
        try:
            return files.content_in(self.directory, name, _LARGEST)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._unfit(error) from error

    def _unfit(self, error: OSError) -> UserError:
        return UserError(
            "LOC-100",
            str(error.filename or self.directory),
            f"it is not read: {error.strerror}",
            "put an ordinary file there; no link of a model repository is followed",
        )

    @cached_property
    def model(self) -> Mapping[str, Any]:
        """What model.yaml says. Error: LOC-080 where it cannot be read."""
        file = self.directory / "model.yaml"
        try:
            tree = read_tree(files.content_in(self.directory, file.name, _LARGEST_MODEL).decode())
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            raise UserError(
                "LOC-080", str(file), f"the model repository cannot be read: {reason}", "make one by `new-model`"
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
