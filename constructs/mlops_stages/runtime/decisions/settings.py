"""What the functions of one endpoint's decisions are told: in one environment variable, as JSON."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal, cast, get_args

from .codes import DecisionsError

VARIABLE = "DECISIONS"
Type = Literal["category", "integer", "number"]
COLUMNS = ("decision_id", "event_id", "inference_id", "row", "decided_at", "package", "score")
"""The columns before the inputs."""
PARTITIONS = ("endpoint", "variant", "utc_day", "utc_hour")
"""What the path of a file says; a table has them as columns, too."""
MOST_INPUTS = 1_000
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,127}")


@dataclass(frozen=True, kw_only=True)
class Input:
    """An input of the model: a category is a text, the others are numbers."""

    name: str
    type: Type


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All of it.

    Attributes:
        endpoint: its name.
        variants: the folders of its captures, such as `champion` and `challenger`.
        capture_bucket: where SageMaker captures to.
        capture_prefix: the folder in it that holds the endpoint's folder.
        bucket: where decisions, manifests and quarantine are kept.
        queue: the address of the queue of hours that are to be read.
        inputs: what the model takes, in the order of its schema.
        capture_percent: of requests that are captured, 1 to 100.
        look_back_hours: how many hours back a file may come late. Less than capture files are kept.
        settling_minutes: after an hour's end until it is read.
    """

    endpoint: str
    variants: tuple[str, ...]
    capture_bucket: str
    bucket: str
    queue: str
    inputs: tuple[Input, ...]
    capture_prefix: str = "capture"
    capture_percent: int = 100
    look_back_hours: int = 72
    settling_minutes: int = 10

    def __post_init__(self) -> None:
        bounds = 1 <= self.capture_percent <= 100 and self.look_back_hours >= 1 and self.settling_minutes >= 0
        if not self.variants or not bounds:
            raise DecisionsError("DEC-001", self.endpoint, "it has no variant, or a number that is out of bounds")
        names = [each.name.lower() for each in self.inputs]
        taken = {*COLUMNS, *PARTITIONS}
        if not 1 <= len(names) <= MOST_INPUTS:
            raise DecisionsError("DEC-001", self.endpoint, f"it has {len(names)} inputs; give 1 to {MOST_INPUTS}")
        for name in names:
            # Tables know names without regard to case.
            if name in taken or names.count(name) > 1 or not _NAME.fullmatch(name):
                raise DecisionsError("DEC-001", self.endpoint, f"{name[:128]!r} can be no input's column")
        if not all(each.type in get_args(Type) for each in self.inputs):
            raise DecisionsError("DEC-001", self.endpoint, f"types of inputs are {', '.join(get_args(Type))}")

    @property
    def settling(self) -> timedelta:
        """After an hour's end until it is read."""
        return timedelta(minutes=self.settling_minutes)

    def to_json(self) -> str:
        """What the variable holds; always the same for the same settings.

        Inputs are one text, `NAME:TYPE,...`: Lambda takes 4 KB of environment.
        """
        inputs = ",".join(f"{each.name}:{each.type}" for each in self.inputs)
        return json.dumps({**dataclasses.asdict(self), "inputs": inputs}, sort_keys=True, separators=(",", ":"))


def read(environ: Mapping[str, str]) -> Settings:
    """The settings from a process's environment. Error: DEC-001."""
    try:
        given = cast("dict[str, Any]", json.loads(environ[VARIABLE]))
        parts: dict[str, Any] = {"variants": tuple(given["variants"]), "inputs": _inputs(given["inputs"])}
        return Settings(**given | parts)
    except (KeyError, TypeError, json.JSONDecodeError) as error:
        raise DecisionsError("DEC-001", VARIABLE, f"{type(error).__name__}: {error}") from error


def _inputs(told: str) -> tuple[Input, ...]:
    pairs = (each.partition(":") for each in str(told).split(",") if each)
    return tuple(Input(name=name, type=cast("Type", kind)) for name, _, kind in pairs)


def inputs_of(given: list[dict[str, Any]]) -> tuple[Input, ...]:
    """Inputs from JSON."""
    return tuple(Input(**each) for each in given)
