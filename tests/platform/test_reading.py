"""What can be wrong with the file before its content is."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TextIO

import pytest

from mlops_stages import files
from mlops_stages.platform import Platform, PlatformError, PlatformErrors, load, loading
from mlops_stages.platform.errors import MOST
from mlops_stages.platform.loading import LARGEST
from mlops_stages.platform.yaml_tree import MOST_ENTRIES

Errors = Callable[[str], tuple[PlatformError, ...]]
Read = Callable[[str], Platform]

SOON = 5.0
"""Seconds of processor time. On a quiet machine it is about one; without bounds it is fifteen and more."""


class Generate(Protocol):
    def organization(self, teams: int, people: int = 10) -> dict[str, object]: ...

    def write(self, platform: dict[str, object], to: Path | TextIO) -> None: ...


def only_error(path: Path) -> PlatformError:
    with pytest.raises(PlatformErrors) as caught:
        load(path)
    (error,) = caught.value.errors
    return error


def test_a_missing_file_is_told_by_its_name(tmp_path: Path) -> None:
    error = only_error(tmp_path / "platform.yaml")
    assert (error.code, error.line) == ("PLT-001", None)
    assert error.file == str(tmp_path / "platform.yaml")


def test_a_directory_is_no_file(tmp_path: Path) -> None:
    error = only_error(tmp_path)
    assert (error.code, error.message) == ("PLT-002", "It is a directory.")


def test_a_pipe_is_refused_and_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert only_error(tmp_path / "pipe").code == "PLT-002"


def test_a_file_without_the_right_to_read_is_told(
    minimal: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "platform.yaml"
    path.write_text(minimal)

    def refuse(*_: object, **__: object) -> object:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(files, "content", refuse)
    error = only_error(path)
    assert (error.code, error.message) == ("PLT-002", "It cannot be read: Permission denied.")


def test_a_path_that_no_system_accepts_is_told() -> None:
    assert only_error(Path("a\0b")).code in {"PLT-001", "PLT-002"}
    assert only_error(Path("x" * 5000)).code == "PLT-002"


def test_a_file_through_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert only_error(tmp_path / "file" / "platform.yaml").code == "PLT-002"


def test_a_file_of_ten_megabytes_is_refused_before_it_is_parsed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "platform.yaml"
    path.write_bytes(b"[" * 10_000_000)

    def parse(_: str) -> None:
        pytest.fail("it was parsed")

    monkeypatch.setattr(loading, "read_tree", parse)
    error = only_error(path)
    assert error.code == "PLT-003"
    assert len(str(error)) < 300


def test_the_largest_file_allowed_is_read(minimal: str, read: Read) -> None:
    filler = "# " + "x" * (LARGEST - len(minimal) - 3) + "\n"
    assert read(filler + minimal).name == "tiny"


def test_bytes_that_are_not_utf_8_are_told_with_their_line(tmp_path: Path) -> None:
    path = tmp_path / "platform.yaml"
    path.write_bytes(b"name: tiny\nowner: \xe4nn@tiny.example\n")
    error = only_error(path)
    assert (error.code, error.line, error.message) == ("PLT-004", 2, "Byte 19 is not UTF-8.")


def test_a_byte_order_mark_is_passed_over(minimal: str, read: Read) -> None:
    assert read("\ufeff" + minimal) == read(minimal)


def test_windows_line_ends_are_read(minimal: str, read: Read) -> None:
    assert read(minimal.replace("\n", "\r\n")) == read(minimal)


def test_json_is_read(errors: Errors) -> None:
    assert [error.path for error in errors('{"name": "tiny", "stage": "initial", "teams": []}')] == [
        "accounts",
        "cost_center",
        "owner",
        "people",
        "region",
    ]


def test_a_syntax_error_has_its_line(errors: Errors) -> None:
    (error,) = errors("name: tiny\nregion: [eu-west-1\nstage: initial\n")
    assert (error.code, error.line) == ("PLT-006", 3)


def test_what_was_wrong_before_a_syntax_error_is_told_too(errors: Errors) -> None:
    found = errors("name: a\nname: b\nowner: *x\n]\n")
    assert [(error.code, error.line) for error in found] == [("PLT-008", 2), ("PLT-009", 3), ("PLT-006", 4)]


def test_an_alias_bomb_is_refused_before_it_expands(organizations: Path) -> None:
    with pytest.raises(PlatformErrors) as caught:
        load(organizations / "hostile" / "alias_bomb.yaml")
    assert {error.code for error in caught.value.errors} == {"PLT-009", "PLT-101", "PLT-102"}


@pytest.mark.parametrize("opening", ["[", "{", "[{a: ", "- ", "? ", "{? "])
def test_deep_nesting_is_refused_before_it_costs_time(opening: str, errors: Errors) -> None:
    text = "tags: " + opening * 100_000 if opening[0] in "[{" else opening * 100_000
    found = errors(text[: LARGEST - 1])
    assert found[-1].code in {"PLT-006", "PLT-011", "PLT-013", "PLT-014"}


def test_a_key_twice_is_told_with_both_lines(minimal: str, errors: Errors) -> None:
    (error,) = errors(minimal + "name: other\n")
    assert (error.code, error.path, error.line) == ("PLT-008", "name", 11)
    assert error.message == "The key 'name' is written twice; first at line 2."


def test_a_purpose_twice_is_told_at_the_second(minimal: str, errors: Errors) -> None:
    twice = '  experimentation: "012345678901"\n'
    (error,) = errors(minimal.replace(twice, twice * 2))
    assert (error.code, error.path, error.line) == ("PLT-008", "accounts.experimentation", 9)


def test_the_value_of_a_key_twice_is_not_checked(minimal: str, errors: Errors) -> None:
    assert [error.code for error in errors(minimal + "stage: {nonsense: [*a, !x y]}\n")] == ["PLT-008"]


@pytest.mark.parametrize("written", ["012345670123", "0o12345670", "0x1234", "111111111111", "+11111111111"])
def test_an_account_without_quotes_is_told_as_it_was_written(written: str, minimal: str, errors: Errors) -> None:
    (error,) = errors(minimal.replace('"012345678901"', written))
    assert error.code == "PLT-104"
    assert error.message == f"{written} has no quotes, so YAML reads it as a number."


def test_an_account_with_a_zero_in_front_keeps_it_in_the_fix(minimal: str, errors: Errors) -> None:
    (error,) = errors(minimal.replace('"012345678901"', "012345678901"))
    assert error.fix == 'Write "012345678901".'


def test_quotes_alone_are_not_advised_where_they_would_not_do(minimal: str, errors: Errors) -> None:
    (error,) = errors(minimal.replace('"012345678901"', "12345678901"))
    assert error.fix == "Write its 12 digits in quotes, such as '111111111111'. Keep the quotes."


def test_words_that_yaml_once_read_as_booleans_are_text(minimal: str, read: Read) -> None:
    platform = read(minimal + "tags: {country: no, opted: yes, time: 12:30:00, day: 2026-01-01}\n")
    assert platform.tags == {"country": "no", "opted": "yes", "time": "12:30:00", "day": "2026-01-01"}


def test_a_character_that_does_not_print_is_named_by_its_number(minimal: str, errors: Errors) -> None:
    (error,) = errors(minimal.replace('cost_center: "1"', 'cost_center: "a\\e[2Jb"'))
    assert (error.code, error.path) == ("PLT-012", "cost_center")
    assert error.message == "'a\\x1b[2Jb' holds U+001B, which does not print."


@pytest.mark.parametrize(
    ("character", "name"),
    [
        ("\u00a0", "U+00A0 (NO-BREAK SPACE)"),
        ("\u200b", "U+200B (ZERO WIDTH SPACE)"),
        ("\ufeff", "U+FEFF (ZERO WIDTH NO-BREAK SPACE)"),
        ("\u00ad", "U+00AD (SOFT HYPHEN)"),
        ("\u2028", "U+2028 (LINE SEPARATOR)"),
        ("\u202e", "U+202E (RIGHT-TO-LEFT OVERRIDE)"),
        ("\x00", "U+0000"),
        ("\x85", "U+0085"),
    ],
)
def test_a_character_that_nobody_sees_is_named_at_every_place(
    minimal: str, errors: Errors, character: str, name: str
) -> None:
    for wrong in ("eu-central-1" + character, character + "eu-central-1", "eu-" + character + "central-1"):
        (error,) = errors(minimal.replace("eu-central-1", wrong))
        assert (error.code, error.path, error.line) == ("PLT-012", "region", 3)
        assert f"holds {name}, which does not print." in error.message
    keyed = errors(minimal.replace("region:", f"region{character}:"))
    assert ("PLT-012", "", 3) in [(error.code, error.path, error.line) for error in keyed]
    assert any(f"holds {name}, which does not print." in error.message for error in keyed)


def test_a_no_break_space_after_a_colon_is_named_before_what_it_breaks(minimal: str, errors: Errors) -> None:
    found = errors(minimal.replace("region: eu", "region:\u00a0eu"))
    assert (found[0].code, found[0].line) == ("PLT-012", 3)
    assert found[0].message == "Column 8 holds U+00A0 (NO-BREAK SPACE), which does not print."


def test_a_character_that_a_tool_could_not_read_is_told_as_such(minimal: str, errors: Errors) -> None:
    (error,) = errors(minimal.replace('cost_center: "1"', 'cost_center: "a\ufffd"'))
    assert (error.code, error.path) == ("PLT-012", "cost_center")
    assert "a character that it could not read" in error.message


def test_raw_control_characters_in_a_comment_do_no_harm(minimal: str, read: Read) -> None:
    assert read(minimal + "# \x00\x1b[2J\u202e\n") == read(minimal)


def test_megabytes_of_hostile_text_are_not_repeated(minimal: str, errors: Errors) -> None:
    value, key = "x" * 500_000, "k" * 1000
    found = errors(minimal.replace("name: tiny", f"name: {value}") + f"{key}: 1\n")
    assert sorted(error.code for error in found) == ["PLT-101", "PLT-201"]
    assert all(len(str(error)) < 600 for error in found)


MANY = {
    "aliases": ("teams: [" + "*a," * 300_000 + "]", "PLT-009"),
    "twice": ("a: 1\n" * 200_000, "PLT-008"),
    "keys": ("".join(f"k{number}: 1\n" for number in range(29_000)), "PLT-101"),
    "key_is_none": ("{" + "[]: 1," * 170_000 + "}", "PLT-014"),
    "no_addresses": ("people: {platform_engineers: [" + "a@b," * 59_000 + "]}", "PLT-206"),
    "teams_of_one_name": ("teams: [" + "{name: abc}," * 14_000 + "]", "PLT-102"),
    "qualities": (
        "teams: [{models: [{quality: {metric: auc, "
        + "".join(f"maximum{number}: 1," for number in range(29_000))
        + "}}]}]",
        "PLT-101",
    ),
}


@pytest.mark.parametrize("kind", sorted(MANY))
def test_a_file_of_mistakes_is_told_in_part_and_soon(kind: str, tmp_path: Path) -> None:
    text, code = MANY[kind]
    assert len(text) < LARGEST
    path = tmp_path / "platform.yaml"
    path.write_text(text)
    started = time.process_time()
    with pytest.raises(PlatformErrors) as caught:
        load(path)
    report = str(caught.value)
    took = time.process_time() - started
    assert code in {error.code for error in caught.value.errors}
    assert len(caught.value.errors) <= MOST
    assert caught.value.more
    assert len(report) < 60_000
    assert took < SOON


def test_what_a_file_with_too_many_values_holds_beyond_is_not_read(errors: Errors) -> None:
    (error,) = errors("teams:\n" + "- 0\n" * 100_000)
    assert error.code == "PLT-003"
    assert error.line is not None
    assert MOST_ENTRIES - 10 < error.line <= MOST_ENTRIES
    assert error.message == "It holds more than 60,000 keys and values; nothing after this line was read."


def test_five_hundred_teams_of_ten_people_are_read(generate: Generate, tmp_path: Path) -> None:
    generate.write(generate.organization(500), tmp_path / "platform.yaml")
    assert len(load(tmp_path / "platform.yaml").teams) == 500
