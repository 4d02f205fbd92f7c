"""Who looks into pipelines, and tries again what failed."""

from collections.abc import Sequence

from constructs import Construct

from mlops_stages.foundation import DutyRole, Perimeter, SignIn, people_of
from mlops_stages.platform import Addresses
from mlops_stages.repeatable.pipeline_statements import train


class TrainerRole(Construct):
    """The role `train` of a team: follow, stop and retry runs of its pipelines, see their jobs, logs and metrics.

    It makes and starts no pipeline, and no job: training happens from a commit, which CI names.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-access.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        perimeter: Perimeter,
        addresses: Addresses,
        team: str,
        trainers: Sequence[str],
        sign_in: SignIn,
        permissions_boundary_arn: str,
    ) -> None:
        """Create the role.

        Args:
            scope: the parent.
            id: the construct's id in it.
            perimeter: the development account and its organization.
            addresses: the platform's names.
            team: whose pipelines they follow.
            trainers: e-mail addresses, at least one.
            sign_in: how they come in.
            permissions_boundary_arn: the most it may ever do.

        Raises:
            ValueError: `REP-082` without anybody; `FND-051` for a sign-in from another account without an organization
                to narrow it to.
        """
        if not trainers:
            message = f"REP-082: {id}: nobody could take on the duty of training for team {team}; name somebody"
            raise ValueError(message)
        name = addresses.duty_role_name(team, "train")
        trust = people_of(name, addresses.platform, sign_in, sorted(set(trainers)), perimeter)
        super().__init__(scope, id)
        role = DutyRole(
            self,
            "Role",
            platform=addresses.platform,
            team=team,
            name=name,
            description=f"Starts and follows the pipelines of team {team}",
            trust=trust,
            statements=train(addresses, team, perimeter),
            permissions_boundary_arn=permissions_boundary_arn,
        )
        self.role_arn: str = role.role_arn
