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
        for line in block.text.replace("\\\n", " ").splitlines():
            words = shlex.split(line, comments=True)
            if words:
                yield block.page, words


def flags(words: list[str]) -> set[str]:
    """The long options of a command."""
    return {word.split("=")[0] for word in words if word.startswith("--") and word != "--"}
