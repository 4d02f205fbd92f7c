"""Following a promotion: the clock is moved until somebody is waited for, or it has ended."""

import datetime
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from mlops_stages.errors import UserError
from mlops_stages.local import refusals
from mlops_stages.local.client import promotions
from mlops_stages.local.endpoint import Endpoint
from mlops_stages.platform import Duty, Platform
from tests.cli.test_approve import platform as approved_platform

ENDPOINT = Endpoint("http://127.0.0.1:1", "secret")
NOW = datetime.datetime(2026, 11, 27, tzinfo=datetime.UTC)


@dataclass
class States:
    """Step Functions with one execution, which is in another state after each move of the clock.

    One before it has failed, and `later` ones, each its status and its state, stay as they are.
    """

    places: list[str]
    ends: str = "RUNNING"
    cause: str = ""
    later: tuple[tuple[str, str], ...] = ()
    moved: list[float] = field(default_factory=list[float])

    def post(self, _: Endpoint, path: str, body: Mapping[str, Any], **more: float) -> None:
        assert (path, [*more]) == ("clock", ["timeout_s"])
        self.moved.append(body["advance_seconds"])

    @property
    def has_ended(self) -> bool:
        return self.ends != "RUNNING" and len(self.moved) >= len(self.places)

    def list_executions(self, **asked: str) -> Any:  # noqa: ANN401
        assert asked["stateMachineArn"].endswith(":stateMachine:tiny-late-arrival-promotion")
        old = {"executionArn": "old", "name": "v1-1", "status": "FAILED", "startDate": NOW}
        status = self.ends if self.has_ended else "RUNNING"
        latest = {"executionArn": "new", "name": "v2-1", "status": status, "startDate": NOW + datetime.timedelta(1)}
        others = [
            {"executionArn": place, "name": "v3-1", "status": status, "startDate": NOW + datetime.timedelta(2)}
            for status, place in self.later
        ]
        return {"executions": [old, latest, *others] if self.places else []}

    def get_execution_history(self, **asked: Any) -> Any:  # noqa: ANN401
        if asked["executionArn"] != "new":
            return {"events": [{"stateEnteredEventDetails": {"name": asked["executionArn"]}}]}
        entered = self.places[: len(self.moved)][::-1]
        failed = [{"taskFailedEventDetails": {"error": "PromotionError", "cause": self.cause}}] if self.cause else []
        return {"events": [*failed, *({"stateEnteredEventDetails": {"name": name}} for name in entered)]}


@pytest.fixture
def platform() -> Platform:
    return approved_platform()


def followed(monkeypatch: pytest.MonkeyPatch, platform: Platform, states: States, told: list[str]) -> Any:  # noqa: ANN401
    def client(service: str, variables: Mapping[str, str]) -> States:
        assert (service, variables["AWS_ACCESS_KEY_ID"]) == ("stepfunctions", platform.addresses.tooling)
        return states

    monkeypatch.setattr(promotions, "client", client)
    monkeypatch.setattr(promotions.inventory, "post", states.post)
    team = platform.team("arrivals")
    return promotions.follow(ENDPOINT, platform, team, team.models[0], told.append, lambda: told.append("meanwhile"))


def test_the_clock_goes_on_until_a_person_is_waited_for(monkeypatch: pytest.MonkeyPatch, platform: Platform) -> None:
    states, told = States(["Check", "Test", "Test", "AwaitRelease"]), list[str]()
    progress = followed(monkeypatch, platform, states, told)
    assert (progress.promotion, progress.status) == ("v2-1", "waiting")
    assert progress.able == Duty.RELEASE.people(platform.team("arrivals"), platform.team("arrivals").models[0]) != ()
    assert states.moved == [1, 30, 30, 30]
    assert progress.moved_s == sum(states.moved)
    name = "arrivals/late-arrival: its promotion"
    assert told == [f"{name}, Check", "meanwhile", f"{name}, Test", "meanwhile", "meanwhile"]


@pytest.mark.parametrize("later", [("FAILED", "Failed"), ("RUNNING", "AwaitRelease")])
def test_one_that_gets_on_is_followed_though_a_later_one_does_not(
    monkeypatch: pytest.MonkeyPatch, platform: Platform, later: tuple[str, str]
) -> None:
    states = States(["CheckAgain", "ProposeProduction", "Done"], "SUCCEEDED", later=(later,))
    progress = followed(monkeypatch, platform, states, [])
    assert (progress.promotion, progress.status) == ("v2-1", "succeeded")


def test_where_none_gets_on_the_latest_is_told(monkeypatch: pytest.MonkeyPatch, platform: Platform) -> None:
    states = States(["AwaitRelease"], later=(("FAILED", "Failed"),))
    progress = followed(monkeypatch, platform, states, [])
    assert (progress.promotion, progress.status) == ("v3-1", "failed")


def test_why_it_failed_is_the_last_failures_message(monkeypatch: pytest.MonkeyPatch, platform: Platform) -> None:
    for cause, said in (
        (json.dumps({"errorMessage": "PRM-053 staging: too slow"}), "PRM-053 staging: too slow"),
        ("PRM-034 arrivals/late-arrival v2: by zoe", "PRM-034 arrivals/late-arrival v2: by zoe"),
        ("x" * 5000, "x" * 1000),
        ("[" * 100_000, "PromotionError"),
        ("[]", "PromotionError"),
    ):
        progress = followed(monkeypatch, platform, States(["Check", "Failed"], "FAILED", cause), [])
        assert (progress.status, progress.failure, progress.able) == ("failed", said, ())


def test_one_that_ended_well_is_told_at_once(monkeypatch: pytest.MonkeyPatch, platform: Platform) -> None:
    states = States(["Done"], "SUCCEEDED")
    monkeypatch.setattr(promotions.time, "monotonic", iter((10.0, 10.1, 12.34)).__next__)
    assert followed(monkeypatch, platform, states, []).to_json() == {
        "team": "arrivals",
        "model": "late-arrival",
        "promotion": "v2-1",
        "status": "succeeded",
        "clock_moved_seconds": 1,
        "seconds": 2.3,
    }
    assert states.moved == [1]


def test_no_promotion_is_none(monkeypatch: pytest.MonkeyPatch, platform: Platform) -> None:
    assert followed(monkeypatch, platform, States([]), []) is None


def test_a_model_without_a_state_machine_has_none(monkeypatch: pytest.MonkeyPatch, platform: Platform) -> None:
    def absent(**_: str) -> None:
        raise refusals.ClientError({"Error": {"Code": "StateMachineDoesNotExist"}}, "ListExecutions")

    states = States([])
    monkeypatch.setattr(states, "list_executions", absent)
    assert followed(monkeypatch, platform, states, []) is None


def test_one_that_does_not_get_on_is_given_up(monkeypatch: pytest.MonkeyPatch, platform: Platform) -> None:
    times = iter(range(0, 10_000, 400))
    monkeypatch.setattr(promotions.time, "monotonic", lambda: float(next(times)))
    with pytest.raises(UserError) as stuck:
        followed(monkeypatch, platform, States(["Check"] * 9), [])
    assert (stuck.value.code, stuck.value.where) == ("LOC-116", "arrivals/late-arrival")
