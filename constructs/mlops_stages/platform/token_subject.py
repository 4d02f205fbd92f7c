"""What the token of a CI job says that the job is: the `sub` that a role's trust compares."""

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
