"""What a team's repository may do when its CI runs."""

from collections.abc import Sequence

from constructs import Construct

from mlops_stages.foundation import DutyRole, Perimeter, Statement
from mlops_stages.foundation.customer_managed_key import ENCRYPT_AND_DECRYPT
from mlops_stages.platform import Addresses
from mlops_stages.repeatable import image_registry, package_registry
from mlops_stages.repeatable.artifact_store import CODE, LIST, READ_OBJECTS, WRITE_OBJECTS, ArtifactStore
from mlops_stages.repeatable.repository_provider import provider_arn
from mlops_stages.repeatable.source_repository import SourceRepository

PUSH_IMAGES = (*image_registry.PULL, *image_registry.PUSH)


def trust_in_repository(repository: SourceRepository, perimeter: Perimeter) -> Statement:
    """The jobs of one branch or environment of one repository, by equality of the token's subject and audience."""
    return Statement(
        sid="JobsOfThisRepositoryAndBranchOnly",
        principals={"Federated": [provider_arn(perimeter, repository.provider)]},
        actions=["sts:AssumeRoleWithWebIdentity"],
        conditions={"StringEquals": repository.claims},
    )


def may_deliver(
    perimeter: Perimeter, addresses: Addresses, team: str, bucket_arn: str, key_arn: str
) -> list[Statement]:
    """The statements of a team's CI: upload code, push images, publish and install packages, go on to development."""
    domain = package_registry.domain_name(addresses.platform)
    packages = f"package/{domain}/{package_registry.SHARED}/*"
    return [
        Statement(
            sid="TakeOnTheRoleThatStartsPipelines", actions=["sts:AssumeRole"], resources=[addresses.deliver_role(team)]
        ),
        Statement(
            sid="SignInToTheImageRegistry",
            actions=["ecr:GetAuthorizationToken"],
            why="the action has no resource; the token opens what the other statements allow",
        ),
        Statement(
            sid="PushTheTeamsImages",
            actions=PUSH_IMAGES,
            resources=[addresses.image_repository(team, "*")],
            why="the team's own repositories, one for each of its models",
        ),
        Statement(
            sid="SignInToThePackageRegistry",
            actions=package_registry.SIGN_IN,
            resources=[perimeter.arn("codeartifact", f"domain/{domain}")],
        ),
        Statement(
            sid="ForThePackageRegistryOnly",
            actions=["sts:GetServiceBearerToken"],
            conditions={"StringEquals": {"sts:AWSServiceName": package_registry.CODEARTIFACT}},
            why="the action has no resource; the condition names the service",
        ),
        Statement(
            sid="InstallPackages",
            actions=package_registry.READ,
            resources=[
                perimeter.arn("codeartifact", f"repository/{domain}/{package_registry.SHARED}"),
                perimeter.arn("codeartifact", packages),
            ],
            why="all packages of the shared repository",
        ),
        Statement(
            sid="PublishTheTeamsPackages",
            actions=package_registry.PUBLISH,
            resources=package_registry.packages_of(perimeter, addresses.platform, team),
            why="names that begin with the platform's and the team's",
        ),
        Statement(sid="FindTheArtifacts", actions=LIST, resources=[bucket_arn]),
        Statement(
            sid="UploadCode",
            actions=[*READ_OBJECTS, *WRITE_OBJECTS],
            resources=[f"{bucket_arn}/{CODE}/*"],
            why="one prefix of the team's own bucket",
        ),
        Statement(sid="EncryptTheCode", actions=ENCRYPT_AND_DECRYPT, resources=[key_arn]),
    ]


class RepositoryRole(Construct):
    """The role `ci` of a team, for the jobs of one branch or one environment of one repository.

    Nothing is stored at the provider: each job shows a token of its own. It ends after an hour.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        perimeter: Perimeter,
        addresses: Addresses,
        team: str,
        repository: SourceRepository,
        artifacts: ArtifactStore,
        permissions_boundary_arn: str,
        allowed_owners: Sequence[str] | None = None,
    ) -> None:
        """Create the role.

        Args:
            scope: the parent.
            id: the construct's id in it.
            perimeter: the tooling account and its organization.
            addresses: the platform's names.
            team: whose repository it is.
            repository: where the jobs run that may take the role on.
            artifacts: where code is uploaded to.
            permissions_boundary_arn: the most it may ever do.
            allowed_owners: owners whose repositories may act here at all; `None` for any.

        Raises:
            ValueError: `REP-030` to `REP-032` for a repository that would let others in.
        """
        repository.check(id, allowed_owners)
        super().__init__(scope, id)
        role = DutyRole(
            self,
            "Role",
            platform=addresses.platform,
            team=team,
            name=addresses.duty_role_name(team, "ci"),
            description=f"CI of {repository.provider} repository {repository.owner}/{repository.name}",
            trust=[trust_in_repository(repository, perimeter)],
            statements=may_deliver(perimeter, addresses, team, artifacts.bucket.bucket_arn, artifacts.key.key_arn),
            permissions_boundary_arn=permissions_boundary_arn,
        )
        self.role_arn: str = role.role_arn
