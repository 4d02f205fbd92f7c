"""What a team's CI becomes in the development account."""

from constructs import Construct

from mlops_stages.foundation import DutyRole, Perimeter, trust_in_role
from mlops_stages.platform import Addresses
from mlops_stages.repeatable.pipeline_statements import start_pipelines


class DeliverRole(Construct):
    """The role `deliver` of a team, which only the team's own CI role in the tooling account can take on.

    It starts the team's pipelines and follows them. No secret is stored anywhere: CI comes by a token of its
    repository's host to the tooling account, and from there to here.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/tutorial_cross-account-with-roles.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        perimeter: Perimeter,
        addresses: Addresses,
        team: str,
        permissions_boundary_arn: str,
    ) -> None:
        """Create the role.

        Args:
            scope: the parent.
            id: the construct's id in it.
            perimeter: the development account and its organization.
            addresses: the platform's names.
            team: whose CI it is for.
            permissions_boundary_arn: the most it may ever do.

        Raises:
            ValueError: `REP-083` for CI in another account without an organization to narrow it to.
        """
        if addresses.tooling != perimeter.account and perimeter.organization_id is None:
            message = (
                f"REP-083: {id}: the CI of team {team} comes from account {addresses.tooling}; "
                "give the organization's id, so that the trust can be narrowed to it"
            )
            raise ValueError(message)
        super().__init__(scope, id)
        role = DutyRole(
            self,
            "Role",
            platform=addresses.platform,
            team=team,
            name=addresses.duty_role_name(team, "deliver"),
            description=f"Starts the pipelines of team {team} for its CI",
            trust=[trust_in_role("OnlyTheTeamsOwnCi", addresses.ci_role(team), perimeter)],
            statements=start_pipelines(addresses, team),
            permissions_boundary_arn=permissions_boundary_arn,
        )
        self.role_arn: str = role.role_arn
