"""The people of a platform, by persona."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from pydantic import Field

from mlops_stages.platform.names import member_name
from mlops_stages.platform.section import Section
from mlops_stages.platform.text import Email


class Persona(StrEnum):
    """What a person does on the platform; each persona has permissions of its own."""

    DATA_SCIENTIST = "data_scientist"
    LEAD_DATA_SCIENTIST = "lead_data_scientist"
    DATA_ENGINEER = "data_engineer"
    ML_ENGINEER = "ml_engineer"
    PLATFORM_ENGINEER = "platform_engineer"
    BUSINESS_OWNER = "business_owner"
    AUDITOR = "auditor"

    @property
    def plural(self) -> str:
        """The key in platform.yaml that lists them."""
        return f"{self.value}s"


IN_STUDIO = (
    Persona.DATA_SCIENTIST,
    Persona.LEAD_DATA_SCIENTIST,
    Persona.DATA_ENGINEER,
    Persona.ML_ENGINEER,
)
"""The personas who have a profile in Studio."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A person in one role: address, persona, and the short name that profiles and roles carry."""

    email: str
    persona: Persona
    name: str


class TeamPeople(Section):
    """The people of a team; each is listed once."""

    data_scientists: tuple[Email, ...] = Field(
        default=(), description="Explore data and train models.", examples=[["ann@acme.example"]]
    )
    lead_data_scientists: tuple[Email, ...] = Field(
        default=(), description="Lead the team's work; approve its models.", examples=[["lea@acme.example"]]
    )
    data_engineers: tuple[Email, ...] = Field(
        default=(), description="Bring data in and keep it good.", examples=[["dan@acme.example"]]
    )
    ml_engineers: tuple[Email, ...] = Field(
        default=(), description="Turn experiments into pipelines.", examples=[["mel@acme.example"]]
    )
    business_owners: tuple[Email, ...] = Field(
        default=(), description="Answer for what a model decides; read only.", examples=[["bo@acme.example"]]
    )

    @property
    def members(self) -> tuple[Member, ...]:
        """Everyone, by persona and then by address."""
        return _members(
            (
                (Persona.DATA_SCIENTIST, self.data_scientists),
                (Persona.LEAD_DATA_SCIENTIST, self.lead_data_scientists),
                (Persona.DATA_ENGINEER, self.data_engineers),
                (Persona.ML_ENGINEER, self.ml_engineers),
                (Persona.BUSINESS_OWNER, self.business_owners),
            )
        )


class PlatformPeople(Section):
    """The people who serve all teams; each is listed once."""

    platform_engineers: tuple[Email, ...] = Field(
        min_length=1, description="Run the platform; at least one.", examples=[["platform@acme.example"]]
    )
    auditors: tuple[Email, ...] = Field(
        default=(), description="Read everything that was recorded, and no data.", examples=[["audit@acme.example"]]
    )

    @property
    def members(self) -> tuple[Member, ...]:
        """Everyone, by persona and then by address."""
        return _members(((Persona.PLATFORM_ENGINEER, self.platform_engineers), (Persona.AUDITOR, self.auditors)))


def _members(lists: Iterable[tuple[Persona, tuple[str, ...]]]) -> tuple[Member, ...]:
    def each() -> Iterator[Member]:
        for persona, emails in lists:
            for email in sorted(emails):
                yield Member(email=email, persona=persona, name=member_name(email))

    return tuple(each())
