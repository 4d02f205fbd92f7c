"""`follow`: where a promotion has come to, and what callers sent meanwhile; what `up` tells and suggests of one."""

from __future__ import annotations

import json
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from mlops_stages.cli import callers, follow
from mlops_stages.cli.details import print_details
from mlops_stages.cli.report import Promoted
from mlops_stages.cli.suggestions import suggestions
from mlops_stages.cli.summary import print_summary
from mlops_stages.cli.way import back
from mlops_stages.errors import UserError
from mlops_stages.local import refusals
from mlops_stages.local.client.process import Running
from mlops_stages.local.client.promotions import Progress
from mlops_stages.local.endpoint import Endpoint
from tests.cli.test_approve import platform
from tests.cli.test_report import report

MODEL, BAD = "arrivals/late-arrival", "../late-arrival-bad"
WAITS = Progress(team="arrivals", model="late-arrival", promotion="v2-1", status="waiting", able=("bo@tiny.example",))
ENDED = replace(WAITS, status="succeeded", able=(), moved_s=961.0, took_s=8.2)
FAILED = replace(ENDED, status="failed", failure="PRM-053 staging: it is too slow")


class Runtime:
    """An endpoint that fails at every third request."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []

    def invoke_endpoint(self, **asked: Any) -> dict[str, Any]:  # noqa: ANN401 - as AWS's
        assert asked["EndpointName"] == "arrivals-late-arrival-production"
        self.bodies.append(asked["Body"])
        if len(self.bodies) % 3 == 0:
            raise refusals.ClientError({"Error": {"Code": "ModelError"}}, "InvokeEndpoint")
        return {"Body": StringIO("")}


def run(
    monkeypatch: pytest.MonkeyPatch, progress: Progress | None, rows: Path | None = None, *, as_json: bool = False
) -> tuple[int, Runtime]:
    runtime, held = Runtime(), platform()

    def followed(*given: Any) -> Progress | None:  # noqa: ANN401 - as the wrapped one
        if given[5] is not None:
            given[5]()
        return progress

    def decider(*given: Any, **_: Any) -> callers.Caller:  # noqa: ANN401 - as the wrapped one
        assert given[4] == "invoke-production"
        return callers.Caller(email="bo@tiny.example", account="012345678901", clients=lambda _: runtime)

    def running(_: Path) -> Running:
        return Running(pid=1, port=1, endpoint=Endpoint("http://127.0.0.1:1", "s3cret"), started=False)

    monkeypatch.setattr(follow, "read", lambda _: held)  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
    monkeypatch.setattr(follow, "running_in", running)
    monkeypatch.setattr(follow, "followed", followed)
    monkeypatch.setattr(follow, "decider", decider)
    return follow.follow(Path(), MODEL, None if rows is None else str(rows), as_json=as_json), runtime


@pytest.mark.parametrize(
    ("progress", "code", "says"),
    [
        (WAITS, 0, f"waits for one of bo@tiny.example:\n  mlops-stages approve {MODEL} --for production --as "),
        (ENDED, 0, f"ended well. What serves now:\n  mlops-stages releases {MODEL}\n"),
        (FAILED, 1, "failed.\n  PRM-053 staging: it is too slow"),
    ],
)
def test_who_is_waited_for_or_how_it_ended_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], progress: Progress, code: int, says: str
) -> None:
    assert run(monkeypatch, progress)[0] == code
    assert f"{MODEL}: promotion v2-1 {says}" in capsys.readouterr().out


def test_how_far_the_clock_was_moved_is_told_apart_from_this_machines_time(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(monkeypatch, ENDED)
    said = capsys.readouterr().out
    assert f"How it came there, who decided, and how long that took:\n  mlops-stages ledger show {MODEL}\n" in said
    assert said.endswith("The clock was moved ahead by 16 min 1 s, in 8 s of this machine.\n")


def test_rows_are_sent_one_by_one_and_counted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_bytes(b'{"a": 1}\n{"a": 2}\n')
    code, runtime = run(monkeypatch, ENDED, rows, as_json=True)
    assert (code, len(runtime.bodies)) == (0, follow.REQUESTS)
    assert runtime.bodies[:3] == [b'{"a": 1}\n', b'{"a": 2}\n', b'{"a": 1}\n']
    told = json.loads(capsys.readouterr().out)
    assert (told["status"], told["answered"], told["failed"]) == ("succeeded", 40, 20)


def test_a_model_that_was_never_promoted_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError) as refused:
        run(monkeypatch, None)
    assert (refused.value.code, refused.value.where) == ("CLI-069", MODEL)


def test_up_tells_who_is_waited_for_and_by_which_command() -> None:
    promoted = Promoted(progress=WAITS, version=2, approved_by="owner@tiny.example", rows=Path("rows.jsonl"))
    told = StringIO()
    print_summary(Console(file=told, width=300), replace(report(), promotions=(promoted,)))
    assert (
        "arrivals/late-arrival 2 serves staging, tested there, approved in the name of owner@tiny.example. "
        "It waits for one of bo@tiny.example." in told.getvalue()
    )
    commands = [each.command for each in suggestions(platform(), (), (), (promoted,))]
    assert [command.split(" --as ")[0].split()[:3] for command in commands[:3]] == [
        ["mlops-stages", command, MODEL] for command in ("approve", "follow", "invoke")
    ]
    bad = platform().team("arrivals")
    steps = [step.command for step in back(bad, bad.models[0], BAD)]
    assert commands[3 : 3 + len(steps)] == steps != []


def test_the_first_up_names_the_file_with_all_commands_to_try() -> None:
    promoted = Promoted(progress=WAITS, version=2, approved_by=None, rows=Path("rows.jsonl"))
    first = report().deployment
    first = replace(first, running=replace(first.running, started=True))
    made = replace(report(), platform=platform(), promotions=(promoted,), deployment=first)
    summary, details = StringIO(), StringIO()
    print_summary(Console(file=summary, width=300), made)
    assert "serve on:\n  the commands are at the end of up.txt\n" in summary.getvalue()
    print_details(Console(file=details, width=300), made)
    team = platform().team("arrivals")
    for step in back(team, team.models[0], BAD):
        assert f"{step.why}:\n  {step.command}\n" in details.getvalue()


def test_up_tells_why_a_promotion_failed() -> None:
    promoted = Promoted(progress=FAILED, version=2, approved_by=None, rows=None)
    told = StringIO()
    print_summary(Console(file=told, width=300), replace(report(), promotions=(promoted,)))
    assert "arrivals/late-arrival 2: the promotion failed: PRM-053 staging: it is too slow" in told.getvalue()
