"""What `serve` answers: scores with their decision and package, or why not; and what it logs."""

import io
import json
import socket
import threading
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

import answers
import flights
import pandas as pd
import pytest
import serve
from conftest import csv_of, json_of

ARN = "arn:aws:sagemaker:eu-west-1:333333333333:model-package/arrivals-late-arrival/12"
CSV, JSON_LINES, JSON = answers.TYPES


@pytest.fixture(scope="session")
def served(served_base: Path) -> serve.Served:
    return serve.load(served_base / "model", ARN)


@pytest.fixture
def application(served: serve.Served) -> serve.Application:
    return serve.Application(served, batch=False)


def call(
    application: serve.Application,
    body: str | bytes = b"",
    path: str = "/invocations",
    method: str = "POST",
    content_type: str = CSV,
    **more: Any,
) -> tuple[int, dict[str, str], bytes]:
    """Call the application as gunicorn does."""
    content = body.encode() if isinstance(body, str) else body
    said: list[Any] = []
    environ = {
        "PATH_INFO": path,
        "REQUEST_METHOD": method,
        "CONTENT_TYPE": content_type,
        "CONTENT_LENGTH": str(len(content)),
        "wsgi.input": io.BytesIO(content),
        **more,
    }
    answer = b"".join(application(environ, lambda status, headers: said.append((int(status[:3]), dict(headers)))))
    return *said[0], answer


def test_a_ping_is_answered_and_other_paths_and_methods_are_not(application: serve.Application) -> None:
    assert call(application, path="/ping", method="GET")[0] == 200
    assert call(application, path="/invocations", method="GET")[0] == 405
    assert call(application, path="/ping")[0] == 405
    for path in ("/", "/metrics", "/models", "/invocations/", "/../invocations", "/ping\0"):
        assert call(application, path=path, method="GET")[0] == 404


def test_a_batch_transform_is_told_how_to_send(application: serve.Application) -> None:
    status, _, body = call(application, path="/execution-parameters", method="GET")
    assert (status, json.loads(body)["BatchStrategy"], json.loads(body)["MaxPayloadInMB"]) == (200, "MULTI_RECORD", 6)


def test_every_row_comes_back_with_its_decision_and_its_package(
    application: serve.Application, rows: pd.DataFrame, served: serve.Served
) -> None:
    status, headers, body = call(application, csv_of(rows, 5, 3))
    assert status == 200
    assert headers["Content-Type"] == "text/csv; charset=utf-8"
    assert headers["X-Amzn-SageMaker-Custom-Attributes"] == f"model-package={ARN}"
    cells = [line.split(",") for line in body.decode().splitlines()]
    assert [(each[0], each[2]) for each in cells] == [("d-5", ARN), ("d-6", ARN), ("d-7", ARN)]
    expected = served.model.predict_proba(rows.iloc[5:8][flights.FEATURES])[:, 1]
    assert [float(each[1]) for each in cells] == expected.tolist()


def test_all_forms_are_the_same_answer(application: serve.Application, rows: pd.DataFrame) -> None:
    as_csv = call(application, csv_of(rows, 0, 50))[2].decode().splitlines()
    lines = call(application, json_of(rows, 0, 50), content_type=JSON_LINES)[2].splitlines()
    told = [f"{each['decision_id']},{each['score']!r},{each['model_package']}" for each in map(json.loads, lines)]
    assert told == as_csv
    one = json.loads(call(application, json_of(rows, 0, 1), content_type=JSON)[2])
    assert one == {"predictions": [json.loads(lines[0])]}


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("", CSV),
        ("*/*", CSV),
        ("text/*", CSV),
        (JSON_LINES, JSON_LINES),
        ("application/json;q=0.5, application/jsonlines", JSON_LINES),
        ("image/png, application/json", JSON),
        ("text/csv;q=0, */*;q=0.1", CSV),
    ],
)
def test_the_answer_has_the_form_that_is_asked_for(
    application: serve.Application, rows: pd.DataFrame, accept: str, form: str
) -> None:
    status, headers, _ = call(application, csv_of(rows, 0, 2), HTTP_ACCEPT=accept)
    assert (status, headers["Content-Type"].partition(";")[0]) == (200, form)


@pytest.mark.parametrize("accept", ["image/png", "text/csv;q=0", "x" * 5000, ",,;q=,"])
def test_a_form_that_there_is_none_of_is_refused(application: serve.Application, accept: str) -> None:
    assert call(application, "x", HTTP_ACCEPT=accept)[0] == 406


@pytest.mark.parametrize(
    "content_type",
    ["", "text/plain", "text/csv; charset=latin-1", "text/csv; header=present", "application/x-npy", "text/csv/x"],
)
def test_another_type_of_body_is_refused(application: serve.Application, content_type: str) -> None:
    assert call(application, "x", content_type=content_type)[0] == 415


def test_a_packed_body_is_refused(application: serve.Application) -> None:
    assert call(application, b"\x1f\x8b", HTTP_CONTENT_ENCODING="gzip")[0] == 415


def test_a_refusal_is_json_that_names_row_field_and_package(application: serve.Application, rows: pd.DataFrame) -> None:
    lines = [json.loads(line) for line in json_of(rows, 0, 3).splitlines()]
    lines[1]["hour"], lines[2]["origin"] = 24, "SFO"
    body = "\n".join(map(json.dumps, lines))
    status, headers, answer = call(application, body, content_type=JSON_LINES)
    assert (status, headers["Content-Type"]) == (400, "application/json; charset=utf-8")
    assert json.loads(answer) == {
        "error": "no row of the request is scored, because some are not as the model takes them",
        "count": 2,
        "faults": [
            {"row": 2, "field": "hour", "message": "it is more than 23"},
            {"row": 3, "field": "origin", "message": "training has not seen this category"},
        ],
        "model_package": ARN,
    }


def test_a_body_that_says_that_it_is_too_large_is_not_read(application: serve.Application) -> None:
    status, _, _ = call(application, CONTENT_LENGTH=str(serve.LARGEST + 1), **{"wsgi.input": None})
    assert status == 413


def test_a_body_that_does_not_say_how_large_it_is_is_read_to_its_bound_only(application: serve.Application) -> None:
    body = io.BytesIO(b"x" * (serve.LARGEST + 1_000_000))
    assert call(application, CONTENT_LENGTH="", **{"wsgi.input": body})[0] == 413
    assert body.tell() <= serve.LARGEST + 65_536


def test_an_answer_that_a_caller_could_not_get_is_refused_but_not_to_a_batch_transform(
    served: serve.Served, rows: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = csv_of(rows, 0, 1)
    monkeypatch.setattr(serve, "LARGEST", len(body))
    for batch, status in ((True, 200), (False, 413)):
        assert call(serve.Application(served, batch=batch), body, HTTP_ACCEPT=JSON)[0] == status


def test_a_body_that_does_not_come_is_not_waited_for(
    application: serve.Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve, "SECONDS_TO_READ", 0.05)
    ours, theirs = socket.socketpair()
    with ours, theirs, ours.makefile("rb") as stream:
        theirs.sendall(b"slow")
        given = {"wsgi.input": stream, "gunicorn.socket": ours}
        assert call(application, CONTENT_LENGTH="500", **given)[0] == 408


class Blocked:
    """A model that scores when it is let go."""

    def __init__(self) -> None:
        self.go = threading.Event()

    def predict_proba(self, rows: pd.DataFrame) -> Any:
        self.go.wait(60)
        return pd.DataFrame({0: 0.5, 1: 0.5}, index=range(len(rows))).to_numpy()


def test_more_requests_than_may_wait_are_told_so_and_a_ping_is_answered_meanwhile(
    served: serve.Served, rows: pd.DataFrame
) -> None:
    model, body = Blocked(), csv_of(rows, 0, 1)
    application = serve.Application(serve.Served(model, served.schema, None), batch=False)
    with ThreadPoolExecutor(serve.WAITING + 1) as callers:
        # One more than there are places, and the model scores nothing: so one is refused, whichever it is.
        calls = [callers.submit(call, application, body) for _ in range(serve.WAITING + 1)]
        refused = next(as_completed(calls)).result()
        assert refused[0] == 503
        assert "try again" in json.loads(refused[2])["error"]
        assert call(application, path="/ping", method="GET")[0] == 200
        model.go.set()
        statuses = sorted(each.result()[0] for each in calls)
    assert statuses == [200] * serve.WAITING + [503]
    assert call(application, body)[0] == 200


@pytest.mark.parametrize("score", [float("nan"), float("inf"), None])
def test_a_model_that_fails_tells_where_and_nothing_of_the_row(
    served: serve.Served, rows: pd.DataFrame, score: float | None, capsys: pytest.CaptureFixture[str]
) -> None:
    class Failing:
        def predict_proba(self, _: pd.DataFrame) -> Any:
            if score is None:
                raise ValueError("could not convert Jane Doe")
            return pd.DataFrame({0: [0.5], 1: [score]}).to_numpy()

    application = serve.Application(serve.Served(Failing(), served.schema, None), batch=False)
    status, _, body = call(application, csv_of(rows, 0, 1))
    logged = json.loads(capsys.readouterr().out)
    assert status == 500
    assert (logged["level"], logged["status"]) == ("ERROR", 500)
    assert logged["failed"].startswith("ValueError < ")
    for told in (body.decode(), json.dumps(logged)):
        assert "Jane" not in told
        assert "Traceback" not in told


def test_each_invocation_is_a_line_of_json_without_any_value(
    application: serve.Application, rows: pd.DataFrame, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [json.loads(line) for line in json_of(rows, 0, 2).splitlines()]
    lines[0]["carrier"] = "Jane-Doe"
    call(application, "\n".join(map(json.dumps, lines)), content_type=JSON_LINES)
    lines[0]["Jane-Doe"], lines[1]["Jane-Doe"] = 1, 1
    call(application, "\n".join(map(json.dumps, lines)), content_type=JSON_LINES)
    told = capsys.readouterr().out
    taken, refused = map(json.loads, told.splitlines())
    assert "Jane" not in told
    assert (taken["status"], taken["rows"], taken["unseen"]) == (200, 2, {"carrier": 1})
    assert (refused["status"], refused["faults"]) == (400, 2)
