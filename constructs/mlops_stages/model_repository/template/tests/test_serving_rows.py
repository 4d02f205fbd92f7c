"""Rows that the model cannot take are refused, by field and row; the others keep their ids and their order."""

import json
import math
import random
import re

import pytest
import request_rows
from input_schema import Field, Schema
from request_rows import CSV, JSON, JSON_LINES, RefusedError, parse

SCHEMA = Schema(
    (
        Field(name="city", type="category", seen=("Oslo", "Rome"), unseen="refuse"),
        Field(name="shop", type="category", seen=("a", "b"), unseen="accept", missing="accept"),
        Field(name="hour", type="integer", minimum=0, maximum=23, seen=(5, 23)),
        Field(name="temp", type="number", minimum=-80, maximum=140, missing="accept", seen=(10, 84)),
    )
)


def record(**changes: object) -> str:
    return json.dumps({"city": "Oslo", "shop": "a", "hour": 5, "temp": 1.5, **changes})


def refused(body: str | bytes, media_type: str = CSV) -> tuple[int, list[tuple[int, str | None, str]]]:
    with pytest.raises(RefusedError) as error:
        parse(body if isinstance(body, bytes) else body.encode(), media_type, SCHEMA)
    faults = error.value.faults
    return error.value.status, [(fault.row, fault.field, fault.message) for fault in faults.first]


@pytest.mark.parametrize("end", ["\n", "\r\n", ""])
def test_csv_is_taken_in_the_order_of_the_schema(end: str) -> None:
    rows = parse(f'Oslo,a,5,1.5{end or chr(10)}"Rome",,23,{end}'.encode(), CSV, SCHEMA)
    assert rows.ids == ["1", "2"]
    assert rows.columns["city"] == ["Oslo", "Rome"]
    assert rows.columns["shop"] == ["a", None]
    assert rows.columns["hour"].tolist() == [5, 23]
    assert rows.columns["temp"][0] == 1.5
    assert math.isnan(rows.columns["temp"][1])


def test_json_lines_are_taken_by_name_and_null_is_missing() -> None:
    body = record() + "\n" + '{"temp": null, "hour": 23.0, "shop": null, "city": "Rome"}\n'
    rows = parse(body.encode(), JSON_LINES, SCHEMA)
    assert rows.columns["city"] == ["Oslo", "Rome"]
    assert rows.columns["hour"].tolist() == [5, 23]
    assert math.isnan(rows.columns["temp"][1])


def test_json_is_one_row_on_any_number_of_lines() -> None:
    rows = parse(json.dumps(json.loads(record(decision_id="x")), indent=2).encode(), JSON, SCHEMA)
    assert rows.ids == ["x"]
    assert refused(f"[{record()}]", JSON)[1] == [(1, None, "it is not a JSON object")]


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        ("d-1,Oslo,a,5,1\nd-2,Rome,b,6,2\n", CSV),
        (record(decision_id="d-1") + "\n" + record(decision_id="d-2"), JSON_LINES),
    ],
)
def test_the_decision_id_of_each_row_is_taken_off(body: str, media_type: str) -> None:
    rows = parse(body.encode(), media_type, SCHEMA)
    assert rows.ids == ["d-1", "d-2"]
    assert rows.columns.keys() == set(SCHEMA.names)


def test_rows_without_an_id_are_numbered_after_the_id_of_the_request() -> None:
    assert parse(b"Oslo,a,5,1\nRome,a,5,1\n", CSV, SCHEMA, "0198-a").ids == ["0198-a:1", "0198-a:2"]
    assert parse(b"Oslo,a,5,1\n", CSV, SCHEMA, 'no"id\n').ids == ["1"]


@pytest.mark.parametrize("width", [3, 6])
def test_a_row_of_another_width_is_refused(width: int) -> None:
    status, faults = refused("Oslo,a,5,1\n" + ",".join(["1"] * width) + "\n")
    message = f"it has {width} columns; the model takes 4, or 5 with decision_id first in all rows"
    assert (status, faults) == (400, [(2, None, message)])


def test_an_empty_line_is_a_row_of_another_width() -> None:
    assert refused("Oslo,a,5,1\n\nOslo,a,5,1\n")[1][0][0] == 2
    assert refused(record() + "\n\n" + record(), JSON_LINES)[1] == [(2, None, "it is not JSON")]


def test_ids_in_some_rows_only_are_refused() -> None:
    assert refused("Oslo,a,5,1\nd-2,Oslo,a,5,1\n")[1][0][0] == 2
    assert refused("d-1,Oslo,a,5,1\nOslo,a,5,1\n")[1][0][0] == 2
    for first, second in ((record(), record(decision_id="d")), (record(decision_id="d"), record())):
        expected = [(2, "decision_id", "either every row of a request has one or none has")]
        assert refused(f"{first}\n{second}\n", JSON_LINES)[1] == expected


@pytest.mark.parametrize("each", ["", "=1+1", "-x", "a b", "a,b", "a\nb", "\xe4", "x" * 65, "\u0663", 'a"', "a\\"])
def test_a_decision_id_that_could_mean_something_is_refused(each: str) -> None:
    assert refused(record(decision_id=each), JSON_LINES)[1][0][1] == "decision_id"


def test_a_decision_id_is_one_rows_only_and_a_text() -> None:
    assert refused("d,Oslo,a,5,1\nd,Oslo,a,5,1\n")[1] == [
        (2, "decision_id", "an earlier row of the request has it, too")
    ]
    assert refused(record(decision_id=7), JSON_LINES)[1][0][1] == "decision_id"


NOT_NUMBERS = ["x", " 1", "1 ", "1,5", "\u0661", "\uff11", "9" * 41]
NOT_NUMBERS += ["nan", "NaN", "inf", "-Infinity", "1_0", "0x1", "1e", "1.2.3", "+-1"]


@pytest.mark.parametrize("value", NOT_NUMBERS)
def test_what_is_not_a_plain_number_is_refused(value: str) -> None:
    assert refused(f'Oslo,a,5,"{value}"\n')[1] == [(1, "temp", "it is not a number")]


@pytest.mark.parametrize("value", ['"1"', "true", "[1]", "{}", '""'])
def test_what_is_not_a_number_of_json_is_refused(value: str) -> None:
    body = record().replace("1.5", value)
    assert refused(body, JSON_LINES)[1] == [(1, "temp", "it is not a number")]


@pytest.mark.parametrize("value", ["1e999", "-1e999", "9" * 400])
def test_a_number_without_bounds_is_refused(value: str) -> None:
    assert refused(record().replace("1.5", value), JSON_LINES)[1] == [(1, "temp", "it is not a finite number")]


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "1.", ".5", "01", "+1", "'a'"])
def test_what_only_python_takes_for_json_is_refused(value: str) -> None:
    assert refused(record().replace("1.5", value), JSON_LINES)[1] == [(1, None, "it is not JSON")]


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("hour", -1, "it is less than 0"),
        ("hour", 24, "it is more than 23"),
        ("hour", 1.5, "it is not a whole number"),
        ("hour", None, "it must have a value"),
        ("temp", 140.001, "it is more than 140"),
        ("city", "Bonn", "training has not seen this category"),
        ("city", None, "it must have a value"),
        ("city", "", "it must have a value"),
        ("city", 5, "it is not a text"),
        ("shop", True, "it is not a text"),
        ("shop", " a", "it has spaces around it, unprintable characters, or more than 256 characters"),
        ("shop", "\ufeffa", "it has spaces around it, unprintable characters, or more than 256 characters"),
        ("shop", "\ud800", "it has spaces around it, unprintable characters, or more than 256 characters"),
        ("shop", "\u202ea", "it has spaces around it, unprintable characters, or more than 256 characters"),
        ("shop", "x" * 257, "it has spaces around it, unprintable characters, or more than 256 characters"),
    ],
)
def test_each_rule_of_the_schema_names_its_field(field: str, value: object, message: str) -> None:
    body = record() + "\n" + record(**{field: value})
    assert refused(body, JSON_LINES) == (400, [(2, field, message)])


def test_the_limits_themselves_are_taken() -> None:
    assert parse((record(hour=0, temp=-80) + "\n" + record(hour=23, temp=140)).encode(), JSON_LINES, SCHEMA).ids


def test_categories_that_training_has_not_seen_are_counted_where_they_are_taken() -> None:
    assert parse(b"Oslo,new,5,1\nOslo,a,5,1\n", CSV, SCHEMA).unseen == {"shop": 1}


def test_fields_that_lack_or_are_too_many_or_come_twice_are_refused() -> None:
    lacking = json.dumps({"city": "Oslo", "shop": "a", "hour": 5})
    assert refused(lacking, JSON_LINES)[1] == [(1, "temp", "it is not there; write null where a value is missing")]
    assert refused(record(more=1), JSON_LINES)[1] == [(1, "more", "the model takes no such field")]
    assert refused(record()[:-1] + ', "hour": 6}', JSON_LINES)[1] == [(1, None, "it has a field twice")]


def test_all_faults_are_counted_and_those_of_the_first_rows_are_told() -> None:
    with pytest.raises(RefusedError) as error:
        parse(b"Bonn,a,99,x\n" * 1000, CSV, SCHEMA)
    assert error.value.faults.count == 3000
    assert len(error.value.faults.first) == request_rows.SHOWN
    assert {fault.row for fault in error.value.faults.first} == set(range(1, 8))


@pytest.mark.parametrize("body", [b"", b"\n", b"   \n"])
@pytest.mark.parametrize("media_type", [CSV, JSON_LINES, JSON])
def test_a_body_without_rows_is_refused(body: bytes, media_type: str) -> None:
    assert refused(body, media_type)[0] == 400


@pytest.mark.parametrize("body", [b"\xff\xfe", b"Oslo,a\0,5,1\n", b"\xed\xa0\x80", b"\xc0\xafa,b"])
def test_what_is_not_text_is_refused(body: bytes) -> None:
    assert refused(body) == (400, [])


def test_a_byte_order_mark_does_not_become_part_of_a_category() -> None:
    assert refused("\ufeffOslo,a,5,1\n")[1][0][1] == "city"


@pytest.mark.parametrize("body", ['"Oslo,a,5,1\n', 'Oslo,"a"x,5,1\n', 'Oslo,"' + "a" * 200_000 + '",5,1\n'])
def test_broken_quotes_and_endless_cells_are_refused(body: str) -> None:
    assert refused(body)[1] == [(1, None, "it is not CSV as RFC 4180 has it: look at its quotes")]


@pytest.mark.parametrize("opening", ["[", '{"a":', '[{"a":'])
def test_deep_json_is_refused(opening: str) -> None:
    assert refused(opening * 10_000, JSON_LINES)[0] == 400
    assert refused(record().replace('"a"', opening * 10_000), JSON)[0] == 400


LARGE = {
    "empty lines": b"\n" * 6_000_000,
    "lines of both kinds": b"\n\r" * 3_000_000,
    "commas": b"," * 6_000_000,
    "quotes": b'"' * 6_000_000,
    "rows of one cell": b"1\n" * 90_000,
    "digits": b"Oslo,a,5," + b"9" * 6_000_000,
    "brackets": b"[" * 6_000_000,
    "objects": b"{}\n" * 90_000,
    "fields": b'{"' + b'a":1,"' * 1_000_000 + b'b":1}',
    "backslashes": b'{"a":"' + b"\\\\" * 3_000_000,
}


@pytest.mark.parametrize("media_type", [CSV, JSON_LINES, JSON])
@pytest.mark.parametrize("kind", LARGE)
def test_the_largest_bodies_are_refused_without_much_ado(kind: str, media_type: str) -> None:
    with pytest.raises(RefusedError):
        parse(LARGE[kind], media_type, SCHEMA)


def test_more_rows_than_are_taken_at_once_are_refused() -> None:
    assert refused(b"Oslo,a,5,1\n" * 100_001)[0] == 413


PIECES = [
    *(
        "Oslo",
        "a",
        "5",
        "1.5",
        ",",
        ",",
        ",",
        "\n",
        "\r",
        '"',
        "{",
        "}",
        "[",
        ":",
        "null",
        "1e999",
        "-",
        "\0",
        "\ufeff",
    ),
    *(
        "\ud800",
        "\\ud800",
        "\xe9",
        "\u0663",
        "decision_id",
        '"city"',
        '"hour":',
        "Infinity",
        "\x85",
        "\u2028",
        "'",
        " ",
    ),
]


@pytest.mark.parametrize("media_type", [CSV, JSON_LINES, JSON])
def test_whatever_comes_is_either_taken_or_refused(media_type: str) -> None:
    """Texts put together of what matters to a parser, and good requests with some bytes changed; the same each time."""
    chance = random.Random(0)
    good = {CSV: "d-1,Oslo,a,5,1.5\n", JSON_LINES: record(decision_id="d") + "\n", JSON: record()}[media_type].encode()
    for number in range(4000):
        if number % 2:
            body = "".join(chance.choices(PIECES, k=chance.randint(1, 20))).encode("utf-8", "surrogatepass")
        else:
            changed = bytearray(good)
            for _ in range(chance.randint(1, 4)):
                changed[chance.randrange(len(changed))] = chance.randrange(256)
            body = bytes(changed)
        try:
            rows = parse(body, media_type, SCHEMA)
        except RefusedError:
            continue
        assert rows.columns["hour"].tolist() == [hour for hour in rows.columns["hour"] if 0 <= hour <= 23]
        assert set(rows.columns["city"]) <= {"Oslo", "Rome"}
        assert all(re.fullmatch(r"[A-Za-z0-9._:-]{1,64}", each) for each in rows.ids)


def test_no_refusal_repeats_a_value() -> None:
    secret = "Jane-Doe-1980"
    for body in (
        record(city=secret),
        record(hour=secret),
        record(shop=secret + "\n"),
        record(decision_id=secret + " "),
    ):
        with pytest.raises(RefusedError) as error:
            parse(body.encode(), JSON_LINES, SCHEMA)
        assert secret not in str(error.value) + str(error.value.faults.first)
