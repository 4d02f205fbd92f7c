"""Who lets an approved version of a model into production."""

from collections.abc import Sequence

from constructs import Construct

from mlops_stages.foundation import DutyRole, Perimeter, SignIn, Statement, people_of
from mlops_stages.platform import Addresses
from mlops_stages.repeatable import ArtifactStore
from mlops_stages.repeatable.approver_role import may_compare
from mlops_stages.repeatable.model_package_group import DECIDE, MOVES, moves_only, without_a_move


def may_release(addresses: Addresses, team: str, model: str, bucket_arn: str, key_arn: str) -> list[Statement]:
    """The statements of who releases a model: compare its versions with what was registered, and move them on."""
    packages, own = [addresses.packages(team, model)], "the versions of the one model"
    allowed = (
        Statement(
            sid=f"MoveVersionsTo{stage}",
            actions=DECIDE,
            resources=packages,
            conditions=conditions,
            why=own,
        )
        for stage, conditions in zip(MOVES, moves_only(), strict=True)
    )
    denied = (
        Statement(
            sid=f"DenyUpdatesWithoutLifeCycle{what}",
            effect="Deny",
            actions=DECIDE,
            resources=packages,
            conditions=conditions,
            why=own,
        )
        for what, conditions in zip(("Stage", "Status"), without_a_move(), strict=True)
    )
    return [
        *may_compare(addresses, team, model, bucket_arn, key_arn),
        *_see_releases(addresses, team, model),
        *allowed,
        *denied,
    ]


def _see_releases(addresses: Addresses, team: str, model: str) -> tuple[Statement, ...]:
    """Read what runs where, and what waits for whom."""
    return (
        Statement(
            sid="ReadReleases",
            actions=["dynamodb:GetItem", "dynamodb:Query"],
            resources=[addresses.releases_table(model)],
        ),
        Statement(
            sid="DecryptReleases",
            actions=["kms:Decrypt"],
            resources=[addresses.keys(addresses.tooling)],
            conditions={
                "StringEquals": {"kms:ViaService": f"dynamodb.{addresses.region}.amazonaws.com"},
                "ForAnyValue:StringEquals": {"kms:ResourceAliases": addresses.promotion_key_alias(team)},
            },
            why="a key of another stack has an id that this one does not know; its alias names it",
        ),
    )


class ReleaserRole(Construct):
    """The role `release` of one model, for those who give the second approval.

    They set the life cycle of a version: approved or rejected for production, restored as the one that serves, or
    requested for staging again. They set neither its approval status nor anything else of it, and register nothing: for
    each version, it takes two roles. Somebody may have both; that two persons took them, the promotion sees to, by the
    session's name, which is the person's address (a company directory says it).

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-staging-construct.html
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
        releasers: Sequence[str],
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
            team: whose model it is.
            model: what they release.
            releasers: e-mail addresses, at least one.
            sign_in: how they come in.
            artifacts: where the evaluations are.
            permissions_boundary_arn: the most it may ever do.

        Raises:
            ValueError: `REL-048` without anybody; `FND-051` for a sign-in from another account without an
                organization to narrow it to.
        """
        if not releasers:
            message = f"REL-048: {id}: nobody could release a version of model {model}; name at least one person"
            raise ValueError(message)
        name = addresses.model_role_name(model, "release")
        trust = people_of(name, addresses.platform, sign_in, sorted(set(releasers)), perimeter, session_is_named=True)
        super().__init__(scope, id)
        role = DutyRole(
            self,
            "Role",
            platform=addresses.platform,
            team=team,
            name=name,
            description=f"Releases versions of model {model} to production, or restores earlier ones",
            trust=trust,
            statements=may_release(addresses, team, model, artifacts.bucket.bucket_arn, artifacts.key.key_arn),
            permissions_boundary_arn=permissions_boundary_arn,
        )
        self.role_arn: str = role.role_arn
