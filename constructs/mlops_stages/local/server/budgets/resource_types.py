"""AWS::Budgets::Budget."""

from __future__ import annotations

from typing import Any

from mlops_stages.local.server import engine
from mlops_stages.local.server.cloudformation.api_types import (
    ApiType,
    Properties,
    RefusedError,
    TagApi,
    generated_name,
    given,
)

_TAGS = TagApi(
    add="TagResource", remove="UntagResource", arn="ResourceARN", tags="ResourceTags", keys="ResourceTagKeys"
)


def _checked(budget: Properties) -> Properties:
    """A budget's data; RefusedError when it says no limit, which AWS refuses too."""
    limits = ("BudgetLimit", "PlannedBudgetLimits", "AutoAdjustData")
    if budget.get("BudgetType") in {"COST", "USAGE"} and not given(budget, *limits):
        raise RefusedError(f"AWS::Budgets::Budget: one of {', '.join(limits)} is needed")
    return budget


def _budget_request(properties: Properties) -> Properties:
    _checked(properties["Budget"])
    return {
        "AccountId": engine.account(),
        **given(properties, "Budget", "NotificationsWithSubscribers", "ResourceTags"),
    }


def _budget_change(name: str, old: Properties, new: Properties) -> Properties | None:
    if old.get("Budget") == new["Budget"]:
        return None
    return {"AccountId": engine.account(), "NewBudget": {"BudgetName": name, **_checked(new["Budget"])}}


class _Budget(ApiType):
    """The budget type, whose generated name lies inside `Budget`."""

    def _create(self, logical_id: str, properties: Properties, stack_name: str) -> tuple[str, Properties]:
        budget: dict[str, Any] = dict(properties.get("Budget") or {})
        budget.setdefault("BudgetName", generated_name(stack_name, logical_id, most=100))
        return super()._create(logical_id, {**properties, "Budget": budget}, stack_name)


BUDGET = _Budget(
    type="AWS::Budgets::Budget",
    service="budgets",
    properties=("Budget", "NotificationsWithSubscribers", "ResourceTags"),
    required=("Budget", "Budget/BudgetType", "Budget/TimeUnit"),
    create_only=("Budget/BudgetName", "NotificationsWithSubscribers"),
    create="CreateBudget",
    update="UpdateBudget",
    delete="DeleteBudget",
    request=_budget_request,
    change=_budget_change,
    physical_id=lambda parameters, answer: parameters["Budget"]["BudgetName"],
    identity=lambda physical_id: {"AccountId": engine.account(), "BudgetName": physical_id},
    describe=lambda physical_id: {"Id": physical_id},
    arn=lambda physical_id: f"arn:aws:budgets::{engine.account()}:budget/{physical_id}",
    missing=("NotFoundException",),
    tags=_TAGS,
    tags_property="ResourceTags",
)
