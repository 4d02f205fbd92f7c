"""The mistakes in a pipeline definition, as data."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from mlops_stages.pipeline_definition.codes import CODES
from mlops_stages.platform.errors import MOST, PRINTED, Loc, escaped, path_text


@dataclass(frozen=True, slots=True)
class Fault:
    """A mistake in a definition, before it is known which file that is from."""

    code: str
    step: str | None
    loc: Loc
    message: str
    fix: str = ""


@dataclass(frozen=True, slots=True)
class DefinitionError:
    """One mistake: its code, the file, the step, the field in it, what is wrong and what to do."""

    code: str
    file: str
    step: str | None
    field: str
    message: str
    fix: str

    def __str__(self) -> str:
        step = f"step {escaped(self.step)}" if self.step is not None else ""
        where = ": ".join(part for part in (self.file, step, self.field) if part)
        return f"{self.code}: {where}\n  {self.message}\n  fix: {self.fix}"


class PipelineErrors(ValueError):  # noqa: N818 - it holds several
    """The mistakes of a definition at once: all, or `more` than are told. Never empty."""

    def __init__(self, errors: Iterable[DefinitionError], *, more: bool = False) -> None:
        self.errors: tuple[DefinitionError, ...] = tuple(errors)
        self.more: bool = more
        super().__init__(self.errors)

    def __str__(self) -> str:
        blocks = [str(error) for error in self.errors[:PRINTED]]
        left = len(self.errors) - PRINTED
        if self.more or left > 0:
            blocks.append(f"... and {left} more." if left > 0 and not self.more else "... and more.")
        return "\n\n".join(blocks)


def collected(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """The first faults, one more than are told at most, and for one place the first of each code."""
    found: dict[tuple[str, str | None, Loc, str], Fault] = {}
    for fault in islice(faults, MOST + 1):
        found.setdefault((fault.code, fault.step, fault.loc, fault.message), fault)
    return tuple(found.values())


def errors_of(file: str, faults: Iterable[Fault]) -> PipelineErrors | None:
    """The faults as errors of a file; `None` where there are none."""
    found = collected(faults)
    if not found:
        return None
    told = (
        DefinitionError(f.code, file, f.step, path_text(f.loc), f.message, f.fix or CODES[f.code].fix)
        for f in found[:MOST]
    )
    return PipelineErrors(told, more=len(found) > MOST)
