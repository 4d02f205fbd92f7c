"""Who decides whether a version of a model may go on."""

from collections.abc import Sequence

from constructs import Construct

from mlops_stages.foundation import DutyRole, Perimeter, SignIn, Statement, people_of
from mlops_stages.foundation.customer_managed_key import DECRYPT
from mlops_stages.platform import Addresses
from mlops_stages.repeatable.artifact_store import CODE, EVALUATIONS, LIST, MODELS, READ_OBJECTS, ArtifactStore
from mlops_stages.repeatable.model_package_group import DECIDE, READ, decides_only


def may_approve(addresses: Addresses, team: str, model: str, bucket_arn: str, key_arn: str) -> list[Statement]:
    """The statements of a model's approver: compare its versions with what was registered, and decide."""
    decision = Statement(
        sid="ApproveOrRejectVersions",
        actions=DECIDE,
        resources=[addresses.packages(team, model)],
        conditions=decides_only(),
        why="the versions of the one model",
    )
    find, read, *compare = may_compare(addresses, team, model, bucket_arn, key_arn)
    return [find, read, decision, *compare]


def may_compare(addresses: Addresses, team: str, model: str, bucket_arn: str, key_arn: str) -> list[Statement]:
    """The statements of whoever decides about a model: compare its versions with what was registered."""
    group, packages = addresses.package_group(team, model), addresses.packages(team, model)
    return [
        Statement(
            sid="FindTheGroups",
            actions=["sagemaker:ListModelPackageGroups"],
            why="the action has no resource; it shows names",
        ),
        Statement(
            sid="ReadVersions",
            actions=READ,
            resources=[group, packages],
            why="the versions of the one model",
        ),
        Statement(sid="FindWhatIsRegistered", actions=LIST, resources=[bucket_arn]),
        Statement(
            sid="ReadWhatIsRegistered",
            actions=READ_OBJECTS,
            resources=[f"{bucket_arn}/{prefix}/*" for prefix in (CODE, f"{EVALUATIONS}/{model}", f"{MODELS}/{model}")],
            why="what an approver compares with the registered digests; code is the team's, under its commit",
        ),
        Statement(sid="DecryptWhatIsRegistered", actions=DECRYPT, resources=[key_arn]),
        Statement(
            sid="LookUpTheImagesOfCommits",
            actions=["ecr:DescribeImages"],
            resources=[addresses.image_repository(team, model)],
        ),
    ]


class ApproverRole(Construct):
    """The role `approve` of one model, for its owner and those who lead its team.

    They decide and cannot register: whoever made a model does not wave it through. The owner of one model decides
    about no other.

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
        model: str,
        approvers: Sequence[str],
        sign_in: SignIn,
        artifacts: ArtifactStore,
        permissions_boundary_arn: str,
        session_is_named: bool = False,
    ) -> None:
        """Create the role.

        Args:
            scope: the parent.
            id: the construct's id in it.
            perimeter: the tooling account and its organization.
            addresses: the platform's names.
            team: whose model it is.
            model: what they decide about.
            approvers: e-mail addresses, at least one.
            sign_in: how they come in.
            artifacts: where the evaluations are.
            permissions_boundary_arn: the most it may ever do.
            session_is_named: whether the session must bear the person's address, by which a release tells the first
                approval from the second.

        Raises:
            ValueError: `REP-036` without anybody; `FND-051` for a sign-in from another account without an
                organization to narrow it to.
        """
        refuse_without_approvers(id, model, approvers)
        name = addresses.model_role_name(model, "approve")
        trust = people_of(
            name,
            addresses.platform,
            sign_in,
            sorted(set(approvers)),
            perimeter,
            session_is_named=session_is_named,
        )
        super().__init__(scope, id)
        role = DutyRole(
            self,
            "Role",
            platform=addresses.platform,
            team=team,
            name=name,
            description=f"Approves or rejects versions of model {model}",
            trust=trust,
            statements=may_approve(addresses, team, model, artifacts.bucket.bucket_arn, artifacts.key.key_arn),
            permissions_boundary_arn=permissions_boundary_arn,
        )
        self.role_arn: str = role.role_arn


def refuse_without_approvers(id: str, model: str, approvers: Sequence[str]) -> None:
    """Raise ValueError `REP-036` where nobody could decide about a model."""
    if not approvers:
        message = f"REP-036: {id}: nobody could approve a version of model {model}; name its owner or a lead"
        raise ValueError(message)
