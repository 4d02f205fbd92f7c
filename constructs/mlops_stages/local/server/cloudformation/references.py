"""What a template names must exist: AWS refuses a domain in a subnet, or a profile with a role, that nobody made."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mlops_stages.local.json_values import leaves
from mlops_stages.local.server import engine
from mlops_stages.local.server.cloudformation.api_types import Properties, RefusedError, call


def check(parameters: Properties) -> None:
    """Refuse parameters that name a network, a role or a key that does not exist; each is looked up once."""
    for name, value in dict.fromkeys((path.rpartition(".")[2], value) for path, value in leaves(parameters)):
        find = _FINDERS.get(name)
        if find is not None:
            try:
                find(value)
            except RefusedError as error:
                raise RefusedError(f"{name} {value} does not exist: {error}") from error


def _listed(operation: str, parameter: str, items: str) -> Callable[[str], None]:
    def find(value: str) -> None:
        if not call("ec2", operation, {parameter: [value]})[items]:
            raise RefusedError("EC2 has no such resource")

    return find


def _role(arn: str) -> None:
    if arn.split(":")[4:5] != [engine.account()]:
        raise RefusedError("Cross-account pass role is not allowed.")
    call("iam", "GetRole", {"RoleName": arn.rpartition("/")[2]})


def _key(key: str) -> None:
    call("kms", "DescribeKey", {"KeyId": key})


_subnet = _listed("DescribeSubnets", "SubnetIds", "Subnets")
_group = _listed("DescribeSecurityGroups", "GroupIds", "SecurityGroups")

_FINDERS: Mapping[str, Callable[[str], None]] = {
    "DeliverLogsPermissionArn": _role,
    "ExecutionRole": _role,
    "ExecutionRoleArn": _role,
    "KmsKeyId": _key,
    "RoleArn": _role,
    "roleArn": _role,
    "SecurityGroupIds": _group,
    "SecurityGroups": _group,
    "SubnetIds": _subnet,
    "Subnets": _subnet,
    "VpcId": _listed("DescribeVpcs", "VpcIds", "Vpcs"),
}
"""By the name of the member that holds the reference."""
