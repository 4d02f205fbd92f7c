"""A captured line becomes a request with its rows, or is refused for one reason; never anything else."""

from __future__ import annotations

import contextlib
import json
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given as examples
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from mlops_stages.runtime.decisions.codes import CODES, RefusedLineError
from mlops_stages.runtime.decisions.lines import MOST_LINE, Request, read
from tests.runtime.decisions.given import CSV, INPUTS, JSON, LINES, PACKAGE, Json, answered, line, part

ROW: Json = {"carrier": "UA", "hour": 9, "temp": 39.5}
MISSING: Json = dict.fromkeys(ROW)
CELLS = ("UA", 9.0, 39.5)


def rows(captured: bytes) -> list[tuple[Any, ...]]:
    """The rows of a line that is none to refuse."""
    return list(read(captured, INPUTS).rows)


def refused(captured: bytes) -> str:
    """The code of a line that is refused."""
    with pytest.raises(RefusedLineError) as raised:
        read(captured, INPUTS)
    return raised.value.code


def lines(*records: Json) -> str:
    """Records as JSON lines."""
    return "".join(json.dumps(each) + "\n" for each in records)


# Every form of a request


@pytest.mark.parametrize("answer", [CSV, LINES, JSON])
@pytest.mark.parametrize(
    "given",
    [
        part("a-1,UA,9,39.5\na-2,,,\n"),
        part('"a-1","UA","9","39.5"\r\na-2,"",,\r\n'),
        part(b"a-1,UA,9,39.5\na-2,,,\n", "text/csv; charset=utf-8"),
        part(lines({"decision_id": "a-1", **ROW}, {**MISSING, "decision_id": "a-2"}), LINES),
        part(lines({"decision_id": "a-1", **ROW}, {**MISSING, "decision_id": "a-2"}).encode() + b"\n", LINES),
    ],
    ids=range(5),
)
def test_each_form_of_a_request_gives_the_same_rows_whatever_the_form_of_its_answer(given: Json, answer: str) -> None:
    said = part(answered(["a-1", "a-2"], answer), f"{answer}; charset=utf-8")
    assert rows(line(given, said)) == [("a-1", 0.25, *CELLS), ("a-2", 0.25, None, None, None)]


def test_one_object_of_json_is_one_row() -> None:
    given = part(json.dumps({**ROW, "decision_id": "a-1"}, indent=1) + "\n", JSON)
    assert rows(line(given, part(answered(["a-1"], JSON), JSON))) == [("a-1", 0.25, *CELLS)]


def test_a_field_that_is_an_empty_text_is_missing() -> None:
    given = part(json.dumps({**ROW, "carrier": "", "decision_id": "a-1"}), JSON)
    assert rows(line(given)) == [("a-1", 0.25, None, 9.0, 39.5)]


@pytest.mark.parametrize(
    ("ids", "about"),
    [
        (["1", "2"], {}),
        (["flight-7:1", "flight-7:2"], {"inferenceId": "flight-7"}),
        (["1", "2"], {"inferenceId": "flight-7"}),
        (["1", "2"], {"inferenceId": "no part of an id"}),
    ],
)
def test_rows_without_an_id_are_numbered_after_the_request(ids: list[str], about: Json) -> None:
    found = read(line("UA,9,39.5\n" * 2, answered(ids), **about), INPUTS)
    assert [each[0] for each in found.rows] == ids
    assert found.inference_id == about.get("inferenceId")


@pytest.mark.parametrize(
    ("at", "moment"),
    [("2026-02-19T01:34:30Z", datetime(2026, 2, 19, 1, 34, 30)),
     ("2026-02-19T01:34:30.123Z", datetime(2026, 2, 19, 1, 34, 30, 123_000))],
)  # fmt: skip
def test_a_time_has_milliseconds_or_none(at: str, moment: datetime) -> None:
    assert read(line(at=at), INPUTS) == Request("e-1", None, moment, PACKAGE, [("a-1", 0.25, *CELLS)])


def test_what_aws_may_add_to_a_record_is_passed_over() -> None:
    document = json.loads(line(customAttributes=["x"], invocationSource="?"))
    document["captureData"]["endpointInput"]["mode"] = "INPUT"
    document["new"] = {}
    assert rows(json.dumps(document).encode()) == [("a-1", 0.25, *CELLS)]


@pytest.mark.parametrize(
    "answer",
    [
        part(b'{"error": "no row is scored", "count": 1, "faults": [], "model_package": null}\n', JSON),
        part(b"the container did not answer", "text/plain"),
        part(b"\xff", "text/plain"),
    ],
    ids=range(3),
)
def test_an_error_decides_nothing_whatever_was_asked(answer: Json) -> None:
    found = read(line(part(b"\xff\0", "application/x-unknown"), answer), INPUTS)
    assert (found.package, list(found.rows)) == (None, [])


# Every refusal


def change(**more: object) -> bytes:
    """A line with other members; None takes one away."""
    document = {**json.loads(line()), **more}
    return json.dumps({name: value for name, value in document.items() if value is not None}).encode()


def metadata(**more: object) -> bytes:
    """The same in its metadata."""
    about = {"eventId": "e-1", "inferenceTime": "2026-11-27T09:30:00Z", **more}
    return change(eventMetadata={name: value for name, value in about.items() if value is not None})


WRONG: list[Json] = [
    {"carrier": 7}, {"carrier": ["UA"]}, {"carrier": True}, {"carrier": "\ud800"}, {"hour": "9"}, {"hour": 9.5},
    {"hour": True}, {"temp": {}}, {"temp": "39.5"}, {"temp": 10**400},
]  # fmt: skip
REFUSED: list[tuple[str, bytes]] = [
    ("DEC-102", b'"' + b"x" * MOST_LINE),
    ("DEC-103", b"{"),
    ("DEC-103", b"null"),
    ("DEC-103", b"[]"),
    ("DEC-103", b" "),
    ("DEC-103", b"[" * 1_000_000),
    ("DEC-103", b'{"a":' * 1_000_000),
    ("DEC-103", b"\xff\xfe" + line()),
    ("DEC-103", line().decode().encode("utf-16")),
    ("DEC-103", line("a-1,\ud800,9,39.5\n")),  # the bytes of a surrogate, which are no UTF-8
    ("DEC-103", line()[:-1] + b', "eventVersion": "0"}'),
    ("DEC-103", line()[:-1] + b', "more": NaN}'),
    ("DEC-104", b"{}"),
    ("DEC-104", change(eventVersion="1")),
    ("DEC-104", change(eventVersion=None)),
    ("DEC-104", change(captureData=7)),
    ("DEC-104", change(captureData={"endpointInput": part("a-1,UA,9,39.5\n")})),
    ("DEC-104", change(captureData={"endpointOutput": part(answered(["a-1"]))})),
    ("DEC-104", metadata(eventId=None)),
    ("DEC-104", metadata(eventId="")),
    ("DEC-104", metadata(eventId="e\n1")),
    ("DEC-104", metadata(eventId="e" * 65)),
    ("DEC-104", metadata(eventId=7)),
    ("DEC-104", metadata(inferenceId="")),
    ("DEC-104", metadata(inferenceId="i" * 65)),
    ("DEC-104", metadata(inferenceId="i\n")),
    ("DEC-104", metadata(inferenceId=["i"])),
    *(("DEC-104", metadata(inferenceTime=at)) for at in (
        None, 7, "", "2026-11-27", "2026-11-27T09:30:00", "2026-11-27T09:30:00+00:00", "2026-13-27T09:30:00Z",
        "2026-11-27T25:30:00Z", "0000-11-27T09:30:00Z", "2026-11-27T09:30:00.1234567Z", "2026-11-27T09:30:0\u0660Z",
    )),
    ("DEC-104", line(part("%%%", encoding="BASE64"))),
    ("DEC-104", line(part("a", encoding="GZIP"))),
    ("DEC-104", line().replace(b"UA", b"\\ud800")),
    ("DEC-104", line(answer=part("%", encoding="BASE64"))),
    ("DEC-105", line(part(b"a-1,\xff,9,39.5\n"))),
    ("DEC-105", line("a-1,\0,9,39.5\n")),
    ("DEC-106", line(answer="a-1,nan," + PACKAGE)),
    ("DEC-106", line(answer="a-1,0.25\n")),
    ("DEC-106", line(answer=part("<html>", "text/html"))),
    ("DEC-106", line(answer=part(b"<html>", "text/html"))),
    ("DEC-106", line(answer=part(b"\xff"))),
    ("DEC-106", line(answer=part('{"error": "it is no error where it is a text"}', JSON))),
    ("DEC-106", line(answer=part(b'{"error": 7}', JSON))),
    ("DEC-107", line(answer=answered(["a-1"], package=None))),
    ("DEC-107", line(answer=answered(["a-1"], package="arn:aws:s3:::acme"))),
    ("DEC-107", line("a-1,UA,9,39.5\na-2,UA,9,39.5\n", answered(["a-1"]) + answered(["a-2"], package=f"{PACKAGE}8"))),
    ("DEC-108", line(part("a-1,UA,9,39.5\n", "text/plain"))),
    ("DEC-108", line(part(b"PAR1", "application/x-parquet"))),
    ("DEC-109", line("a-1,UA,9,39.5,1013.2\n")),
    ("DEC-109", line("UA,9\n")),
    ("DEC-109", line("\n")),
    ("DEC-109", line(part(lines({"decision_id": "a-1", **ROW, "pressure": 1013.2}), LINES))),
    ("DEC-109", line(part(lines({"decision_id": "a-1", "carrier": "UA", "hour": 9}), LINES))),
    ("DEC-109", line(part(lines({"decision_id": "a-1", "carrier": "UA", "hour": 9, "Temp": 1}), LINES))),
    *(("DEC-110", line(f"a-1,{cells}\n")) for cells in (
        "UA,9.5,1", "UA,9,warm", "UA,9,nan", "UA,9,inf", "UA,9,1e999", "UA,9, 1", "UA,9," + "1" * 41, "UA,9,1_0",
        "UA,9,\u0661", " UA,9,1", "U\u200bA,9,1", "U\tA,9,1", '"U\nA",9,1', "U" * 257 + ",9,1",
    )),
    *(("DEC-110", line(part(lines({"decision_id": "a-1", **ROW, **wrong}), LINES))) for wrong in WRONG),
    ("DEC-111", line("")),
    ("DEC-111", line('a-1,"UA,9,39.5\n')),
    ("DEC-111", line('a-1,"U"A,9,39.5\n')),
    ("DEC-111", line("a-1,UA,9,39.5\nUA,9,39.5\n", answered(["a-1", "1"]))),
    ("DEC-111", line("a-1,UA,9,39.5\n\n")),
    ("DEC-111", line(f"a-1,{'U' * 200_000},9,39.5\n")),
    ("DEC-111", line(part("", LINES))),
    ("DEC-111", line(part("\n\n", LINES))),
    ("DEC-111", line(part(lines(ROW) + "\n" + lines(ROW), LINES))),
    ("DEC-111", line(part("[1]", LINES))),
    ("DEC-111", line(part("[" * 60_000, LINES))),
    ("DEC-111", line(part('{"carrier": "UA", "hour": 9, "hour": 9, "temp": 1}', LINES))),
    ("DEC-111", line(part('{"carrier": "UA", "hour": 9, "temp": NaN}', LINES))),
    ("DEC-111", line(part(json.dumps({**ROW, "carrier": "U" * 66_000}), LINES))),
    ("DEC-111", line(part(json.dumps({"instances": [ROW]}) + "]", JSON))),
    ("DEC-109", line(part(json.dumps({"instances": [ROW]}), JSON))),
    ("DEC-112", line("a-1,UA,9,39.5\na-2,UA,9,39.5\n")),
    ("DEC-112", line(answer=answered(["a-1", "a-2"]))),
    ("DEC-112", line(answer=part("", CSV))),
    ("DEC-113", line(answer=answered(["a-2"]))),
    ("DEC-113", line("a-1,UA,9,39.5\na-2,UA,9,39.5\n", answered(["a-2", "a-1"]))),
    ("DEC-113", line("UA,9,39.5\n", answered(["2"]))),
    ("DEC-113", line("UA,9,39.5\n", answered(["other:1"]), inferenceId="flight-7")),
    ("DEC-113", line("a-1,UA,9,39.5\na-1,UA,9,39.5\n", answered(["a-1", "a-1"]))),
    ("DEC-113", line("a 1,UA,9,39.5\n", answered(["a 1"]))),
    ("DEC-113", line(",UA,9,39.5\n", answered([""]))),
    ("DEC-113", line("a" * 65 + ",UA,9,39.5\n", answered(["a" * 65]))),
    ("DEC-113", line(part(lines({"decision_id": 1, **ROW}), LINES), answered(["1"]))),
    ("DEC-113", line(part(lines({"decision_id": "a-1", **ROW}, ROW), LINES), answered(["a-1", "2"]))),
]  # fmt: skip


@pytest.mark.parametrize(("code", "captured"), REFUSED, ids=range(len(REFUSED)))
def test_a_line_that_is_none_is_refused_with_its_code(code: str, captured: bytes) -> None:
    assert refused(captured) == code


def test_every_code_of_a_line_is_seen() -> None:
    of_hours = {"DEC-101", "DEC-114"}  # tests/runtime/decisions/test_reading.py
    assert {code for code, _ in REFUSED} | of_hours == {code for code in CODES if code.startswith("DEC-1")}


def test_a_refusal_says_nothing_of_a_value() -> None:
    with pytest.raises(RefusedLineError) as raised:
        read(line("a-1,UA,9,secret\n"), INPUTS)
    assert str(raised.value) == "DEC-110"
    assert raised.value.__cause__ is None


# Anything


def taken_or_refused(captured: bytes) -> None:
    """Either of both, and no other error."""
    with contextlib.suppress(RefusedLineError):
        assert all(len(row) == 2 + len(INPUTS) for row in read(captured, INPUTS).rows)


@hypothesis_settings(max_examples=150, deadline=None)
@examples(st.integers(0, len(line())), st.integers(0, 20), st.binary(max_size=8))
def test_a_line_with_other_bytes_somewhere_is_taken_or_refused(start: int, length: int, other: bytes) -> None:
    whole = line()
    taken_or_refused(whole[:start] + other + whole[start + length :])


@hypothesis_settings(max_examples=150, deadline=None)
@examples(st.text(max_size=60), st.text(max_size=60), st.sampled_from([CSV, LINES, JSON, "text/plain"]))
def test_any_text_of_a_request_and_an_answer_is_taken_or_refused(given: str, answer: str, kind: str) -> None:
    taken_or_refused(line(part(given, kind), part(answer, kind)))
