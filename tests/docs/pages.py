"""The pages, and the code blocks in them."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = (ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md")))
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A code block; `language` is empty for output."""

    page: str
    language: str
    text: str


def blocks(language: str, page: str | None = None) -> tuple[Block, ...]:
    """The code blocks in a language, of all pages or of one."""
    return tuple(
        Block(path.name, found[1], found[2])
        for path in PAGES
        if page in (None, path.name)
        for found in _FENCE.finditer(path.read_text("utf-8"))
        if found[1] == language
    )


def commands() -> Iterator[tuple[str, list[str]]]:
    """Every command of every shell block, with its page; comments and continued lines resolved."""
    for block in blocks("sh"):
        for command in commands_in(block.text):
            yield block.page, command


def commands_in(text: str) -> Iterator[list[str]]:
    """The words of each command of a shell block; a quoted text may have lines of its own."""
    begun = ""
    for line in text.replace("\\\n", " ").splitlines(keepends=True):
        begun += line
        try:
            words = shlex.split(begun, comments=True)
        except ValueError:  # a quotation is still open
            continue
        begun = ""
        if words:
            yield words


def flags(words: list[str]) -> set[str]:
    """The long options of a command."""
    return {word.split("=")[0] for word in words if word.startswith("--") and word != "--"}
