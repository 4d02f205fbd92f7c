"""The mistakes in a platform.yaml, as data."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice

from mlops_stages.platform.codes import CODES
from mlops_stages.terminal import visible

Loc = tuple[str | int, ...]
"""Where in the file: keys and list positions from the top."""

SHOWN = 60
"""The most characters of the user's own text that an error repeats."""

PRINTED = 100
"""The most errors that one report prints; the rest are counted."""

MOST = 1000
"""The most errors that are collected of one file: nobody reads more, and a hostile file could hold half a million."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A mistake in the content, before it is known which file and line it is on."""

    code: str
    loc: Loc
    message: str
    fix: str = ""
    line: int | None = None
    """Where the place does not tell the line: a second key of the same name, or a fault of the file's form."""


@dataclass(frozen=True, slots=True)
class PlatformError:
    """One error or note: its code, where it is, what is wrong and what to write instead."""

    code: str
    file: str | None
    line: int | None
    path: str
    message: str
    fix: str

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line) if part is not None)
        where = ": ".join(part for part in (place, self.path) if part)
        return f"{self.code} {where}\n  {self.message}\n  fix: {self.fix}" if where else self._without_place()

    def _without_place(self) -> str:
        return f"{self.code}\n  {self.message}\n  fix: {self.fix}"


class PlatformErrors(Exception):  # noqa: N818 - it holds several
    """The mistakes of a platform at once, in the order of the file: all, or `more` than are told. Never empty."""

    def __init__(self, errors: Iterable[PlatformError], *, more: bool = False) -> None:
        self.errors: tuple[PlatformError, ...] = tuple(errors)
        self.more: bool = more
        super().__init__(self.errors)

    def __str__(self) -> str:
        blocks = [str(error) for error in self.errors[:PRINTED]]
        left = len(self.errors) - PRINTED
        if self.more:
            blocks.append(f"... and {left} more, and others that were not looked for." if left > 0 else "... and more.")
        elif left > 0:
            blocks.append(f"... and {left} more.")
        return "\n\n".join(blocks)


@dataclass(frozen=True, slots=True)
class Source:
    """The file that a platform was read from, and the line of each place in it.

    All sources compare equal: where a platform was written is no part of what it says.
    """

    file: str | None = field(default=None, compare=False)
    lines: Mapping[Loc, int] = field(default_factory=dict[Loc, int], compare=False)

    def errors(self, faults: Iterable[Fault]) -> PlatformErrors:
        """The first faults, as many as are told, as errors of this file, by line."""
        found = [self.error(fault) for fault in islice(faults, MOST + 1)]
        told = sorted(found[:MOST], key=lambda error: (error.line or 0, error.path, error.code))
        return PlatformErrors(told, more=len(found) > MOST)

    def error(self, fault: Fault) -> PlatformError:
        """A fault or a note with the file and the line that it is on."""
        return PlatformError(
            code=fault.code,
            file=self.file,
            line=fault.line or self._line(fault.loc),
            path=path_text(fault.loc),
            message=fault.message,
            fix=fault.fix or CODES[fault.code].fix,
        )

    def _line(self, loc: Loc) -> int | None:
        """The line of a place, or, where something is missing, of what should hold it."""
        while loc and loc not in self.lines:
            loc = loc[:-1]
        return self.lines.get(loc)


def path_text(loc: Loc) -> str:
    """A place as people write it: `teams[0].budget.monthly_usd`."""
    text = ""
    for step in loc:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            key = step if _is_plain(step) else shown(step)
            text += f".{key}" if text else key
    return text


def _is_plain(key: str) -> bool:
    return 0 < len(key) <= SHOWN and key.isascii() and key.replace("_", "a").replace("-", "a").isalnum()


def shown(value: object, limit: int = SHOWN) -> str:
    """A value as an error repeats it: in quotes if text, short, and without characters that a terminal obeys."""
    if isinstance(value, str):
        return f"'{escaped(value, limit)}'"
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "nothing"
    if isinstance(value, int | float):
        return escaped(repr(value), limit)
    if isinstance(value, Mapping):
        return "a map"
    return "a list"


def escaped(text: str, limit: int = SHOWN) -> str:
    """Text cut to `limit` characters, with every character that does not print written as its escape."""
    safe = visible(text[:limit], kept="")
    return f"{safe}..." if len(text) > limit else safe
