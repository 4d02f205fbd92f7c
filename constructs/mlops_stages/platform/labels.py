"""The labels of a model: what became of its decisions, by which its quality is judged."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from mlops_stages.platform.intervals import from_to, length_of
from mlops_stages.platform.section import Section
from mlops_stages.platform.text import Text

METRICS: Mapping[str, tuple[str, ...]] = {
    "binary": ("auc", "accuracy", "f1", "precision", "recall", "log_loss"),
    "number": ("rmse", "mae", "r2"),
}
"""The metrics of `quality` that labels of a type can be judged by."""

COLUMNS_OF_LABELS = ("collected_at", "correction")
"""What a label has besides what a decision has; `label` itself is no input's name in any model."""

MOST_LABELLED_MODELS = 10
"""Of a team, in one classification: each takes two statements of a bucket's policy, which has 20 KB.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/add-bucket-policy.html
"""
MOST_SEGMENTS = 10
MOST_VALUES = 20
MOST_BYTES = 500
"""Of all values of a model's segments together, in UTF-8: a function that judges them is told them in Lambda's 4 KB."""

Delay = Annotated[str, from_to("PLT-241", "1h", "60d", "1d")]
SegmentInput = Annotated[
    str,
    Text(
        "PLT-366",
        "the name of an input",
        "the name of one of the model's inputs of type category",
        "[a-z][a-z0-9_]{0,62}",
        "carrier",
    ),
]
SegmentValue = Annotated[
    str,
    Text("PLT-242", "a value of a category", "1 to 64 characters, no space at the ends", r"\S(.{0,62}\S)?", "AA"),
]


class BiasLimit(Section):
    """How differently a segment may be treated."""

    metric: Literal["dppl", "tpr_gap", "fpr_gap"] = Field(
        description="What is compared: shares of positive predictions (`dppl`), true or false positive rates.",
        examples=["tpr_gap"],
    )
    maximum: float = Field(
        gt=0,
        le=1,
        description="How far the rate of the others less that of the segment may be from 0, in either direction; "
        "above 0, at most 1.",
        examples=[0.1],
    )


class Segment(Section):
    """Decisions whose treatment is compared with that of all others."""

    input: SegmentInput = Field(
        description="The input that tells them apart, one of `inputs` of type category.", examples=["carrier"]
    )
    values: tuple[SegmentValue, ...] = Field(
        min_length=1,
        max_length=MOST_VALUES,
        description="Its values in the segment, 1 to 20, each of 1 to 64 characters.",
        examples=[["AA", "UA"]],
    )
    bias: BiasLimit | None = Field(
        default=None,
        description="How differently it may be treated, where labels are `binary`; left out, the gaps are measured and "
        "nobody is told.",
        examples=[{"metric": "tpr_gap", "maximum": 0.1}],
    )


class Labels(Section):
    """What became of a model's decisions: how it is said, how late it comes, and how decisions are judged by it."""

    type: Literal["binary", "number"] = Field(
        description="What a label is: `binary`, 0 or 1, or a `number`. `quality` must have a metric for it.",
        examples=["binary"],
    )
    delay: Delay = Field(
        description="How long after a decision its label comes at the latest, from `1h` to `60d`.", examples=["1d"]
    )
    margin: float = Field(
        default=0.15,
        gt=0,
        le=10,
        description="How far the sum of scores may lie from the sum of labels: their ratio from 1/(1+margin) to "
        "1+margin; above 0, at most 10.",
        examples=[0.15],
    )
    window_days: int = Field(
        default=28, ge=7, le=60, description="Days of decisions that are judged together, 7 to 60.", examples=[28]
    )
    segments: tuple[Segment, ...] = Field(
        default=(),
        max_length=MOST_SEGMENTS,
        description="Groups of decisions whose treatment is compared with that of all others, at most 10.",
        examples=[[{"input": "carrier", "values": ["AA", "UA"]}]],
    )

    @property
    def longest_delay(self) -> timedelta:
        """How long after a decision its label comes at the latest."""
        return length_of(self.delay)
