"""One model's retraining: what it is told, its accounts, what it remembers, and the time that a look stands for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..promotion.aws import Client
from ..promotion.events import read_time
from ..promotion.identities import STARTER
from ..promotion.promotion import Promotion
from .codes import RetrainingError
from .settings import Settings

_NEEDED = ("author", "commit", "dataset-manifest", "dataset-manifest-sha256", "image-digest")
ALL_DAYS = "9999-12-31"
"""The default of the pipeline's parameter `TrainBefore`: no row of the dataset is left out."""


@dataclass(frozen=True, kw_only=True)
class Version:
    """A version in the registry."""

    number: int
    arn: str
    approval: str
    created: datetime | None
    metadata: dict[str, str]

    @property
    def starter(self) -> str | None:
        """Who has started the run that registered it."""
        return self.metadata.get(STARTER)

    @property
    def train_before(self) -> str:
        """The first day that it was not trained on."""
        return self.metadata.get("train-before", ALL_DAYS)

    def made_of(self) -> dict[str, str]:
        """Those of its metadata by which it can be trained again. Error: RTR-003."""
        missing = [name for name in _NEEDED if not self.metadata.get(name)]
        if missing:
            raise RetrainingError("RTR-003", self.arn, f"its metadata lack {', '.join(missing)}")
        return {name: self.metadata[name] for name in _NEEDED}


@dataclass(frozen=True, kw_only=True)
class Model:
    """What the parts of retraining work with.

    Attributes:
        promotion: the model's accounts and names; its store has retraining's own items alone.
        settings: what is told besides.
        now: the moment that the look stands for, in UTC.
        start_client: gives a service's client of the account in which the pipeline runs, as who may start it.
    """

    promotion: Promotion
    settings: Settings
    now: datetime
    start_client: Callable[[str], Client]

    def version(self, arn: str) -> Version:
        """A version as the registry has it now. Error: RTR-002 for one of another model."""
        head, _, number = arn.rpartition("/")
        if not number.isdecimal() or self.promotion.settings.package_arn(int(number)) != arn:
            raise RetrainingError("RTR-002", head[:200], "it is a version of another model")
        described: dict[str, Any] = self.promotion.describe(int(number))
        metadata = dict[str, Any](described.get("CustomerMetadataProperties") or {})
        return Version(
            number=int(number),
            arn=arn,
            approval=str(described.get("ModelApprovalStatus")),
            created=read_time(described.get("CreationTime")),
            metadata={name: str(value) for name, value in metadata.items()},
        )
