"""The organization's own classes of risk, and what a retrained version of a class takes to reach production."""

from enum import StrEnum

from pydantic import Field

from mlops_stages.platform.section import Section

MOST_BY_ONE_APPROVAL = 60
"""Models of a platform: the ledger's writer is told their names, in an environment of 4 KB.

Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
"""


class Risk(StrEnum):
    """A class of the organization's inventory of models."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class RetrainedVersions(Section):
    """What versions that retraining has trained take to reach production."""

    one_approval: tuple[Risk, ...] = Field(
        default=(),
        max_length=2,
        description="The classes of `risk` whose retrained versions go to production with the first approval alone: "
        "where nothing but data differs from the version that serves, and retraining has found it better. `high` is "
        "none of them. Left out: every version takes two.",
        examples=[["low"]],
    )
