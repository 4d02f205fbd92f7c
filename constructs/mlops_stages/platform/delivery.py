"""How the platform's own infrastructure is delivered."""

from typing import Annotated

from pydantic import Field

from mlops_stages.platform.section import Section
from mlops_stages.platform.team import CodeHost
from mlops_stages.platform.text import (
    REPOSITORY_PART,
    BranchName,
    GitHubNumber,
    RepositoryName,
    RepositoryOwner,
    Text,
)

GITHUB_TEAM = "[a-z0-9]([a-z0-9_-]{0,98}[a-z0-9])?"
"""The name of a team at GitHub, as in the address of its page."""

Approvers = Annotated[
    str,
    Text(
        "PLT-238",
        "the name of a team at GitHub or of a group at GitLab",
        "it as in the address of its page, a group at GitLab with the groups that it is in",
        rf"{REPOSITORY_PART}(/{REPOSITORY_PART}){{0,9}}",
        "platform-approvers",
    ),
]
JobImage = Annotated[
    str,
    Text(
        "PLT-239",
        "an image that is named by its digest",
        "registry, name and digest, at most 300 characters",
        r"(?=.{1,300}$)[a-z0-9][a-z0-9._-]*(:[0-9]{1,5})?(/[a-z0-9][a-z0-9._-]*){0,9}(:[A-Za-z0-9_][A-Za-z0-9_.-]*)?"
        "@sha256:[0-9a-f]{64}",
        f"registry.gitlab.com/acme/ci@sha256:{'0123456789abcdef' * 4}",
    ),
]


class PlatformRepository(Section):
    """The repository that holds platform.yaml and the stacks."""

    provider: CodeHost = Field(description="Who hosts it.", examples=["github"])
    owner: RepositoryOwner = Field(
        description="The organization or group there, no wildcard; a group within a group of GitLab has slashes.",
        examples=["acme"],
    )
    name: RepositoryName = Field(description="The repository's name; no slash, no wildcard.", examples=["platform"])
    branch: BranchName = Field(
        default="main", description="The one branch that is deployed; no wildcard.", examples=["main"]
    )
    owner_id: GitHubNumber | None = Field(
        default=None,
        description="The number of the owner, `gh api repos/OWNER/NAME --jq .owner.id`. A repository created or "
        "renamed since 15 July 2026 cannot sign in without it and `repository_id`: its tokens hold both. Required for "
        "GitLab: `glab api projects/OWNER%2FNAME | jq .namespace.id`.",
        examples=["1234567"],
    )
    repository_id: GitHubNumber | None = Field(
        default=None,
        description="The number of the repository, `gh api repos/OWNER/NAME --jq .id`. Required for GitLab: "
        "`glab api projects/OWNER%2FNAME | jq .id`.",
        examples=["7654321"],
    )


class Delivery(Section):
    """How a change of the infrastructure reaches the accounts: by a workflow of the repository, without stored keys."""

    repository: PlatformRepository = Field(
        description="Where the workflow runs that `mlops-stages delivery workflow` prints.",
        examples=[{"provider": "github", "owner": "acme", "name": "platform"}],
    )
    approvers: Approvers = Field(
        description="The team of the organization at GitHub, or the group at GitLab by its full path, one of whom "
        "agrees before anything but staging is deployed, and before permissions become broader.",
        examples=["platform-approvers"],
    )
    image: JobImage | None = Field(
        default=None,
        description="GitLab only, and required there: the image that jobs run in, by its digest. It holds Python 3.11 "
        "or later, git, make and the AWS CLI.",
        examples=[f"registry.gitlab.com/acme/ci@sha256:{'0123456789abcdef' * 4}"],
    )
