"""What the function of one model's notices is told: in one environment variable, as JSON."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

from .codes import NoticeError
from .incidents import short

VARIABLE = "NOTICES"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All of it.

    Attributes:
        model: TEAM/MODEL.
        environment: where it serves.
        endpoint: its name.
        bucket: where what monitors found is kept, and what is told.
        prefixes: what the names of the model's alarms begin with, and what people say for that.
        told: what each description of an alarm ends with.
        runbook: the page that says what to do.
        owner: who is told first, as a text.
        owner_topic: the topic that tells them.
        others: who is told next, as a text.
        others_topic: the topic that tells these.
        minutes: after which an alarm that nobody has acknowledged is told to them.
        group: of the schedules that look at open alarms.
        schedule_role: what Scheduler becomes to call the function.
        failed_queue: where a call goes that failed every time.
        key: of the schedules.
        chat_topic: what a chat channel shows is sent there; empty where the model has none.
    """

    model: str
    environment: str
    endpoint: str
    bucket: str
    prefixes: Mapping[str, str]
    told: str
    runbook: str
    owner: str
    owner_topic: str
    others: str
    others_topic: str
    minutes: int
    group: str
    schedule_role: str
    failed_queue: str
    key: str
    chat_topic: str = ""

    def __post_init__(self) -> None:
        if self.minutes < 1 or not self.prefixes or not all(self.prefixes):
            raise NoticeError("NTC-001", self.model, "its time to acknowledge or the names of its alarms are missing")

    @property
    def within(self) -> timedelta:
        """How long there is to acknowledge an alarm."""
        return timedelta(minutes=self.minutes)

    def short(self, alarm: str) -> str:
        """How people name an alarm. Error: NTC-002 for one that is not the model's."""
        found = short(alarm, self.prefixes)
        if found is None:
            raise NoticeError("NTC-002", self.model, f"{alarm[:100]!a} is no alarm of it")
        return found

    def to_json(self) -> str:
        """What the variable holds; always the same for the same settings."""
        return json.dumps(dataclasses.asdict(self), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def read(environ: Mapping[str, str]) -> Settings:
    """The settings from a process's environment. Error: NTC-001."""
    try:
        given = cast("dict[str, Any]", json.loads(environ[VARIABLE]))
        parts: dict[str, Any] = {"prefixes": dict(given["prefixes"])}
        return Settings(**given | parts)
    except (LookupError, TypeError, json.JSONDecodeError) as error:
        raise NoticeError("NTC-001", VARIABLE, f"{type(error).__name__}: {error}") from error
