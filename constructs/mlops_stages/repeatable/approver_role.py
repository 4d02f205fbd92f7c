"""Who decides whether a model may go on."""

from collections.abc import Sequence

from constructs import Construct

from mlops_stages.foundation import DutyRole, Perimeter, SignIn, Statement, people_of
from mlops_stages.foundation.customer_managed_key import DECRYPT
from mlops_stages.platform import Addresses
from mlops_stages.repeatable.artifact_store import CODE, EVALUATIONS, LIST, MODELS, READ_OBJECTS, ArtifactStore
from mlops_stages.repeatable.model_package_group import DECIDE, READ, decides_only


def may_approve(addresses: Addresses, team: str, bucket_arn: str, key_arn: str) -> list[Statement]:
    """The statements of a model's approver: compare the versions with what was registered, and decide."""
    groups, packages = addresses.package_group(team, "*"), addresses.packages(team, "*")
    return [
        Statement(
            sid="FindTheGroups",
            actions=["sagemaker:ListModelPackageGroups"],
            why="the action has no resource; it shows names",
        ),
        Statement(
            sid="ReadTheTeamsVersions",
            actions=READ,
            resources=[groups, packages],
            why="the team's own groups: no team's name begins another's",
        ),
        Statement(
            sid="ApproveOrRejectVersions",
            actions=DECIDE,
            resources=[packages],
            conditions=decides_only(),
            why="the team's own versions",
        ),
        Statement(sid="FindWhatIsRegistered", actions=LIST, resources=[bucket_arn]),
        Statement(
            sid="ReadWhatIsRegistered",
            actions=READ_OBJECTS,
            resources=[f"{bucket_arn}/{prefix}/*" for prefix in (CODE, EVALUATIONS, MODELS)],
            why="the team's own bucket: what an approver compares with the registered digests",
        ),
        Statement(sid="DecryptWhatIsRegistered", actions=DECRYPT, resources=[key_arn]),
        Statement(
            sid="LookUpTheImagesOfCommits",
            actions=["ecr:DescribeImages"],
            resources=[addresses.image_repository(team, "*")],
            why="the team's own repositories, one for each of its models",
        ),
    ]


class ApproverRole(Construct):
    """The role `approve` of a team, for the owners of its models and its leads.

    They decide and cannot register: whoever made a model does not wave it through.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-approve.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        perimeter: Perimeter,
        addresses: Addresses,
        team: str,
        approvers: Sequence[str],
        sign_in: SignIn,
        artifacts: ArtifactStore,
        permissions_boundary_arn: str,
    ) -> None:
        """Create the role.

        Args:
            scope: the parent.
            id: the construct's id in it.
            perimeter: the tooling account and its organization.
            addresses: the platform's names.
            team: whose models they decide about.
            approvers: e-mail addresses, at least one.
            sign_in: how they come in.
            artifacts: where the evaluations are.
            permissions_boundary_arn: the most it may ever do.

        Raises:
            ValueError: `REP-036` without anybody; `FND-051` for a sign-in from another account without an
                organization to narrow it to.
        """
        refuse_without_approvers(id, team, approvers)
        name = addresses.duty_role_name(team, "approve")
        trust = people_of(name, addresses.platform, sign_in, sorted(set(approvers)), perimeter)
        super().__init__(scope, id)
        role = DutyRole(
            self,
            "Role",
            platform=addresses.platform,
            team=team,
            name=name,
            description=f"Decides about the models of team {team}",
            trust=trust,
            statements=may_approve(addresses, team, artifacts.bucket.bucket_arn, artifacts.key.key_arn),
            permissions_boundary_arn=permissions_boundary_arn,
        )
        self.role_arn: str = role.role_arn


def refuse_without_approvers(id: str, team: str, approvers: Sequence[str]) -> None:
    """Raise ValueError `REP-036` where nobody could decide about a team's models."""
    if not approvers:
        message = f"REP-036: {id}: nobody could approve a model of team {team}; name an owner or a lead"
        raise ValueError(message)
