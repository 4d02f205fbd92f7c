"""What a request to Application Auto Scaling is on, and its condition keys.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsapplicationautoscaling.html
"""

from __future__ import annotations

from mlops_stages.local.server.api.operations import Operation
from mlops_stages.local.server.api.request_details import Keys, RequestDetails, own_arns

_KEYS = {
    "ScalableDimension": "application-autoscaling:scalable-dimension",
    "ServiceNamespace": "application-autoscaling:service-namespace",
}
_ON_TARGETS = frozenset(
    {
        "DeleteScalingPolicy",
        "DeleteScheduledAction",
        "DeregisterScalableTarget",
        "PutScalingPolicy",
        "PutScheduledAction",
        "RegisterScalableTarget",
    }
)


def _resources(operation: Operation, partition: str, region: str, account: str) -> tuple[str, ...]:
    """A target's id is AWS's own: a `*` stands for it."""
    if operation.name in _ON_TARGETS:
        return (f"arn:{partition}:application-autoscaling:{region}:{account}:scalable-target/*",)
    return ("*",) if operation.reads and operation.name != "ListTagsForResource" else own_arns(operation)


def _keys(operation: Operation, *_: str) -> Keys:
    if operation.name not in _ON_TARGETS:
        return {}
    given = {key: operation.parameters.get(member) for member, key in _KEYS.items()}
    return {key: value for key, value in given.items() if value}


DETAILS = RequestDetails(resources=_resources, condition_keys=_keys)
"""How Application Auto Scaling names what a request is on."""
