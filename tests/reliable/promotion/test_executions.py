"""The definition and the functions together: executed state by state, in an AWS that is in memory."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from mlops_stages.reliable.promotion.states import definition
from mlops_stages.runtime.promotion.request import handle
from mlops_stages.runtime.promotion.settings import Settings
from mlops_stages.runtime.promotion.tasks import perform
from tests.reliable.promotion.interpreter import FailureError, Run
from tests.runtime.promotion.given import (
    BATCH_SETTINGS,
    GROUP,
    MACHINE,
    ONE_APPROVAL_SETTINGS,
    SETTINGS,
    AwsError,
    World,
)

DOCUMENT, BY_ONE_APPROVAL = (
    json.loads(definition(partition="aws", task_arn="task", test_arn="test", one_approval=risk))
    for risk in (None, "low")
)


def nothing() -> None:
    """Decide nothing."""


def run(
    world: World,
    name: str,
    decide: Callable[[], object] = nothing,
    invoke: Callable[[str, Any], Any] | None = None,
) -> Run:
    """Execute what was started under a name; `decide` is what people do while it waits."""

    def perform_it(function: str, payload: Any) -> Any:  # noqa: ANN401 - JSON
        assert function == ("test" if payload["task"] == "test" else "task")
        if payload["task"] == "wait":
            world.states.tokens.add(payload["token"])
        return perform(world.promotion, payload)

    def wait(seconds: int) -> None:
        world.now += timedelta(seconds=seconds)
        for stack in world.stacks.values():
            stack.settle()

    def answer(_token: str) -> Any:  # noqa: ANN401 - JSON
        before = len(world.states.answers)
        decide()
        if len(world.states.answers) == before:
            raise FailureError("States.Timeout", "")
        what, said = world.states.answers[-1]
        if what == "failure":
            raise FailureError(said["Error"], said["Cause"])
        return said

    arn = f"{MACHINE.replace(':stateMachine:', ':execution:')}:{name}"
    document = DOCUMENT if world.settings.one_approval is None else BY_ONE_APPROVAL
    started = Run(document, perform_it if invoke is None else invoke, wait, answer)
    end = started.execute(json.loads(world.states.executions[arn]["input"]))
    world.states.executions[arn]["status"] = "SUCCEEDED" if end == "Done" else "FAILED"
    return started


def promoted(number: int, settings: Settings = SETTINGS) -> World:
    """A world in which versions up to a number have gone to production, one after the other."""
    world = World(settings=settings)
    for each in range(1, number + 1):
        world.version(each)
        handle(world.promotion, world.approve(each))

        def release(version: int = each) -> None:
            handle(world.promotion, world.decide(version, "Approved"))

        assert run(world, f"v{each}-1", release).passed[-1] == "Done"
    return world


@pytest.fixture
def world() -> World:
    world = promoted(1)
    world.version(2)
    handle(world.promotion, world.approve(2))
    return world


def released(world: World) -> Callable[[], object]:
    return lambda: handle(world.promotion, world.decide(2, "Approved"))


def test_a_version_passes_every_state_of_both_environments(world: World) -> None:
    passed = run(world, "v2-1", released(world)).passed
    seen = [name for number, name in enumerate(passed) if name not in passed[:number]]
    assert seen == [
        "Check", "WhichWay", "LockStaging", "ProposeStaging", "SettleStaging", "LookAtStaging", "IsStagingProposed",
        "ExecuteStaging", "WaitStaging", "FollowStaging", "IsStagingUpdated", "VerifyStaging", "DoesStagingServe",
        "Test", "IsTested", "Record", "AwaitRelease", "CheckAgain", "LockProduction", "ProposeProduction",
        "SettleProduction", "LookAtProduction", "IsProductionProposed", "ExecuteProduction", "WaitProduction",
        "FollowProduction", "IsProductionUpdated", "VerifyProduction", "DoesProductionServe", "Finish", "Done",
    ]  # fmt: skip
    assert world.stacks["production"].configuration == f"{GROUP}-v2-abc123"


def test_a_batch_version_is_tested_by_jobs_which_are_waited_for() -> None:
    world = promoted(1, settings=BATCH_SETTINGS)
    world.version(2)
    handle(world.promotion, world.approve(2))
    passed = run(world, "v2-1", released(world)).passed
    tests = passed.index("Test")
    assert passed[tests : tests + 6] == ["Test", "IsTested", "WaitForTests", "Test", "IsTested", "Record"]
    assert passed[-2:] == ["Finish", "Done"]
    assert world.stacks["production"].configuration == f"{GROUP}-v2-abc123"


def test_a_retrained_version_whose_evidence_is_there_passes_by_the_wait() -> None:
    world = promoted(1, settings=ONE_APPROVAL_SETTINGS)
    world.retrained(2)
    handle(world.promotion, world.approve(2))
    passed = run(world, "v2-1").passed
    looked = passed.index("LookForEvidence")
    assert passed[looked - 1 : looked + 4] == [
        "Record", "LookForEvidence", "IsOneApprovalEnough", "CheckAgain", "LockProduction",
    ]  # fmt: skip
    assert passed[-2:] == ["Finish", "Done"]
    assert "AwaitRelease" not in passed
    assert world.stacks["production"].configuration == f"{GROUP}-v2-abc123"


def test_a_retrained_version_whose_evidence_is_not_there_waits_for_a_second_person() -> None:
    world = promoted(1, settings=ONE_APPROVAL_SETTINGS)
    world.retrained(2, has_registered=False)
    handle(world.promotion, world.approve(2))
    passed = run(world, "v2-1", released(world)).passed
    looked = passed.index("LookForEvidence")
    assert passed[looked : looked + 4] == ["LookForEvidence", "IsOneApprovalEnough", "AwaitRelease", "CheckAgain"]
    assert passed[-2:] == ["Finish", "Done"]


def test_a_retrained_version_is_not_released_where_what_serves_changes_while_it_waits_for_production() -> None:
    world = promoted(2, settings=ONE_APPROVAL_SETTINGS)
    world.retrained(3, champion=2)
    handle(world.promotion, world.approve(3))

    def go_back(function: str, payload: Any) -> Any:  # noqa: ANN401 - JSON
        if payload["task"] == "lock" and payload["environment"] == "production":
            world.items.held["serving#production"].content["version"] = 1
        return perform(world.promotion, payload)

    ended = run(world, "v3-1", invoke=go_back)
    assert ended.passed[-3:] == ["LockProduction", "Tell", "Failed"]
    assert "PRM-064" in world.topic.said[-1]["Message"]
    assert world.stacks["production"].configuration == f"{GROUP}-v2-abc123"
    assert not world.items.find("lock#")


def test_a_way_back_passes_neither_staging_nor_the_wait() -> None:
    world = promoted(2)
    handle(world.promotion, world.decide(1, "Restored"))
    passed = run(world, "v1-2").passed
    assert passed[:4] == ["Check", "WhichWay", "LockProduction", "ProposeProduction"]
    assert passed[-2:] == ["Finish", "Done"]
    assert "AwaitRelease" not in passed


def test_nobody_who_decides_in_time_ends_it_and_is_told(world: World) -> None:
    passed = run(world, "v2-1").passed
    assert passed[-3:] == ["AwaitRelease", "Tell", "Failed"]
    assert "PRM-033" in world.topic.said[-1]["Message"]
    assert world.queue.body("deployment-failed")["reason"].startswith("PRM-033")


def test_a_rejection_ends_it_and_is_told(world: World) -> None:
    passed = run(world, "v2-1", lambda: handle(world.promotion, world.decide(2, "Rejected"))).passed
    assert passed[-3:] == ["AwaitRelease", "Tell", "Failed"]
    assert "PRM-034" in world.topic.said[-1]["Message"]


def test_a_failed_golden_record_ends_it_before_anybody_is_asked(world: World) -> None:
    world.endpoint.answer = lambda _: {"score": 0.0}
    assert run(world, "v2-1").passed[-4:] == ["IsTested", "Record", "Tell", "Failed"]
    assert world.stacks["production"].configuration == f"{GROUP}-v1-abc123"


def test_an_alarm_in_production_ends_in_told_with_the_old_version_serving(world: World) -> None:
    world.stacks["production"].outcome = "alarm"
    passed = run(world, "v2-1", released(world)).passed
    assert passed[-3:] == ["VerifyProduction", "Tell", "Failed"]
    assert world.queue.body("rolled-back")["cause"] == "alarm"


def test_a_stack_that_somebody_else_changes_is_waited_for(world: World) -> None:
    stack = world.stacks["staging"]
    stack.status = "UPDATE_ROLLBACK_IN_PROGRESS"
    settle = stack.settle

    def later() -> None:
        if world.now.minute % 5 == 0 and stack.status == "UPDATE_ROLLBACK_IN_PROGRESS":
            stack.status = "UPDATE_ROLLBACK_COMPLETE"
        settle()

    stack.settle = later  # type: ignore[method-assign]
    assert run(world, "v2-1", released(world)).passed[-1] == "Done"


def test_a_deployment_without_an_end_is_given_up(world: World) -> None:
    world.stacks["staging"].settle = lambda: None  # type: ignore[method-assign]
    passed = run(world, "v2-1").passed
    assert passed[-2:] == ["Tell", "Failed"]
    assert "PRM-044" in world.topic.said[-1]["Message"]
    assert "it is pending since" in world.topic.said[-1]["Message"]


def test_throttles_everywhere_are_tried_again_and_change_nothing(world: World) -> None:
    calls = iter(range(10_000))

    def sometimes(_function: str, payload: Any) -> Any:  # noqa: ANN401 - JSON
        if payload["task"] == "wait":
            world.states.tokens.add(payload["token"])
        if next(calls) % 2 == 0:
            raise AwsError("ThrottlingException")
        return perform(world.promotion, payload)

    assert run(world, "v2-1", released(world), sometimes).passed[-1] == "Done"
    assert len(world.stacks["production"].executed) == 2
    assert world.queue.kinds().count("deployed") == 2


def test_what_fails_even_to_be_told_ends_for_the_rule_that_tells_it(world: World) -> None:
    def broken(_function: str, _payload: Any) -> Any:  # noqa: ANN401 - JSON
        raise AwsError("ServiceUnavailable")

    assert run(world, "v2-1", invoke=broken).passed == ["Check", "Tell", "Untold"]
