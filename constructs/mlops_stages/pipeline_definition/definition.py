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
from mlops_stages.pipeline_definition.kinds import PLATFORM, Support
from mlops_stages.pipeline_definition.reading import UnreadableError, content_of, faults_of_values, text_of, values_of
from mlops_stages.pipeline_definition.references import Scope
from mlops_stages.pipeline_definition.size import faults_of_size
from mlops_stages.pipeline_definition.steps import steps_in
from mlops_stages.pipeline_definition.structure import MOST_STEPS, faults_of_structure
from mlops_stages.pipeline_definition.verification import faults_of_filled
from mlops_stages.pipeline_definition.wrapping import fault_of_wrapping
from mlops_stages.platform.plain import Map, is_map


@dataclass(frozen=True)
class PipelineDefinition:
    """A definition whose form is sound: what `filled` then refuses is what the platform decides otherwise.

    Attributes:
        source: the file, as errors name it.
        text: what is in it.
        sha256: SHA-256 of the file, in hexadecimal: what ties what is deployed to what was compiled.
    """

    source: str
    text: str = field(repr=False)
    sha256: str

    @classmethod
    def read(cls, path: Path, *, source: str | None = None) -> Self:
        """The definition in a file, named `source` in errors.

        Raises:
            PipelineErrors: `PIP-001` to `PIP-037`, `PIP-061`, every mistake at once.
        """
        name = source if source is not None else str(path)
        try:
            content = content_of(path)
            text = text_of(content)
        except UnreadableError as error:
            raise _errors(name, [error.fault]) from None
        return cls._parsed(text, name, hashlib.sha256(content).hexdigest())

    @classmethod
    def parse(cls, text: str, source: str) -> Self:
        """The definition that a text is.

        Raises:
            PipelineErrors: `PIP-003` to `PIP-037`, `PIP-061`, every mistake at once.
        """
        return cls._parsed(text, source, hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest())

    @classmethod
    def _parsed(cls, text: str, source: str, sha256: str) -> Self:
        _, faults = checked(text)
        if faults:
            raise _errors(source, faults)
        return cls(source, text, sha256)

    @property
    def step_types(self) -> frozenset[str]:
        """The types of its steps, those under conditions too."""
        return frozenset(step.type for step in steps_in(self._document) if step.type is not None)

    @property
    def _document(self) -> Map:
        return checked(self.text)[0]

    def filled(self, injected: Injected) -> str:
        """The definition as it is deployed: JSON in one line, with everything that the platform decides.

        Raises:
            PipelineErrors: `PIP-003`, `PIP-040` to `PIP-060`, every mistake at once.
        """
        document, faults = fill(self._document, injected)
        found = list(faults) or list(faults_of_filled(document, injected))
        body = _compact(document)
        found = found or list(faults_of_size(body))
        if found:
            raise _errors(self.source, found)
        return body


def faults_of_text(text: str, injected: Injected) -> tuple[Fault, ...]:
    """Everything wrong with a definition, its form and what the platform decides otherwise, each cause once."""
    document, faults = checked(text)
    if not document:
        return faults
    filled, decided = fill(document, injected)
    known = {(fault.step, fault.loc) for fault in faults if fault.loc}
    # What is said of a field is not said again of what is in it.
    more = (f for f in decided if not any((f.step, f.loc[: n + 1]) in known for n in range(len(f.loc))))
    found = collected((*faults, *more))
    return found or tuple(faults_of_size(_compact(filled)))


def filled_text(text: str, injected: Injected) -> str:
    """A definition without faults as it is deployed."""
    return _compact(fill(checked(text)[0], injected)[0])


def _compact(document: Map) -> str:
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False)


@lru_cache(maxsize=64)
def checked(text: str, support: Support = PLATFORM) -> tuple[Map, tuple[Fault, ...]]:
    """The values of a text and what is wrong with them. Nobody may change the values: they are shared."""
    try:
        document = values_of(text)
    except UnreadableError as error:
        return {}, (error.fault,)
    wrapped = fault_of_wrapping(document)
    if wrapped is not None:
        return {}, (wrapped,)
    if not is_map(document):
        return {}, (Fault("PIP-008", None, (), "The top of the file is not an object."),)
    broken = collected(faults_of_values(document))
    if broken:
        # What is repeated or means something else is not looked at any further: nobody knows what it says.
        return {}, broken
    return document, collected(_faults(document, support))


def _faults(document: Map, support: Support) -> Iterator[Fault]:
    yield from faults_of_structure(document, support)
    scope, steps = Scope(document, support), tuple(steps_in(document))
    if len(steps) > MOST_STEPS:
        return
    yield from faults_of_conditions(scope)
    for step in steps:
        yield from faults_of_arguments(step, scope)


def _errors(source: str, faults: Sequence[Fault]) -> PipelineErrors:
    errors = errors_of(source, faults)
    assert errors is not None  # noqa: S101 - called with faults only
    return errors
