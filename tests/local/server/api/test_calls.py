"""A call inside the local AWS runs apart from whoever makes it, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import contextvars

import pytest

from mlops_stages.local.server.api.calls import run_apart
from mlops_stages.local.server.engine import Response

ANSWER: Response = (200, {}, b"done")
asking = contextvars.ContextVar("asking", default="nobody")


async def answered() -> Response:
    return ANSWER


def test_a_call_is_made_while_the_callers_own_loop_runs() -> None:
    async def caller() -> Response:
        return run_apart(answered)

    assert asyncio.run(caller()) == ANSWER


def test_a_call_may_make_another() -> None:
    async def outer() -> Response:
        return run_apart(answered)

    assert run_apart(outer) == ANSWER


def test_a_handler_sees_the_callers_context_and_does_not_change_it() -> None:
    async def told() -> Response:
        seen = asking.get()
        asking.set("another")
        return 200, {}, seen.encode()

    for name in ("ann", "bob"):
        asking.set(name)
        assert run_apart(told) == (200, {}, name.encode())
        assert asking.get() == name


def test_a_failure_is_the_callers() -> None:
    async def failed() -> Response:
        raise LookupError("no such thing")

    with pytest.raises(LookupError, match="no such thing"):
        run_apart(failed)
    assert run_apart(answered) == ANSWER


def test_what_a_handler_leaves_running_ends_with_its_call() -> None:
    left: list[asyncio.Task[bool]] = []

    async def leaving() -> Response:
        left.append(asyncio.create_task(asyncio.Event().wait()))
        return ANSWER

    assert run_apart(leaving) == ANSWER
    assert left[0].cancelled()
    assert run_apart(answered) == ANSWER
