"""How the platform's own infrastructure is delivered."""

from typing import Annotated, Literal

from pydantic import Field

from mlops_stages.platform.section import Section
from mlops_stages.platform.text import BranchName, GitHubNumber, RepositoryName, RepositoryOwner, Text

GitHubTeam = Annotated[
    str,
    Text(
        "PLT-238",
        "the name of a team at GitHub",
        "1 to 100 of a-z, 0-9, - and _, as in the address of the team's page",
        "[a-z0-9]([a-z0-9_-]{0,98}[a-z0-9])?",
        "platform-approvers",
    ),
]


class PlatformRepository(Section):
    """The repository that holds platform.yaml and the stacks."""

    provider: Literal["github"] = Field(description="Who hosts it.", examples=["github"])
    owner: RepositoryOwner = Field(description="The organization there, no wildcard.", examples=["acme"])
    name: RepositoryName = Field(description="The repository's name; no slash, no wildcard.", examples=["platform"])
    branch: BranchName = Field(
        default="main", description="The one branch that is deployed; no wildcard.", examples=["main"]
    )
    owner_id: GitHubNumber | None = Field(
        default=None,
        description="The number of the owner, `gh api repos/OWNER/NAME --jq .owner.id`. A repository created or "
        "renamed since 15 July 2026 cannot sign in without it and `repository_id`: its tokens hold both.",
        examples=["1234567"],
    )
    repository_id: GitHubNumber | None = Field(
        default=None,
        description="The number of the repository, `gh api repos/OWNER/NAME --jq .id`.",
        examples=["7654321"],
    )


class Delivery(Section):
    """How a change of the infrastructure reaches the accounts: by a workflow of the repository, without stored keys."""

    repository: PlatformRepository = Field(
        description="Where the workflow runs that `mlops-stages delivery workflow` prints.",
        examples=[{"provider": "github", "owner": "acme", "name": "platform"}],
    )
    approvers: GitHubTeam = Field(
        description="The team of the organization at GitHub, one of whom agrees before anything but staging is "
        "deployed, and before permissions become broader. The workflow stops where GitHub does not ask that team.",
        examples=["platform-approvers"],
    )
