"""A retrained version goes to production with one approval where all of the evidence is there, and else with two."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mlops_stages.runtime.ledger.records import read_entry
from mlops_stages.runtime.promotion.attempts import attempt_key
from mlops_stages.runtime.promotion.codes import PromotionError
from mlops_stages.runtime.promotion.one_approval import evidence
from mlops_stages.runtime.promotion.promotion import read_release
from mlops_stages.runtime.promotion.request import handle
from mlops_stages.runtime.promotion.settings import VARIABLE, read
from mlops_stages.runtime.promotion.store import Held
from tests.runtime.promotion.given import (
    BEN,
    CARA,
    ONE_APPROVAL_SETTINGS,
    RETRAINING,
    SETTINGS,
    World,
    execution,
    session,
)
from tests.runtime.promotion.machine import do, release, through_staging, to_production, until_it_waits

Json = dict[str, Any]

OF = release("promote", 2)
ENOUGH, NEEDS_SECOND = {"status": "enough"}, {"status": "needs-second"}


def serving() -> World:
    """Version 1 serves production; two people let it."""
    world, of = World(settings=ONE_APPROVAL_SETTINGS), release("promote", 1)
    world.version(1)
    handle(world.promotion, world.approve(1))
    assert until_it_waits(world, of, "token-1") is None
    handle(world.promotion, world.decide(1, "Approved"))
    assert to_production(world, of) is None
    return world


_SERVING = serving()


@pytest.fixture
def world() -> World:
    return deepcopy(_SERVING)


def looked(world: World, **changed: Any) -> Json:  # noqa: ANN401
    """Version 2 is retrained, approved by one person and passed by staging; what is looked for then."""
    world.retrained(2, **changed)
    return approved_and_looked(world)


def approved_and_looked(world: World, of: Json = OF) -> Json:
    handle(world.promotion, world.approve(2))
    through_staging(world, of)
    return do(world, "one-approval", of)


def attempt(world: World, number: int = 1) -> Json:
    return world.items.held[attempt_key(2, number)].content


def why(world: World) -> str:
    """Why a second approval is needed."""
    return str(attempt(world)["needs_second"])


def test_a_better_version_goes_to_production_with_the_first_approval_alone(world: World) -> None:
    assert looked(world) == ENOUGH
    assert to_production(world, OF) is None
    assert world.queue.kinds()[-4:] == ["approved", "evaluated", "released-by-rule", "deployed"]
    assert "rejected" not in world.queue.kinds()


def test_the_ledger_has_the_rule_and_the_evidence_and_nobodys_approval(world: World) -> None:
    looked(world)
    body = world.queue.body("released-by-rule")
    assert "who" not in body
    assert (body["for"], body["rule"], body["risk"]) == ("production", "retraining.one_approval", "low")
    assert body["approved_by"]["source_identity"] == BEN
    assert body["execution_arn"] == execution(2)
    assert body["champion_package_arn"] == SETTINGS.package_arn(1)
    assert body["figure"].endswith("(95 % of the difference: -0.03 to -0.004)")
    assert body["result_sha256"] == attempt(world)["result_sha256"]
    of_two = [
        each["body"]
        for each in world.queue.messages.values()
        if each["kind"] == "approved" and each["body"]["package_arn"] == SETTINGS.package_arn(2)
    ]
    assert [each["for"] for each in of_two] == ["staging"]


def test_owner_and_approvers_are_told_before_production_changes_and_how_to_go_back(world: World) -> None:
    looked(world)
    told = world.topic.said[-1]
    assert told["Subject"] == "arrivals/late-arrival: v2 goes to production without a second approval"
    assert "The model is of low risk" in told["Message"]
    assert "mlops-stages rollback arrivals/late-arrival" in told["Message"]
    (also,) = world.topic.approvers
    assert (also["Subject"], also["Message"]) == (told["Subject"], told["Message"])
    to_production(world, OF)
    assert "why it needed no second" in world.topic.said[-1]["Message"]


def test_it_is_recorded_and_told_once_however_often_the_state_is_made_again(world: World) -> None:
    assert looked(world) == ENOUGH
    world.now += timedelta(minutes=3)
    assert do(world, "one-approval", OF) == ENOUGH
    assert world.queue.kinds().count("released-by-rule") == 1
    assert len(world.topic.approvers) == 1


@pytest.mark.parametrize("after", [False, True])
def test_wherever_its_function_dies_it_is_recorded_once_and_told(world: World, *, after: bool) -> None:
    world.retrained(2)
    handle(world.promotion, world.approve(2))
    through_staging(world, OF)
    start = world.calls
    counted = deepcopy(world)
    do(counted, "one-approval", OF)
    for call in range(start + 1, counted.calls + 1):
        again = deepcopy(world)
        again.dies_at = -call if after else call
        assert do(again, "one-approval", OF) == ENOUGH
        assert again.queue.kinds().count("released-by-rule") == 1
        assert again.topic.approvers
        for message in again.queue.messages.values():
            read_entry(json.dumps(message).encode(), "test")


REFUSED: dict[str, tuple[str, Json]] = {
    "a run that SageMaker does not say has registered it": ("PRM-060", {"has_registered": False}),
    "a run that somebody else could have started for it": ("PRM-060", {"token": ""}),
    "a run of another execution": ("PRM-060", {"execution": execution(9)}),
    "a run that was to be started": ("PRM-060", {"execution": None}),
    "a run of another version": ("PRM-060", {"version": 3}),
    "a version that is not better": ("PRM-062", {"outcome": "not better"}),
    "a version that is not judged": ("PRM-062", {"outcome": None, "version": 2}),
    "a version that people have decided about": ("PRM-062", {"outcome": "decided by people"}),
    "a judgement without a figure": ("PRM-062", {"said": ""}),
    "a judgement against nobody": ("PRM-062", {"champion": None}),
    "a judgement of two weeks ago": ("PRM-062", {"decided": "2026-11-13T08:00:00Z"}),
    "a judgement of no time": ("PRM-062", {"decided": ""}),
    "a judgement against another version": ("PRM-062", {"champion": 7}),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_retraining_has_not_shown_takes_a_second_approval(world: World, case: str) -> None:
    code, changed = REFUSED[case]
    assert looked(world, **changed) == NEEDS_SECOND
    assert why(world).startswith(code)
    assert "released-by-rule" not in world.queue.kinds()


PARAMETERS = {
    "Author": "eve@acme.example",
    "Commit": "f" * 40,
    "DatasetManifestSha256": "d" * 64,
    "DatasetManifestUri": "s3://data/manifests/flights/1.json",
    "DatasetUri": "s3://data/curated/flights/1/",
    "ImageDigest": f"sha256:{'e' * 64}",
    "StartedBy": "eve",
    "TrainBefore": "2026-11-27",
    "Hidden": "more",
}


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_version_of_a_run_that_was_asked_for_something_else_takes_a_second_approval(world: World, name: str) -> None:
    parameters = deepcopy(_SERVING).retrained(2).parameters
    assert looked(world, parameters={**parameters, name: PARAMETERS[name]}) == NEEDS_SECOND
    assert why(world).startswith("PRM-060")
    assert name in why(world)


def test_a_run_without_its_parameters_shows_nothing(world: World) -> None:
    assert looked(world, parameters={}) == NEEDS_SECOND
    assert why(world).startswith("PRM-060")


FORGED: dict[str, tuple[str, Json]] = {
    "its execution": ("PRM-060", {"execution": execution(8)}),
    "its commit": ("PRM-060", {"commit": "f" * 40}),
    "its author": ("PRM-060", {"author": "eve@acme.example"}),
    "its dataset": ("PRM-060", {"dataset-manifest-sha256": "d" * 64}),
    "a parameter": ("PRM-061", {"learning-rate": "0.1"}),
}


@pytest.mark.parametrize("what", FORGED)
def test_a_version_that_says_something_else_takes_a_second_approval(world: World, what: str) -> None:
    code, said = FORGED[what]
    world.retrained(2)
    version = world.versions[2]
    version.metadata |= said
    handle(world.promotion, world.approve(2))
    content = attempt(world)
    # What the state before has checked: here only what this one looks at.
    world.items.held[attempt_key(2, 1)] = Held(content | _passed(), 1)
    assert do(world, "one-approval", OF) == NEEDS_SECOND
    assert why(world).startswith(code)


def _passed() -> Json:
    return {"result": {"passed": True}, "result_sha256": "0" * 64}


@pytest.mark.parametrize("name", ["author", "code-sha256", "commit", "image-digest"])
def test_a_version_of_other_code_image_or_author_than_what_serves_takes_a_second_approval(
    world: World, name: str
) -> None:
    world.versions[1].metadata[name] = "another"
    assert looked(world) == NEEDS_SECOND
    assert why(world) == f"PRM-061 it differs from v1 in: {name}"


def test_what_the_version_that_serves_says_besides_must_be_said_again(world: World) -> None:
    world.versions[1].metadata["learning-rate"] = "0.2"
    assert looked(world) == NEEDS_SECOND
    assert why(world) == "PRM-061 it differs from v1 in: learning-rate"


@pytest.mark.parametrize("by", [None, session("pipeline", "SageMaker"), session("ci", "x"), "arn:aws:iam::1:user/eve"])
def test_a_version_that_another_role_has_registered_takes_a_second_approval(world: World, by: str | None) -> None:
    world.retrained(2)
    world.versions[2].changed["CreatedBy"] = {} if by is None else {"IamIdentity": {"Arn": by}}
    assert approved_and_looked(world) == NEEDS_SECOND
    assert why(world).startswith("PRM-060 it was not registered under the role acme-late-arrival.pipeline")


def test_a_version_of_no_run_takes_a_second_approval(world: World) -> None:
    world.retrained(2)
    world.runs.held.clear()
    assert approved_and_looked(world) == NEEDS_SECOND
    assert why(world) == "PRM-060 no runs of retraining have made it"


@pytest.mark.parametrize("starter", ["cara", "acme-other-retraining", None])
def test_a_version_that_somebody_else_has_started_takes_two_approvals_as_ever(
    world: World, starter: str | None
) -> None:
    world.retrained(2)
    world.versions[2].starter = "cara"
    handle(world.promotion, world.approve(2))
    through_staging(world, OF)
    world.versions[2].starter = starter
    assert do(world, "one-approval", OF) == NEEDS_SECOND
    assert not {"needs_second", "alone"} & attempt(world).keys()
    world.states.tokens.add("token-2")
    do(world, "wait", OF, token="token-2")
    assert "class of risk" not in world.topic.said[-1]["Message"]


def test_a_version_of_two_runs_takes_a_second_approval(world: World) -> None:
    world.retrained(2)
    assert looked(world, day="2026-11-01") == NEEDS_SECOND
    assert why(world) == "PRM-060 2 runs of retraining have made it"


def test_runs_that_cannot_be_read_show_nothing(world: World) -> None:
    world.runs.create("run#2026-11-01", {"unknown": 1})
    assert looked(world) == NEEDS_SECOND
    assert why(world).startswith("PRM-060 what retraining remembers cannot be read")


def test_another_champion_takes_a_second_approval(world: World) -> None:
    world.items.held["serving#production"] = Held({"version": 3, "configuration": "x", "at": "now"}, 9)
    assert looked(world) == NEEDS_SECOND
    assert why(world) == "PRM-062 it was compared with v1, and v3 serves now"


def test_production_without_a_version_takes_a_second_approval(world: World) -> None:
    del world.items.held["serving#production"]
    assert looked(world) == NEEDS_SECOND
    assert why(world) == "PRM-062 it was compared with v1, and nothing serves now"


def test_an_endpoint_that_serves_something_else_takes_a_second_approval(world: World) -> None:
    world.stacks["production"].configuration = "by-hand"
    assert looked(world) == NEEDS_SECOND
    assert why(world) == "PRM-062 it was compared with v1, and production serves another configuration now"


@pytest.mark.parametrize("changed", [{"passed": False}, {"passed": True, "more": 1}])
def test_a_result_that_staging_has_not_given_takes_a_second_approval(world: World, changed: Json) -> None:
    world.retrained(2)
    handle(world.promotion, world.approve(2))
    through_staging(world, OF)
    world.items.held[attempt_key(2, 1)].content["result"] |= changed
    assert do(world, "one-approval", OF) == NEEDS_SECOND
    assert why(world).startswith("PRM-022")


def test_what_waits_for_a_second_person_says_why_and_is_released_by_them_as_ever(world: World) -> None:
    looked(world, champion=7)
    world.states.tokens.add("token-2")
    do(world, "wait", OF, token="token-2")
    assert "it needs a second: PRM-062 it was compared with v7" in world.topic.said[-1]["Message"]
    assert world.topic.approvers == []
    assert handle(world.promotion, world.decide(2, "Approved")) == {"released": "answered"}
    assert to_production(world, OF) is None
    assert "released-by-rule" not in world.queue.kinds()
    assert "Both approvals are in the ledger." in world.topic.said[-1]["Message"]


def test_an_attempt_that_needs_a_second_approval_needs_it_to_its_end(world: World) -> None:
    assert looked(world, champion=7) == NEEDS_SECOND
    key = next(iter(world.runs.held))
    world.runs.held[key].content["champion"] = 1
    assert do(world, "one-approval", OF) == NEEDS_SECOND
    with pytest.raises(PromotionError, match="PRM-022"):
        do(world, "check-again", OF)


def gone_back_from(world: World) -> None:
    """The version that serves is another one, by a command."""
    world.items.held["serving#production"] = Held({"version": 3, "configuration": "x", "at": "now"}, 9)


def deployed_by_hand(world: World) -> None:
    world.stacks["production"].configuration = "by-hand"


def forgotten(world: World) -> None:
    world.runs.held.clear()


def refused_by_somebody(world: World) -> None:
    world.items.held[attempt_key(2, 1)].content["rejected"] = {"who": {"source_identity": CARA}}


def told_otherwise(world: World) -> None:
    next(iter(world.runs.held.values())).content["said"] = "another figure"


@pytest.mark.parametrize("happens", [gone_back_from, deployed_by_hand, forgotten, refused_by_somebody, told_otherwise])
@pytest.mark.parametrize("task", ["check-again", "lock"])
def test_what_does_not_hold_any_more_ends_the_promotion_before_production_changes(
    world: World, task: str, happens: Callable[[World], None]
) -> None:
    assert looked(world) == ENOUGH
    if task == "lock":
        do(world, "check-again", OF)
    happens(world)
    with pytest.raises(PromotionError, match="PRM-064"):
        do(world, task, OF, environment="production")
    assert len(world.stacks["production"].executed) == 1


def test_an_approval_that_is_taken_back_ends_the_promotion(world: World) -> None:
    looked(world)
    world.update(2, "approve", BEN, ModelApprovalStatus="Rejected")
    assert "PRM-004" in str(to_production(world, OF))


def test_a_version_that_an_alarm_has_sent_back_takes_a_second_approval_the_next_time(world: World) -> None:
    looked(world)
    world.stacks["production"].outcome = "alarm"
    assert to_production(world, OF) is not None
    world.stacks["production"].outcome = "arrives"
    handle(world.promotion, world.decide(2, "Requested", stage="Staging"))
    again = release("promote", 2, 2)
    through_staging(world, again)
    assert do(world, "one-approval", again) == NEEDS_SECOND
    assert attempt(world, 2)["needs_second"] == "PRM-063 attempt 1 has changed production"


def test_a_version_that_somebody_has_refused_takes_a_second_approval_the_next_time(world: World) -> None:
    looked(world, champion=7)
    world.states.tokens.add("token-2")
    do(world, "wait", OF, token="token-2")
    handle(world.promotion, world.decide(2, "Rejected"))
    world.states.executions[attempt(world)["execution"]]["status"] = "FAILED"
    next(iter(world.runs.held.values())).content["champion"] = 1
    handle(world.promotion, world.decide(2, "Requested", stage="Staging"))
    again = release("promote", 2, 2)
    world.items.held.pop("lock#staging", None)
    through_staging(world, again)
    assert do(world, "one-approval", again) == NEEDS_SECOND
    assert attempt(world, 2)["needs_second"] == f"PRM-063 {CARA} has refused it"


def test_a_model_whose_platform_declares_nothing_takes_a_second_approval(world: World) -> None:
    world.settings = replace(world.settings, one_approval=None)
    assert looked(world) == NEEDS_SECOND
    assert not {"needs_second", "alone"} & attempt(world).keys()
    with pytest.raises(PromotionError, match="PRM-060"):
        evidence(world.promotion, read_release(OF))


def test_the_rule_is_among_the_settings_only_where_it_is_declared() -> None:
    assert "one_approval" not in SETTINGS.to_json()
    for settings in (SETTINGS, ONE_APPROVAL_SETTINGS):
        assert read({VARIABLE: settings.to_json()}) == settings
    assert RETRAINING in ONE_APPROVAL_SETTINGS.to_json()
