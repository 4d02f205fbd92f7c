"""What a model's container prints, in the endpoint's log group, for as long as it serves."""

from __future__ import annotations

import threading
import time

from mlops_stages.local.server.clock import CLOCK
from mlops_stages.local.server.sagemaker.hosting.failures import HostingError
from mlops_stages.local.server.sagemaker.hosting.serving_role import FRESH_S, ServingRole
from mlops_stages.local.server.sagemaker.jobs.logs import LogStream


class ContainerLog:
    """One stream, written under the serving role; one that may not is silent, as on AWS."""

    def __init__(self, role: ServingRole, group: str, stream: str) -> None:
        self._role = role
        self._names = (group, stream)
        self._lock = threading.Lock()
        self._opened = 0.0
        self._stream: LogStream | None = None

    @property
    def waits(self) -> bool:
        """Whether lines wait to be put."""
        stream = self._stream
        return stream is not None and stream.waits

    def line(self, text: str) -> None:
        """Add a line that the container printed."""
        waited = self.waits
        with self._lock:
            stream = self._current()
            if stream is not None:
                stream.line(text)
        if not waited:
            CLOCK.look_again()

    def note(self, text: str) -> None:
        """Add a line of the local AWS itself."""
        with self._lock:
            stream = self._current()
            if stream is not None:
                stream.note(text)

    def flush(self) -> None:
        """Put what waits."""
        with self._lock:
            if self._stream is not None:
                self._stream.flush()

    def close(self) -> None:
        """Put what waits, and the end of what was too much to keep."""
        with self._lock:
            if self._stream is not None:
                self._stream.close()
                self._stream = None

    def _current(self) -> LogStream | None:
        """Return the stream, opened anew before the credentials that write it end."""
        if self._stream is None or time.monotonic() - self._opened > FRESH_S:
            if self._stream is not None:
                self._stream.close()
            try:
                self._stream = LogStream(self._role.credentials(), *self._names)
            except HostingError:
                return None
            self._opened = time.monotonic()
        return self._stream
