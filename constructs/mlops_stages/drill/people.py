"""Who does what in a drill: each step is a person's or a role's, by the same code as the commands'."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from mlops_stages.local.client.promotions import Progress
from mlops_stages.platform import Duty

Clients = Callable[[str], Any]
"""From a service to a client of boto3, which has no types."""


class Acknowledged(Protocol):
    """Who takes care of an alarm, and where the record of that is."""

    @property
    def by(self) -> str:
        """Their address."""
        ...

    @property
    def record(self) -> str:
        """An address of S3."""
        ...


class People(Protocol):
    """The people of a model, in the local AWS."""

    def of(self, duty: Duty) -> Clients:
        """The clients of the first who has a duty for the model."""
        ...

    def releases(self) -> Mapping[str, Any]:
        """What `mlops-stages releases` says."""
        ...

    def approve(self, target: str, version: int, reason: str) -> Mapping[str, Any]:
        """Approve a version for staging as its owner, or for production as another person; what was decided."""
        ...

    def promote(self, version: int, reason: str) -> None:
        """Have an approved version promoted again."""
        ...

    def follow(self, meanwhile: Callable[[], None] | None = None) -> Progress | None:
        """Move the clock on until the latest promotion waits for a person or has ended."""
        ...

    def train(self, broken: tuple[str, str] | None = None) -> int:
        """Train a version from a copy of the model's repository; its number.

        `broken` is a text of serving/scoring.py, and what somebody has written in its place.
        """
        ...

    def curate(self, last: str) -> str:
        """Make the version of the dataset that ends with a month, as the data engineer; its manifest's address."""
        ...

    def trained(self) -> Mapping[str, Any]:
        """Wait for the latest run of the model's pipeline to end; what SageMaker says of it."""
        ...

    def acknowledge(self, alarm: str, note: str) -> Acknowledged:
        """Acknowledge an alarm as the model's owner."""
        ...

    def ledger(self) -> Sequence[Mapping[str, Any]]:
        """What is recorded of the model, as `mlops-stages ledger show --json` has it."""
        ...
