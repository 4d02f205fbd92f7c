"""Budgets and cost anomaly detection through CloudFormation."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.local.clients import LocalAws
from tests.local.stacks import RefusedStackError, Stack, att, changed, ref, resource

TAGS = [{"Key": "team", "Value": "fraud"}]
ABOVE_100 = {
    "Dimensions": {
        "Key": "ANOMALY_TOTAL_IMPACT_ABSOLUTE",
        "MatchOptions": ["GREATER_THAN_OR_EQUAL"],
        "Values": ["100"],
    }
}


@pytest.fixture
def stack(local_aws: LocalAws, account: str) -> Stack:
    return Stack(local_aws, account)


def costs(name: str | None = None) -> dict[str, Any]:
    budget: dict[str, Any] = {
        "BudgetType": "COST",
        "TimeUnit": "MONTHLY",
        "BudgetLimit": {"Amount": 2000, "Unit": "USD"},
        "CostFilters": {"TagKeyValue": ["user:team$fraud"]},
        **({"BudgetName": name} if name else {}),
    }
    return {
        "Budget": resource(
            "AWS::Budgets::Budget",
            Budget=budget,
            NotificationsWithSubscribers=[told(80, "lead@acme.example")],
            ResourceTags=TAGS,
        ),
        "Monitor": resource(
            "AWS::CE::AnomalyMonitor", MonitorName="all", MonitorType="DIMENSIONAL", MonitorDimension="SERVICE"
        ),
        "Subscription": resource(
            "AWS::CE::AnomalySubscription",
            SubscriptionName="owners",
            MonitorArnList=[ref("Monitor")],
            Frequency="DAILY",
            Subscribers=[{"Type": "EMAIL", "Address": "owner@acme.example"}],
            ThresholdExpression=json.dumps(ABOVE_100),
            ResourceTags=TAGS,
        ),
    }


def told(percent: int, *people: str) -> dict[str, Any]:
    notification = {
        "NotificationType": "ACTUAL",
        "ComparisonOperator": "GREATER_THAN",
        "Threshold": percent,
        "ThresholdType": "PERCENTAGE",
    }
    return {
        "Notification": notification,
        "Subscribers": [{"SubscriptionType": "EMAIL", "Address": person} for person in people],
    }


def described(stack: Stack) -> dict[str, Any]:
    name = stack.id_of("Budget")
    found: dict[str, Any] = stack.client("budgets").describe_budget(AccountId=stack.account, BudgetName=name)["Budget"]
    return found


def subscribers(stack: Stack) -> dict[float, list[str]]:
    budgets, named = stack.client("budgets"), {"AccountId": stack.account, "BudgetName": stack.id_of("Budget")}
    found: dict[float, list[str]] = {}
    for notification in budgets.describe_notifications_for_budget(**named)["Notifications"]:
        people = budgets.describe_subscribers_for_notification(**named, Notification=notification)["Subscribers"]
        found[notification["Threshold"]] = [person["Address"] for person in people]
    return found


def test_a_budget_names_its_limit_and_who_is_told(stack: Stack) -> None:
    stack.create(costs())
    found = described(stack)
    assert (found["BudgetLimit"], found["CostFilters"]) == (
        {"Amount": "2000", "Unit": "USD"},
        {"TagKeyValue": ["user:team$fraud"]},
    )
    assert subscribers(stack) == {80.0: ["lead@acme.example"]}
    arn = f"arn:aws:budgets::{stack.account}:budget/{stack.id_of('Budget')}"
    assert stack.client("budgets").list_tags_for_resource(ResourceARN=arn)["ResourceTags"] == TAGS


def test_a_budgets_limit_changes_in_place(stack: Stack) -> None:
    resources = costs("team-fraud")
    stack.create(resources)
    budget = {**resources["Budget"]["Properties"]["Budget"], "BudgetLimit": {"Amount": "3000", "Unit": "USD"}}
    stack.update(changed(resources, "Budget", Budget=budget, ResourceTags=[{"Key": "team", "Value": "credit"}]))
    assert (stack.id_of("Budget"), described(stack)["BudgetLimit"]["Amount"]) == ("team-fraud", "3000")
    assert subscribers(stack) == {80.0: ["lead@acme.example"]}


def test_other_notifications_make_another_budget(stack: Stack) -> None:
    resources = costs()
    stack.create(resources)
    before = stack.id_of("Budget")
    stack.update(changed(resources, "Budget", NotificationsWithSubscribers=[told(50, "chief@acme.example")]))
    assert stack.id_of("Budget") != before
    assert subscribers(stack) == {50.0: ["chief@acme.example"]}
    listed = stack.client("budgets").describe_budgets(AccountId=stack.account)["Budgets"]
    assert [budget["BudgetName"] for budget in listed] == [stack.id_of("Budget")]


def test_other_notifications_of_a_budget_of_a_fixed_name_are_refused_as_aws_does(stack: Stack) -> None:
    resources = costs("team-fraud")
    stack.create(resources)
    with pytest.raises(RefusedStackError, match="already exists"):
        stack.update(changed(resources, "Budget", NotificationsWithSubscribers=[told(50, "chief@acme.example")]))
    assert subscribers(stack) == {80.0: ["lead@acme.example"]}


@pytest.mark.parametrize(
    ("budget", "reason"),
    [
        ({"BudgetType": "COST", "TimeUnit": "MONTHLY"}, "BudgetLimit"),
        ({"BudgetType": "COST", "TimeUnit": "HOURLY", "BudgetLimit": {"Amount": 1, "Unit": "USD"}}, "TimeUnit"),
        ({"BudgetType": "COST", "TimeUnit": "MONTHLY", "BudgetLimit": {"Amount": "x", "Unit": "USD"}}, "Amount"),
        ({"BudgetType": "COST", "TimeUnit": "MONTHLY", "Limit": 5}, "Limit"),
    ],
)
def test_a_budget_that_aws_would_refuse_is_refused(stack: Stack, budget: dict[str, Any], reason: str) -> None:
    with pytest.raises(RefusedStackError, match=reason):
        stack.create(changed(costs(), "Budget", Budget=budget))


def test_cost_anomalies_are_watched_and_told(stack: Stack) -> None:
    out = stack.create(
        costs(), Monitor=att("Monitor", "MonitorArn"), Subscription=att("Subscription", "SubscriptionArn")
    )
    ce = stack.client("ce")
    monitors = ce.get_anomaly_monitors(MonitorArnList=[out["Monitor"]])["AnomalyMonitors"]
    assert (monitors[0]["MonitorName"], monitors[0]["MonitorDimension"]) == ("all", "SERVICE")
    found = ce.get_anomaly_subscriptions(SubscriptionArnList=[out["Subscription"]])["AnomalySubscriptions"][0]
    assert found["MonitorArnList"] == [out["Monitor"]]
    assert found["ThresholdExpression"] == ABOVE_100
    assert [person["Address"] for person in found["Subscribers"]] == ["owner@acme.example"]
    assert ce.list_tags_for_resource(ResourceArn=out["Subscription"])["ResourceTags"] == TAGS


def test_a_subscription_changes_in_place_and_a_monitor_by_its_name_only(stack: Stack) -> None:
    resources = costs()
    stack.create(resources)
    monitor, subscription = stack.id_of("Monitor"), stack.id_of("Subscription")
    people = [{"Type": "EMAIL", "Address": "other@acme.example"}]
    resources = changed(resources, "Subscription", Subscribers=people)
    stack.update(changed(resources, "Monitor", MonitorName="everything"))
    assert (stack.id_of("Monitor"), stack.id_of("Subscription")) == (monitor, subscription)
    ce = stack.client("ce")
    assert ce.get_anomaly_monitors()["AnomalyMonitors"][0]["MonitorName"] == "everything"
    assert (
        ce.get_anomaly_subscriptions()["AnomalySubscriptions"][0]["Subscribers"][0]["Address"] == "other@acme.example"
    )


def test_a_second_monitor_of_a_dimension_is_refused(stack: Stack) -> None:
    resources = costs()
    with pytest.raises(RefusedStackError, match="Limit exceeded on dimensional spend monitor creation"):
        stack.create({**resources, "Second": resources["Monitor"]})


def test_a_deleted_stack_leaves_no_budget_and_no_monitor(stack: Stack) -> None:
    stack.create(costs())
    stack.delete()
    assert stack.client("budgets").describe_budgets(AccountId=stack.account)["Budgets"] == []
    assert stack.client("ce").get_anomaly_monitors()["AnomalyMonitors"] == []
    assert stack.client("ce").get_anomaly_subscriptions()["AnomalySubscriptions"] == []
