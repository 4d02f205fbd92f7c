"""Characters that nobody sees: control characters, odd spaces, zero-width ones. Every reader of a file asks here.

A no-break space pasted from a web page, or a mark that turns the direction of writing, makes a text say something else
than what a reviewer reads.
"""

import unicodedata
from collections.abc import Iterable, Iterator

_STAND_INS = range(0xF0000, 0xFFFFE)
"""Plane 15, for private use: characters that every parser takes, and that mean nothing."""


def hidden_in(text: str, *, allowed: str = "") -> str | None:
    """The first character that does not print, if there is one."""
    if text.isprintable():
        return None
    return next((each for each in text if not each.isprintable() and each not in allowed), None)


def named(character: str) -> str:
    """A character by its code point and its name in Unicode: `U+00A0 (NO-BREAK SPACE)`."""
    code = f"U+{ord(character):04X}"
    name = unicodedata.name(character, "")
    return f"{code} ({name})" if name else code


def places_of_hidden(text: str, *, allowed: str = "\n\r\t") -> Iterator[tuple[int, int, str]]:
    """Line and column, both from 1, of each character that does not print."""
    for number, line in enumerate(text.split("\n"), start=1):
        if hidden_in(line, allowed=allowed) is not None:
            yield from (
                (number, column, each)
                for column, each in enumerate(line, start=1)
                if not each.isprintable() and each not in allowed
            )


class StandIns:
    """Other characters for those that do not print, so that a parser that stops at them reads on."""

    def __init__(self, text: str, *, allowed: str = "\n\r\t") -> None:
        used = set(text)
        odd: Iterable[str] = sorted(each for each in used if not each.isprintable() and each not in allowed)
        free = (chr(code) for code in _STAND_INS if chr(code) not in used)
        self._there = {ord(each): stand_in for each, stand_in in zip(odd, free, strict=False)}
        self._back = {ord(stand_in): chr(code) for code, stand_in in self._there.items()}

    def put(self, text: str) -> str:
        """The text with the other characters in it."""
        return text.translate(self._there)

    def taken_back(self, text: str) -> str:
        """The text as it was."""
        return text.translate(self._back) if self._back else text
