"""`releases`, `promote` and `rollback`: what is told, and what is set going, in whose name."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mlops_stages.cli import callers, releases
from mlops_stages.cli.releases import Asked
from mlops_stages.errors import UserError
from mlops_stages.platform import Retraining
from mlops_stages.runtime.promotion.request import handle
from mlops_stages.runtime.retraining.runs import Run, begin
from tests.cli.test_approve import platform
from tests.runtime.promotion.given import AwsError, MemoryStore, World
from tests.runtime.promotion.machine import do, release, to_production, until_it_waits
from tests.runtime.promotion.test_overview import retrained

MODEL, APPROVER = "arrivals/late-arrival", "bo@tiny.example"


class Aws:
    """The registry and the table, as an approver meets them."""

    def __init__(self, *approved: int, fails: str = "") -> None:
        self.approved, self.fails = approved, fails
        self.updates: list[dict[str, Any]] = []

    def list_model_packages(self, **asked: Any) -> dict[str, Any]:  # noqa: ANN401 - as AWS's
        assert asked["ModelApprovalStatus"] == "Approved"
        return {"ModelPackageSummaryList": [{"ModelPackageVersion": number} for number in self.approved]}

    def update_model_package(self, **asked: Any) -> None:  # noqa: ANN401 - as AWS's
        if self.fails:
            raise AwsError(self.fails)
        self.updates.append(asked)


@pytest.fixture(scope="module")
def items() -> MemoryStore:
    """Two versions that went to production, and a third that waits."""
    world = World()
    for number in (1, 2, 3):
        world.version(number)
        handle(world.promotion, world.approve(number))
        until_it_waits(world, release("promote", number), f"token-{number}")
        if number < 3:
            handle(world.promotion, world.decide(number, "Approved"))
            to_production(world, release("promote", number))
    return world.items


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:  # noqa: ANN401 - a function
    def run(aws: Aws, items: MemoryStore, what: str = "releases", *, as_json: bool = True, **given: Any) -> Any:  # noqa: ANN401
        held = platform(retraining=given.get("retraining"))
        caller = callers.Caller(email=APPROVER, account="333333333333", clients=lambda _: aws)
        monkeypatch.setattr(releases, "read", lambda _: held)  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
        monkeypatch.setattr(releases, "decider", lambda *_, **__: caller)  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
        monkeypatch.setattr(releases, "DynamoStore", lambda *_: items)  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
        asked = Asked(name=MODEL, as_json=as_json)
        if what == "releases":
            releases.releases(Path(), asked)
        else:
            releases.move(Path(), asked, what, given.get("version"), given.get("reason"))  # type: ignore[arg-type]
        out = capsys.readouterr().out
        return json.loads(out) if as_json else out

    return run


def test_what_runs_where_and_what_waits_is_told_with_the_next_commands(command: Any, items: MemoryStore) -> None:  # noqa: ANN401
    told = command(Aws(), items, as_json=False).splitlines()
    assert told[0].startswith("production  v2 since ")
    assert told[1].startswith("staging     v3 since ")
    assert told[2].startswith("waiting     v3 since ")
    assert told[3].strip() == f"mlops-stages approve {MODEL} --version 3 --for production"
    assert told[4] == f"back        v1: mlops-stages rollback {MODEL}"
    assert [line.split()[2] for line in told[5:]] == ["v3-1:", "v2-1:", "v1-1:"]


def test_whoever_may_release_it_asks_where_nobody_is_named_but_decides_nothing_so(
    command: Any,  # noqa: ANN401
    items: MemoryStore,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    command(Aws(), items)
    as_whom: list[str | None] = []

    def decider(*_: object, person: str | None, on_aws: bool) -> callers.Caller:
        as_whom.append(person)
        return callers.Caller(email=APPROVER, account="333333333333", clients=lambda _: Aws(1))

    monkeypatch.setattr(releases, "decider", decider)
    releases.releases(Path(), Asked(name=MODEL))
    releases.releases(Path(), Asked(name=MODEL, person="zoe"))
    releases.releases(Path(), Asked(name=MODEL, on_aws=True))
    releases.move(Path(), Asked(name=MODEL), "promote", None, None)
    assert as_whom == [APPROVER, "zoe", None, None]


def test_programs_get_all_of_it_and_no_token(command: Any, items: MemoryStore) -> None:  # noqa: ANN401
    told = command(Aws(), items)
    assert (told["model"], told["production"]["version"], told["back"]) == (MODEL, 2, 1)
    assert len(told["attempts"]) == 3
    assert "token" not in json.dumps(told)


def test_of_a_model_that_was_never_released_that_is_said(command: Any) -> None:  # noqa: ANN401
    assert command(Aws(), MemoryStore(), as_json=False).splitlines() == [
        "production  nothing was released there",
        "staging     nothing was released there",
    ]


def test_of_a_model_that_is_retrained_the_latest_run_is_told_and_when_the_next_is_due(command: Any) -> None:  # noqa: ANN401
    items = MemoryStore()
    run = Run(day="2026-11-20", at="2026-11-20T06:30:00Z", cause="time", why="every 30 days", parameters={})
    assert begin(items, replace(run, ended="Succeeded", version=2, outcome="not better"))
    declared = Retraining(every="30d")
    said = command(Aws(), items, as_json=False, retraining=declared).splitlines()
    assert said[2:] == [
        "retraining  It was trained again on 2026-11-20, v2 is not better; the reason was: every 30 days.",
        "retraining  It is trained again on 2026-12-20 at the latest.",
    ]
    assert command(Aws(), items, retraining=declared)["retraining"]["next"] == "2026-12-20"


def test_a_release_without_a_second_approval_is_told_and_why_another_needs_one(command: Any) -> None:  # noqa: ANN401
    alone, waits = retrained(has_registered=True), retrained(has_registered=False)
    to_production(alone, release("promote", 2))
    out = command(Aws(), alone.items, as_json=False)
    assert "without a second approval, as the model is of low risk: the log loss of version 2 is 0.015 lower" in out
    do(waits, "wait", release("promote", 2), token="token-2")
    out = command(Aws(), waits.items, as_json=False)
    assert "one approval is not enough: PRM-060 SageMaker does not say that the run" in out
    assert "mlops-stages approve arrivals/late-arrival --version 2 --for production" in out


@pytest.mark.parametrize(("version", "wanted"), [(None, 4), (3, 3)])
def test_an_approved_version_is_promoted_again_by_its_life_cycle(
    command: Any,  # noqa: ANN401
    items: MemoryStore,
    version: int | None,
    wanted: int,
) -> None:
    aws = Aws(4, 3)
    told = command(aws, items, "promote", version=version, reason=" capacity is back ")
    (update,) = aws.updates
    assert update["ModelPackageArn"].endswith(f":model-package/{MODEL.replace('/', '-')}/{wanted}")
    assert (told["version"], told["by"]) == (wanted, APPROVER)
    cycle = update["ModelLifeCycle"]
    assert (cycle["Stage"], cycle["StageStatus"]) == ("Staging", "Requested")
    assert cycle["StageDescription"].startswith(f"capacity is back ({APPROVER}, 20")
    assert set(update) == {"ModelPackageArn", "ModelLifeCycle"}


def test_production_goes_back_to_the_version_before(command: Any, items: MemoryStore) -> None:  # noqa: ANN401
    aws = Aws()
    said = command(aws, items, "rollback", as_json=False)
    (update,) = aws.updates
    assert update["ModelPackageArn"].endswith("/1")
    assert (update["ModelLifeCycle"]["Stage"], update["ModelLifeCycle"]["StageStatus"]) == ("Production", "Restored")
    assert "version 1 serves production again" in said


@pytest.mark.parametrize(
    ("what", "version", "says"),
    [
        ("promote", 2, "it is not approved"),
        ("promote", None, "no version is approved"),
        ("rollback", 2, "it serves production now, or never has"),
        ("rollback", 3, "it serves production now, or never has"),
        ("rollback", 9, "it serves production now, or never has"),
    ],
)
def test_a_version_that_cannot_be_is_refused_before_anything_is_changed(
    command: Any,  # noqa: ANN401
    items: MemoryStore,
    what: str,
    version: int | None,
    says: str,
) -> None:
    aws = Aws()
    with pytest.raises(UserError) as error:
        command(aws, items, what, version=version)
    assert (error.value.code, error.value.message) == ("CLI-068", says)
    assert aws.updates == []


def test_without_a_version_before_there_is_no_way_back(command: Any) -> None:  # noqa: ANN401
    with pytest.raises(UserError, match="no version before"):
        command(Aws(), MemoryStore(), "rollback")


def test_a_reason_longer_than_the_registry_takes_is_refused(command: Any, items: MemoryStore) -> None:  # noqa: ANN401
    with pytest.raises(UserError) as error:
        command(Aws(), items, "rollback", reason="x" * 901)
    assert error.value.code == "CLI-049"


@pytest.mark.parametrize(
    ("fails", "code"), [("AccessDeniedException", "CLI-048"), ("ResourceNotFoundException", "CLI-067")]
)
def test_what_aws_refuses_is_told(command: Any, items: MemoryStore, fails: str, code: str) -> None:  # noqa: ANN401
    with pytest.raises(UserError) as error:
        command(Aws(fails=fails), items, "rollback")
    assert (error.value.code, error.value.exit_code) == (code, 1)
