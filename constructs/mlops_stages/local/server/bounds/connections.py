"""How many connections the server holds: so many that files run out would keep everybody out.

hypercorn has no bound of its own, and closes a connection after 75 seconds of silence. Here the one that has been
silent for longest makes room for a new one.
"""

from __future__ import annotations

import importlib
import resource
from typing import Any

MOST = 2_000
_SPARE_FILES = 256
"""What the server opens besides: functions, steps, logs."""

_run: Any = importlib.import_module("hypercorn.asyncio.run")  # by name, because the class is private there


def most_connections() -> int:
    """Return how many are held at once; raise the limit of open files, as far as the system lets anyone, first."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST + 2 * _SPARE_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return MOST if soft == resource.RLIM_INFINITY else max(16, min(MOST, soft - _SPARE_FILES))


def bound_connections(most: int) -> None:
    """Have hypercorn hold so many connections at once; the longest silent one is closed for the next."""
    held: dict[Any, None] = {}
    base: Any = _run.TCPServer

    class Connection(base):
        """A connection that can be closed for another."""

        async def run(self) -> None:
            """Serve it."""
            if len(held) >= most:
                silent = next((each for each in held if each.is_silent()), None)
                held.pop(silent, None)
                (silent or self).writer.transport.abort()
            held[self] = None
            try:
                await base.run(self)
            finally:
                held.pop(self, None)

        async def protocol_send(self, event: Any) -> None:  # noqa: ANN401  # hypercorn's events
            """Send, and stand last among those that may be closed."""
            if self in held:
                held[self] = held.pop(self)
            await base.protocol_send(self, event)

        def is_silent(self) -> bool:
            """Whether no request is being served on it: hypercorn waits for one."""
            return self.idle_task._handle is not None

    _run.TCPServer = Connection
