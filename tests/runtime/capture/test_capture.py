"""What SageMaker captures is read strictly: in each form that `serve` takes and gives, and in no other."""

from __future__ import annotations

import json
import math

import pytest

from mlops_stages.runtime.capture.answers import Scored, scored
from mlops_stages.runtime.capture.records import CSV, JSON, JSON_LINES, body, record
from mlops_stages.runtime.capture.values import json_object, number
from tests.runtime.decisions.given import PACKAGE, answered, line, part


@pytest.mark.parametrize("kind", [CSV, JSON, JSON_LINES])
def test_an_answer_is_read_in_each_form(kind: str) -> None:
    rows = [Scored("a-1", 0.25, PACKAGE), Scored("a-2", 0.25, PACKAGE)]
    assert scored(answered(["a-1", "a-2"], kind), kind) == rows


@pytest.mark.parametrize("kind", [CSV, JSON, JSON_LINES])
def test_an_answer_may_name_no_package(kind: str) -> None:
    assert scored(answered(["1"], kind, package=None), kind) == [Scored("1", 0.25, "")]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (CSV, "1,0.5\n"), (CSV, "1,0.5,arn,more\n"), (CSV, "1,nan,arn\n"), (CSV, "1,1e999,arn\n"), (CSV, '1,0.5,"a'),
        (CSV, "\n"), (CSV, "1,0_5,arn\n"), (CSV, "1,\u0661,arn\n"), (CSV, "x" * 200_000),
        (JSON, '{"predictions": 7}'), (JSON, "[]"), (JSON, '{"predictions": [7]}'), (JSON, "[" * 100_000),
        (JSON, '{"predictions": [{"decision_id": "1", "score": 0.5}]}'),
        (JSON_LINES, '{"decision_id": 1, "score": 0.5, "model_package": null}'),
        (JSON_LINES, '{"decision_id": "1", "score": true, "model_package": null}'),
        (JSON_LINES, '{"decision_id": "1", "score": NaN, "model_package": null}'),
        (JSON_LINES, '{"decision_id": "1", "score": 1e999, "model_package": null}'),
        (JSON_LINES, '{"decision_id": "1", "score": 1, "model_package": 7}'),
        (JSON_LINES, '{"decision_id": "1", "score": 1, "model_package": null, "more": 1}'),
        (JSON_LINES, '{"score": 1, "decision_id": "1", "score": 1, "model_package": null}'),
        ("text/plain", "1,0.5,arn\n"),
    ],
    ids=range(22),
)  # fmt: skip
def test_what_is_no_answer_is_refused(kind: str, text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        scored(text, kind)


@pytest.mark.parametrize(
    "given",
    [
        part("%%%", encoding="BASE64"), part("YQ", encoding="BASE64"), part("\u00e9", encoding="BASE64"),
        part("a", encoding="GZIP"), {**part("a"), "data": 7}, {**part("a"), "observedContentType": None},
        part("\ud800"),
    ],
    ids=range(7),
)  # fmt: skip
def test_a_body_that_is_not_what_its_encoding_says_is_refused(given: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        body({"captureData": {"endpointInput": given}}, "endpointInput")


def test_a_body_is_decoded_and_its_type_is_without_parameters() -> None:
    captured = record(line(part(b"\xff\0", "Text/CSV ; header=absent")))
    found = body(captured, "endpointInput")
    assert (found.content, found.content_type, found.as_text) == (b"\xff\0", CSV, False)
    assert body(captured, "endpointOutput").as_text


@pytest.mark.parametrize("content", [b"\xff", b"a\0b"])
def test_a_body_that_is_no_text_has_none(content: bytes) -> None:
    found = body({"captureData": {"endpointInput": part(content)}}, "endpointInput")
    with pytest.raises(ValueError, match=r"."):
        _ = found.text


@pytest.mark.parametrize(
    "text", ["", "7", "null", "[]", '{"a": NaN}', '{"a": -Infinity}', '{"a": 1, "a": 1}', '{"a":' * 100_000, "\ufeff{}"]
)
def test_what_is_no_object_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        json_object(text)


def test_numbers_of_json_are_floats_however_long_they_are() -> None:
    assert json_object('{"a": 7, "b": %s}' % ("9" * 10_000)) == {"a": 7.0, "b": math.inf}
    assert type(json_object('{"a": 7}')["a"]) is float


@pytest.mark.parametrize("text", ["7", "-7.5", "+.5", "7.", "1e-5", "5e-324", json.dumps(0.1 + 0.2)])
def test_a_number_is_read_as_it_is_written(text: str) -> None:
    assert number(text) == float(text)


@pytest.mark.parametrize("text", ["", " 7", "7 ", "nan", "inf", "1_0", "1e400", "7" * 41, "\u0667", "1,5"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="number"):
        number(text)
