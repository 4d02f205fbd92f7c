"""Retraining of a model: by how much a candidate must be better, and how often one is trained."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from mlops_stages.platform.intervals import from_to, length_of
from mlops_stages.platform.section import Section

MOST_RETRAINED_MODELS = 8
"""Of a team: each takes up to 2.2 KB of the policy of the bucket with their requests, which has 20 KB.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/add-bucket-policy.html
"""

Days = Annotated[str, from_to("PLT-243", "1d", "366d", "30d")]


class Retraining(Section):
    """When a candidate is trained, and what it must be to follow the version that answers callers."""

    margin: float = Field(
        default=0.0,
        ge=0,
        le=1_000_000,
        description="By how much a candidate's log loss, or RMSE where `labels` are of type `number`, must be lower "
        "than that of the version that answers callers, on the same decisions, by the near end of the 95 % interval; "
        "0 to 1000000.",
        examples=[0.005],
    )
    every: Days | None = Field(
        default=None,
        description="How long after a run the next one starts at the latest, from `1d` to `366d`. Left out: only an "
        "alarm starts one.",
        examples=["30d"],
    )
    cool_down: Days = Field(
        default="14d",
        description="How long after a run none starts, whatever asks for one, from `1d` to `366d`.",
        examples=["14d"],
    )
    most_a_year: int = Field(default=12, ge=1, le=366, description="Runs in 365 days at most, 1 to 366.", examples=[6])

    @property
    def every_days(self) -> int | None:
        """After how many days the next run starts at the latest: it is looked once a day."""
        return None if self.every is None else _days(self.every)

    @property
    def cool_down_days(self) -> int:
        """For how many days after a run none starts."""
        return _days(self.cool_down)


def _days(text: str) -> int:
    """Whole days, of which a part is one."""
    return -(-length_of(text) // timedelta(days=1))
