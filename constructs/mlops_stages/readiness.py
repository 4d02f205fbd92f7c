"""Waiting for a descriptor: by poll, as select takes none past 1,023, and whoever connects uses them up."""

from __future__ import annotations

import select
from typing import Protocol


class HasDescriptor(Protocol):
    """A file, a pipe, a socket."""

    def fileno(self) -> int:
        """Its descriptor."""
        ...


def readable(what: HasDescriptor | int, seconds: float) -> bool:
    """Wait until something can be read, or its other end has gone; False when the seconds are over."""
    poll = select.poll()
    poll.register(what, select.POLLIN)
    return bool(poll.poll(seconds * 1000))
