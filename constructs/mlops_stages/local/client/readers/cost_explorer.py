"""Reading Cost Explorer's anomaly monitors and subscriptions back."""

from __future__ import annotations

from mlops_stages.local.client.readers.api import Api, Part, Properties, Reader, Resource, picked
from mlops_stages.local.client.readers.compare import parsed, tags


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
