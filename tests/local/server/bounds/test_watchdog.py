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


async def _long_wait() -> None:
    watchdog = Watchdog(most_s=0.2)
    watchdog.start()
    try:
        for _ in range(3):
            time.sleep(0.2)  # of no processor
            await asyncio.sleep(0)
        began = time.thread_time()
        while time.thread_time() - began < 0.9:  # many short steps are no long one
            await asyncio.sleep(0.02)
            until = time.thread_time() + 0.05
            while time.thread_time() < until:
                pass
    finally:
        watchdog.stop()


def test_what_waits_or_gives_way_is_not_ended() -> None:
    asyncio.run(_long_wait())
