"""What the function of one model's retraining is told besides its promotion's settings: as JSON in one variable."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

from .codes import RetrainingError

VARIABLE = "RETRAINING"


def partition(model: str) -> str:
    """The partition of the model's table that has retraining's items: IAM tells them from promotions' by it."""
    return f"{model}#retraining"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All of it.

    Attributes:
        function: the function's name, by which whoever looks at a version knows who has started its run, or rejected
            it.
        role: the name of its role.
        pipeline: the name of the model's pipeline.
        start_role: the ARN of what the function becomes to start it, in the development account.
        bucket: where production puts what it found, and the requests.
        data: names of the team's buckets whose data the model may read.
        every_days: after how many days the next run starts at the latest; None where only a wrong model starts one.
        cool_down_days: for how many days after a run none starts.
        most_a_year: runs in 365 days at most.
    """

    function: str
    role: str
    pipeline: str
    start_role: str
    bucket: str
    data: tuple[str, ...]
    every_days: int | None
    cool_down_days: int
    most_a_year: int

    def __post_init__(self) -> None:
        days = (self.cool_down_days, self.most_a_year, *(() if self.every_days is None else (self.every_days,)))
        if not self.data or any(type(each) is not int or each < 1 for each in days):
            raise RetrainingError("RTR-001", self.function, "its days, or the data that it may read, are missing")

    @property
    def every(self) -> timedelta | None:
        """After which time the next run starts at the latest."""
        return None if self.every_days is None else timedelta(days=self.every_days)

    @property
    def cool_down(self) -> timedelta:
        """For which time after a run none starts."""
        return timedelta(days=self.cool_down_days)

    def to_json(self) -> str:
        """What the variable holds; always the same for the same settings."""
        return json.dumps(dataclasses.asdict(self), sort_keys=True, separators=(",", ":"))


def read(environ: Mapping[str, str]) -> Settings:
    """The settings from a process's environment. Error: RTR-001."""
    try:
        given = cast("dict[str, Any]", json.loads(environ[VARIABLE]))
        parts: dict[str, Any] = {"data": tuple(given["data"])}
        return Settings(**given | parts)
    except (LookupError, TypeError, json.JSONDecodeError) as error:
        raise RetrainingError("RTR-001", VARIABLE, f"{type(error).__name__}: {error}") from error
