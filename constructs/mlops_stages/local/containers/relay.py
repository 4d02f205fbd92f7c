"""The one way out of a container: connections to the local AWS's port inside are carried to the local AWS, no others.

The socket that listens was made inside, where no other network is; here it is only accepted from.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import socket
import threading

_CHUNK = 1 << 16
_MOST_CONNECTIONS = 128
"""At a time, of one container; more wait."""


class Relay:
    """Carries the connections of one container until it is closed."""

    def __init__(self, listening: socket.socket, port: int) -> None:
        listening.setblocking(False)
        self._port = port
        self._free = asyncio.Semaphore(_MOST_CONNECTIONS)
        self._server = asyncio.run_coroutine_threadsafe(
            asyncio.start_server(self._carry, sock=listening), _loop()
        ).result()

    def close(self) -> None:
        """Accept no more; open connections end with the container."""
        _loop().call_soon_threadsafe(self._server.close)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with self._free:
            with contextlib.suppress(OSError):
                there, back = await asyncio.open_connection("127.0.0.1", self._port)
                try:
                    await asyncio.gather(_pump(reader, back), _pump(there, writer))
                finally:
                    back.close()
        writer.close()


async def _pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while content := await source.read(_CHUNK):
            target.write(content)
            await target.drain()
        if target.can_write_eof():
            target.write_eof()


@functools.cache
def _loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="container-relay", daemon=True).start()
    return loop
