"""When recorded calls are delivered to trails: soon, and never so often that the server does little else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from mlops_stages.local.server.api.heard import Heard
from mlops_stages.local.server.cloudtrail import recorder
from mlops_stages.local.server.cloudtrail.recorder import DELIVERY_SECONDS, LONGEST_SECONDS, Recorder
from mlops_stages.local.server.cloudtrail.trails import Trails

ANN = "arn:aws:iam::111111111111:user/ann"


class Loop:
    """A loop that calls nothing by itself."""

    def __init__(self) -> None:
        self.waits: list[float] = []
        self.later: Callable[[], None] = lambda: None

    def call_later(self, wait: float, later: Callable[[], None]) -> object:
        self.waits.append(wait)
        self.later = later
        return self


@pytest.mark.parametrize(
    ("takes", "wait"),
    [(0.001, DELIVERY_SECONDS), (0.1, 2.0), (60.0, LONGEST_SECONDS)],
    ids=["soon", "rests", "at most"],
)
def test_the_next_delivery_waits_by_what_the_last_one_took(
    takes: float, wait: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, loop = [0.0], Loop()

    def deliver(_trails: Trails) -> None:
        now[0] += takes

    monkeypatch.setattr(asyncio, "get_running_loop", lambda: loop)
    monkeypatch.setattr(recorder.time, "monotonic", lambda: now[0])  # pyright: ignore[reportUnknownMemberType, reportAttributeAccessIssue]
    monkeypatch.setattr(Trails, "deliver", deliver)
    made = Recorder()
    record(made)
    record(made)
    assert loop.waits == [DELIVERY_SECONDS]
    loop.later()
    record(made)
    assert loop.waits[1:] == pytest.approx([wait])


def record(made: Recorder) -> None:
    given: dict[str, Any] = {"query": {}, "headers": {}, "key": "ASIA1", "region": "eu-west-1"}
    made.record(Heard(service="s3", method="GET", path="/", **given), b"", ANN, 200, "")
