"""A statement of a service control policy, and what such statements refer to."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from mlops_stages.foundation import Statement
from mlops_stages.foundation.statement import PolicyDocument


def deployment_roles(qualifier: str) -> tuple[str, ...]:
    """The roles that CloudFormation deploys with, by the names of `cdk bootstrap`, and the management account's own."""
    return (f"cdk-{qualifier}-cfn-exec-role-*", "OrganizationAccountAccessRole")


DEPLOYMENT_ROLES = deployment_roles("hnb659fds")
"""Those of a bootstrap without a qualifier of its own."""


@dataclass(frozen=True, kw_only=True)
class Denial(Statement):
    """A Deny on every resource unless it says which, of `actions`, or of all but `exempt_actions`.

    Source: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_syntax.html
    """

    actions: Sequence[str] = ()
    exempt_actions: Sequence[str] = ()
    effect: Literal["Allow", "Deny"] = "Deny"

    def to_json(self, *, with_resource: bool = True) -> dict[str, Any]:
        """The statement in IAM's JSON, as short as it can be: every character counts in a policy of organizations."""
        full = super().to_json(with_resource=with_resource)
        if self.exempt_actions:
            del full["Action"]
            full["NotAction"] = sorted(self.exempt_actions)
        return {key: _short(value) for key, value in full.items()}


def _short(value: Any) -> Any:  # noqa: ANN401 - any part of a statement
    match value:
        case [only]:
            return only
        case Mapping():
            return {key: _short(each) for key, each in value.items()}  # pyright: ignore[reportUnknownVariableType] - JSON
        case _:
            return value


@dataclass(frozen=True, kw_only=True)
class Guarded:
    """What the statements refer to.

    Attributes:
        platform: the organization's name, which starts the names of its buckets.
        regions: where anything may be done.
        instance_types: the SageMaker instance types that may be started.
        deployment_roles: patterns of the names of roles that may change what is deployed; nobody but they themselves
            may make, change or take over a role of such a name.
    """

    platform: str
    partition: str
    regions: Sequence[str]
    instance_types: Sequence[str]
    deployment_roles: Sequence[str] = DEPLOYMENT_ROLES

    @property
    def deployers(self) -> list[str]:
        """The patterns of their ARNs, in whichever account."""
        return [f"arn:{self.partition}:iam::*:role/{name}" for name in self.deployment_roles]

    @property
    def unless_deployed(self) -> Mapping[str, Mapping[str, Any]]:
        """The condition that somebody else than the deployment asks."""
        return {"ArnNotLike": {"aws:PrincipalArn": self.deployers}}

    @property
    def platform_roles(self) -> list[str]:
        """The patterns of the ARNs of the platform's own roles: nobody else can make one of such a name."""
        return [f"arn:{self.partition}:iam::*:role/{self.platform}{end}*" for end in ("/", "-")]

    @property
    def unless_of_the_platform(self) -> Mapping[str, Mapping[str, Any]]:
        """The condition that neither the deployment nor a role of the platform asks."""
        return {"ArnNotLike": {"aws:PrincipalArn": [*self.platform_roles, *self.deployers]}}

    @property
    def our_buckets(self) -> list[str]:
        """The buckets that the platform makes, the audit trail's among them: all are named for it."""
        return [f"arn:{self.partition}:s3:::{self.platform}-*"]

    @property
    def our_objects(self) -> list[str]:
        """What is in them."""
        return [f"arn:{self.partition}:s3:::{self.platform}-*/*"]


def document(statements: Iterable[Statement]) -> PolicyDocument:
    """A service control policy of these statements."""
    return {"Version": "2012-10-17", "Statement": [statement.to_json() for statement in statements]}


def size(policy: PolicyDocument) -> int:
    """Bytes of a policy as Organizations counts them when CloudFormation sends it, without white space."""
    return len(json.dumps(policy, separators=(",", ":"), ensure_ascii=False).encode())
