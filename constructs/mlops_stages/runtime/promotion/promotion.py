"""What the parts of a model's promotion work with, and what a release is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from .aws import Aws
from .clock import Clock
from .codes import PromotionError, shown
from .events import told
from .settings import Settings, config_prefix
from .store import Store


def utc_now() -> datetime:
    """The time."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Promotion:
    """One model's: its settings, its accounts, what it remembers, and the time.

    `retrained` has what the model's retraining remembers, to read; None where no version goes by it.
    """

    settings: Settings
    aws: Aws
    store: Store
    now: Callable[[], datetime] = utc_now
    clock: Clock = Clock()  # noqa: RUF009 - frozen
    retrained: Store | None = None

    def at(self) -> str:
        """The time, as records have it."""
        return told(self.now())

    def describe(self, version: int) -> dict[str, Any]:
        """A version as the registry has it now."""
        arn = self.settings.package_arn(version)
        return self.aws.client("sagemaker").describe_model_package(ModelPackageName=arn)


@dataclass(frozen=True, kw_only=True)
class Release:
    """One attempt to bring a version where it serves; the state machine's input.

    Attributes:
        action: `promote`, or `rollback`: straight to production, at once.
        version: the version.
        attempt: which attempt with this version it is, from 1; part of names, none of which is used twice.
    """

    action: Literal["promote", "rollback"]
    version: int
    attempt: int

    @property
    def name(self) -> str:
        """Of its execution, and of its change sets."""
        return f"v{self.version}-{self.attempt}"

    def config_name(self, settings: Settings, environment: str) -> str:
        """The parameter `ConfigName` of the model's stack in an environment."""
        again = "" if self.attempt == 1 else f"-{self.attempt}"
        return f"{config_prefix(settings.group, environment)}{self.version}{again}"

    def to_dict(self) -> dict[str, Any]:
        """As the state machine's input has it."""
        return {"action": self.action, "version": self.version, "attempt": self.attempt}


def read_release(given: Mapping[str, Any]) -> Release:
    """The release that a state names. Error: PRM-001."""
    action, version, attempt = (given.get(name) for name in ("action", "version", "attempt"))
    if action not in ("promote", "rollback") or type(version) is not int or type(attempt) is not int:
        raise PromotionError("PRM-001", "release", f"{shown(given)} is not a release")
    return Release(action=action, version=version, attempt=attempt)
