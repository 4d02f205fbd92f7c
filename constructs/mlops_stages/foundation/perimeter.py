"""Where policies apply, and who counts as "us": an organization where there is one, else a single account."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from aws_cdk import Stack
from constructs import IConstruct


@dataclass(frozen=True, kw_only=True)
class Perimeter:
    """An account in a region, and the identity and resource perimeter that policies narrow to.

    Made once a stack and handed down: every question to the CDK costs a message to another process.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_data-perimeters.html
    """

    partition: str
    account: str
    region: str
    organization_id: str | None = None
    platform_accounts: Sequence[str] = ()
    """Ids of the accounts whose resources are the platform's; this account is one, named or not."""

    @classmethod
    def of(
        cls, scope: IConstruct, *, organization_id: str | None = None, platform_accounts: Sequence[str] = ()
    ) -> Self:
        """The perimeter of the stack that `scope` is in."""
        stack = Stack.of(scope)
        return cls(
            partition=stack.partition,
            account=stack.account,
            region=stack.region,
            organization_id=organization_id,
            platform_accounts=platform_accounts,
        )

    @property
    def root(self) -> str:
        """The ARN that stands for every principal of the account that an identity policy allows."""
        return self.global_arn("iam", "root")

    def arn(self, service: str, resource: str) -> str:
        """The ARN of a resource of this account and region."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"

    def global_arn(self, service: str, resource: str) -> str:
        """The ARN of a resource of this account that belongs to no region, such as a role."""
        return f"arn:{self.partition}:{service}::{self.account}:{resource}"

    @property
    def our_principals(self) -> Mapping[str, str]:
        """The condition that holds for callers inside the perimeter."""
        if self.organization_id is None:
            return {"aws:PrincipalAccount": self.account}
        return {"aws:PrincipalOrgID": self.organization_id}

    @property
    def principals_of_the_account(self) -> Mapping[str, str]:
        """The condition that holds for callers of this very account, not of the rest of the organization."""
        return {"aws:PrincipalAccount": self.account}

    def resources_of_the_platform(self, *others: str) -> Mapping[str, list[str]]:
        """The condition that holds for resources of the platform's accounts, and of `others`."""
        return {"aws:ResourceAccount": sorted({self.account, *self.platform_accounts, *others})}

    @property
    def from_this_account(self) -> Mapping[str, Mapping[str, str]]:
        """The condition that an AWS service acts for this account, not for a stranger's."""
        return {"StringEquals": {"aws:SourceAccount": self.account}}
