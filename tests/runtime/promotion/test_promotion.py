"""A version's way from its registration to production and back, with everything that may go wrong on it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from mlops_stages.runtime.promotion import attempts, history
from mlops_stages.runtime.promotion.codes import LockHeldError, PromotionError
from mlops_stages.runtime.promotion.request import handle
from mlops_stages.runtime.promotion.staging import load
from tests.runtime.promotion.given import ANN, ARTIFACTS, BEN, CARA, DAN, GROUP, AwsError, DeathError, World
from tests.runtime.promotion.machine import deploy, do, end, release, to_production, until_it_waits

Json = dict[str, Any]


def happens(world: World, event: Json) -> Json:
    """An event reaches the function; Lambda calls it again where it dies."""
    for _ in range(3):
        try:
            return handle(world.promotion, event)
        except DeathError:
            world.dies_at = None
    raise AssertionError(event)


def version_before(world: World) -> int | None:
    promotion = world.promotion
    return history.version_before(attempts.attempts(promotion), attempts.serving(promotion, "production"))


def in_production(world: World, number: int, attempt: int = 1) -> None:
    """A version that has gone all the way."""
    if number not in world.versions:
        world.version(number)
    assert happens(world, world.approve(number)) == {"approved": "begun"}
    of = release("promote", number, attempt)
    assert until_it_waits(world, of, f"token-{number}") is None
    # Where the function dies once it has answered, its next run says so.
    answers = ("answered", "answered before", "decided before")
    assert happens(world, world.decide(number, "Approved"))["released"] in answers
    assert to_production(world, of) is None


@pytest.fixture
def world() -> World:
    return World()


def test_an_approved_version_reaches_production_through_both_approvals(world: World) -> None:
    world.version(1)
    assert happens(world, world.event(1)) == {"registered": "recorded"}
    in_production(world, 1)
    assert world.queue.kinds() == ["trained", "approved", "evaluated", "approved", "deployed"]
    first, second = (each["body"] for each in world.queue.messages.values() if each["kind"] == "approved")
    assert (first["for"], first["who"]["source_identity"]) == ("staging", BEN)
    assert (second["for"], second["who"]["source_identity"]) == ("production", CARA)
    assert second["result_sha256"] == world.queue.body("evaluated")["result_sha256"]
    assert world.queue.body("deployed")["configuration"] == f"{GROUP}-v1-abc123"
    assert [each["Subject"] for each in world.topic.said] == [
        "arrivals/late-arrival: v1 waits to be released",
        "arrivals/late-arrival: v1 serves production",
    ]
    assert not world.items.find("lock#")


def test_the_machine_is_told_that_it_may_go_on_and_the_token_is_nowhere_else(world: World) -> None:
    in_production(world, 1)
    ((what, said),) = world.states.answers
    assert (what, list(said)) == ("success", ["released_at"])
    kept = [str(held.content) for _, held in world.items.find("")]
    everywhere = [*kept, str(world.topic.said), str(world.queue.messages)]
    assert not [text for text in everywhere if "token-1" in text]


def test_an_event_that_arrives_three_times_is_one_promotion(world: World) -> None:
    world.version(1)
    event = world.approve(1)
    for _ in range(3):
        happens(world, event)
    assert len(world.states.executions) == 1
    assert world.queue.kinds() == ["approved"]
    assert until_it_waits(world, release("promote", 1)) is None
    happens(world, event)  # late
    decision = world.decide(1, "Approved")
    for _ in range(3):
        happens(world, decision)
    happens(world, event)  # out of order
    assert len(world.states.executions) == 1
    assert len(world.states.answers) == 1
    assert world.queue.kinds() == ["approved", "evaluated", "approved"]
    assert len(world.topic.said) == 1


def test_a_release_before_the_tests_does_not_count_and_a_later_one_does(world: World) -> None:
    world.version(1)
    happens(world, world.approve(1))
    assert happens(world, world.decide(1, "Approved")) == {"released": "PRM-032"}
    assert until_it_waits(world, release("promote", 1)) is None
    assert world.states.answers == []
    assert happens(world, world.decide(1, "Approved")) == {"released": "answered"}


@pytest.mark.parametrize("who", [ANN, ANN.upper()])
def test_who_wrote_the_commit_does_not_approve_it(world: World, who: str) -> None:
    world.version(1)
    assert happens(world, world.approve(1, who)) == {"approved": "PRM-011"}
    assert world.states.executions == {}
    assert "wrote its commit" in world.topic.said[0]["Message"]


def test_who_started_the_run_does_not_release_it(world: World) -> None:
    world.version(1, starter=DAN)
    happens(world, world.approve(1))
    assert until_it_waits(world, release("promote", 1)) is None
    assert happens(world, world.decide(1, "Approved", DAN)) == {"released": "PRM-011"}
    assert happens(world, world.decide(1, "Approved", CARA)) == {"released": "answered"}


def test_who_approved_a_version_does_not_release_it(world: World) -> None:
    world.version(1)
    happens(world, world.approve(1))
    assert until_it_waits(world, release("promote", 1)) is None
    assert happens(world, world.decide(1, "Approved", BEN)) == {"released": "PRM-011"}
    assert world.states.answers == []
    assert "approved it for staging" in world.topic.said[-1]["Message"]


@pytest.mark.parametrize("role", ["release", "pipeline", "approver"])
def test_an_approval_in_another_role_does_not_count(world: World, role: str) -> None:
    world.version(1)
    event = world.update(1, role, BEN, ModelApprovalStatus="Approved")
    assert happens(world, event) == {"approved": "PRM-010"}


def test_a_version_that_does_not_say_who_made_it_is_not_promoted(world: World) -> None:
    world.version(1, author=None)
    assert happens(world, world.approve(1)) == {"approved": "PRM-012"}


def test_a_decision_that_was_followed_by_another_update_is_made_again(world: World) -> None:
    world.version(1)
    event = world.approve(1)
    world.update(1, "approve", DAN, ApprovalDescription="fine")
    assert happens(world, event) == {"approved": "PRM-013"}
    assert happens(world, world.approve(1)) == {"approved": "begun"}


def test_a_description_edited_later_starts_nothing(world: World) -> None:
    world.version(1)
    happens(world, world.approve(1))
    assert happens(world, world.update(1, "approve", BEN, ApprovalDescription="fine")) == {}
    assert len(world.states.executions) == 1


def test_an_approval_that_was_taken_back_before_its_event_came_starts_nothing(world: World) -> None:
    world.version(1)
    event = world.approve(1)
    world.update(1, "approve", BEN, ModelApprovalStatus="Rejected")
    assert happens(world, event) == {"approved": "stale"}


def test_a_version_that_is_rejected_for_production_ends_its_promotion(world: World) -> None:
    in_production(world, 1)
    world.version(2)
    happens(world, world.approve(2))
    of = release("promote", 2)
    assert until_it_waits(world, of) is None
    assert happens(world, world.decide(2, "Rejected", BEN, why="too many refusals")) == {"refused": "answered"}
    what, said = world.states.answers[-1]
    assert what == "failure"
    do(world, "fail", of, failure=said)
    assert "rejected" in world.queue.kinds()
    assert world.queue.body("rejected")["reason"].startswith("too many refusals")
    assert "deployment-failed" not in world.queue.kinds()
    assert world.stacks["production"].configuration == f"{GROUP}-v1-abc123"


@pytest.mark.parametrize("when", ["before staging", "before production"])
@pytest.mark.parametrize("what", ["model", "golden records"])
def test_other_bytes_than_those_approved_reach_no_environment(world: World, when: str, what: str) -> None:
    version = world.version(1)
    happens(world, world.approve(1))
    of = release("promote", 1)
    key = version.model_key if what == "model" else f"{version.folder}/golden.jsonl"
    if when == "before production":
        assert until_it_waits(world, of) is None
        happens(world, world.decide(1, "Approved"))
    world.buckets[ARTIFACTS][key] += b"\n"
    why = until_it_waits(world, of) if when == "before staging" else to_production(world, of)
    assert why is not None
    assert "PRM-020" in why
    assert world.stacks["production"].executed == []
    assert len(world.stacks["staging"].executed) == (when == "before production")
    assert "deployment-failed" in world.queue.kinds()


def test_other_digests_than_those_approved_are_refused_even_if_everything_fits_them(world: World) -> None:
    version = world.version(1)
    happens(world, world.approve(1))
    version.fields[0]["maximum"] = 24.0
    version.write(world.buckets[ARTIFACTS])
    assert "PRM-021" in (until_it_waits(world, release("promote", 1)) or "")


def test_another_result_of_staging_than_the_one_approved_is_refused(world: World) -> None:
    world.version(1)
    happens(world, world.approve(1))
    of = release("promote", 1)
    until_it_waits(world, of)
    happens(world, world.decide(1, "Approved"))
    attempts.note(world.promotion, attempts.release_of(of), result={"passed": True})
    assert "PRM-022" in (to_production(world, of) or "")
    assert world.stacks["production"].executed == []


def test_without_a_second_approval_nothing_goes_to_production(world: World) -> None:
    world.version(1)
    happens(world, world.approve(1))
    of = release("promote", 1)
    until_it_waits(world, of)
    assert "nobody released it" in (to_production(world, of) or "")
    assert world.stacks["production"].executed == []


def test_a_failed_golden_record_ends_a_promotion_and_is_in_the_ledger(world: World) -> None:
    world.version(1)
    happens(world, world.approve(1))
    world.endpoint.answer = lambda record: {"score": 0.99}
    why = until_it_waits(world, release("promote", 1))
    assert why is not None
    assert why.startswith("PRM-050 staging: golden-1: the score is 0.99")
    assert world.queue.body("evaluated")["passed"] is False
    assert "deployment-failed" not in world.queue.kinds()
    assert "mlops-stages promote arrivals/late-arrival --version 1" in world.topic.said[-1]["Message"]
    assert world.endpoint.calls < 60  # it was not put under load


@pytest.mark.parametrize("outcome", ["alarm", "alarm-fails"])
def test_a_version_that_trips_an_alarm_is_recorded_as_rolled_back_whatever_the_status_says(
    world: World, outcome: str
) -> None:
    in_production(world, 1)
    world.version(2)
    happens(world, world.approve(2))
    of = release("promote", 2)
    assert until_it_waits(world, of) is None
    happens(world, world.decide(2, "Approved"))
    world.stacks["production"].outcome = outcome
    why = to_production(world, of)
    assert why is not None
    assert ("PRM-045" if outcome == "alarm" else "PRM-043") in why
    back = world.queue.body("rolled-back")
    assert (back["package_arn"][-2:], back["from_package_arn"][-2:], back["cause"]) == ("/1", "/2", "alarm")
    assert world.topic.said[-1]["Subject"].endswith("v2 went back")
    assert attempts.serving(world.promotion, "production") == {
        "version": 1, "attempt": 1, "configuration": f"{GROUP}-v1-abc123", "at": "2026-11-27T09:02:00Z",
    }  # fmt: skip
    assert not world.items.find("lock#")


def test_a_deployment_that_fails_for_another_reason_is_told_with_the_stacks_reason(world: World) -> None:
    in_production(world, 1)
    world.version(2)
    happens(world, world.approve(2))
    world.stacks["staging"].outcome = "fails"
    why = until_it_waits(world, release("promote", 2))
    assert why is not None
    assert "PRM-043 acme-staging-model-late-arrival: it is UPDATE_ROLLBACK_COMPLETE: Endpoint: CREATE failed" in why
    assert world.queue.body("deployment-failed")["environment"] == "staging"
    assert "rolled-back" not in world.queue.kinds()


def test_two_promotions_at_once_go_one_after_the_other(world: World) -> None:
    world.version(1)
    world.version(2)
    happens(world, world.approve(1))
    happens(world, world.approve(2))
    one, two = release("promote", 1), release("promote", 2)
    assert until_it_waits(world, one) is None
    why = until_it_waits(world, two, "another")
    assert why is not None
    assert why.startswith("PRM-030 staging: v1-1 has it since")
    assert happens(world, world.decide(1, "Approved")) == {"released": "answered"}
    assert to_production(world, one) is None
    assert happens(world, world.decide(2, "Requested", stage="Staging")) == {"requested": "begun"}
    assert until_it_waits(world, release("promote", 2, 2)) is None


def test_a_lock_whose_holder_was_aborted_is_taken_over(world: World) -> None:
    world.version(1)
    world.version(2)
    happens(world, world.approve(1))
    happens(world, world.approve(2))
    assert until_it_waits(world, release("promote", 1)) is None
    end(world, release("promote", 1), "ABORTED")
    assert until_it_waits(world, release("promote", 2), "another") is None


def test_a_release_of_a_promotion_that_has_ended_is_no_harm(world: World) -> None:
    world.version(1)
    happens(world, world.approve(1))
    until_it_waits(world, release("promote", 1))
    world.states.tokens.clear()  # timed out
    assert happens(world, world.decide(1, "Approved")) == {"released": "answered before"}


@pytest.mark.parametrize("status", ["Approved", "Rejected"])
def test_a_decision_made_while_a_state_asks_again_is_answered_by_the_new_token(world: World, status: str) -> None:
    world.version(1)
    happens(world, world.approve(1))
    of = release("promote", 1)
    assert until_it_waits(world, of, "first") is None
    world.states.tokens = {"second"}  # the state has failed after it had kept its token, and asks again
    assert list(happens(world, world.decide(1, status)).values()) == ["answered before"]
    do(world, "wait", of, token="second")
    assert [what for what, _ in world.states.answers] == ["success" if status == "Approved" else "failure"]


def test_people_go_back_to_the_version_before_at_once_without_a_second_approval(world: World) -> None:
    in_production(world, 1)
    in_production(world, 2)
    assert version_before(world) == 1
    assert happens(world, world.decide(1, "Restored", DAN, why="refunds")) == {"restored": "begun"}
    of = release("rollback", 1, 2)
    assert to_production(world, of) is None
    values = world.stacks["production"].executed[-1]
    assert (values["TrafficShift"], values["ConfigName"]) == ("AtOnce", f"{GROUP}-v1-2")
    assert len(world.stacks["staging"].executed) == 2
    back = world.queue.body("rolled-back")
    assert (back["cause"], back["who"]["source_identity"]) == ("command", DAN)
    assert back["reason"].startswith("refunds")
    assert back["from_package_arn"].endswith("/2")
    assert world.topic.said[-1]["Subject"].endswith("back on v1")


def test_the_way_back_is_not_to_what_somebody_went_back_from(world: World) -> None:
    for number in (1, 2, 3):
        in_production(world, number)
    happens(world, world.decide(2, "Restored"))
    assert to_production(world, release("rollback", 2, 2)) is None
    assert version_before(world) == 1
    assert happens(world, world.decide(3, "Restored")) == {"restored": "begun"}  # who names it, may


def test_the_way_back_is_free_while_another_version_waits_to_be_released(world: World) -> None:
    in_production(world, 1)
    in_production(world, 2)
    world.version(3)
    happens(world, world.approve(3))
    assert until_it_waits(world, release("promote", 3), "third") is None
    happens(world, world.decide(1, "Restored"))
    assert to_production(world, release("rollback", 1, 2)) is None


def test_one_request_to_go_back_is_one_however_often_its_event_comes(world: World) -> None:
    in_production(world, 1)
    in_production(world, 2)
    event = world.decide(1, "Restored")
    happens(world, event)
    happens(world, event)
    assert to_production(world, release("rollback", 1, 2)) is None
    assert happens(world, event) == {"restored": "begun"}
    assert sorted(each.rpartition(":")[2] for each in world.states.executions) == ["v1-1", "v1-2", "v2-1"]


@pytest.mark.parametrize(("number", "why"), [(2, "serves production now"), (3, "never served")])
def test_there_is_no_way_back_to_what_serves_or_never_has(world: World, number: int, why: str) -> None:
    in_production(world, 1)
    in_production(world, 2)
    world.version(3)
    happens(world, world.approve(3))
    assert happens(world, world.decide(number, "Restored")) == {"restored": "PRM-005"}
    assert why in world.topic.said[-1]["Message"]


def test_with_one_version_there_is_no_way_back(world: World) -> None:
    in_production(world, 1)
    assert version_before(world) is None


def test_a_version_that_failed_is_promoted_again_under_new_names(world: World) -> None:
    world.version(1)
    happens(world, world.approve(1))
    world.endpoint.answer = lambda record: None
    assert "PRM-050" in (until_it_waits(world, release("promote", 1)) or "")
    world.endpoint.answer = World().endpoint.answer
    event = world.decide(1, "Requested", stage="Staging")
    assert happens(world, event) == {"requested": "begun"}
    assert happens(world, event) == {"requested": "begun"}
    of = release("promote", 1, 2)
    assert until_it_waits(world, of) is None
    assert world.stacks["staging"].parameters["ConfigName"] == f"{GROUP}-sv1-2"
    assert happens(world, world.decide(1, "Approved")) == {"released": "answered"}
    assert to_production(world, of) is None


def test_a_table_that_has_lost_everything_stops_a_promotion_and_uses_no_name_twice(world: World) -> None:
    world.version(1)
    happens(world, world.approve(1))
    assert until_it_waits(world, release("promote", 1)) is None
    world.items.held.clear()
    assert happens(world, world.decide(1, "Approved")) == {"released": "PRM-032"}
    with pytest.raises(PromotionError, match="PRM-031"):
        do(world, "fail", release("promote", 1), failure={})
    end(world, release("promote", 1), "FAILED")
    world.now += timedelta(days=1)
    assert happens(world, world.decide(1, "Requested", stage="Staging")) == {"requested": "PRM-031"}
    assert happens(world, world.approve(1)) == {"approved": "begun"}
    assert {each.rpartition(":")[2] for each in world.states.executions} == {"v1-1", "v1-2"}
    assert until_it_waits(world, release("promote", 1, 2), "another") is None


def test_champion_and_challenger_are_asked_the_same(world: World) -> None:
    in_production(world, 1)
    capture(world, hour=8)
    world.version(2)
    happens(world, world.approve(2))
    assert until_it_waits(world, release("promote", 2)) is None
    found = compared(world, release("promote", 2))
    assert (found["champion"], found["asked"], found["mean_difference"]) == ("v1", 1, "0.138500")


def test_what_the_champion_was_asked_is_found_by_the_clock_of_the_states(world: World) -> None:
    """In the local AWS it is ahead of the function's, once somebody has moved it."""
    in_production(world, 1)
    capture(world, hour=13)
    world.version(2)
    happens(world, world.approve(2))
    of = release("promote", 2)
    do(world, "check", of)
    do(world, "lock", of, environment="staging")
    deploy(world, of, "staging")
    with pytest.raises(PromotionError, match=r"PRM-001 state\.at: 'soon' is no time"):
        do(world, "test", of, at="soon")
    do(world, "test", of, at="2026-11-27T13:59:59.250Z")
    assert compared(world, of)["asked"] == 1


def capture(world: World, *, hour: int) -> None:
    """What production was asked once, in an hour of 27 November, and answered."""
    given = {"observedContentType": "text/csv", "mode": "INPUT", "data": "7,1.5,UA,JFK\n", "encoding": "CSV"}
    made = {"observedContentType": "text/csv; charset=utf-8", "mode": "OUTPUT", "data": "1,0.25,a\n", "encoding": "CSV"}
    line = json.dumps({"captureData": {"endpointInput": given, "endpointOutput": made}}).encode()
    key = f"capture/{GROUP}-production/champion/2026/11/27/{hour:02d}/34-30-683-5512.jsonl"
    world.buckets["acme-capture"][key] = line


def compared(world: World, of: Json) -> Json:
    return dict(attempts.attempt_of(world.promotion, attempts.release_of(of))["result"]["comparison"])


# Nothing lost, nothing twice


def whole_way(world: World) -> None:
    world.version(1)
    happens(world, world.event(1))
    in_production(world, 1)
    in_production(world, 2)
    happens(world, world.decide(1, "Restored", DAN))
    assert to_production(world, release("rollback", 1, 2)) is None


def state_of(world: World) -> tuple[object, ...]:
    """What is left of a way: all but how often somebody was told the same."""
    items = {key: held.content for key, held in world.items.find("")}
    subjects = sorted({each["Subject"] for each in world.topic.said})
    executed = {name: stack.executed for name, stack in world.stacks.items()}
    return items, world.queue.messages, subjects, executed, world.states.executions, world.states.answers


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_wherever_a_function_dies_the_way_ends_the_same(after: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "FEWEST", 2)
    monkeypatch.setattr(load, "SECONDS", 0.1)
    undisturbed = World()
    whole_way(undisturbed)
    wanted = state_of(undisturbed)
    # One call in five; which ones, differs by whether it dies before them or after.
    for number in range(3 if after else 1, undisturbed.calls, 5):
        world = World(dies_at=-number if after else number)
        whole_way(world)
        assert state_of(world) == wanted, number


def test_what_aws_throttles_is_raised_so_that_it_is_tried_again(world: World) -> None:
    world.version(1)
    event = world.approve(1)
    for number in range(1, 5):
        world.calls, world.dies_at, world.raises = 0, number, AwsError("ThrottlingException")
        with pytest.raises(AwsError):
            handle(world.promotion, event)
        world.dies_at = None
    assert handle(world.promotion, event) == {"approved": "begun"}
    assert world.queue.kinds() == ["approved"]
    assert len(world.states.executions) == 1


def test_a_held_lock_is_another_error_than_a_refusal(world: World) -> None:
    world.version(1)
    world.version(2)
    happens(world, world.approve(1))
    happens(world, world.approve(2))
    do(world, "lock", release("promote", 1), environment="production")
    with pytest.raises(LockHeldError):
        do(world, "lock", release("promote", 2), environment="production")


def test_a_step_made_again_after_its_deployment_changes_nothing(world: World) -> None:
    world.version(1)
    happens(world, world.approve(1))
    of = release("promote", 1)
    first = deploy(world, of, "staging")
    assert deploy(world, of, "staging") == first
    assert len(world.stacks["staging"].executed) == 1
