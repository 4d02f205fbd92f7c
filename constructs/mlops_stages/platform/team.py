"""A team: its people, money, data, code and models."""

from typing import Annotated, Literal

from pydantic import Field

from mlops_stages.platform.alarms import MOST_OTHERS
from mlops_stages.platform.data import Data, DataClassification
from mlops_stages.platform.features import FeatureGroup
from mlops_stages.platform.model import Model
from mlops_stages.platform.people import Member, Persona, TeamPeople
from mlops_stages.platform.section import Section
from mlops_stages.platform.stage import Stage
from mlops_stages.platform.text import (
    BranchName,
    CostCenter,
    Email,
    EnvironmentName,
    GitHubNumber,
    RepositoryName,
    RepositoryOwner,
    TeamName,
)
from mlops_stages.platform.token_subject import ISSUERS, github_job, gitlab_subject

CodeHost = Literal["github", "gitlab"]
"""Who hosts repositories."""


class Budget(Section):
    """What a team may spend, and who is told when it does."""

    monthly_usd: int = Field(ge=1, le=1_000_000_000, description="Whole US dollars a month.", examples=[2000])
    notify: tuple[Email, ...] = Field(
        min_length=1,
        max_length=10,
        description="Who is told, 1 to 10 addresses (AWS's own bound).",
        examples=[["fraud-lead@acme.example"]],
    )
    thresholds_percent: tuple[Annotated[int, Field(ge=1, le=1000)], ...] = Field(
        default=(50, 80, 100),
        min_length=1,
        max_length=5,
        description="At which percents of the budget they are told, 1 to 5 of them, each 1 to 1000.",
        examples=[[50, 80, 100]],
    )


class Repository(Section):
    """Where a team keeps its code."""

    provider: CodeHost = Field(description="Who hosts it.", examples=["github"])
    owner: RepositoryOwner = Field(
        description="The organization, group or user there, no wildcard; a group within a group of GitLab has slashes.",
        examples=["acme"],
    )
    name: RepositoryName = Field(description="The repository's name; no slash, no wildcard.", examples=["fraud-model"])
    branch: BranchName = Field(
        default="main",
        description="The one branch whose CI may deliver; no wildcard. With an environment, that decides instead.",
        examples=["main"],
    )
    environment: EnvironmentName | None = Field(
        default=None,
        description="GitHub only: the one environment whose jobs may deliver, from the branches that it allows there; "
        "in the capitals that it has there. Left out: the branch decides.",
        examples=["production"],
    )

    owner_id: GitHubNumber | None = Field(
        default=None,
        description="GitHub only: the number of the owner, `gh api repos/OWNER/NAME --jq .owner.id`. A repository "
        "created or renamed since 15 July 2026 cannot sign in without it and `repository_id`: its tokens hold both.",
        examples=["1234567"],
    )
    repository_id: GitHubNumber | None = Field(
        default=None,
        description="GitHub only: the number of the repository, `gh api repos/OWNER/NAME --jq .id`.",
        examples=["7654321"],
    )

    @property
    def issuer(self) -> str:
        """Who signs the tokens of its CI, as IAM names it."""
        return ISSUERS[self.provider]

    @property
    def subject(self) -> str:
        """What a token of its CI says that it is, in full: one `sub` that a trust takes."""
        path = f"{self.owner}/{self.name}"
        if self.provider == "gitlab":
            return gitlab_subject(path, self.branch)
        return f"repo:{path}:{github_job(self.branch, self.environment)}"


class Team(Section):
    """A team and everything that is only its own."""

    name: TeamName = Field(
        description="Its name, unique: 3 to 20 of a-z, 0-9 and single hyphens; not `platform` or `shared`.",
        examples=["fraud"],
    )
    stage: Stage = Field(
        default=Stage.INITIAL,
        description="How far the team has come; never above the platform's.",
        examples=["initial"],
    )
    cost_center: CostCenter = Field(description="Who pays; a tag on all that is the team's.", examples=["4711"])
    budget: Budget = Field(
        description="What the team may spend.", examples=[{"monthly_usd": 2000, "notify": ["fraud-lead@acme.example"]}]
    )
    people: TeamPeople = Field(
        description="Who is in it, at least one person.", examples=[{"data_scientists": ["ann@acme.example"]}]
    )
    repository: Repository | None = Field(
        default=None,
        description="Where its code is.",
        examples=[{"provider": "github", "owner": "acme", "name": "fraud-model"}],
    )
    data: Data = Field(
        default_factory=Data, description="What data it works with.", examples=[{"classifications": ["internal"]}]
    )
    models: tuple[Model, ...] = Field(
        default=(),
        description="The models it owns.",
        examples=[[{"name": "card-fraud", "owner": "fraud-lead@acme.example", "data_classification": "confidential"}]],
    )

    features: tuple[FeatureGroup, ...] = Field(
        default=(),
        max_length=20,
        description="Its feature groups, at most 20; they need stage repeatable. AWS adds features to a group and "
        "changes nothing else of it: what must differ needs another name.",
        examples=[
            [
                {
                    "name": "card-history",
                    "data_classification": "confidential",
                    "record_identifier": "card_id",
                    "event_time": "observed_at",
                    "features": [
                        {"name": "card_id", "type": "String"},
                        {"name": "observed_at", "type": "String"},
                        {"name": "purchases_7d", "type": "Integral"},
                    ],
                }
            ]
        ],
    )

    @property
    def members(self) -> tuple[Member, ...]:
        """The team's people, by persona and then by address."""
        return self.people.members

    @property
    def classifications(self) -> tuple[DataClassification, ...]:
        """The classifications of all data that the team works with, its models' included, least sensitive first."""
        declared = {*self.data.classifications, *(model.data_classification for model in self.models)}
        return tuple(sorted(declared, key=lambda each: each.position))

    def told_next(self, model: Model) -> tuple[str, ...]:
        """Who is told of an alarm of one of its models that nobody acknowledges.

        Whom the model names; else the team's business owners besides the model's owner, its lead data scientists where
        there is none, and the owner again where there is no other.
        """
        if model.alarms is not None and model.alarms.escalate_to:
            return model.alarms.escalate_to
        for persona in (Persona.BUSINESS_OWNER, Persona.LEAD_DATA_SCIENTIST):
            found = [each.email for each in self.members if each.persona is persona and each.email != model.owner]
            if found:
                return tuple(found[:MOST_OTHERS])
        return (model.owner,)
