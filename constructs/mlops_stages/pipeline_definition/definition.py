"""A compiled pipeline definition: read, checked, and filled with what the platform decides."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Self

from mlops_stages.pipeline_definition.arguments import faults_of_arguments
from mlops_stages.pipeline_definition.conditions import faults_of_conditions
from mlops_stages.pipeline_definition.errors import Fault, PipelineErrors, collected, errors_of
from mlops_stages.pipeline_definition.injected import Injected
from mlops_stages.pipeline_definition.injection import fill
from mlops_stages.pipeline_definition.reading import LONGEST, UnreadableError, faults_of_values, text_of, values_of
from mlops_stages.pipeline_definition.references import Scope
from mlops_stages.pipeline_definition.steps import steps_in
from mlops_stages.pipeline_definition.structure import MOST_STEPS, faults_of_structure
from mlops_stages.pipeline_definition.verification import faults_of_filled
from mlops_stages.platform.plain import Map, is_map


@dataclass(frozen=True)
class PipelineDefinition:
    """A definition whose form is sound: what `filled` then refuses is what the platform decides otherwise.

    Attributes:
        source: the file, as errors name it.
        text: what is in it.
    """

    source: str
    text: str = field(repr=False)

    @classmethod
    def read(cls, path: Path, *, source: str | None = None) -> Self:
        """The definition in a file, named `source` in errors.

        Raises:
            PipelineErrors: `PIP-001` to `PIP-036`, every mistake at once.
        """
        name = source if source is not None else str(path)
        try:
            text = text_of(path)
        except UnreadableError as error:
            raise _errors(name, [error.fault]) from None
        return cls.parse(text, name)

    @classmethod
    def parse(cls, text: str, source: str) -> Self:
        """The definition that a text is.

        Raises:
            PipelineErrors: `PIP-003` to `PIP-036`, every mistake at once.
        """
        _, faults = _checked(text)
        if faults:
            raise _errors(source, faults)
        return cls(source, text)

    @property
    def sha256(self) -> str:
        """SHA-256 of the file's text, in hexadecimal: what ties what is deployed to what was compiled."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def step_types(self) -> frozenset[str]:
        """The types of its steps, those under conditions too."""
        return frozenset(step.type for step in steps_in(self._document) if step.type is not None)

    @property
    def _document(self) -> Map:
        return _checked(self.text)[0]

    def filled(self, injected: Injected) -> str:
        """The definition as it is deployed: JSON in one line, with everything that the platform decides.

        Raises:
            PipelineErrors: `PIP-003`, `PIP-040` to `PIP-060`, every mistake at once.
        """
        document, faults = fill(self._document, injected)
        found = list(faults) or list(faults_of_filled(document, injected))
        body = json.dumps(document, separators=(",", ":"), ensure_ascii=False)
        if len(body) > LONGEST and not found:
            message = f"With what the platform fills in, it has {len(body):,} of {LONGEST:,} characters."
            found.append(Fault("PIP-003", None, (), message))
        if found:
            raise _errors(self.source, found)
        return body


def faults_of_text(text: str, injected: Injected) -> tuple[Fault, ...]:
    """Everything wrong with a definition, its form and what the platform decides otherwise, each place once."""
    document, faults = _checked(text)
    known = {(fault.step, fault.loc) for fault in faults}
    decided = fill(document, injected)[1] if document else ()
    return collected((*faults, *(fault for fault in decided if (fault.step, fault.loc) not in known)))


@lru_cache(maxsize=64)
def _checked(text: str) -> tuple[Map, tuple[Fault, ...]]:
    """The values of a text and what is wrong with them. Nobody may change the values: they are shared."""
    try:
        document = values_of(text)
    except UnreadableError as error:
        return {}, (error.fault,)
    if not is_map(document):
        return {}, (Fault("PIP-008", None, (), "The top of the file is not an object."),)
    broken = collected(faults_of_values(document))
    if broken:
        # What is repeated or means something else is not looked at any further: nobody knows what it says.
        return {}, broken
    return document, collected(_faults(document))


def _faults(document: Map) -> Iterator[Fault]:
    yield from faults_of_structure(document)
    scope, steps = Scope(document), tuple(steps_in(document))
    if len(steps) > MOST_STEPS:
        return
    yield from faults_of_conditions(scope)
    for step in steps:
        yield from faults_of_arguments(step, scope)


def _errors(source: str, faults: Sequence[Fault]) -> PipelineErrors:
    errors = errors_of(source, faults)
    assert errors is not None  # noqa: S101 - called with faults only
    return errors
