"""Definitions are read as hostile input."""

import json
import os
import time
from pathlib import Path

import pytest

from mlops_stages.pipeline_definition import PipelineDefinition, PipelineErrors
from tests.pipeline_definition.given import GOOD, INJECTED, REFERENCE, SOURCE, errors_of, place


def codes(text: str) -> list[str]:
    return [error.code for error in errors_of(text)]


def read_codes(path: Path) -> list[str]:
    """The codes of what is wrong with a file as a whole: such an error names no step and no field."""
    with pytest.raises(PipelineErrors) as refused:
        PipelineDefinition.read(path)
    assert all((error.step, error.field) == (None, "") for error in refused.value.errors)
    return [error.code for error in refused.value.errors]


def test_the_reference_definition_is_sound() -> None:
    assert PipelineDefinition.read(REFERENCE).step_types == {
        "Condition",
        "Fail",
        "Processing",
        "RegisterModel",
        "Training",
    }


def test_its_hash_is_that_of_the_file(tmp_path: Path) -> None:
    import hashlib

    assert PipelineDefinition.read(REFERENCE).sha256 == hashlib.sha256(REFERENCE.read_bytes()).hexdigest()


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    assert read_codes(tmp_path / "none.json") == ["PIP-001"]


def test_a_directory_is_not_read(tmp_path: Path) -> None:
    assert read_codes(tmp_path) == ["PIP-002"]


def test_a_pipe_that_never_ends_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    assert read_codes(tmp_path / "pipe.json") == ["PIP-002"]


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "huge.json"
    with path.open("wb") as stream:
        stream.truncate(5 * 1024**3)
    assert read_codes(path) == ["PIP-003"]


def test_bytes_that_are_no_text_are_told(tmp_path: Path) -> None:
    path = tmp_path / "latin.json"
    path.write_bytes(b'{\n"Version": "\xe9"}')
    with pytest.raises(PipelineErrors) as refused:
        PipelineDefinition.read(path)
    (error,) = refused.value.errors
    assert place(error) == ("PIP-004", None, "")
    assert error.message.startswith("Line 2, byte 15 ")


def test_a_byte_order_mark_and_the_line_ends_of_windows_are_read_over(tmp_path: Path) -> None:
    import hashlib

    path, content = tmp_path / "windows.json", REFERENCE.read_bytes()
    path.write_bytes(b"\xef\xbb\xbf" + content.replace(b"\n", b"\r\n"))
    found = PipelineDefinition.read(path)
    assert found.filled(INJECTED) == PipelineDefinition.read(REFERENCE).filled(INJECTED)
    # The hash is of the file as git keeps it, mark and all.
    assert found.sha256 == hashlib.sha256(b"\xef\xbb\xbf" + content).hexdigest()


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be"])
def test_what_powershell_writes_is_told_as_utf_16(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "shell.json"
    mark = b"\xfe\xff" if encoding == "utf-16-be" else b""
    path.write_bytes(mark + REFERENCE.read_text("utf-8").encode(encoding))
    with pytest.raises(PipelineErrors) as refused:
        PipelineDefinition.read(path)
    (error,) = refused.value.errors
    assert place(error) == ("PIP-004", None, "")
    assert error.fix == "Save it as UTF-8."


def test_a_definition_over_sagemakers_limit_is_refused() -> None:
    text = json.dumps(GOOD)
    assert codes(text + " " * (1_048_577 - len(text))) == ["PIP-003"]
    assert codes(text + " " * (1_048_576 - len(text))) == []


def test_a_file_of_as_many_characters_of_four_bytes_is_read(tmp_path: Path) -> None:
    path = tmp_path / "long.json"
    path.write_text('"' + "\U0001d11e" * 1_048_574 + '"', "utf-8")
    assert read_codes(path) == ["PIP-008"]
    path.write_text('"' + "\U0001d11e" * 1_048_575 + '"', "utf-8")
    assert read_codes(path) == ["PIP-003"]


@pytest.mark.parametrize("text", ["", "{", "nonsense", '{"Version": }', "\ufeff{}", "[1,]"])
def test_what_is_no_json_is_told_with_its_line(text: str) -> None:
    (error,) = errors_of(text)
    assert place(error) == ("PIP-005", None, "")
    assert "ine 1" in error.message


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{\n"Version":\u00a0"1"}', "Line 2, column 11: U+00A0 (NO-BREAK SPACE) stands there"),
        ('{"Version": "1"}\u200b', "Line 1, column 17: U+200B (ZERO WIDTH SPACE) stands there"),
        ('\ufeff{"Version": "1"}', "Line 1, column 1: U+FEFF (ZERO WIDTH NO-BREAK SPACE) stands there"),
        ('{"Version": "\x00"}', "Line 1, column 14: U+0000 stands there"),
    ],
)
def test_a_character_that_nobody_sees_is_named_where_it_breaks_the_json(text: str, says: str) -> None:
    (error,) = errors_of(text)
    assert place(error) == ("PIP-005", None, "")
    assert says in error.message


@pytest.mark.parametrize(
    ("character", "name"),
    [
        ("\u00a0", "U+00A0 (NO-BREAK SPACE)"),
        ("\u200b", "U+200B (ZERO WIDTH SPACE)"),
        ("\u202e", "U+202E (RIGHT-TO-LEFT OVERRIDE)"),
        ("\u00ad", "U+00AD (SOFT HYPHEN)"),
        ("\u2028", "U+2028 (LINE SEPARATOR)"),
        ("\x1b", "U+001B"),
    ],
)
@pytest.mark.parametrize("escaped", [True, False])
def test_a_character_that_nobody_sees_is_named_in_every_text(character: str, name: str, escaped: bool) -> None:
    for metadata, where in (({"note": f"a{character}"}, "Metadata.note"), ({f"no{character}te": "a"}, "Metadata")):
        (error,) = errors_of(json.dumps({**GOOD, "Metadata": metadata}, ensure_ascii=escaped))
        assert place(error) == ("PIP-010", None, where)
        assert f"holds {name}, which does not print." in error.message


def test_a_repeated_key_is_told_with_its_place() -> None:
    text = json.dumps(GOOD).replace(
        '"TrainingInputMode": "File"', '"TrainingInputMode": "File", "TrainingInputMode": "Pipe"'
    )
    (error,) = errors_of(text)
    assert place(error) == ("PIP-006", None, "Steps[1].Arguments.AlgorithmSpecification.TrainingInputMode")


def test_a_hundred_and_sixty_levels_are_read() -> None:
    # `Steps` is a level of its own.
    assert "PIP-007" not in codes('{"Steps": ' + "[" * 159 + "1" + "]" * 159 + "}")
    assert codes('{"Steps": ' + "[" * 160 + "1" + "]" * 160 + "}") == ["PIP-007"]


@pytest.mark.parametrize("depth", [161, 900, 100_000])
def test_deep_nesting_is_refused(depth: int) -> None:
    assert codes('{"Steps": ' + "[" * depth + "]" * depth + "}") == ["PIP-007"]


def test_a_megabyte_of_deep_objects_is_read_in_seconds() -> None:
    began = time.process_time()
    deep = '{"a":' * 150 + "1" + "}" * 150
    assert codes('{"Version": "2020-12-01", "Steps": [' + ",".join([deep] * 1000) + "]}") != []
    assert time.process_time() - began < 10


@pytest.mark.parametrize("text", ["[]", "1", '"text"', "null", "true"])
def test_the_top_is_an_object(text: str) -> None:
    assert codes(text) == ["PIP-008"]


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "9" * 5000])
def test_a_number_that_is_none_is_refused(number: str) -> None:
    assert codes(f'{{"Version": {number}}}') == ["PIP-009"]


@pytest.mark.parametrize("text", ["${Token[TOKEN.1]}", "\ud800"])
def test_a_text_that_means_something_else_is_refused(text: str) -> None:
    for metadata, where in (({"note": text}, "Metadata.note"), ({text: "note"}, "Metadata")):
        (error,) = errors_of(json.dumps({**GOOD, "Metadata": metadata}))
        assert place(error) == ("PIP-010", None, where)


def test_an_error_reads_as_code_place_mistake_and_fix() -> None:
    with pytest.raises(PipelineErrors) as refused:
        PipelineDefinition.parse("{", SOURCE)
    first, second, third = str(refused.value).splitlines()
    assert first == "PIP-005: pipelines/late-arrival.json"
    assert second.startswith("  Line 1, column 2")
    assert third.startswith("  fix: ")


def test_errors_are_told_in_part_where_there_are_thousands() -> None:
    text = json.dumps({**GOOD, **{f"Key{n}": 1 for n in range(60_000)}})
    with pytest.raises(PipelineErrors) as refused:
        PipelineDefinition.parse(text, SOURCE)
    assert len(refused.value.errors) == 1000
    assert refused.value.more
    assert str(refused.value).endswith("... and more.")
