"""Reading budgets, anomaly monitors and anomaly subscriptions back."""

from __future__ import annotations

from mlops_stages.local.client.readers.api import Api, Part, Properties, Reader, Resource, picked
from mlops_stages.local.client.readers.compare import parsed, tags
from mlops_stages.local.json_values import listed


def _budget(api: Api, resource: Resource) -> Properties:
    found = api.call(
        "budgets",
        "describe_budget",
        AccountId=resource.account,
        BudgetName=resource.physical_id,
        ShowFilterExpression=True,
    )
    return picked(found, "Budget")


def _notifications(api: Api, resource: Resource) -> Properties:
    named = {"AccountId": resource.account, "BudgetName": resource.physical_id}
    found = api.call("budgets", "describe_notifications_for_budget", **named)
    together: list[Properties] = []
    for notification in listed(found.get("Notifications")):
        told = api.call("budgets", "describe_subscribers_for_notification", **named, Notification=notification)
        together.append({"Notification": notification, "Subscribers": told.get("Subscribers") or []})
    return {"NotificationsWithSubscribers": together}


def _budget_tags(api: Api, resource: Resource) -> Properties:
    arn = f"arn:aws:budgets::{resource.account}:budget/{resource.physical_id}"
    return picked(api.call("budgets", "list_tags_for_resource", ResourceARN=arn), "ResourceTags")


def _monitor(api: Api, resource: Resource) -> Properties:
    found = api.call("ce", "get_anomaly_monitors", MonitorArnList=[resource.physical_id])
    return dict(found["AnomalyMonitors"][0])


def _subscription(api: Api, resource: Resource) -> Properties:
    found = api.call("ce", "get_anomaly_subscriptions", SubscriptionArnList=[resource.physical_id])
    return dict(found["AnomalySubscriptions"][0])


def _tags(api: Api, resource: Resource) -> Properties:
    return picked(api.call("ce", "list_tags_for_resource", ResourceArn=resource.physical_id), "ResourceTags")


READERS = (
    Reader(
        type="AWS::Budgets::Budget",
        parts=(
            Part(properties=("Budget",), read=_budget),
            Part(properties=("NotificationsWithSubscribers",), read=_notifications),
            Part(properties=("ResourceTags",), read=_budget_tags),
        ),
        canonical={"ResourceTags": tags},
    ),
    Reader(
        type="AWS::CE::AnomalyMonitor",
        parts=(
            Part(properties=("MonitorName", "MonitorType", "MonitorDimension", "MonitorSpecification"), read=_monitor),
            Part(properties=("ResourceTags",), read=_tags),
        ),
        canonical={"MonitorSpecification": parsed, "ResourceTags": tags},
    ),
    Reader(
        type="AWS::CE::AnomalySubscription",
        parts=(
            Part(
                properties=(
                    "SubscriptionName",
                    "MonitorArnList",
                    "Subscribers",
                    "Threshold",
                    "ThresholdExpression",
                    "Frequency",
                ),
                read=_subscription,
            ),
            Part(properties=("ResourceTags",), read=_tags),
        ),
        canonical={"ThresholdExpression": parsed, "ResourceTags": tags},
    ),
)
