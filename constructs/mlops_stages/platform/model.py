"""A model, and what its owner promises about it."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from mlops_stages.platform.alarms import Alarms
from mlops_stages.platform.batch import EXAMPLE as BATCH_EXAMPLE
from mlops_stages.platform.batch import Batch
from mlops_stages.platform.data import DataClassification
from mlops_stages.platform.endpoint import Endpoint
from mlops_stages.platform.inputs import MOST_INPUTS, Input
from mlops_stages.platform.intervals import length_of, one_of
from mlops_stages.platform.labels import Labels
from mlops_stages.platform.retraining import Retraining
from mlops_stages.platform.risk import Risk
from mlops_stages.platform.rollout import Rollback, Rollout
from mlops_stages.platform.section import Section
from mlops_stages.platform.serving_text import Runbook
from mlops_stages.platform.text import DefinitionPath, Email, ModelName
from mlops_stages.runtime.monitor_runs.intervals import HOURS
from mlops_stages.serving import EndpointTerms, Instances, ServiceLevel
from mlops_stages.serving.rollout import gentlest
from mlops_stages.serving.service_level import SILENCE_MINUTES

HIGHER_IS_BETTER = ("auc", "accuracy", "f1", "precision", "recall", "r2")
LOWER_IS_BETTER = ("rmse", "mae", "log_loss")

_INTERVALS = (*(f"{hours}h" for hours in HOURS), "1d")
Interval = Annotated[str, one_of(("PLT-219", "PLT-250"), "15m", "30d", _INTERVALS)]


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
    requests_per_minute: float | None = Field(
        default=None,
        gt=0,
        le=10_000_000,
        description="Requests a minute that are expected of all callers together, where there always are some: their "
        "absence is an alarm then, and a rollout whose first step would get too few to be judged is refused.",
        examples=[60],
    )
    silence_minutes: int | None = Field(
        default=None,
        ge=SILENCE_MINUTES[0],
        le=SILENCE_MINUTES[-1],
        multiple_of=SILENCE_MINUTES.step,
        description="Minutes without a request until that alarm, 5 to 1440 in steps of 5; only with "
        "`requests_per_minute`. Left out: 15.",
        examples=[15],
    )

    @property
    def level(self) -> ServiceLevel:
        """As the constructs take it."""
        return ServiceLevel(
            availability_percent=self.availability_percent,
            p99_latency_ms=self.p99_latency_ms,
            requests_per_minute=self.requests_per_minute,
            silence_minutes=15 if self.silence_minutes is None else self.silence_minutes,
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
    every: Interval = Field(
        description="How often it is measured, of the week before: `1h`, `2h`, `3h`, `4h`, `6h`, `8h`, `12h` or `1d`.",
        examples=["1d"],
    )

    @property
    def interval(self) -> timedelta:
        """How often it is measured."""
        return length_of(self.every)

    @property
    def every_hours(self) -> int:
        """After how many hours it is measured again; 24 where it is each day."""
        return self.interval // timedelta(hours=1)


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
        description="How far its scores may move from the test data's before its owner is warned, once `labels` are "
        "declared. Acts from stage reliable.",
        examples=[{"metric": "psi", "maximum": 0.2, "every": "1h"}],
    )
    rollout: Rollout | None = Field(
        default=None,
        description="How a new version takes over at its endpoint. Acts from stage reliable. Left out: a canary of the "
        "fewest instances that get enough requests to be judged; all at once where there is one instance, or none.",
        examples=[{"canary_percent": 50, "bake_minutes": 15}],
    )
    endpoint: Endpoint | None = Field(
        default=None,
        description="What answers its callers; needs `sla` and `approvers`. Acts from stage reliable. Left out: it has "
        "no endpoint.",
        examples=[{"instance_type": "ml.m5.large", "minimum": 2}],
    )
    batch: Batch | None = Field(
        default=None,
        description="What it scores on a schedule, without an endpoint; needs `approvers`. Acts from stage reliable.",
        examples=[BATCH_EXAMPLE],
    )
    inputs: tuple[Input, ...] = Field(
        default=(),
        max_length=MOST_INPUTS,
        description="What a request holds, in the order of its columns, at most 100: as training declares it. A "
        "version that takes anything else reaches no production, and decisions become a table of these columns. "
        "Acts from stage reliable. Left out: versions are not compared with it, and nothing reads the decisions.",
        examples=[[{"name": "departure_hour", "type": "integer"}, {"name": "carrier", "type": "category"}]],
    )
    labels: Labels | None = Field(
        default=None,
        description="What became of its decisions, by which they are judged; needs `inputs` and an `endpoint` on "
        "instances. Acts from stage reliable. Left out: nobody says what became of them.",
        examples=[{"type": "binary", "delay": "1d"}],
    )
    alarms: Alarms | None = Field(
        default=None,
        description="Who is told of an alarm that its owner does not acknowledge, and when; needs `inputs` and an "
        "`endpoint` on instances. Acts from stage reliable. Left out: after four hours, whom `escalate_to` names where "
        "it is left out.",
        examples=[{"acknowledge_within": "4h", "escalate_to": ["bo@acme.example"]}],
    )
    retraining: Retraining | None = Field(
        default=None,
        description="When candidates are trained, and by how much one must be better than the version that answers "
        "callers; needs `labels` and `pipeline`. Acts from stage reliable. Left out: no candidate is judged.",
        examples=[{"margin": 0.002, "every": "30d"}],
    )
    risk: Risk = Field(
        default=Risk.HIGH,
        description="Its class in your organization's own inventory of models, such as by SR 11-7 or the EU AI Act. "
        "Nothing reads it but `retraining.one_approval` of the platform.",
        examples=["low"],
    )
    approvers: tuple[Email, ...] = Field(
        default=(),
        max_length=20,
        description="Who may give the second approval, which lets a version into production: people of the team, at "
        "most 20, in any persona. The first is the owner's or a lead's. Nobody gives both for one version, nor either "
        "for one whose training they started or whose commit they wrote. Acts from stage reliable.",
        examples=[["bo@acme.example", "mel@acme.example"]],
    )
    analysts: tuple[Email, ...] = Field(
        default=(),
        max_length=20,
        description="Who may query its decisions, labels and figures in production with Athena, at most 20 addresses; "
        "needs `inputs` and an `endpoint` on instances. Acts from stage reliable. Left out: nobody, and there are no "
        "tables.",
        examples=[["ann@acme.example"]],
    )
    runbook: Runbook | None = Field(
        default=None,
        description="The page that its alarms name, of at most 160 characters. Acts from stage reliable. Left out: the "
        "page on endpoints of this toolkit.",
        examples=["https://wiki.acme.example/card-fraud"],
    )

    @property
    def serves(self) -> bool:
        """Whether it answers or scores anything."""
        return self.endpoint is not None or self.batch is not None

    @property
    def has_decisions_read(self) -> bool:
        """Whether its decisions become rows: those of endpoints on instances do, where it says what it takes."""
        return self.endpoint is not None and self.endpoint.serverless is None and bool(self.inputs)

    @property
    def endpoint_terms(self) -> EndpointTerms | None:
        """Everything that its endpoint is told, defaults included; None without an endpoint."""
        return None if self.endpoint is None or self.sla is None else terms(self.endpoint, self.sla, self.rollout)


def terms(endpoint: Endpoint, sla: Sla, rollout: Rollout | None) -> EndpointTerms:
    """What an endpoint is told. KeyError for one that runs on nothing, which the rules refuse."""
    limits, level, capacity = (Rollback() if rollout is None else rollout.rollback).limits, sla.level, endpoint.capacity
    fewest = capacity.minimum if isinstance(capacity, Instances) else 1
    return EndpointTerms(
        capacity=capacity,
        rollout=gentlest(fewest, lambda share: limits.judge(level, share)) if rollout is None else rollout.way,
        level=level,
        limits=limits,
        challenger=endpoint.rival,
        capture_percent=endpoint.captured_percent,
    )
