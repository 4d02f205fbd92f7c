"""Spending that is unlike the weeks before."""

import json

from aws_cdk import aws_ce as ce
from constructs import Construct


class CostAnomalyWatch(Construct):
    """A daily mail to an owner about unusual spending of the account, by service.

    AWS allows one monitor of this kind in an account and makes one by itself for accounts that enable Cost Explorer:
    where there is one, give its ARN.

    Source: https://docs.aws.amazon.com/cost-management/latest/userguide/manage-ad.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        owner: str,
        minimum_usd: int = 100,
        monitor_arn: str | None = None,
    ) -> None:
        """Create the subscription, and the monitor where none is given.

        Args:
            scope: the parent.
            id: the construct's id in it.
            name: of monitor and subscription.
            owner: e-mail address of who is told.
            minimum_usd: total impact in USD below which nobody is told.
            monitor_arn: the account's existing monitor of services.
        """
        super().__init__(scope, id)
        if monitor_arn is None:
            monitor = ce.CfnAnomalyMonitor(
                self, "Monitor", monitor_name=name, monitor_type="DIMENSIONAL", monitor_dimension="SERVICE"
            )
            monitor_arn = monitor.attr_monitor_arn
        impact = {
            "Dimensions": {
                "Key": "ANOMALY_TOTAL_IMPACT_ABSOLUTE",
                "MatchOptions": ["GREATER_THAN_OR_EQUAL"],
                "Values": [str(minimum_usd)],
            }
        }
        ce.CfnAnomalySubscription(
            self,
            "Subscription",
            subscription_name=name,
            frequency="DAILY",
            monitor_arn_list=[monitor_arn],
            subscribers=[ce.CfnAnomalySubscription.SubscriberProperty(address=owner, type="EMAIL")],
            threshold_expression=json.dumps(impact),
        )
