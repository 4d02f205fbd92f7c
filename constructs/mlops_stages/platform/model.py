"""A model, and what its owner promises about it."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from mlops_stages.platform.data import DataClassification
from mlops_stages.platform.errors import shown
from mlops_stages.platform.section import Section
from mlops_stages.platform.text import DefinitionPath, Email, ModelName, Text, fault

HIGHER_IS_BETTER = ("auc", "accuracy", "f1", "precision", "recall", "r2")
LOWER_IS_BETTER = ("rmse", "mae", "log_loss")

_SECONDS = {"m": 60, "h": 3600, "d": 86400}
_SHORTEST, _LONGEST = timedelta(minutes=15), timedelta(days=30)


def _interval(text: str) -> timedelta:
    return timedelta(seconds=int(text[:-1]) * _SECONDS[text[-1]])


def _is_interval(text: str) -> None:
    if not _SHORTEST <= _interval(text) <= _LONGEST:
        fix = "Write a length of time from 15m to 30d, such as '1h'."
        raise fault("PLT-219", f"{shown(text)} is not from 15 minutes to 30 days.", fix)


Interval = Annotated[
    str,
    Text(
        code="PLT-219",
        noun="a length of time",
        rule="a length of time from 15m to 30d",
        pattern="[1-9][0-9]{0,5}[mhd]",
        example="1h",
        test=_is_interval,
    ),
]


class Sla(Section):
    """What callers of the model may count on."""

    availability_percent: float = Field(
        ge=50, lt=100, description="Percent of requests answered, from 50 to below 100.", examples=[99.9]
    )
    p99_latency_ms: int = Field(
        ge=1,
        le=60_000,
        description="In how many milliseconds 99 of 100 answers come, 1 to 60000.",
        examples=[150],
    )


class Quality(Section):
    """How good the model must stay, on known outcomes: one bound on one metric."""

    metric: Literal["auc", "accuracy", "f1", "precision", "recall", "r2", "rmse", "mae", "log_loss"] = Field(
        description="What is measured.", examples=["auc"]
    )
    minimum: float | None = Field(
        default=None,
        le=1,
        description="The least allowed, for auc, accuracy, f1, precision, recall (0 to 1) and r2 (at most 1).",
        examples=[0.92],
    )
    maximum: float | None = Field(
        default=None, gt=0, description="The most allowed, for rmse, mae and log_loss; above 0.", examples=[0.35]
    )


class Drift(Section):
    """How far live data may move from what the model was trained on."""

    metric: Literal["psi", "js", "ks"] = Field(
        description="The distance: population stability index, Jensen-Shannon or Kolmogorov-Smirnov.",
        examples=["psi"],
    )
    maximum: float = Field(gt=0, le=10, description="The most allowed, above 0, at most 10.", examples=[0.2])
    every: Interval = Field(description="How often it is measured, from `15m` to `30d`.", examples=["1h"])

    @property
    def interval(self) -> timedelta:
        """How often it is measured."""
        return _interval(self.every)


class Rollout(Section):
    """How a new version of the model takes over."""

    canary_percent: int = Field(
        ge=1, le=50, description="Percent of traffic that tries the new version first, 1 to 50.", examples=[10]
    )
    bake_minutes: int = Field(
        ge=1, le=60, description="Minutes without an alarm before the rest follows, 1 to 60.", examples=[30]
    )


class Model(Section):
    """A model that a team owns: who answers for it, how it is trained, and what is promised about it."""

    name: ModelName = Field(
        description="Its name, unique in the platform: 3 to 24 of a-z, 0-9 and single hyphens.",
        examples=["card-fraud"],
    )
    owner: Email = Field(
        description="Who answers for it, and is told when it isn't right.", examples=["fraud-lead@acme.example"]
    )
    data_classification: DataClassification = Field(description="How sensitive its data is.", examples=["confidential"])
    pipeline: DefinitionPath | None = Field(
        default=None,
        description="Its compiled pipeline definition, a path from this file's folder; needs a team of stage "
        "repeatable. Left out: it has no pipeline yet.",
        examples=["pipelines/card-fraud.json"],
    )
    sla: Sla | None = Field(
        default=None,
        description="What its callers may count on. Acts from stage reliable.",
        examples=[{"availability_percent": 99.9, "p99_latency_ms": 150}],
    )
    quality: Quality | None = Field(
        default=None, description="How good it must stay.", examples=[{"metric": "auc", "minimum": 0.92}]
    )
    drift: Drift | None = Field(
        default=None,
        description="How far its data may move. Acts from stage reliable.",
        examples=[{"metric": "psi", "maximum": 0.2, "every": "1h"}],
    )
    rollout: Rollout | None = Field(
        default=None,
        description="How a new version takes over. Acts from stage reliable.",
        examples=[{"canary_percent": 10, "bake_minutes": 30}],
    )
