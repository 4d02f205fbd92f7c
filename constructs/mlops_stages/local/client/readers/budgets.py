"""Reading budgets back."""

from __future__ import annotations

from mlops_stages.local.client.readers.api import Api, Part, Properties, Reader, Resource, picked
from mlops_stages.local.client.readers.compare import tags
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
)
