"""One request as AWS judges it: who asks, for what, on what, from where, with which condition keys."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.work.world import Json, Owned, Role, World

Context = Mapping[str, str | Sequence[str]]

_SERVICES = {
    "cloudwatch": "monitoring",
    "ecr": "ecr.api",
    "sagemaker": "sagemaker.api",
}
"""The services of endpoints that are not named as the actions."""
_APIS = {
    "ecr.dkr": ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"),
    "experiments": ("sagemaker:CallMlflowAppApi",),
    "sagemaker.featurestore-runtime": (
        "sagemaker:BatchGetRecord",
        "sagemaker:DeleteRecord",
        "sagemaker:GetRecord",
        "sagemaker:PutRecord",
    ),
    "sagemaker.runtime": ("sagemaker:InvokeEndpoint",),
}
"""The actions of endpoints that serve a part of a service only."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request, with every policy that is asked about it.

    Attributes:
        context: all condition keys that AWS supplies with it.
        endpoint: the policy of the VPC endpoint it goes through; None where it goes through none.
        control_policies: the service control policies over the caller's account, level by level.
    """

    role: Role
    action: str
    resource: str
    owned: Owned
    context: Context
    endpoint: Json | None
    control_policies: Sequence[tuple[str, Mapping[str, Json]]]


def request(
    world: World,
    *,
    role: Role,
    action: str,
    resource: str,
    network: str | None,
    given: Mapping[str, Any],
    is_foreign: bool = False,
) -> Request:
    """Complete a request by the keys that AWS supplies with every one.

    Args:
        world: where it is judged.
        role: who asks.
        action: such as `s3:GetObject`.
        resource: an ARN, or `*` for an action that has no resource.
        network: the account whose VPC it leaves by an endpoint; None where it comes from elsewhere.
        is_foreign: whether it is on a resource of AWS's own that everybody may use; its policy is not known here.
        given: the condition keys of this request, which go before those of every request; one that is None is left out.
    """
    owned = world.owned(resource, role.account)
    if action == "sts:AssumeRole" or (action.startswith("kms:") and ":key/" in resource):
        assert owned.policy is not None, f"{action}: no template has {resource}"
    if is_foreign:
        owned = Owned(owned.account, _for_everybody(action))
    service = _endpoint_service(action)
    endpoint = None if network is None else world.endpoints.get((network, service))
    assert network is None or endpoint is not None, f"{action}: account {network} has no endpoint for {service}"
    supplied: dict[str, Any] = {
        "aws:PrincipalArn": role.arn,
        "aws:PrincipalAccount": role.account,
        "aws:PrincipalOrgID": world.organization,
        "aws:PrincipalType": "AssumedRole",
        "aws:PrincipalIsAWSService": "false",
        "aws:ViaAWSService": "false",
        "aws:RequestedRegion": world.region,
        "aws:ResourceAccount": owned.account,
        "aws:ResourceOrgID": world.organization,
        "aws:SecureTransport": "true",
        "aws:userid": "AROAEXAMPLE:session",
        **{f"aws:PrincipalTag/{key}": value for key, value in role.tags.items()},
    }
    if endpoint is not None:
        supplied |= {"aws:SourceVpc": endpoint.vpc, "aws:SourceVpce": endpoint.id}
    if action.startswith("s3:"):  # buckets' tags are supplied only where attribute-based access is switched on for them
        supplied["s3:TlsVersion"] = "1.3"
    else:
        supplied |= {f"aws:ResourceTag/{key}": value for key, value in owned.tags.items()}
    if action.startswith("kms:") and resource != "*":
        supplied |= {"kms:CallerAccount": role.account, "kms:ResourceAliases": list(owned.aliases)}
    supplied |= given
    return Request(
        role=role,
        action=action,
        resource=resource,
        owned=owned,
        context={key: value for key, value in supplied.items() if value is not None and value != []},
        endpoint=None if endpoint is None else endpoint.policy,
        control_policies=world.control_policies(role.account),
    )


def _for_everybody(action: str) -> Json:
    statement = {"Effect": "Allow", "Principal": "*", "Action": action, "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def _endpoint_service(action: str) -> str:
    for service, served in _APIS.items():
        if action in served:
            return service
    prefix = action.partition(":")[0]
    return _SERVICES.get(prefix, prefix)
