"""What keeps the event loop busy is ended; the loop goes on."""

from __future__ import annotations

import asyncio
import re
import time

import pytest

from mlops_stages.local.server.bounds.watchdog import TooLongError, Watchdog


def endless(work: str) -> None:
    if work == "expression":
        re.match(r"(a+)+$", "a" * 50 + "b")
    while True:
        pass


async def _kept_busy(work: str) -> None:
    watchdog = Watchdog(most_s=0.3)
    watchdog.start()
    try:
        with pytest.raises(TooLongError):
            endless(work)
        before = time.monotonic()
        await asyncio.sleep(0)
        assert time.monotonic() - before < 5
    finally:
        watchdog.stop()


@pytest.mark.parametrize("work", ["expression", "loop"])
def test_what_takes_too_long_is_ended(work: str) -> None:
    asyncio.run(_kept_busy(work))


def compute(seconds: float) -> None:
    """Use the processor for so long."""
    until = time.thread_time() + seconds
    while time.thread_time() < until:
        pass


async def _long_wait() -> None:
    watchdog = Watchdog(most_s=0.7)  # more than passes between two beats, half a second apart
    watchdog.start()
    try:
        time.sleep(0.8)  # takes no processor time
        compute(0.6)  # long enough for a look
        began = time.thread_time()
        while time.thread_time() - began < 1.8:  # many short steps are not one long step
            await asyncio.sleep(0.02)
            compute(0.05)
    finally:
        watchdog.stop()


def test_what_waits_or_gives_way_is_not_ended() -> None:
    asyncio.run(_long_wait())
