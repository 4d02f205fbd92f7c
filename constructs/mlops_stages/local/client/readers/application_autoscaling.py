"""Reading scalable targets and scaling policies back."""

from __future__ import annotations

from mlops_stages.local.client.readers.api import Api, Part, Properties, Reader, Resource, picked

_SERVICE = "application-autoscaling"
_TARGET = (
    "MaxCapacity",
    "MinCapacity",
    "ResourceId",
    "RoleARN",
    "ScalableDimension",
    "ServiceNamespace",
    "SuspendedState",
)
_POLICY = (
    "PolicyName",
    "PolicyType",
    "ResourceId",
    "ScalableDimension",
    "ServiceNamespace",
    "StepScalingPolicyConfiguration",
    "TargetTrackingScalingPolicyConfiguration",
)


def _target(api: Api, resource: Resource) -> Properties:
    on, dimension, namespace = resource.physical_id.split("|")
    given = {"ServiceNamespace": namespace, "ResourceIds": [on], "ScalableDimension": dimension}
    found = api.call(_SERVICE, "describe_scalable_targets", **given)["ScalableTargets"]
    return picked(found[0] if found else {}, *_TARGET)


def _no_tags(api: Api, resource: Resource) -> Properties:
    """Nobody keeps them here, so that the report says so."""
    del api, resource
    return {}


def _policy(api: Api, resource: Resource) -> Properties:
    policies = api.call(_SERVICE, "describe_scaling_policies", ServiceNamespace="sagemaker")["ScalingPolicies"]
    nothing: Properties = {}
    found: Properties = next((policy for policy in policies if policy["PolicyARN"] == resource.physical_id), nothing)
    target = "|".join(str(found.get(name)) for name in ("ResourceId", "ScalableDimension", "ServiceNamespace"))
    return {**picked(found, *_POLICY), "ScalingTargetId": target}


READERS = (
    Reader(
        type="AWS::ApplicationAutoScaling::ScalableTarget",
        parts=(Part(properties=_TARGET, read=_target), Part(properties=("Tags",), read=_no_tags)),
    ),
    Reader(
        type="AWS::ApplicationAutoScaling::ScalingPolicy",
        parts=(Part(properties=(*_POLICY, "ScalingTargetId"), read=_policy),),
    ),
)
