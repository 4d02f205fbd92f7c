"""The server's own log: as much of it as is worth a disk's room."""

from __future__ import annotations

import logging

MOST_BYTES = 32 << 20


class UpTo(logging.Filter):
    """Lets messages through until they are so many bytes together; the last one says that no more are written."""

    def __init__(self, most: int = MOST_BYTES) -> None:
        super().__init__()
        self._left = most

    def filter(self, record: logging.LogRecord) -> bool:
        """Say whether a message is written."""
        if self._left <= 0:
            return False
        message = record.getMessage()
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        self._left -= len(message) + len(record.exc_text or "") + 100
        if self._left <= 0:
            record.msg, record.args = f"{message[:1000]} (The log is full: nothing is written any more.)", ()
        return True


def bound_handlers() -> None:
    """Bound what this process's handlers write, together."""
    most = UpTo()
    for handler in logging.getLogger().handlers:
        handler.addFilter(most)
