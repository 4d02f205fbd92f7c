"""What the jobs of the platform's repository may do: look, or deploy, by the roles of the bootstrap alone."""

from collections.abc import Sequence
from dataclasses import dataclass

from mlops_stages.foundation import Perimeter, Statement, actions_of
from mlops_stages.repeatable import SourceRepository
from mlops_stages.repeatable.repository_provider import provider_arn

REVIEW, STAGING, PRODUCTION = "review", "deliver-staging", "deliver-production"
"""The steps of a delivery: look at what is deployed, deploy to staging, deploy everything."""

_LOOK = ("lookup-role",)
_DEPLOY = ("deploy-role", "file-publishing-role")


@dataclass(frozen=True, kw_only=True)
class Bootstrap:
    """The roles that `cdk bootstrap` makes in each account.

    Source: https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html
    """

    qualifier: str
    partition: str
    region: str

    def roles(self, kinds: Sequence[str], accounts: Sequence[str]) -> list[str]:
        """The ARNs of the roles of these kinds in these accounts."""
        return [
            f"arn:{self.partition}:iam::{account}:role/cdk-{self.qualifier}-{kind}-{account}-{self.region}"
            for account in accounts
            for kind in kinds
        ]


@dataclass(frozen=True, kw_only=True)
class DeliveringRepository:
    """The platform's repository at GitHub, and the one branch of it that is deployed."""

    owner: str
    name: str
    branch: str = "main"
    owner_id: str | None = None
    repository_id: str | None = None

    def job(self, environment: str | None) -> SourceRepository:
        """Its jobs in one environment; without one, those of the branch that name none."""
        return SourceRepository(
            provider="github",
            owner=self.owner,
            name=self.name,
            branch=self.branch,
            environment=environment,
            owner_id=self.owner_id,
            repository_id=self.repository_id,
        )


def trust_in_job(repository: DeliveringRepository, environment: str | None, perimeter: Perimeter) -> Statement:
    """The jobs of one environment that run on the branch.

    The subject of a token with an environment does not name the branch, and GitHub's settings alone would tie the two;
    the claim `ref` does it here.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html
    """
    job = repository.job(environment)
    return Statement(
        sid="TrustJobsOfTheDelivery",
        principals={"Federated": [provider_arn(perimeter, job.provider)]},
        actions=["sts:AssumeRoleWithWebIdentity"],
        conditions={"StringEquals": {**job.claims, f"{job.host}:ref": f"refs/heads/{repository.branch}"}},
    )


def may_review(bootstrap: Bootstrap, accounts: Sequence[str], topic_arn: str, key_arn: str) -> list[Statement]:
    """Look at what is deployed in every account, and tell the platform's owner of a delivery that failed."""
    return [
        Statement(sid="LookAtWhatIsDeployed", actions=["sts:AssumeRole"], resources=bootstrap.roles(_LOOK, accounts)),
        Statement(sid="TellThePlatformsOwner", actions=["sns:Publish"], resources=[topic_arn]),
        Statement(sid="EncryptWhatTheOwnerIsTold", actions=["kms:Decrypt", "kms:GenerateDataKey"], resources=[key_arn]),
    ]


def may_deploy(bootstrap: Bootstrap, accounts: Sequence[str]) -> list[Statement]:
    """Deploy to these accounts as the CDK does: files to the bootstrap's bucket, stacks by CloudFormation's role."""
    return [
        Statement(
            sid="DeployByTheRolesOfTheBootstrap",
            actions=["sts:AssumeRole"],
            resources=bootstrap.roles(_DEPLOY, accounts),
        )
    ]


def delivery_actions() -> tuple[str, ...]:
    """Every action of the delivery's roles, for the boundary of the tooling account."""
    nowhere = Bootstrap(qualifier="", partition="", region="")
    return actions_of([*may_review(nowhere, [], "", ""), *may_deploy(nowhere, [])])
