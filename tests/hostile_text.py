"""Characters that a terminal obeys, or that nobody sees, in words that tests give to whatever prints."""

from __future__ import annotations

KINDS = {
    "C0 controls": "".join(map(chr, (*range(9), 11, 12, 13, *range(14, 32)))),
    "delete": "\x7f",
    "C1 controls": "".join(map(chr, range(0x80, 0xA0))),
    "color and cursor": "\x1b[31m\x1b[2J\x1b[1A",
    "a window's title": "\x1b]0;owned\x07",
    "a link": "\x1b]8;;https://evil.example\x1b\\text\x1b]8;;\x1b\\",
    "the clipboard": "\x1b]52;c;ZXZpbA==\x07",
    "markup of rich": "[bold red]x[/][link=https://evil.example]y[/link]",
    "bidi overrides": "\u202a\u202b\u202c\u202d\u202e",
    "bidi isolates": "\u2066\u2067\u2068\u2069",
    "bidi marks": "\u200e\u200f\u061c",
    "zero width": "\u200b\u200c\u200d\u2060\ufeff\u00ad",
    "fillers": "\u115f\u1160\u3164\uffa0\u034f\u2800",
    "variation selectors": "\ufe00\ufe0d\U000e0100\U000e01ef",
    "tags": "\U000e0001\U000e0041\U000e007f",
    "line and paragraph separators": "\u2028\u2029\x85",
    "half a pair, a byte of a name that is not UTF-8": "\ud800\udc80",
    "private use and unassigned": "\ue000\U0010ffff\u0378",
}
EVERYTHING = "".join(KINDS.values())
LOUD = tuple(sorted(each for each in set(EVERYTHING) if not (each.isascii() and each.isprintable())))
"""Those of the characters that must never come out as they are."""


def obeyed(printed: str) -> list[str]:
    """The characters in what was printed that a terminal would obey, or nobody would see."""
    return [each for each in LOUD if each in printed]
