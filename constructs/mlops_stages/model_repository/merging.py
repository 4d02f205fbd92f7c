"""Three-way merge of texts by lines: what two sides made of one base, where they do not touch the same place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher


@dataclass(frozen=True)
class Merged:
    """A merged text. Where both sides changed the same place differently it holds marks; `conflicts` counts those."""

    text: str
    conflicts: int


def merge(base: str, ours: str, theirs: str) -> Merged:
    """Merge what two sides made of `base`. The result is the same with the sides exchanged, but for the marks."""
    if ours == theirs or base == theirs:
        return Merged(ours, 0)
    if base == ours:
        return Merged(theirs, 0)
    lines, conflicts = list[str](), 0
    for was, our, their in _chunks(*(text.splitlines(keepends=True) for text in (base, ours, theirs))):
        if our == their or was == their:
            lines += our
        elif was == our:
            lines += their
        else:
            conflicts += 1
            lines += ["<<<<<<< yours\n", *_ended(our), "=======\n", *_ended(their), ">>>>>>> template\n"]
    return Merged("".join(lines), conflicts)


Lines = Sequence[str]


def _chunks(base: Lines, ours: Lines, theirs: Lines) -> Iterator[tuple[Lines, Lines, Lines]]:
    """The three texts cut at the lines that all of them have in common, alternating between changed and common."""
    at = our_at = their_at = 0
    for start, our_start, their_start, length in _common(base, ours, theirs):
        yield base[at:start], ours[our_at:our_start], theirs[their_at:their_start]
        at, our_at, their_at = start + length, our_start + length, their_start + length
        yield base[start:at], ours[our_start:our_at], theirs[their_start:their_at]


def _common(base: Lines, ours: Lines, theirs: Lines) -> Iterator[tuple[int, int, int, int]]:
    """Stretches of the base that both sides kept: where they start in each, and their length; last an empty one."""
    kept_by_us, kept_by_them = (
        {block.a + index: block.b + index for block in _matches(base, side) for index in range(block.size)}
        for side in (ours, theirs)
    )
    start = 0
    while start < len(base):
        if start not in kept_by_us or start not in kept_by_them:
            start += 1
            continue
        length = 1
        while (
            kept_by_us.get(start + length) == kept_by_us[start] + length
            and kept_by_them.get(start + length) == kept_by_them[start] + length
        ):
            length += 1
        yield start, kept_by_us[start], kept_by_them[start], length
        start += length
    yield len(base), len(ours), len(theirs), 0


def _matches(base: Lines, side: Lines):  # noqa: ANN202 - difflib's own tuples
    return SequenceMatcher(None, base, side, autojunk=False).get_matching_blocks()


def _ended(lines: Lines) -> list[str]:
    """The lines, the last of them ended: a mark must stand on a line of its own."""
    return [line if line.endswith("\n") else f"{line}\n" for line in lines]
