"""How a version came to production, told from its ledger: people, waits, and the time that it took."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mlops_stages.audit import Line, lasted, ways
from tests.audit.given import APPROVER, OWNER, STARTER, line


def straight(version: int = 1) -> list[Line]:
    """Registered, approved, tested, released, deployed."""
    return [
        line("trained", "09:00:00", version, STARTER),
        line("approved", "12:00:00", version, OWNER, target="staging"),
        line("evaluated", "12:20:00", version, environment="staging", passed=True),
        line("approved", "13:20:00", version, APPROVER, target="production"),
        line("deployed", "14:00:00", version, environment="production"),
    ]


def test_it_tells_who_decided_and_how_long_it_waited_for_them() -> None:
    (way,) = ways(straight())
    assert (way.took, way.waited) == (timedelta(hours=5), timedelta(hours=4))
    assert [(each.kind, each.environment, each.who) for each in way.decisions] == [
        ("approved", "staging", OWNER),
        ("approved", "production", APPROVER),
    ]
    assert str(way) == (
        "version 1: 5 h from registration to production, of which it waited 4 h for people; 2 human decisions: "
        f"approved for staging by {OWNER}, approved for production by {APPROVER}"
    )
    assert way.to_json() == {
        "version": "1",
        "decisions": [
            {"kind": "approved", "for": "staging", "who": OWNER},
            {"kind": "approved", "for": "production", "who": APPROVER},
        ],
        "took_seconds": 18_000,
        "waited_for_people_seconds": 14_400,
    }


def test_the_order_is_that_of_the_times_and_not_of_the_records() -> None:
    assert ways(reversed(straight())) == ways(straight())


def test_every_decision_counts_until_it_first_serves_and_none_afterwards() -> None:
    tried = [
        *straight()[:4],
        line("deployment-failed", "13:30:00", environment="production"),
        line("evaluated", "13:40:00", environment="staging", passed=False),
        line("evaluated", "14:00:00", environment="staging", passed=True),
        line("approved", "14:10:00", who=APPROVER, target="production"),
        line("deployed", "14:30:00", environment="production"),
        line("rejected", "15:00:00", who=APPROVER, target="production"),
        line("deployed", "16:00:00", environment="production"),
    ]
    (way,) = ways(tried)
    assert (len(way.decisions), way.took) == (3, timedelta(hours=5, minutes=30))
    assert way.waited == timedelta(hours=4, minutes=10)  # what failed staging's tests waited for nobody


def test_what_needed_no_second_approval_says_so_and_has_waited_for_one_person() -> None:
    alone = [*straight()[:3], line("released-by-rule", "12:20:05", target="production", risk="low"), straight()[4]]
    (way,) = ways(alone)
    assert (len(way.decisions), way.waited, way.risk) == (1, timedelta(hours=3), "low")
    assert str(way).endswith(
        f"1 human decision: approved for staging by {OWNER}; without a second approval, as the model was of low risk"
    )
    assert way.to_json()["without_second_approval_by_risk"] == "low"


def test_what_went_on_alone_failed_and_was_then_released_by_a_person_has_two_decisions() -> None:
    both = [*straight()[:3], line("released-by-rule", "12:20:05", target="production", risk="low"), *straight()[3:]]
    (way,) = ways(both)
    assert (len(way.decisions), way.risk) == (2, None)


@pytest.mark.parametrize(
    "without",
    [
        pytest.param(straight()[1:], id="it was not registered in the ledger's time"),
        pytest.param(straight()[:4], id="it has not come to production"),
        pytest.param(
            [*straight()[:4], line("deployed", "14:00:00", environment="staging")], id="it serves staging alone"
        ),
        pytest.param(
            [*straight()[:4], line("rolled-back", "14:00:00", environment="production")], id="it was sent back"
        ),
        pytest.param([line("called", "09:00:00")], id="a call alone"),
    ],
)
def test_what_did_not_come_to_production_has_no_way(without: list[Line]) -> None:
    assert ways(without) == ()


def test_versions_are_told_apart_in_the_order_in_which_they_arrived() -> None:
    late = [line("trained", "08:00:00", 3, STARTER), line("deployed", "23:00:00", 3, environment="production")]
    found = ways([*late, *straight(2)])
    assert [(each.version, len(each.decisions)) for each in found] == [("2", 2), ("3", 0)]
    assert "0 human decisions: none" in str(found[1])


def test_a_decision_whose_person_is_not_known_is_said() -> None:
    anonymous = line("approved", "12:00:00", target="staging")
    (way,) = ways([line("trained", "09:00:00"), anonymous, line("deployed", "13:00:00", environment="production")])
    assert str(way).endswith("1 human decision: approved for staging by nobody named")


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 s"), (0.4, "0 s"), (59, "59 s"), (61, "1 min 1 s"), (3600, "1 h"), (3601, "1 h 1 s"), (93_784, "1 d 2 h")],
)
def test_a_time_has_its_two_largest_units(seconds: float, said: str) -> None:
    assert lasted(timedelta(seconds=seconds)) == said
