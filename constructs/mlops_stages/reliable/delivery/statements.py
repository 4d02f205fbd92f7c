"""What the jobs of the platform's repository may do: look, or deploy, by the roles of the bootstrap alone."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mlops_stages.foundation import Perimeter, Statement, actions_of
from mlops_stages.platform.token_subject import DEPLOYS_AT_GITLAB
from mlops_stages.repeatable import SourceRepository
from mlops_stages.repeatable.repository_provider import provider_arn
from mlops_stages.repeatable.source_repository import Provider

REVIEW, STAGING, PRODUCTION = "review", "deliver-staging", "deliver-production"
"""The steps of a delivery: look at what is deployed, deploy to staging, deploy everything."""

_NUMBER = re.compile(r"[1-9][0-9]{0,19}")
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
    """The platform's repository at GitHub or GitLab, and the one branch of it that is deployed.

    `owner_id` and `repository_id` are the host's numbers; at GitLab they are required.
    """

    provider: Provider
    owner: str
    name: str
    branch: str = "main"
    owner_id: str | None = None
    repository_id: str | None = None

    def check(self, where: str) -> None:
        """Refuse what would let another repository in. Errors: ValueError, `REP-030`, `REP-032`, `REL-049`."""
        for environment in (None, "staging", "production"):
            self._source(environment).check(where)
        numbers = (self.owner_id, self.repository_id)
        if self.provider == "gitlab" and not all(number and _NUMBER.fullmatch(number) for number in numbers):
            message = f"REL-049: {where}: give both owner_id and repository_id, as GitLab's numbers"
            raise ValueError(message)

    def claims(self, environment: str | None) -> dict[str, str | list[str]]:
        """What the token of a job says that runs on the branch in an environment, or in none that is deployed to.

        At GitHub the subject of a token with an environment does not name the branch, and GitHub's settings alone would
        tie the two; the claim `ref` does it here. At GitLab the subject names both. Its numbers tell the project from
        a later one of its path, `ref_protected` that not everybody may push to the branch, and `pipeline_source` a
        push, and what it starts, from a pipeline that somebody starts with variables of their own.

        Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html
        """
        source = self._source(environment)
        if self.provider == "github":
            return {**source.claims, f"{source.host}:ref": f"refs/heads/{self.branch}"}
        runs_in = DEPLOYS_AT_GITLAB[environment or "review"]
        return {
            **source.claims,
            f"{source.host}:sub": runs_in.subject(f"{self.owner}/{self.name}", self.branch),
            f"{source.host}:namespace_id": str(self.owner_id),
            f"{source.host}:project_id": str(self.repository_id),
            f"{source.host}:ref_protected": "true",
            f"{source.host}:pipeline_source": ["push", "parent_pipeline"] if environment is None else "parent_pipeline",
        }

    def _source(self, environment: str | None) -> SourceRepository:
        at_github = self.provider == "github"
        return SourceRepository(
            provider=self.provider,
            owner=self.owner,
            name=self.name,
            branch=self.branch,
            environment=environment if at_github else None,
            owner_id=self.owner_id if at_github else None,
            repository_id=self.repository_id if at_github else None,
        )


def trust_in_job(repository: DeliveringRepository, environment: str | None, perimeter: Perimeter) -> Statement:
    """The jobs of one environment that run on the branch; without one, those that only look."""
    return Statement(
        sid="TrustJobsOfTheDelivery",
        principals={"Federated": [provider_arn(perimeter, repository.provider)]},
        actions=["sts:AssumeRoleWithWebIdentity"],
        conditions={"StringEquals": repository.claims(environment)},
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
