"""Who counts as "us": an organization where there is one, else a single account."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Perimeter:
    """The identity and resource perimeter that policies narrow to.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_data-perimeters.html
    """

    account: str
    organization_id: str | None = None

    @property
    def our_principals(self) -> Mapping[str, str]:
        """The condition that holds for callers inside the perimeter."""
        if self.organization_id is None:
            return {"aws:PrincipalAccount": self.account}
        return {"aws:PrincipalOrgID": self.organization_id}

    @property
    def our_resources(self) -> Mapping[str, str]:
        """The condition that holds for resources inside the perimeter."""
        if self.organization_id is None:
            return {"aws:ResourceAccount": self.account}
        return {"aws:ResourceOrgID": self.organization_id}
