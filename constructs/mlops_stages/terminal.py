"""What a command prints: all of it goes through here, so that a terminal shows every character and obeys none.

Names of files, messages of AWS, lines of a job's log: others chose those characters. One that moves the cursor, sets
colors, makes a link, turns the direction of writing or cannot be seen is printed as its escape, as Python writes it.
"""

from __future__ import annotations

import contextlib
import io
import os
import shlex
import sys
from collections.abc import Generator
from typing import TextIO

_UNSEEN = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0"
    + "".join(map(chr, (*range(0xFE00, 0xFE0E), *range(0xE0100, 0xE01F0))))
)
"""Characters that Python calls printable, and that leave no mark: fillers, joiners, variation selectors.

Those that choose between an emoji and its text (U+FE0E, U+FE0F) are not among them.
"""

_FORCED = ("GITHUB_ACTIONS", "FORCE_COLOR", "PY_COLORS")
"""Variables by which typer colors its help and usage errors even where no terminal is."""


def visible(text: str, *, kept: str = "\n\t") -> str:
    """Return a text whose every character can be seen, those of `kept` as they are."""
    odd = {ord(c): _escape(c) for c in set(text) if c not in kept and (not c.isprintable() or c in _UNSEEN)}
    return text.translate(odd) if odd else text


def one_line(text: str) -> str:
    """Return a text as it stands within a line: a line end in it starts no line of its own."""
    return visible(text, kept="\t")


def quoted(text: str) -> str:
    r"""Return a word that a shell takes as this text, and that can be printed.

    >>> quoted("two words"), quoted("a\x1b[2J")
    ("'two words'", "$'a\\x1b[2J'")
    """
    if visible(text) == text:
        return shlex.quote(text)
    plain = range(0x20, 0x7F)
    escaped = (chr(b) if b in plain and b not in b"'\\" else f"\\x{b:02x}" for b in os.fsencode(text))
    return f"$'{''.join(escaped)}'"


def say(text: str = "", *, error: bool = False) -> None:
    """Print a text and a line end to standard output, or to standard error."""
    stream = sys.stderr if error else sys.stdout
    stream.write(f"{visible(text)}\n")
    stream.flush()


def output(*, error: bool = False) -> TextIO:
    """Return the stream behind `guarded`, for what escapes by itself and colors by itself."""
    stream = sys.stderr if error else sys.stdout
    return stream.stream if isinstance(stream, _Visible) else stream


@contextlib.contextmanager
def guarded() -> Generator[None]:
    """Let nothing reach the terminal as it is, whoever prints it: a library's warning, a traceback, a usage error."""
    if any(os.environ.get(name) for name in _FORCED):
        from typer import rich_utils

        rich_utils.FORCE_TERMINAL = False
    out, err = _Visible(sys.stdout), _Visible(sys.stderr)
    sys.stdout, sys.stderr = out, err
    try:
        yield
    finally:
        if sys.stdout is out:  # typer puts another there when the reader of a pipe has gone
            sys.stdout = out.stream
        if sys.stderr is err:
            sys.stderr = err.stream


class _Visible(io.TextIOBase):
    """A stream that shows what is written to it. It calls itself no terminal, so that nobody colors what it escapes."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self.stream = stream

    @property
    def encoding(self) -> str:  # pyright: ignore[reportIncompatibleVariableOverride]  # a property in TextIOWrapper, too
        return self.stream.encoding

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return False

    def fileno(self) -> int:
        return self.stream.fileno()

    def write(self, text: str, /) -> int:
        shown = visible(text)
        try:
            self.stream.write(shown)
        except UnicodeEncodeError:
            encoding = self.stream.encoding
            self.stream.write(shown.encode(encoding, "backslashreplace").decode(encoding))
        return len(text)

    def flush(self) -> None:
        self.stream.flush()


def _escape(character: str) -> str:
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")
