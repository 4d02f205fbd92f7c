"""A team: its people, money, data, code and models."""

from typing import Annotated, Literal

from pydantic import Field

from mlops_stages.platform.data import Data, DataClassification
from mlops_stages.platform.model import Model
from mlops_stages.platform.people import Member, TeamPeople
from mlops_stages.platform.section import Section
from mlops_stages.platform.stage import Stage
from mlops_stages.platform.text import CostCenter, Email, RepositoryPart, TeamName


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

    provider: Literal["github", "gitlab"] = Field(description="Who hosts it.", examples=["github"])
    owner: RepositoryPart = Field(
        description="The organization, group or user there; no slash, no wildcard.", examples=["acme"]
    )
    name: RepositoryPart = Field(description="The repository's name; no slash, no wildcard.", examples=["fraud-model"])


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

    @property
    def members(self) -> tuple[Member, ...]:
        """The team's people, by persona and then by address."""
        return self.people.members

    @property
    def classifications(self) -> tuple[DataClassification, ...]:
        """The classifications of all data that the team works with, its models' included, least sensitive first."""
        declared = {*self.data.classifications, *(model.data_classification for model in self.models)}
        return tuple(sorted(declared, key=lambda each: each.position))
