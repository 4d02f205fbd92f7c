"""The role that an endpoint serves under: taken on again before its credentials end."""

from __future__ import annotations

import threading
import time

from mlops_stages.local.server.api.records import Scope
from mlops_stages.local.server.sagemaker.hosting.failures import HostingError
from mlops_stages.local.server.sagemaker.jobs import workplace
from mlops_stages.local.server.sagemaker.jobs.work import StepError
from mlops_stages.local.server.sagemaker.jobs.workplace import Client, Role

FRESH_S = 2700.0
"""Seconds for which credentials are used: they are good for an hour."""


class ServingRole:
    """An execution role, and clients that act as it."""

    def __init__(self, arn: str, scope: Scope, source_arn: str) -> None:
        self.arn = arn
        self._scope = scope
        self._source_arn = source_arn
        self._lock = threading.Lock()
        self._taken = float("-inf")
        self._role: Role | None = None
        self._clients: dict[str, Client] = {}

    def credentials(self) -> Role:
        """Return the role with credentials that last. Raises HostingError where SageMaker may not take it on."""
        with self._lock:
            return self._current()

    def client(self, service: str) -> Client:
        """Return a client of the local AWS, over HTTP, that every policy binds. Raises HostingError."""
        with self._lock:
            role = self._current()
            if service not in self._clients:
                self._clients[service] = role.client(service)
            return self._clients[service]

    def _current(self) -> Role:
        if self._role is None or time.monotonic() - self._taken > FRESH_S:
            try:
                scope = self._scope
                self._role = workplace.assume(self.arn, scope.account, scope.region, self._source_arn)
            except StepError as error:
                raise HostingError(str(error)) from error
            self._taken = time.monotonic()
            self._clients = {}
        return self._role
