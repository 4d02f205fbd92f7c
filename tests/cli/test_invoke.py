"""`invoke`: what is sent to an endpoint, what is told of the answers, and what of a refusal."""

from __future__ import annotations

import io
import json
import time
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from mlops_stages.cli import callers, invoke
from mlops_stages.errors import UserError
from mlops_stages.local import refusals
from tests.cli.test_approve import platform

PACKAGE = "arn:aws:sagemaker:eu-central-1:012345678901:model-package/arrivals-late-arrival"
MODEL = "arrivals/late-arrival"


def answer(number: int, version: int) -> str:
    return json.dumps({"decision_id": f"d-{number}", "score": 0.125 * number, "model_package": f"{PACKAGE}/{version}"})


class Runtime:
    """An endpoint that answers with this body, or refuses with that error."""

    def __init__(self, body: str = "", error: dict[str, Any] | None = None) -> None:
        self.body, self.error = body, error
        self.asked: dict[str, Any] = {}

    def invoke_endpoint(self, **asked: Any) -> dict[str, Any]:  # noqa: ANN401 - as AWS's
        self.asked = asked
        if self.error is not None:
            raise refusals.ClientError(self.error, "InvokeEndpoint")
        return {"Body": io.BytesIO(self.body.encode()), "InvokedProductionVariant": "champion"}


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Any:  # noqa: ANN401
    def run(
        runtime: Runtime,
        rows: bytes = b"1,UA\n2,AA\n",
        name: str = "rows.csv",
        *,
        environment: invoke.Environment = "production",
        as_json: bool = True,
    ) -> Any:  # noqa: ANN401 - JSON or text
        held, duties = platform(), list[str]()

        def decider(*given: Any, **_: Any) -> callers.Caller:  # noqa: ANN401 - as the wrapped one
            duties.append(str(given[4]))
            return callers.Caller(email="bo@tiny.example", account="012345678901", clients=lambda _: runtime)

        monkeypatch.setattr(invoke, "read", lambda _: held)  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
        monkeypatch.setattr(invoke, "decider", decider)
        file = tmp_path / name
        file.write_bytes(rows)
        invoke.invoke(tmp_path, MODEL, str(file), environment=environment, person="bo", on_aws=False, as_json=as_json)
        assert duties == [f"invoke-{environment}"]
        out = capsys.readouterr().out
        return json.loads(out) if as_json else out

    return run


def refused(call: Any, runtime: Runtime, *given: Any, **more: Any) -> UserError:  # noqa: ANN401 - a function
    with pytest.raises(UserError) as error:
        call(runtime, *given, **more)
    return error.value


def test_rows_are_sent_as_a_caller_sends_them(call: Any) -> None:  # noqa: ANN401
    runtime = Runtime(f"{answer(1, 3)}\n{answer(2, 4)}\n")
    told = call(runtime)
    assert runtime.asked["EndpointName"] == told["endpoint"] == "arrivals-late-arrival-production"
    assert (runtime.asked["ContentType"], runtime.asked["Body"]) == ("text/csv", b"1,UA\n2,AA\n")
    assert runtime.asked["Accept"] == "application/jsonlines"
    assert UUID(runtime.asked["InferenceId"]).version == 7
    assert told["inference_id"] == runtime.asked["InferenceId"]


def test_each_answer_names_the_package_that_gave_it_during_a_canary_too(call: Any) -> None:  # noqa: ANN401
    told = call(Runtime(f"{answer(1, 3)}\n{answer(2, 4)}\n"))
    assert [each["decision_id"] for each in told["answers"]] == ["d-1", "d-2"]
    assert told["packages"] == {f"{PACKAGE}/3": 1, f"{PACKAGE}/4": 1}
    assert told["variant"] == "champion"


def test_people_read_the_id_the_score_and_the_version(call: Any) -> None:  # noqa: ANN401
    out = call(Runtime(f"{answer(1, 3)}\n"), environment="staging", as_json=False)
    assert "arrivals/late-arrival in staging: arrivals-late-arrival-staging, variant champion" in out
    assert "  d-1  0.125" in out
    assert "version 3" in out
    assert f"1 answered by {PACKAGE}/3" in out


@pytest.mark.parametrize(
    ("name", "rows", "kind"),
    [
        ("rows.csv", b"1\n", "text/csv"),
        ("rows.jsonl", b'{"a": 1}\n', "application/jsonlines"),
        ("ROWS.JSON", b'{"a": 1}', "application/json"),
        ("rows", b' {"a": 1}', "application/jsonlines"),
        ("rows", b"1,2", "text/csv"),
    ],
)
def test_the_type_of_the_rows_is_the_files_or_looks_like_it(call: Any, name: str, rows: bytes, kind: str) -> None:  # noqa: ANN401
    runtime = Runtime(answer(1, 1))
    call(runtime, rows, name)
    assert runtime.asked["ContentType"] == kind


def test_what_another_container_answers_is_told_as_it_is(call: Any) -> None:  # noqa: ANN401
    told = call(Runtime("0.5\n0.25\n"))
    assert (told["answers"], told["body"], told["packages"]) == (None, "0.5\n0.25\n", {})
    assert "0.25" in call(Runtime("0.5\n\x1b[2J0.25\n"), as_json=False)
    assert "\x1b" not in call(Runtime("0.5\n\x1b[2J0.25\n"), as_json=False)


def of_model(status: int, said: str) -> dict[str, Any]:
    return {"Error": {"Code": "ModelError"}, "OriginalStatusCode": status, "OriginalMessage": said}


def test_rows_that_the_model_refuses_are_told_with_row_and_field(call: Any) -> None:  # noqa: ANN401
    fault = {"row": 2, "field": "carrier", "message": "the category was not seen in training"}
    said = json.dumps({"error": "1 of 2 rows", "count": 1, "faults": [fault], "model_package": None})
    error = refused(call, Runtime(error=of_model(400, said)))
    assert (error.code, error.exit_code) == ("CLI-053", 2)
    assert "row 2, carrier: the category was not seen in training" in error.message


def test_what_is_wrong_with_a_whole_row_names_no_field(call: Any) -> None:  # noqa: ANN401
    said = json.dumps({"error": "1 of 1 rows", "faults": [{"row": 1, "field": None, "message": "it is not JSON"}]})
    assert "row 1: it is not JSON" in refused(call, Runtime(error=of_model(400, said))).message


def test_who_calls_before_anything_serves_is_told_where_to_see_what_waits(call: Any) -> None:  # noqa: ANN401
    error: dict[str, Any] = {"Error": {"Code": "ValidationError", "Message": "Endpoint x of account y not found."}}
    assert "mlops-stages releases arrivals/late-arrival" in refused(call, Runtime(error=error)).fix


@pytest.mark.parametrize("said", ["no json", "[1]", '{"faults": 3}', '{"faults": [1]}', "[" * 100_000])
def test_a_refusal_of_any_form_is_told(call: Any, said: str) -> None:  # noqa: ANN401
    error = refused(call, Runtime(error=of_model(415, said)))
    assert error.code == "CLI-053"
    assert len(str(error)) < 1000


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (of_model(500, "Traceback"), "CLI-054"),
        ({"Error": {"Code": "ValidationError", "Message": "Endpoint x of account y not found."}}, "CLI-052"),
        ({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "CLI-055"),
        ({"Error": {"Code": "ValidationError", "Message": "Body is too long"}}, "CLI-055"),
    ],
)
def test_what_failed_is_told_with_what_to_do(call: Any, error: dict[str, Any], code: str) -> None:  # noqa: ANN401
    found = refused(call, Runtime(error=error))
    assert (found.code, found.exit_code) == (code, 1)


@pytest.mark.parametrize("rows", [b"", b" \n", b"x" * (invoke.LARGEST + 1)])
def test_nothing_is_sent_of_no_rows_or_of_more_than_a_request_takes(call: Any, rows: bytes) -> None:  # noqa: ANN401
    runtime = Runtime()
    error = refused(call, runtime, rows)
    assert (error.code, error.exit_code, runtime.asked) == ("CLI-051", 2, {})


def test_a_file_without_rows_is_told_to_have_some(tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    file.write_bytes(b"\n")
    with pytest.raises(UserError) as error:
        invoke.rows_of(str(file))
    assert (error.value.message, "at least one row" in error.value.fix) == ("it is empty", True)


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    for file in (tmp_path / "nothing.csv", tmp_path):
        with pytest.raises(UserError) as error:
            invoke.rows_of(str(file))
        assert error.value.code == "CLI-051"


def test_the_standard_input_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"1,2\n")))
    assert invoke.rows_of("-") == invoke.Rows(body=b"1,2\n", content_type="text/csv")


def test_a_model_without_an_endpoint_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    held = platform()
    team = held.teams[0]
    alone = team.model_copy(update={"models": (team.models[0].model_copy(update={"endpoint": None}),)})
    monkeypatch.setattr(invoke, "read", lambda _: held.model_copy(update={"teams": (alone,)}))  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
    with pytest.raises(UserError) as error:
        invoke.invoke(tmp_path, MODEL, "-", environment="staging", person=None, on_aws=False, as_json=False)
    assert error.value.code == "CLI-050"


def test_ids_of_decisions_sort_by_their_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1_764_260_000_000_000_000
    found = list[str]()
    for step in range(3):
        monkeypatch.setattr(time, "time_ns", lambda step=step: now + step * 1_000_000)  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
        found.append(invoke.decision_id())
    assert sorted(found) == found
    assert {UUID(each).version for each in found} == {7}
    assert UUID(found[0]).int >> 80 == now // 1_000_000
