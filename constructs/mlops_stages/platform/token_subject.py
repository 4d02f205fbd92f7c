"""What the token of a CI job says that the job is: the `sub` that a role's trust compares."""

from dataclasses import dataclass

ISSUERS = {"github": "token.actions.githubusercontent.com", "gitlab": "gitlab.com"}
"""Who signs the tokens of each host's CI, as IAM names it."""


def github_job(branch: str, environment: str | None) -> str:
    """The end of a GitHub token's subject: the branch, or the environment that takes its place.

    GitHub replaces a colon in a value by `%3A` and leaves the rest as it is, spaces and capitals included.

    Source: https://docs.github.com/en/actions/reference/security/oidc
    """
    if environment is None:
        return f"ref:refs/heads/{branch}"
    return f"environment:{environment.replace(':', '%3A')}"


def gitlab_subject(path: str, branch: str) -> str:
    """The whole subject of a token of a GitLab project's branch.

    Source: https://docs.gitlab.com/ci/secrets/id_token_authentication/
    """
    return f"project_path:{path}:ref_type:branch:ref:{branch}"


GITLAB_SUBJECT = ("project_path", "ref_type", "ref", "environment_protected", "deployment_tier")
"""What the subject of the platform's project must hold, in this order (`ci_id_token_sub_claim_components`).

By itself GitLab writes the first three, and all jobs of a branch would be one to AWS.
Source: https://docs.gitlab.com/ci/secrets/id_token_authentication/
"""


@dataclass(frozen=True, kw_only=True)
class GitLabEnvironment:
    """An environment at GitLab that jobs of the delivery run in.

    Attributes:
        tier: what GitLab takes it for; the one that it guesses from the name.
        is_protected: whether somebody must agree before a job runs in it.
        is_deployed_to: whether its jobs are deployments.
    """

    name: str
    tier: str
    is_protected: bool = False
    is_deployed_to: bool = True

    def subject(self, path: str, branch: str) -> str:
        """The whole subject of a token of a project's branch in this environment."""
        protected = "true" if self.is_protected else "false"
        return f"{gitlab_subject(path, branch)}:environment_protected:{protected}:deployment_tier:{self.tier}"


DEPLOYS_AT_GITLAB = {
    each.name: each
    for each in (
        GitLabEnvironment(name="review", tier="development", is_deployed_to=False),
        GitLabEnvironment(name="permissions", tier="other", is_protected=True),
        GitLabEnvironment(name="staging", tier="staging"),
        GitLabEnvironment(name="production", tier="production", is_protected=True),
    )
}
"""The environments of a delivery, by name.

A job names its tier itself, so that the tier alone proves nothing: what is protected asks the approvers, and no other
environment of the project may be protected (`mlops-stages delivery reviewers` sees to it).
"""
