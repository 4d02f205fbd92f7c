"""TeamBudget: who is told, and when."""

from collections.abc import Sequence

import pytest
from aws_cdk import Stack

from mlops_stages.initial import TeamBudget
from tests.foundation.built import Json, built, refused


def budget(stack: Stack, notify: Sequence[str] = ("lena@acme.example",), **options: Sequence[int]) -> TeamBudget:
    return TeamBudget(
        stack,
        "Budget",
        name="acme-fraud",
        team="fraud",
        monthly_usd=2000,
        notify=notify,
        thresholds_percent=options.get("thresholds", (50, 80, 100)),
    )


def properties(notify: Sequence[str] = ("lena@acme.example",), **options: Sequence[int]) -> Json:
    return built(lambda stack: budget(stack, notify, **options)).one("AWS::Budgets::Budget")


def test_it_counts_what_carries_the_teams_tag_each_month() -> None:
    data = properties()["Budget"]
    assert data["BudgetName"].startswith("acme-fraud-")
    assert (data["BudgetType"], data["TimeUnit"]) == ("COST", "MONTHLY")
    assert data["BudgetLimit"] == {"Amount": 2000, "Unit": "USD"}
    assert data["CostFilters"] == {"TagKeyValue": ["user:team$fraud"]}


def test_it_tells_at_each_threshold_and_of_a_forecast_over_the_limit() -> None:
    told = [n["Notification"] for n in properties()["NotificationsWithSubscribers"]]
    assert [(n["NotificationType"], n["Threshold"]) for n in told] == [
        ("ACTUAL", 50),
        ("ACTUAL", 80),
        ("ACTUAL", 100),
        ("FORECASTED", 100),
    ]
    assert {n["ThresholdType"] for n in told} == {"PERCENTAGE"}


def test_everyone_named_is_told_each_time() -> None:
    people = ["ben@acme.example", "lena@acme.example"]
    for notification in properties(people)["NotificationsWithSubscribers"]:
        assert [s["Address"] for s in notification["Subscribers"]] == people
        assert {s["SubscriptionType"] for s in notification["Subscribers"]} == {"EMAIL"}


def test_the_name_changes_with_what_cannot_be_changed_in_place() -> None:
    names = [
        found["Budget"]["BudgetName"]
        for found in (properties(), properties(["ben@acme.example"]), properties(thresholds=[50]))
    ]
    assert len(set(names)) == 3
    assert all(name.startswith("acme-fraud-") for name in names)


def test_another_order_changes_nothing() -> None:
    one = properties(["ben@acme.example", "lena@acme.example"], thresholds=(50, 80))
    assert properties(["lena@acme.example", "ben@acme.example"], thresholds=(80, 50)) == one


def test_the_packs_find_nothing() -> None:
    assert built(budget).findings == ()


@pytest.mark.parametrize(("people", "thresholds"), [(10, 9), (1, 0), (1, 1)])
def test_as_much_as_aws_takes_is_taken(people: int, thresholds: int) -> None:
    names = [f"p{n}@acme.example" for n in range(people)]
    told = properties(names, thresholds=range(10, 10 + thresholds))["NotificationsWithSubscribers"]
    assert len(told) == thresholds + 1


@pytest.mark.parametrize(("people", "thresholds"), [(0, 3), (11, 3), (1, 10)])
def test_nobody_to_tell_or_too_many_is_refused(people: int, thresholds: int) -> None:
    names = [f"p{n}@acme.example" for n in range(people)]
    message, created = refused(lambda stack: budget(stack, names, thresholds=range(10, 10 + thresholds)))
    assert message.startswith("INI-030")
    assert created == []
