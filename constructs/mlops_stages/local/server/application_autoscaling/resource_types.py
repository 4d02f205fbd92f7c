"""AWS::ApplicationAutoScaling::ScalableTarget and ScalingPolicy, over moto's operations. It forgets a target's tags."""

from __future__ import annotations

from mlops_stages.local.json_values import listed
from mlops_stages.local.server import engine
from mlops_stages.local.server.cloudformation.api_types import ApiType, Properties, RefusedError, call, changed, given

_SERVICE = "application-autoscaling"
_IDENTITY = ("ResourceId", "ScalableDimension", "ServiceNamespace")
_LIMITS = ("MaxCapacity", "MinCapacity", "RoleARN", "SuspendedState")


def _target(physical_id: str) -> Properties:
    """Return what identifies a target: its id in CloudFormation holds all of it."""
    parts = physical_id.split("|")
    if len(parts) != len(_IDENTITY):
        raise RefusedError(f"ScalingTargetId: {physical_id} is not the Ref of a scalable target")
    return dict(zip(_IDENTITY, parts, strict=True))


def _new_target(properties: Properties) -> Properties:
    found = _registered(_identity_of(properties))
    if found:
        raise RefusedError(f"{properties['ResourceId']} is a scalable target already")
    tags = {str(tag["Key"]): str(tag["Value"]) for tag in listed(properties.get("Tags"))}
    return {**given(properties, *_IDENTITY, *_LIMITS), **({"Tags": tags} if tags else {})}


def _identity_of(properties: Properties) -> Properties:
    return {name: properties.get(name) for name in _IDENTITY}


def _registered(identity: Properties) -> list[Properties]:
    asked = {
        "ServiceNamespace": identity["ServiceNamespace"],
        "ResourceIds": [identity["ResourceId"]],
        "ScalableDimension": identity["ScalableDimension"],
    }
    return listed(call(_SERVICE, "DescribeScalableTargets", asked)["ScalableTargets"])


def _changed_target(physical_id: str, old: Properties, new: Properties) -> Properties | None:
    changes = changed(old, new, *_LIMITS)
    return {**_target(physical_id), **changes} if changes else None


SCALABLE_TARGET = ApiType(
    type="AWS::ApplicationAutoScaling::ScalableTarget",
    service=_SERVICE,
    properties=(*_IDENTITY, *_LIMITS, "Tags"),
    required=(*_IDENTITY, "MaxCapacity", "MinCapacity"),
    create_only=_IDENTITY,
    create="RegisterScalableTarget",
    update="RegisterScalableTarget",
    delete="DeregisterScalableTarget",
    request=_new_target,
    change=_changed_target,
    physical_id=lambda parameters, answer: "|".join(str(parameters[name]) for name in _IDENTITY),
    identity=_target,
    describe=lambda physical_id: {"Id": physical_id},
    arn=lambda physical_id: physical_id,
    missing=("ObjectNotFoundException",),
)

_CONFIGURATIONS = ("StepScalingPolicyConfiguration", "TargetTrackingScalingPolicyConfiguration")
_POLICY = ("PolicyName", "PolicyType", *_CONFIGURATIONS)


def _policy(properties: Properties) -> Properties:
    target = properties.get("ScalingTargetId")
    on = _target(str(target)) if target else _identity_of(properties)
    if not all(on.values()):
        raise RefusedError(
            f"AWS::ApplicationAutoScaling::ScalingPolicy: give ScalingTargetId, or {', '.join(_IDENTITY)}"
        )
    return {**given(properties, *_POLICY), **on}


def _found_policy(arn: str) -> Properties:
    """Return what identifies a policy; its ARN alone does, in a list of them all."""
    for namespace in ("sagemaker",):
        policies = listed(call(_SERVICE, "DescribeScalingPolicies", {"ServiceNamespace": namespace})["ScalingPolicies"])
        for policy in policies:
            if policy["PolicyARN"] == arn:
                return given(policy, "PolicyName", *_IDENTITY)
    raise RefusedError(f"{arn} does not exist (Service: {_SERVICE}; Error Code: ObjectNotFoundException)")


def _refuse_others(properties: Properties) -> None:
    namespace = properties.get("ServiceNamespace")
    if namespace != "sagemaker":
        raise RefusedError(
            f"The local AWS keeps scaling policies of SageMaker alone, not of {namespace} in {engine.region()}"
        )


SCALING_POLICY = ApiType(
    type="AWS::ApplicationAutoScaling::ScalingPolicy",
    service=_SERVICE,
    properties=(*_POLICY, *_IDENTITY, "ScalingTargetId"),
    required=("PolicyName", "PolicyType"),
    create_only=(*_IDENTITY, "PolicyName", "ScalingTargetId"),
    create="PutScalingPolicy",
    update="PutScalingPolicy",
    delete="DeleteScalingPolicy",
    request=_policy,
    change=lambda arn, old, new: _policy(new) if old != new else None,
    physical_id=lambda parameters, answer: answer["PolicyARN"],
    identity=_found_policy,
    describe=lambda arn: {"Arn": arn},
    arn=lambda arn: arn,
    missing=("ObjectNotFoundException",),
    refers=_refuse_others,
)

TYPES = (SCALABLE_TARGET, SCALING_POLICY)
