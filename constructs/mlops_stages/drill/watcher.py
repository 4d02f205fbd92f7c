"""Who sees how far a drill has come."""

from __future__ import annotations

from typing import Protocol


class Watcher(Protocol):
    """Is told what is being done."""

    def step(self, text: str) -> None:
        """Something new is being done."""
        ...

    def days(self, done: int, total: int, text: str) -> None:
        """So many of the days to be played are done; what the last of them said."""
        ...
