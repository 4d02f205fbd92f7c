"""Three-way merge: nothing of either side is lost, and what both changed is never decided for them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_stages.model_repository.merging import Merged, merge

LINE = st.sampled_from(["a\n", "b\n", "c\n", "\n", "  d\n"])
TEXT = st.tuples(st.lists(LINE, max_size=12), st.sampled_from(["", "z"])).map(lambda made: "".join(made[0]) + made[1])
EDIT = st.lists(st.sampled_from(["x\n", "y\n", "z\n"]), max_size=3)

BASE = "one\ntwo\nthree\nfour\nfive\n"


@pytest.mark.parametrize(
    ("ours", "theirs", "merged"),
    [
        ("ONE\ntwo\nthree\nfour\nfive\n", "one\ntwo\nthree\nfour\nFIVE\n", "ONE\ntwo\nthree\nfour\nFIVE\n"),
        ("zero\none\ntwo\nthree\nfour\nfive\n", "one\ntwo\nthree\nfour\n", "zero\none\ntwo\nthree\nfour\n"),
        ("one\nthree\nfour\nfive\n", "one\ntwo\nthree\n3.5\nfour\nfive\n", "one\nthree\n3.5\nfour\nfive\n"),
        ("one\nTWO\nthree\nfour\nfive\n", "one\nTWO\nthree\nfour\nfive\nsix\n", "one\nTWO\nthree\nfour\nfive\nsix\n"),
        ("one\ntwo\nthree\nfour\nfive", "ONE\ntwo\nthree\nfour\nfive\n", "ONE\ntwo\nthree\nfour\nfive"),
    ],
)
def test_changes_in_different_places_come_together(ours: str, theirs: str, merged: str) -> None:
    assert merge(BASE, ours, theirs) == Merged(merged, 0)
    assert merge(BASE, theirs, ours) == Merged(merged, 0)


def test_different_changes_in_one_place_are_marked_with_both() -> None:
    merged = merge(BASE, "one\nmine\nthree\nfour\nfive\n", "one\nyours\nthree\nfour\nfive\n")
    marks = "<<<<<<< yours\nmine\n=======\nyours\n>>>>>>> template\n"
    assert merged == Merged(f"one\n{marks}three\nfour\nfive\n", 1)


def test_a_mark_stands_on_a_line_of_its_own_even_without_a_last_line_end() -> None:
    merged = merge("a", "b", "c")
    assert merged == Merged("<<<<<<< yours\nb\n=======\nc\n>>>>>>> template\n", 1)


@given(TEXT, TEXT)
def test_a_side_that_changed_nothing_decides_nothing(base: str, side: str) -> None:
    assert merge(base, side, base) == merge(base, base, side) == merge(base, side, side) == Merged(side, 0)


@given(TEXT, TEXT, TEXT)
def test_who_is_called_ours_changes_nothing_but_the_marks(base: str, ours: str, theirs: str) -> None:
    here, there = merge(base, ours, theirs), merge(base, theirs, ours)
    assert here.conflicts == there.conflicts
    if not here.conflicts:
        assert here.text == there.text


@given(TEXT, TEXT, TEXT)
def test_what_both_sides_wrote_is_in_the_result(base: str, ours: str, theirs: str) -> None:
    merged = set(merge(base, ours, theirs).text.splitlines())
    for side, other in ((ours, theirs), (theirs, ours)):
        new = set(side.splitlines()) - set(base.splitlines())
        assert new <= merged, (new, other)


@given(st.lists(EDIT, min_size=6, max_size=6), st.lists(EDIT, min_size=6, max_size=6))
def test_edits_with_an_unchanged_line_between_them_never_conflict(our: list[list[str]], their: list[list[str]]) -> None:
    """Ours edits the first half of the gaps between unique lines, theirs the second half."""
    fixed = [f"line {number}\n" for number in range(6)]

    def text(edits: list[list[str]]) -> str:
        return "".join(line for edit, kept in zip(edits, fixed, strict=True) for line in (*edit, kept))

    nothing: list[list[str]] = [[]] * 3
    ours, theirs = our[:3] + nothing, nothing + their[3:]
    assert merge(text([[]] * 6), text(ours), text(theirs)) == Merged(text(our[:3] + their[3:]), 0)
