"""A line of a label file becomes labels, or is refused for one reason; never anything else."""

from __future__ import annotations

import contextlib
import json
import math
from typing import Any

import pytest
from hypothesis import given as examples
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from mlops_stages.runtime.decisions.codes import RefusedLineError
from mlops_stages.runtime.decisions.request_rows import numbered
from mlops_stages.runtime.labels.codes import CODES
from mlops_stages.runtime.labels.lines import MOST_LINE, Labelled, read
from mlops_stages.runtime.labels.source import Type
from tests.runtime.labels.given import ours, sagemakers


def refused(line: bytes, kind: Type = "number") -> str:
    """The code of a line that is refused."""
    with pytest.raises(RefusedLineError) as raised:
        read(line, kind)
    return raised.value.code


def values(line: bytes, kind: Type = "number") -> list[float]:
    """The labels of a line that is none to refuse."""
    return list(read(line, kind).labels)


# Both forms


def test_a_line_of_ours_labels_a_decision() -> None:
    assert read(ours("flight-7:1", 1), "binary") == Labelled("flight-7:1", None, [1.0])


@pytest.mark.parametrize("correction", [True, False])
def test_a_line_of_ours_says_whether_it_corrects(correction: bool) -> None:
    assert read(ours(correction=correction), "binary").correction is correction


def test_a_line_of_sagemakers_labels_the_rows_of_a_request() -> None:
    assert read(sagemakers("1\n0\n1\n", "flight 7"), "binary") == Labelled(None, "flight 7", [1.0, 0.0, 1.0])


def test_the_example_of_sagemakers_page_is_taken() -> None:
    line = b"""{"groundTruthData": {"data": "1", "encoding": "CSV"},
        "eventMetadata": {"eventId": "aaaa-bbbb-cccc"}, "eventVersion": "0"}"""
    assert read(line, "binary") == Labelled(None, "aaaa-bbbb-cccc", [1.0])


@pytest.mark.parametrize("data", ["1\n0", "1\n0\n", "1\r\n0\r\n", '"1"\n"0"', "1.0\n0.0", "1e0\n-0"])
def test_csv_has_a_label_a_line(data: str) -> None:
    assert values(sagemakers(data), "binary") == [1.0, 0.0]


@pytest.mark.parametrize(("data", "labels"), [("1", [1.0]), ("[1, 0]", [1.0, 0.0]), ("[1.0]\n", [1.0])])
def test_json_is_a_number_or_a_list(data: str, labels: list[float]) -> None:
    assert values(sagemakers(data, encoding="JSON"), "binary") == labels


@pytest.mark.parametrize("value", [0, 1, 0.0, 1.0, -0.0])
def test_a_binary_label_is_0_or_1(value: float) -> None:
    assert values(ours(label=value), "binary") == [float(value)]


@pytest.mark.parametrize("value", [2, -1, 0.5, 1e-320, 1.0000000000000002])
def test_another_number_is_no_binary_label(value: float) -> None:
    assert refused(ours(label=value), "binary") == refused(sagemakers(repr(value)), "binary") == "LBL-107"


@pytest.mark.parametrize("value", [0, -7, 39.5, 1.7976931348623157e308, 5e-324])
def test_a_number_is_any_that_is_finite(value: float) -> None:
    assert values(ours(label=value)) == values(sagemakers(repr(value))) == [float(value)]


def test_zero_has_no_sign() -> None:
    for line in (ours(label=-0.0), sagemakers("-0.0"), sagemakers("-0", encoding="JSON")):
        assert math.copysign(1, values(line)[0]) == 1


@pytest.mark.parametrize("inference_id", ["i" * 64, "i", None])
def test_every_id_that_rows_are_given_can_be_labelled(inference_id: str | None) -> None:
    for identity in (*numbered(2, inference_id), f"{inference_id}:6291456"):
        assert read(ours(identity), "binary").decision_id == identity


@pytest.mark.parametrize("identity", ['"', "a,b", " ", "é", "飞", "i" * 64])
def test_every_inference_id_can_be_labelled(identity: str) -> None:
    assert read(sagemakers(event_id=identity), "binary").event_id == identity


# Every refusal


def changed(part: str, **more: object) -> bytes:
    """A line in SageMaker's form with other members of a part, or at the top; None takes one away."""
    document: dict[str, Any] = json.loads(sagemakers())
    holder = document[part] if part else document
    holder.update(more)
    for name in [name for name, value in holder.items() if value is None]:
        del holder[name]
    return json.dumps(document).encode()


REFUSED: list[tuple[str, bytes]] = [
    ("LBL-103", b'"' + b"x" * MOST_LINE),
    ("LBL-103", sagemakers("1\n" * (MOST_LINE // 2))),
    ("LBL-104", b"{"),
    ("LBL-104", b" "),
    ("LBL-104", b"\0"),
    ("LBL-104", b"null"),
    ("LBL-104", b"7"),
    ("LBL-104", b"[]"),
    ("LBL-104", b"d-1,1"),
    ("LBL-104", b"[" * 1_000_000),
    ("LBL-104", b'{"a":' * 500_000),
    ("LBL-104", b"\xef\xbb\xbf" + ours()),
    ("LBL-104", ours().decode().encode("utf-16")),
    ("LBL-104", ours().replace(b"d-1", b"\xff")),
    ("LBL-104", ours().replace(b"d-1", b"\xed\xa0\x80")),
    ("LBL-104", ours() + ours()),
    ("LBL-104", ours()[:-1] + b', "label": 0}'),
    ("LBL-104", ours()[:-1] + b', "decision_id": "d-1"}'),
    ("LBL-104", ours(label=math.nan)),
    ("LBL-104", ours(label=math.inf)),
    ("LBL-104", ours(label=-math.inf)),
    ("LBL-104", sagemakers()[:-1] + b', "eventVersion": "0"}'),
    ("LBL-105", b"{}"),
    ("LBL-105", b'{"decision_id": "d-1"}'),
    ("LBL-105", b'{"label": 1}'),
    ("LBL-105", b'{"label": 1, "correction": true}'),
    ("LBL-105", ours(note="late by an hour")),
    ("LBL-105", ours(eventVersion="0")),
    ("LBL-105", ours()[:-1] + b", " + sagemakers()[1:]),
    *(("LBL-105", ours(correction=value)) for value in (None, 1, "true", [True])),
    ("LBL-105", changed("", correction=True)),
    ("LBL-105", changed("", eventVersion=None)),
    *(("LBL-105", changed("", eventVersion=value)) for value in ("1", 0, ["0"])),
    *(("LBL-105", changed("", groundTruthData=value)) for value in ("1", ["1"], 7)),
    ("LBL-105", changed("", eventMetadata="e-1")),
    ("LBL-105", changed("eventMetadata", inferenceId="i-1")),
    ("LBL-105", changed("eventMetadata", eventId=None)),
    ("LBL-105", changed("groundTruthData", encoding=None)),
    ("LBL-105", changed("groundTruthData", observedContentType="text/csv")),
    *(("LBL-105", sagemakers(encoding=value)) for value in ("BASE64", "csv", "", 7)),
    *(("LBL-105", sagemakers(value)) for value in (1, [1], True)),
    ("LBL-105", sagemakers(event_id=7)),
    *(("LBL-106", ours(value)) for value in (
        "", " d-1", "d 1", "d\n1", "d" * 65, "é", "\ud800", ":1", f"{'d' * 64}:0", f"{'d' * 64}:01",
        f"{'d' * 64}:12345678", f"{'d' * 64}:\u0661", 7, None, True, ["d-1"], {"id": "d-1"},
    )),
    *(("LBL-106", sagemakers(event_id=value)) for value in ("", "e" * 65, "e\n", "\0", "\u200b", "\ud800")),
    *(("LBL-107", ours(label=value)) for value in (True, False, None, "1", "", [1], {"1": 1}, 10**400)),
    *(("LBL-107", sagemakers(value)) for value in (
        "", "\n", "1\n\n0", "1,0", "1\n,", " 1", "1 ", "nan", "inf", "1e999", "1_0", "true", "\u0661", "0x1", "\0",
        '"1', '"1"1', "1" * 41, "1" * 200_000, "1\n" * 1_000 + "x", "\ufeff1",
    )),
    *(("LBL-107", sagemakers(value, encoding="JSON")) for value in (
        "", "[]", "true", "[true]", "null", '"1"', "{}", "[[1]]", "[1, null]", "NaN", "[Infinity]", "1e999", "[1",
        "[" * 1_000_000, '{"a": 1, "a": 1}', "\ufeff1",
    )),
]  # fmt: skip


@pytest.mark.parametrize(("code", "line"), REFUSED, ids=range(len(REFUSED)))
def test_a_line_that_is_none_is_refused_with_its_code(code: str, line: bytes) -> None:
    assert refused(line, "number") == code
    assert refused(line, "binary") == code


def test_every_code_of_a_line_is_seen() -> None:
    of_files = {"LBL-101", "LBL-102"}  # tests/runtime/labels/test_reading.py
    assert {code for code, _ in REFUSED} | of_files == {code for code in CODES if code.startswith("LBL-1")}


@pytest.mark.parametrize("line", [ours(label="secret"), sagemakers("secret"), ours("se cret")])
def test_a_refusal_says_nothing_of_a_value(line: bytes) -> None:
    with pytest.raises(RefusedLineError) as raised:
        read(line, "number")
    assert "cret" not in str(raised.value)
    assert raised.value.__cause__ is None


def test_the_labels_of_as_many_rows_as_a_request_can_have_in_a_megabyte_are_read() -> None:
    assert len(values(sagemakers("1\n" * 500_000), "binary")) == 500_000


# Anything


def taken_or_refused(line: bytes) -> None:
    """Either of both, and no other error."""
    with contextlib.suppress(RefusedLineError):
        found = read(line, "number")
        assert found.labels
        assert all(math.isfinite(each) for each in found.labels)
        assert (found.decision_id is None) != (found.event_id is None)


@hypothesis_settings(max_examples=150, deadline=None)
@examples(st.sampled_from([ours(), sagemakers("1\n0")]), st.integers(0, 120), st.integers(0, 20), st.binary(max_size=8))
def test_a_line_with_other_bytes_somewhere_is_taken_or_refused(
    whole: bytes, start: int, length: int, other: bytes
) -> None:
    taken_or_refused(whole[:start] + other + whole[start + length :])


@hypothesis_settings(max_examples=150, deadline=None)
@examples(st.text(max_size=60), st.sampled_from(["CSV", "JSON"]))
def test_any_data_is_taken_or_refused(data: str, encoding: str) -> None:
    taken_or_refused(sagemakers(data, encoding=encoding))
