"""Definitions have room in a template, or are refused before one is made."""

import json

import pytest

from mlops_stages.pipeline_definition import PipelineDefinition, PipelineErrors, bytes_in_template, room
from mlops_stages.pipeline_definition import faults_of_text as faults
from tests.pipeline_definition.given import INJECTED, ROOT, SOURCE, Json, arguments, changed


def long(quotes: int) -> str:
    """The reference with a training step of so many quotes, of which each takes four bytes of a template."""

    def change(document: Json) -> None:
        whole, rest = divmod(quotes, 2500)
        values = ['"' * 2500] * whole + ['"' * rest]
        arguments(document, "Train")["HyperParameters"] = {
            "padding": "x" * 2000,
            **{f"h{n}": value for n, value in enumerate(values)},
        }

    return json.dumps(changed(change))


def filled_size(text: str) -> int:
    return bytes_in_template(PipelineDefinition.parse(text, SOURCE).filled(INJECTED))


def test_bytes_are_counted_as_they_stand_in_the_template() -> None:
    assert bytes_in_template("abc") == len('"abc"')
    assert bytes_in_template('{"a":"\\""}') == len('"{\\"a\\":\\"\\\\\\"\\"}"')
    assert bytes_in_template("né") == len('"né"'.encode())
    assert bytes_in_template("${Token[TOKEN.1]}") > 250


def test_a_definition_has_room_up_to_the_last_byte_and_no_further() -> None:
    left = room(1) - filled_size(long(217_501))
    assert 0 < left // 4 < 2499
    assert filled_size(long(217_501 + left // 4)) <= room(1)
    with pytest.raises(PipelineErrors) as refused:
        filled_size(long(217_501 + left // 4 + 1))
    (error,) = refused.value.errors
    assert (error.code, error.step, error.field) == ("PIP-003", None, "")
    assert f"has room for {room(1):,}" in error.message
    assert "the steps read from S3" in error.fix


def test_validate_says_so_too() -> None:
    assert [(f.code, f.loc) for f in faults(long(240_000), INJECTED)] == [("PIP-003", ())]
    assert faults(long(200_000), INJECTED) == ()


def test_the_page_says_how_much_room_there_is() -> None:
    page = " ".join((ROOT / "docs" / "pipelines.md").read_text("utf-8").split())
    assert f"one definition may take {room(1):,} bytes there, two {room(2):,} together" in page
    assert f"each further model {room(1) - room(2):,} less" in page
