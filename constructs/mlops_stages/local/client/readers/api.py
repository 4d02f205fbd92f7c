"""Reading a resource back as any AWS client would: clients, shared listings, and what a reader of a type is."""

from __future__ import annotations

import importlib
import os
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, cast

from mlops_stages.local import refusals
from mlops_stages.local.endpoint import Endpoint

Properties = dict[str, Any]
Canonical = Callable[[Any], Any]


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One live resource as its template declares it."""

    account: str
    region: str
    stack: str
    logical_id: str
    type: str
    physical_id: str
    properties: Properties

    @property
    def name(self) -> str:
        """Where a person finds it: stack and logical id."""
        return f"{self.stack}/{self.logical_id}"


@dataclass(frozen=True, kw_only=True)
class Part:
    """Some properties of a type and the call that describes them, in CloudFormation's shape."""

    properties: tuple[str, ...]
    read: Callable[[Api, Resource], Properties]


@dataclass(frozen=True, kw_only=True)
class Reader:
    """How a type is read back.

    `canonical` maps a property's path ("Policies[].PolicyDocument") to the form in which it is compared;
    `hidden` names properties that AWS takes and shows nowhere, with the reason.
    """

    type: str
    parts: tuple[Part, ...]
    canonical: Mapping[str, Canonical] = field(default_factory=dict[str, Canonical])
    hidden: Mapping[str, str] = field(default_factory=dict[str, str])


_NOTHING_OF_THE_MACHINE = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}
"""botocore's settings that would otherwise come from the machine's own AWS configuration."""


class Clients:
    """boto3's clients of one endpoint, made once each."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        # By name, because botocore has no types to check; here, because it takes a fifth of a second.
        session: Any = importlib.import_module("botocore.session")
        config: Any = importlib.import_module("botocore.config")
        self._session: Any = session.Session(_NOTHING_OF_THE_MACHINE)
        self._config: Any = config.Config(
            proxies={}, retries={"max_attempts": 1}, max_pool_connections=32, s3={"addressing_style": "path"}
        )
        self._clients: dict[tuple[str, str, str], Any] = {}
        self._lock = threading.Lock()

    def client(self, service: str, account: str, region: str) -> Any:  # noqa: ANN401  # botocore builds the class at run time
        """Return the client of a service as the root of an account."""
        key = (service, account, region)
        with self._lock:  # sessions must not create clients in parallel
            if key not in self._clients:
                self._clients[key] = self._session.create_client(
                    service,
                    region_name=region,
                    endpoint_url=self._endpoint.url,
                    aws_access_key_id=account,
                    aws_secret_access_key=self._endpoint.secret,
                    config=self._config,
                )
            return self._clients[key]


class Api:
    """The APIs of one account and region; what several resources need is asked once."""

    def __init__(self, clients: Clients, account: str, region: str) -> None:
        self.account = account
        self.region = region
        self._clients = clients
        self._once: dict[str, Future[Any]] = {}
        self._lock = threading.Lock()

    def call(self, service: str, operation: str, **parameters: Any) -> Properties:  # noqa: ANN401  # as boto3 has it
        """Call an operation, both names as boto3 has them."""
        answer: Properties = getattr(self._clients.client(service, self.account, self.region), operation)(**parameters)
        return answer

    def ask(self, absent: tuple[str, ...], service: str, operation: str, **parameters: Any) -> Properties:  # noqa: ANN401
        """Call an operation whose error codes `absent` mean that there is nothing to describe."""
        try:
            return self.call(service, operation, **parameters)
        except refusals.ClientError as error:
            if refusals.code(error) in absent:
                return {}
            raise

    def once(self, key: str, work: Callable[[], Any]) -> Any:  # noqa: ANN401  # whatever the work gives
        """Do `work` once for all resources that need its result."""
        with self._lock:
            mine = key not in self._once
            future = self._once.setdefault(key, Future())
        if mine:
            try:
                future.set_result(work())
            except BaseException as error:  # handed to everyone who waits
                future.set_exception(error)
        return future.result()

    def listed(self, service: str, operation: str, items: str, id: str) -> Mapping[str, Properties]:
        """Return every item of a list operation by the member that identifies it."""

        def work() -> Mapping[str, Properties]:
            client = self._clients.client(service, self.account, self.region)
            if client.can_paginate(operation):
                pages = client.get_paginator(operation).paginate()
            else:
                pages = [getattr(client, operation)()]
            return {item[id]: item for page in pages for item in page.get(items) or ()}

        return cast("Mapping[str, Properties]", self.once(f"{service}.{operation}.{id}", work))


def picked(found: Mapping[str, Any], *names: str) -> Properties:
    """Return the named members that are there."""
    return {name: found[name] for name in names if found.get(name) is not None}
