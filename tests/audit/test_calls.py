"""Which call each decision was: by version, decision, time and person; contradicted where it names another one."""

from __future__ import annotations

import pytest

from mlops_stages.audit import Line, called
from tests.audit.given import APPROVER, OWNER, STARTER, line

EVENT = "5a4b3c2d-0000-4000-8000-0123456789ab"


def call(decision: str, at: str, who: str = OWNER, version: int = 1, event: str = EVENT) -> Line:
    return line("called", at, version, who, decision=decision, cloudtrail_event=event)


APPROVED = line("approved", "12:00:00", who=OWNER, target="staging")
RELEASED = line("approved", "13:20:00", who=APPROVER, target="production")
REFUSED = line("rejected", "13:20:00", who=APPROVER, target="production")
BACK = line("rolled-back", "15:30:00", who=APPROVER, environment="production", cause="command")


@pytest.mark.parametrize(
    ("decision", "its"),
    [
        (APPROVED, call("approved", "11:59:59")),
        (APPROVED, call("approved", "12:01:00", OWNER.upper())),
        (RELEASED, call("released", "13:20:00", APPROVER)),
        (REFUSED, call("refused", "13:19:59", APPROVER)),
        (BACK, call("restored", "15:00:00", APPROVER)),
    ],
)
@pytest.mark.parametrize("call_first", [True, False])
def test_a_call_belongs_to_its_decision_on_whichever_side_of_it_the_record_is(
    decision: Line, its: Line, call_first: bool
) -> None:
    (found,) = called([its, decision] if call_first else [decision, its])
    assert (found.call, found.event, found.agrees) == (its, EVENT, True)
    assert EVENT in str(found)


@pytest.mark.parametrize(
    "other",
    [
        call("approved", "12:00:00", version=2),
        call("rejected", "12:00:00"),
        call("changed", "12:00:00"),
        call("approved", "12:01:01"),
        call("approved", "11:58:59"),
        call("approved", "12:00:03", STARTER),
        call("approved", "11:59:57", STARTER),
    ],
)
def test_another_call_is_not_taken_for_it(other: Line) -> None:
    (found,) = called([APPROVED, other])
    assert (found.call, found.event, found.agrees) == (None, None, True)
    assert str(found) == f"record 1, approved by {OWNER}: no call in CloudTrail is recorded"
    assert found.to_json() == {"number": 1, "call": None, "cloudtrail_event": None, "agrees": True}


@pytest.mark.parametrize(("at", "who"), [("15:40:00", APPROVER), ("15:00:00", STARTER), ("03:29:00", APPROVER)])
def test_a_rollback_is_not_matched_with_what_was_asked_for_after_it_long_before_or_by_another_person(
    at: str, who: str
) -> None:
    (found,) = called([BACK, call("restored", at, who)])
    assert found.call is None


def test_the_nearest_of_the_same_person_is_taken() -> None:
    near = call("approved", "12:00:01")
    (found,) = called([call("approved", "12:00:00", STARTER), call("approved", "12:00:30"), near, APPROVED])
    assert found.call is near


def test_a_call_that_names_another_person_contradicts_the_decision() -> None:
    (found,) = called([APPROVED, call("approved", "12:00:02", STARTER)])
    assert not found.agrees
    assert str(found).endswith(f": CONTRADICTED, CloudTrail's event {EVENT} (record 1) names {STARTER}")
    assert found.to_json() == {"number": 1, "call": 1, "cloudtrail_event": EVENT, "agrees": False}


def test_what_no_person_did_needs_no_call() -> None:
    alarm = line("rolled-back", "15:30:00", environment="production", cause="alarm")
    trained = line("trained", "09:00:00", who=STARTER)
    assert called([alarm, trained, call("approved", "12:00:00")]) == ()
