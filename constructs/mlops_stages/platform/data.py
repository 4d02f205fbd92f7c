"""How sensitive data is, and what a team may hold."""

from pydantic import Field

from mlops_stages.platform.ordered import Ordered
from mlops_stages.platform.section import Section


class DataClassification(Ordered):
    """How sensitive data is, least first."""

    PUBLIC = "public"
    INTERNAL = "internal"
    CONFIDENTIAL = "confidential"
    RESTRICTED = "restricted"


class Data(Section):
    """The data that a team works with; each classification gets a place of its own."""

    classifications: tuple[DataClassification, ...] = Field(
        default=(DataClassification.INTERNAL,),
        min_length=1,
        description="The classifications of the team's data; those of its models are added by themselves.",
        examples=[["internal", "confidential"]],
    )
