"""Characters that nobody sees are found, named and, for a parser, stood in for."""

from hypothesis import given
from hypothesis import strategies as st

from mlops_stages.platform.characters import StandIns, hidden_in, named, places_of_hidden


def test_a_character_is_named_by_code_point_and_by_name_where_it_has_one() -> None:
    assert named("\u00a0") == "U+00A0 (NO-BREAK SPACE)"
    assert named("\u200b") == "U+200B (ZERO WIDTH SPACE)"
    assert named("\x07") == "U+0007"


def test_the_first_hidden_character_is_found_and_what_is_allowed_is_passed_over() -> None:
    assert hidden_in("a\tb\u202ec\u200b", allowed="\t") == "\u202e"
    assert hidden_in("a\tb", allowed="\t") is None
    assert hidden_in("plain text, née Ω 数") is None


def test_places_are_told_by_line_and_column_from_one() -> None:
    found = list(places_of_hidden("ab\nc\u00a0d\u200b\n\te"))
    assert found == [(2, 2, "\u00a0"), (2, 4, "\u200b")]


@given(st.text())
def test_standing_in_can_be_taken_back_and_leaves_nothing_hidden_but_what_was_private(text: str) -> None:
    stand_ins = StandIns(text)
    there = stand_ins.put(text)
    assert stand_ins.taken_back(there) == text
    assert len(there) == len(text)
    assert not set(there) & {"\u00a0", "\u200b", "\x00", "\x85", "\u2028"}
