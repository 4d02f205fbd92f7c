"""`invoke` against an endpoint that truly serves: in the local AWS, by a program in place of a real image."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mlops_stages.cli import callers, invoke
from mlops_stages.errors import UserError
from tests.cli.test_approve import platform
from tests.local.hosting import Hosting, server

NAME, MODEL = "arrivals-late-arrival-production", "arrivals/late-arrival"
PACKAGE = "arn:aws:sagemaker:eu-central-1:012345678901:model-package/arrivals-late-arrival/3"
ANSWERS = f"""
        lines = [dict(decision_id=str(n), score=0.5, model_package='{PACKAGE}') for n, _ in enumerate(body.split())]
        import json
        text = chr(10).join(map(json.dumps, lines)).encode()
        if b'?' in body:
            self.send(400, json.dumps(dict(error='1 row', faults=[dict(row=1, field='hour', message='no')])).encode())
        else:
            self.send(200, text, self.headers['Accept'])
"""


@pytest.fixture
def serving(hosting: Hosting, monkeypatch: pytest.MonkeyPatch) -> Hosting:
    held = platform()
    monkeypatch.setattr(invoke, "read", lambda _: held)  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]

    def somebody(*_: object, **__: object) -> callers.Caller:
        return callers.Caller(
            email="bo@tiny.example",
            account=hosting.account,
            clients=lambda service: hosting.aws.client(service, hosting.account),
        )

    monkeypatch.setattr(invoke, "decider", somebody)
    return hosting


def call(tmp_path: Path, rows: str, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    file = tmp_path / "rows.csv"
    file.write_text(rows)
    invoke.invoke(tmp_path, MODEL, str(file), environment="production", person="bo", on_aws=False, as_json=True)
    return json.loads(capsys.readouterr().out)


def test_rows_come_back_with_their_ids_and_the_package_and_what_is_refused_with_its_field(
    serving: Hosting, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(UserError) as nowhere:
        call(tmp_path, "1,UA\n", capsys)
    assert nowhere.value.code == "CLI-052"
    configuration = serving.configuration(server(ANSWERS.strip()))
    serving.sagemaker.create_endpoint(EndpointName=NAME, EndpointConfigName=configuration)
    assert serving.settled(NAME)["EndpointStatus"] == "InService"
    told = call(tmp_path, "1,UA\n2,AA\n", capsys)
    assert [each["decision_id"] for each in told["answers"]] == ["0", "1"]
    assert (told["packages"], told["variant"]) == ({PACKAGE: 2}, "main")
    with pytest.raises(UserError) as refused:
        call(tmp_path, "?\n", capsys)
    assert refused.value.code == "CLI-053"
    assert "row 1, hour: no" in refused.value.message
