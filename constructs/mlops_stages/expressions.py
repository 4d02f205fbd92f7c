"""Regular expressions and wildcards for text from outside: none of them backtracks, so no text can make one slow.

Python's `re` backtracks: an expression such as `(a+)+$` takes it years on forty characters. The engine here is RE2,
whose time grows with the length of the text only. It has no look-around and no references back to groups.

Source: https://github.com/google/re2/wiki/Syntax
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any

LONGEST_EXPRESSION = 4_096
"""Characters of an expression that somebody gives; AWS takes 500 in a metric's definition."""
_MEMORY = 16 << 20
"""Bytes that one expression may take when it is compiled; larger ones are refused."""


class ExpressionError(ValueError):
    """An expression that RE2 does not read; the message says why."""


class Expression:
    """A compiled expression. Text that is not Unicode (half of a surrogate pair) matches none."""

    def __init__(self, compiled: Any) -> None:  # noqa: ANN401  # re2 has no types
        self._compiled = compiled

    def matches(self, text: str) -> bool:
        """Whether the whole text is what the expression says."""
        try:
            return self._compiled.fullmatch(text) is not None
        except UnicodeEncodeError:
            return False

    def occurs_in(self, text: str) -> bool:
        """Whether some part of the text is what the expression says."""
        try:
            return self._compiled.search(text) is not None
        except UnicodeEncodeError:
            return False

    def groups_in(self, text: str) -> tuple[str | None, ...] | None:
        """The groups of the first part of the text that is what the expression says; None where there is none."""
        try:
            found = self._compiled.search(text)
        except UnicodeEncodeError:
            return None
        return None if found is None else tuple(found.groups())

    def named_groups(self, text: str) -> dict[str, str] | None:
        """The groups by name, without those that took no part, where the whole text is what the expression says."""
        try:
            found = self._compiled.fullmatch(text)
        except UnicodeEncodeError:
            return None
        return None if found is None else {name: text for name, text in found.groupdict().items() if text is not None}


@lru_cache(maxsize=4096)
def compiled(expression: str) -> Expression:
    """Return an expression that can be used.

    Raises:
        ExpressionError: RE2 does not read it, or it is too large.
    """
    return Expression(raw(expression))


def raw(expression: str, *, longest: int = LONGEST_EXPRESSION) -> Any:  # noqa: ANN401  # re2 has no types
    """Return an expression as RE2 compiles it, with methods as Python's `re` has them.

    Raises:
        ExpressionError: RE2 does not read it, or it is too large.
    """
    re2 = _re2()
    if len(expression) > longest:
        raise ExpressionError(f"The expression has more than {longest:,} characters.")
    try:
        return re2.compile(expression, _options())
    except UnicodeEncodeError as error:
        raise ExpressionError("The expression holds half of a character (a lone surrogate).") from error
    except re2.error as error:
        said = error.args[0]
        raise ExpressionError(said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)) from error


@cache
def _re2() -> Any:  # noqa: ANN401  # re2 has no types
    import importlib

    return importlib.import_module("re2")  # only where it is used: the import takes 7 ms


@cache
def _options() -> Any:  # noqa: ANN401  # re2 has no types
    options = _re2().Options()
    options.max_mem = _MEMORY
    options.log_errors = False
    return options


def fits(text: str, pattern: str, *, one: str | None = "?") -> bool:
    """Whether a text is what a wildcard pattern says: `*` is any characters, `?` is one; everything else itself.

    Without an expression: between two `*` it is always right to take the first place that fits. `one` is the sign of
    a single character; None where there is no such sign.
    """
    first, *rest = pattern.split("*")
    if not rest:
        return len(text) == len(pattern) and _begins(text, pattern, 0, one)
    *middle, last = rest
    end = len(text) - len(last)
    if end < len(first) or not _begins(text, first, 0, one) or not _begins(text, last, end, one):
        return False
    place = len(first)
    for part in middle:
        found = _find(text, part, place, end, one)
        if found < 0:
            return False
        place = found + len(part)
    return place <= end


def _begins(text: str, part: str, place: int, one: str | None) -> bool:
    """Whether a part without `*` stands at a place of the text."""
    if one is None or one not in part:
        return text.startswith(part, place)
    there = text[place : place + len(part)]
    return len(there) == len(part) and all(wanted in (one, found) for wanted, found in zip(part, there, strict=True))


def _find(text: str, part: str, start: int, end: int, one: str | None) -> int:
    """The first place of a part without `*` in the text between two places; -1 where it has none.

    With a `?` in it, each bit of a number is a place in the part that the text read so far has led to.
    """
    if one is None or one not in part:
        return text.find(part, start, end)
    masks: dict[str, int] = {}
    for index, wanted in enumerate(part):
        masks[wanted] = masks.get(wanted, 0) | 1 << index
    anything, whole, reached = masks[one], 1 << (len(part) - 1), 0
    for place in range(start, end):
        reached = (reached << 1 | 1) & (masks.get(text[place], 0) | anything)
        if reached & whole:
            return place - len(part) + 1
    return -1
