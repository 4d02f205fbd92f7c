"""The baseline of a version: what its training pipeline scored, as it was registered."""

from __future__ import annotations

import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from ..decisions.database import attached, detached, is_attached, using
from ..monitors.baseline import Type, load
from ..monitors.codes import MonitorError
from ..monitors.sql import Ask, Row, asking
from .evaluations import Evaluations

_MOST_REMEMBERED = 300_000
"""Rows of answers: about 50 MB."""


@dataclass(frozen=True)
class Registered:
    """What is registered of a version: a file on disk, or the same that was loaded before."""

    sha256: str
    inputs: Mapping[str, Type]
    path: Path


@dataclass
class Loaded:
    """A baseline in a database of its own, and what it has answered: nobody changes it."""

    of: Registered
    database: str
    answers: dict[str, Sequence[Row]] = field(default_factory=dict[str, Sequence[Row]])
    rows: int = 0

    def asking(self, connection: duckdb.DuckDBPyConnection) -> Ask:
        """Return an `Ask` for statements about nothing but the baseline."""
        ask = asking(connection)

        def remembered(statement: str) -> Sequence[Row]:
            if statement in self.answers:
                return self.answers[statement]
            found = ask(statement)
            if self.rows + len(found) <= _MOST_REMEMBERED:
                self.rows += len(found)
                self.answers[statement] = found
            return found

        return remembered


class Baselines:
    """The baseline that was loaded last, kept from run to run while Lambda keeps the process."""

    def __init__(self) -> None:
        self._last: Loaded | None = None

    def registered(
        self, evaluations: Evaluations, package: str, inputs: Mapping[str, Type], path: Path
    ) -> Registered | None:
        """What is registered of a version, in a file if it is not loaded; None where there is none. Error: MON-034.

        The registry holds the evaluation's digest, and the evaluation that of the baseline.
        """
        evaluation = evaluations.of(package)
        about = evaluation.about.get("baseline")
        if about is None:
            return None
        try:
            name, sha256 = str(about["file"]), str(about["sha256"])
        except (TypeError, LookupError) as error:
            raise MonitorError("MON-034", package, f"its evaluation: {type(error).__name__}") from error
        found = Registered(sha256, inputs, path)
        if self._kept(found) is None:
            path.write_bytes(evaluations.beside(evaluation, "baseline", name, sha256))
        return found

    def loaded(self, registered: Registered) -> Loaded:
        """The table of what is registered. Errors: MON-001, MON-005, MON-014 to MON-017."""
        kept = self._kept(registered)
        if kept is not None:
            return kept
        self._last = None
        made = Loaded(registered, attached())
        weakref.finalize(made, detached, made.database).atexit = False
        with using(made.database) as connection:
            load(connection, registered.path, registered.inputs)
        self._last = made
        return made

    def _kept(self, wanted: Registered) -> Loaded | None:
        last = self._last
        if last is None or last.of.sha256 != wanted.sha256 or not is_attached(last.database):
            return None
        return last if list(last.of.inputs.items()) == list(wanted.inputs.items()) else None
