"""The states: every way ends, every failure is told, what AWS fails at is tried again and what is refused is not."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from mlops_stages.reliable.promotion.states import REFUSALS, TOLD, UNTOLD, definition
from mlops_stages.runtime.promotion import codes
from mlops_stages.runtime.promotion.tasks import TASKS

State = dict[str, Any]
DOCUMENT = json.loads(definition(partition="aws", task_arn="arn:task", test_arn="arn:test"))
STATES: dict[str, State] = DOCUMENT["States"]
WORK = {name: state for name, state in STATES.items() if state["Type"] == "Task"}


BY_ONE_APPROVAL = json.loads(definition(partition="aws", task_arn="arn:task", test_arn="arn:test", one_approval="low"))
"""Of a model whose retrained versions need one approval."""


def following(state: State) -> Iterator[str]:
    if "Next" in state:
        yield state["Next"]
    if "Default" in state:
        yield state["Default"]
    for each in (*state.get("Choices", []), *state.get("Catch", [])):
        yield each["Next"]


def reached(start: str) -> set[str]:
    found, more = set[str](), [start]
    while more:
        name = more.pop()
        if name not in found:
            found.add(name)
            more += following(STATES[name])
    return found


def test_every_state_is_reached_and_every_state_comes_to_an_end() -> None:
    assert reached(DOCUMENT["StartAt"]) == STATES.keys()
    ends = {name for name, state in STATES.items() if state["Type"] in ("Succeed", "Fail")}
    assert all(reached(name) & ends for name in STATES)


@pytest.mark.parametrize("name", WORK)
def test_each_failure_of_a_state_is_told(name: str) -> None:
    (caught,) = WORK[name]["Catch"]
    assert caught["ErrorEquals"] == ["States.ALL"]
    assert caught["Next"] == ("Untold" if name == "Tell" else "Tell")


@pytest.mark.parametrize("name", WORK)
def test_a_state_is_tried_again_for_what_aws_fails_at_and_not_for_a_refusal(name: str) -> None:
    first, *waiting, last = WORK[name]["Retry"]
    assert first["MaxAttempts"] == 0
    assert last["ErrorEquals"] == ["States.ALL"]
    assert last["MaxAttempts"] > 2
    waited = {error for each in waiting for error in each["ErrorEquals"]}
    assert {*first["ErrorEquals"]} - {"States.Timeout"} == {*REFUSALS} - waited


def test_only_a_lock_of_production_and_a_busy_stack_are_waited_for() -> None:
    waits = {name: each["ErrorEquals"] for name, state in WORK.items() for each in state["Retry"][1:-1]}
    assert waits == {
        "ProposeStaging": ["StackBusyError"], "ExecuteStaging": ["StackBusyError"],
        "LockProduction": ["LockHeldError"], "ProposeProduction": ["StackBusyError"],
        "ExecuteProduction": ["StackBusyError"],
    }  # fmt: skip


def test_the_errors_that_are_not_tried_again_are_those_of_the_functions() -> None:
    classes = {
        name for name, each in vars(codes).items() if isinstance(each, type) and issubclass(each, codes.PromotionError)
    }
    assert classes | {"LedgerError"} == {*REFUSALS}


def test_every_task_is_one_that_the_functions_have() -> None:
    every = [each for each in BY_ONE_APPROVAL["States"].values() if each["Type"] == "Task"]
    assert {state["Parameters"]["Payload"]["task"] for state in every} == TASKS.keys()


def test_nothing_reaches_production_but_through_the_wait_for_a_second_person_or_as_a_way_back() -> None:
    before = {name for name, state in STATES.items() if "LockProduction" in following(state)}
    assert before == {"WhichWay", "CheckAgain"}
    assert {name for name, state in STATES.items() if "CheckAgain" in following(state)} == {"AwaitRelease"}
    wait = STATES["AwaitRelease"]
    assert wait["Resource"].endswith(".waitForTaskToken")
    assert wait["TimeoutSeconds"] == 7 * 86400
    assert "States.Timeout" in wait["Retry"][0]["ErrorEquals"]


def test_where_one_approval_is_enough_only_two_states_are_more_and_all_others_stay_the_same() -> None:
    states = BY_ONE_APPROVAL["States"]
    assert states.keys() - STATES.keys() == {"LookForEvidence", "IsOneApprovalEnough"}
    assert [name for name, state in STATES.items() if states[name] != state] == ["Record"]
    assert STATES["Record"] == {**states["Record"], "Next": "AwaitRelease"}
    assert {name for name, state in states.items() if "CheckAgain" in following(state)} == {
        "AwaitRelease",
        "IsOneApprovalEnough",
    }
    assert states["IsOneApprovalEnough"]["Default"] == "AwaitRelease"
    assert {name for name, state in states.items() if "LockProduction" in following(state)} == {
        "WhichWay",
        "CheckAgain",
    }


def test_the_definition_says_by_which_class_of_risk_one_approval_is_enough() -> None:
    assert "a retrained one with one approval, as the model is of low risk" in BY_ONE_APPROVAL["Comment"]
    assert "of low risk" in BY_ONE_APPROVAL["States"]["LookForEvidence"]["Comment"]
    assert "risk" not in json.dumps(DOCUMENT)


@pytest.mark.parametrize("name", ["LookForEvidence"])
def test_what_fails_while_evidence_is_looked_for_is_tried_again_and_told(name: str) -> None:
    state = BY_ONE_APPROVAL["States"][name]
    assert [each["Next"] for each in state["Catch"]] == ["Tell"]
    assert state["Retry"] == STATES["Record"]["Retry"]


def test_the_way_back_is_compared_locked_and_verified_as_well() -> None:
    way = ["Check", "WhichWay"]
    assert STATES["WhichWay"]["Choices"] == [
        {"Variable": "$.action", "StringEquals": "rollback", "Next": "LockProduction"}
    ]
    assert STATES["Check"]["Next"] == way[1]
    assert STATES["DoesProductionServe"]["Choices"][0]["Next"] == "Finish"


def test_a_function_has_more_time_than_its_state_waits_for_it() -> None:
    assert {name for name, state in WORK.items() if state["TimeoutSeconds"] > 900} == {"AwaitRelease"}


def test_every_state_says_what_it_does() -> None:
    assert [name for name, state in STATES.items() if not state.get("Comment")] == []
    assert {state["Error"] for state in STATES.values() if state["Type"] == "Fail"} == {TOLD, UNTOLD}
