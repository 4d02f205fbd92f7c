"""What serving and watching a model costs a month: an estimate by list prices, from what platform.yaml declares.

The bill itself is in the account that pays, which no role of a model's owner reads.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from mlops_stages.platform import Model
from mlops_stages.runtime.monitor_runs.intervals import DAY_HOURS

PRICES_OF = "list prices of us-east-1 of November 2026"
INSTANCE_PRICES = "https://aws.amazon.com/sagemaker/ai/pricing/"
# USD a month, from https://aws.amazon.com/cloudwatch/pricing/ and https://aws.amazon.com/kms/pricing/
METRIC, ALARM, COMPOSITE, KEY = 0.30, 0.10, 0.50, 1.00
_CAPTURE = 0.25
"""44,000 writes to S3: a file a minute at most."""
_READING = 0.20
"""Reads from S3, and a function each hour."""
_JUDGING = 0.10
"""The same of the monitors, each day."""
_MEASURING = 0.20
"""The same of drift, each hour."""


@dataclass(frozen=True)
class Part:
    """A part of it: USD a month, and what of that is most of it."""

    name: str
    usd: float
    of: str


@dataclass(frozen=True)
class Cost:
    """All of it, in production; `by_use` is what nobody can know before."""

    parts: tuple[Part, ...]
    by_use: str

    @property
    def usd(self) -> float:
        """A month, without what is by use."""
        return sum(part.usd for part in self.parts)


def estimate(model: Model) -> Cost | None:
    """What a model's declaration costs in production; None for one that serves nobody."""
    if not model.serves:
        return None
    parts: list[Part] = []
    if model.has_decisions_read:
        parts.append(Part("capture by SageMaker", _CAPTURE, "writes to S3, asked in every hour"))
        parts.append(Part("decisions as rows", 5 * METRIC + 4 * ALARM + _READING, "5 metrics, 4 alarms"))
    if model.labels is not None:
        parts.append(_monitors(model))
    if model.endpoint is not None and model.sla is not None:
        # An alarm is paid by the metrics of its formula: four of availability, three of latency, one of silence.
        metrics = 7 if model.sla.requests_per_minute is None else 8
        parts.append(Part("alarms on the service level", metrics * ALARM, f"{metrics} metrics under alarms"))
    if model.retraining is not None:
        parts.append(Part("requests for candidates", KEY, "a key, which the team's models share"))
        parts.append(Part("alarms on retraining", 2 * ALARM, "2 alarms, in the tooling account"))
    return Cost(tuple(parts), _by_use(model))


def bill(model: str, now: datetime) -> str:
    """The command that shows what is billed of a model this month, to whoever may see the account that pays."""
    return (
        f"aws ce get-cost-and-usage --time-period Start={now:%Y-%m}-01,End={now + timedelta(days=1):%Y-%m-%d} "
        "--granularity MONTHLY --metrics UnblendedCost --group-by Type=DIMENSION,Key=SERVICE "
        f'--filter \'{{"Tags": {{"Key": "model", "Values": ["{model}"]}}}}\''
    )


def _monitors(model: Model) -> Part:
    labels = model.labels
    has_bias = labels is not None and any(each.bias is not None for each in labels.segments)
    has_quality, has_drift = model.quality is not None, model.drift is not None
    hourly = model.drift is not None and model.drift.every_hours < DAY_HOURS
    metrics = 9 + 3 * has_quality + 2 * has_drift + has_bias
    alarms = 8 + has_quality + has_drift + has_bias + hourly
    usd = metrics * METRIC + alarms * ALARM + COMPOSITE + _JUDGING
    if model.drift is not None and hourly:
        usd += _MEASURING / model.drift.every_hours
    return Part("monitors, and who is told", usd, f"{metrics} metrics, {alarms} alarms, one of several")


def _by_use(model: Model) -> str:
    endpoint = model.endpoint
    if endpoint is None:
        return f"instances of each transform by the hour ({INSTANCE_PRICES})"
    if endpoint.instance_type is None:
        return f"requests by their duration ({INSTANCE_PRICES})"
    most = endpoint.maximum
    fewest = 2 if endpoint.minimum is None else endpoint.minimum
    count = f"{fewest} to {most}" if most is not None and most != fewest else str(fewest)
    rival = endpoint.rival
    shadow = "" if rival is None else f", and {rival.instances} in the shadow"
    return f"{count} instances {endpoint.instance_type}{shadow}, 730 hours a month each ({INSTANCE_PRICES})"
