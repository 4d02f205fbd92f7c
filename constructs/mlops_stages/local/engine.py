"""The one seam to ministack: only this module touches the emulator's private names.

Every private name used here has a contract test in `tests/local/test_engine_contract.py`, so that an upgrade of
the emulator that moves one of them fails loudly instead of quietly.

Importing this module loads ministack into the process with the settings of `SETTINGS`; do it in the server only.
"""

from __future__ import annotations

import asyncio
import contextvars
import importlib
import os
import threading
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, cast

SETTINGS = {
    "AUTH": "true",  # signatures and policies are checked
    "BIND_HOST": "127.0.0.1",  # the default binds all interfaces
    "MINISTACK_HOST": "127.0.0.1",
    "IOT_MTLS_ENABLED": "0",  # no MQTT port
    "SFTP_ENABLED": "0",  # no SFTP port
    "PERSIST_STATE": "0",
    "S3_PERSIST": "0",
    "LAMBDA_EXECUTOR": "local",  # a child process, never a container
    "DOCKER_HOST": "unix:///nonexistent/docker.sock",  # no container is ever started, or removed
    "AWS_ACCESS_KEY_ID": "000000000000",  # else ministack's key "test" would be root of whatever account is asked for
    "AWS_SECRET_ACCESS_KEY": "local",
}
os.environ.update(SETTINGS)
for _unwanted in ("AWS_SESSION_TOKEN", "AWS_PROFILE", "LOCALSTACK_PERSISTENCE", "SERVICES", "USE_SSL"):
    os.environ.pop(_unwanted, None)

# Imported by name, and only now: ministack reads its settings while it is imported, and it has no types to check.
_app: Any = importlib.import_module("ministack.app")
_responses: Any = importlib.import_module("ministack.core.responses")
_cloudformation: Any = importlib.import_module("ministack.services.cloudformation")
_provisioners: Any = importlib.import_module("ministack.services.cloudformation.provisioners")

Properties = dict[str, Any]
"""Resource properties as CloudFormation resolved them, or the parameters of an API call."""

Response = tuple[int, dict[str, str], bytes]
"""Status, headers, body."""

Headers = Mapping[str, str]
Query = Mapping[str, Any]


class ServiceHandler(Protocol):
    """Answers a request, or returns None to leave it to the emulator behind."""

    def __call__(
        self, method: str, path: str, headers: Headers, body: bytes, query: Query, /
    ) -> Awaitable[Response | None]:
        """Answer one request."""
        ...


@dataclass(frozen=True)
class ResourceType:
    """How CloudFormation creates, updates and deletes one resource type.

    `create(logical_id, properties, stack_name)` and `update(physical_id, old, new, stack_name)` return the physical
    id and the attributes for `Fn::GetAtt`; an update that returns another physical id is a replacement.
    Any exception fails the stack operation with its message, and the stack rolls back. They run on the server's
    event loop: quick and synchronous, `call` included.
    """

    create: Callable[[str, Properties, str], tuple[str, Properties]]
    update: Callable[[str, Properties, Properties, str], tuple[str, Properties]]
    delete: Callable[[str, Properties], None]


@dataclass(frozen=True)
class Declared:
    """One live resource as CloudFormation last resolved it."""

    account: str
    region: str
    stack: str
    logical_id: str
    type: str
    physical_id: str
    properties: Properties


_handlers: dict[str, dict[str, Any]] = _provisioners._RESOURCE_HANDLERS
_services: dict[str, list[ServiceHandler]] = {}


def resource_types() -> tuple[str, ...]:
    """Every resource type that a template may hold, sorted."""
    return tuple(sorted(_handlers))


def add_resource_type(name: str, handler: ResourceType) -> None:
    """Teach CloudFormation the resource type `name`; refuse one that it knows already."""
    if name in _handlers:
        raise ValueError(f"{name} exists already: mend_resource_type() adds to an existing type")
    _handlers[name] = {"create": handler.create, "update": handler.update, "delete": handler.delete}


def mend_resource_type(
    name: str,
    *,
    after_create: Callable[[str, Properties, str], None] | None = None,
    after_update: Callable[[str, Properties, Properties, str], None] | None = None,
    before_delete: Callable[[str, Properties], None] | None = None,
    attributes: Callable[[str, Properties], Properties] | None = None,
) -> None:
    """Add what an existing resource type of ministack drops.

    `after_create(physical_id, properties, stack_name)`, `after_update(physical_id, old, new, stack_name)` (applies all
    of `new`: the resource may have been replaced), `before_delete(physical_id, properties)`, and
    `attributes(physical_id, properties)`, merged into those for `Fn::GetAtt`. A failure in `after_create` deletes the
    resource again, since ministack does not roll back the one that failed. Mends of one type add up.
    """
    kept = _handlers[name]
    mended = dict(kept)
    create: Callable[..., tuple[str, Properties]] = kept["create"]
    delete: Callable[..., None] = kept["delete"]

    def with_attributes(physical_id: str, properties: Properties, found: Properties | None) -> tuple[str, Properties]:
        added = {} if attributes is None else attributes(physical_id, properties)
        return physical_id, {**(found or {}), **added}

    def mended_create(logical_id: str, properties: Properties, stack_name: str) -> tuple[str, Properties]:
        physical_id, found = create(logical_id, properties, stack_name)
        try:
            if after_create is not None:
                after_create(physical_id, properties, stack_name)
            return with_attributes(physical_id, properties, found)
        except Exception:
            more = (logical_id,) if kept.get("delete_with_logical_id") else ()
            delete(physical_id, properties, *more)
            raise

    mended["create"] = mended_create
    if "update" in kept:
        update: Callable[..., tuple[str, Properties]] = kept["update"]

        def mended_update(
            physical_id: str, old: Properties, new: Properties, stack_name: str, *more: object
        ) -> tuple[str, Properties]:
            current, found = update(physical_id, old, new, stack_name, *more)
            if after_update is not None:
                after_update(current, old, new, stack_name)
            return with_attributes(current, new, found)

        mended["update"] = mended_update
    if before_delete is not None:
        first = before_delete

        def mended_delete(physical_id: str, properties: Properties, *more: object) -> None:
            first(physical_id, properties)
            delete(physical_id, properties, *more)

        mended["delete"] = mended_delete
    _handlers[name] = mended


def add_service(name: str, handler: ServiceHandler) -> None:
    """Give `handler` the first turn at requests signed for service `name` (its SigV4 signing name, "sagemaker").

    A handler that returns None leaves the request to the next one, at last to ministack or moto. Requests are
    authenticated and authorized before any handler sees them.
    """
    _services.setdefault(name, []).append(handler)


def service_handlers(name: str) -> tuple[ServiceHandler, ...]:
    """Return the handlers that `add_service` gave the service, in order."""
    return tuple(_services.get(name, ()))


def account() -> str:
    """Return the account of the request being served, 12 digits."""
    return _responses.get_account_id()


def region() -> str:
    """Return the region of the request being served."""
    return _responses.get_region()


def declared() -> list[Declared]:
    """Every live resource of every stack of all accounts and regions, as CloudFormation last resolved it."""
    stacks: dict[tuple[str, str, str], dict[str, Any]] = _cloudformation._stacks.to_dict()
    found: list[Declared] = []
    for (owner, where, stack), record in sorted(stacks.items(), key=lambda item: item[0]):
        if record.get("StackStatus") == "DELETE_COMPLETE":
            continue
        resources = cast("dict[str, dict[str, Any]]", record.get("_resources") or {})
        found.extend(
            Declared(
                account=owner,
                region=where,
                stack=stack,
                logical_id=logical_id,
                type=str(resource["ResourceType"]),
                physical_id=str(resource["PhysicalResourceId"]),
                properties=dict(resource.get("Properties") or {}),
            )
            for logical_id, resource in sorted(resources.items())
        )
    return found


def call(service: str, operation: str, **parameters: Any) -> dict[str, Any]:  # noqa: ANN401  # as boto3 has it
    """Call an AWS API in process, as the root of the current account in the current region.

    `service` and `operation` as boto3 names them: `call("s3", "put_bucket_logging", Bucket=...)`. Own services have
    their turn first, then ministack or moto. Nothing is authorized: this is the emulator's own hand. Raises botocore's
    ClientError as a client would see it. Synchronous, and allowed on the event loop.
    """
    from mlops_stages.local import calls

    return calls.call(service, operation, parameters)


def run_apart(work: Callable[[], Awaitable[Response]]) -> Response:
    """Run an asynchronous handler to its end, in a thread with a loop of its own and the caller's request context."""
    outcome: list[Response] = []
    failures: list[BaseException] = []

    async def awaited() -> Response:
        return await work()

    def run() -> None:
        try:
            outcome.append(asyncio.run(awaited()))
        except BaseException as failure:  # handed to the caller below
            failures.append(failure)

    thread = threading.Thread(target=contextvars.copy_context().run, args=(run,), name="mlops-stages-call")
    thread.start()
    thread.join()
    if failures:
        raise failures[0]
    return outcome[0]


def emulated(service: str) -> ServiceHandler | None:
    """Return the emulator's own handler of a service by ministack's name for it, or None where ministack lacks it."""
    handler: ServiceHandler | None = _app.SERVICE_HANDLERS.get(service)
    return handler
