"""What a team may spend, and who is told."""

import hashlib
import json
from collections.abc import Sequence

from aws_cdk import aws_budgets as budgets
from constructs import Construct

FORECAST_PERCENT = 100
MOST_SUBSCRIBERS = 10
MOST_NOTIFICATIONS = 10


class TeamBudget(budgets.CfnBudget):
    """A monthly cost budget of the resources that carry a team's tag, with e-mail to named people.

    It warns and stops nothing. The tag `team` must be activated for cost allocation in the account that pays.

    Source: https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-create.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        team: str,
        monthly_usd: float,
        notify: Sequence[str],
        thresholds_percent: Sequence[int] = (50, 80, 100),
    ) -> None:
        """Create the budget.

        Args:
            scope: the parent.
            id: the construct's id in it.
            name: starts the budget's name; unique in the account.
            team: value of the tag `team` that is counted.
            monthly_usd: USD a month.
            notify: 1 to 10 e-mail addresses.
            thresholds_percent: percent of the budget at which spending is told; a forecast over 100 percent always is.

        Raises:
            ValueError: `INI-030` for nobody to tell, too many, or more thresholds than AWS Budgets takes.
        """
        if not 1 <= len(notify) <= MOST_SUBSCRIBERS or len(thresholds_percent) >= MOST_NOTIFICATIONS:
            message = (
                f"INI-030: {id}: {len(notify)} people to tell and {len(thresholds_percent)} thresholds; "
                f"AWS Budgets takes 1 to {MOST_SUBSCRIBERS} people and up to {MOST_NOTIFICATIONS - 1} thresholds"
            )
            raise ValueError(message)
        # Who is told at what cannot be changed in place, and a name cannot be used twice at once. Sorted, so that
        # another order in the file changes neither.
        addresses, percents = sorted(set(notify)), sorted(set(thresholds_percent))
        told = hashlib.sha256(json.dumps([addresses, percents]).encode()).hexdigest()[:8]
        subscribers = [
            budgets.CfnBudget.SubscriberProperty(address=address, subscription_type="EMAIL") for address in addresses
        ]
        super().__init__(
            scope,
            id,
            budget=budgets.CfnBudget.BudgetDataProperty(
                budget_name=f"{name}-{told}",
                budget_type="COST",
                time_unit="MONTHLY",
                budget_limit=budgets.CfnBudget.SpendProperty(amount=monthly_usd, unit="USD"),
                cost_filters={"TagKeyValue": [f"user:team${team}"]},
            ),
            notifications_with_subscribers=[
                *(_told("ACTUAL", percent, subscribers) for percent in percents),
                _told("FORECASTED", FORECAST_PERCENT, subscribers),
            ],
        )


def _told(
    kind: str, percent: int, subscribers: list[budgets.CfnBudget.SubscriberProperty]
) -> budgets.CfnBudget.NotificationWithSubscribersProperty:
    return budgets.CfnBudget.NotificationWithSubscribersProperty(
        notification=budgets.CfnBudget.NotificationProperty(
            notification_type=kind, comparison_operator="GREATER_THAN", threshold=percent, threshold_type="PERCENTAGE"
        ),
        subscribers=subscribers,
    )
