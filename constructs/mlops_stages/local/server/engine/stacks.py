"""CloudFormation's resource types: adding them, mending them, and what the live stacks declare."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from mlops_stages.local.server.engine import ministack
from mlops_stages.local.server.engine.stack_roles import by_itself

Properties = dict[str, Any]
"""Resource properties as CloudFormation resolved them, or the parameters of an API call."""


@dataclass(frozen=True)
class ResourceType:
    """How CloudFormation creates, updates and deletes one resource type.

    `create(logical_id, properties, stack_name)` and `update(physical_id, old, new, stack_name)` return the physical
    id and the attributes for `Fn::GetAtt`; an update that returns another physical id is a replacement.
    Any exception fails the stack operation with its message, and the stack rolls back. They run on the server's
    event loop: quick and synchronous, `call` included. A change of what is at a path of `create_only` ("Budget/Name")
    replaces the resource, which a change set tells; None where that is not known.
    """

    create: Callable[[str, Properties, str], tuple[str, Properties]]
    update: Callable[[str, Properties, Properties, str], tuple[str, Properties]]
    delete: Callable[[str, Properties], None]
    create_only: tuple[str, ...] | None = None


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


_handlers: dict[str, dict[str, Any]] = ministack.provisioners._RESOURCE_HANDLERS
_create_only: dict[str, tuple[str, ...]] = {}


def resource_types() -> tuple[str, ...]:
    """Every resource type that a template may hold, sorted."""
    return tuple(sorted(_handlers))


def add_resource_type(name: str, handler: ResourceType) -> None:
    """Teach CloudFormation the resource type `name`; refuse one that it knows already."""
    if name in _handlers:
        raise ValueError(f"{name} exists already: mend_resource_type() adds to an existing type")
    _put(name, handler)


def replace_resource_type(name: str, handler: ResourceType) -> None:
    """Put a type of ours in the place of ministack's; refuse one that ministack does not have."""
    if name not in _handlers:
        raise ValueError(f"{name} does not exist: add_resource_type() adds a new type")
    _put(name, handler)


def _put(name: str, handler: ResourceType) -> None:
    _handlers[name] = {"create": handler.create, "update": handler.update, "delete": handler.delete}
    if handler.create_only is not None:
        _create_only[name] = handler.create_only


def replaced_by(name: str) -> tuple[str, ...] | None:
    """Return the paths of properties whose change replaces a resource of our types; None where that is not known."""
    return _create_only.get(name)


def guard_resource_type(name: str, refuse: Callable[[Properties], None]) -> None:
    """Ask `refuse(properties)`, which raises, before a resource of an existing type is created."""
    kept = _handlers[name]
    create: Callable[..., tuple[str, Properties]] = kept["create"]

    def guarded(logical_id: str, properties: Properties, stack_name: str) -> tuple[str, Properties]:
        with by_itself():
            refuse(properties)
        return create(logical_id, properties, stack_name)

    _handlers[name] = {**kept, "create": guarded}


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
    All of them act by the emulator's own hand: which calls AWS's handler makes of them, they do not say.
    """
    kept = _handlers[name]
    mended = dict(kept)
    create: Callable[..., tuple[str, Properties]] = kept["create"]
    delete: Callable[..., None] = kept["delete"]

    def with_attributes(physical_id: str, properties: Properties, found: Properties | None) -> tuple[str, Properties]:
        with by_itself():
            added = {} if attributes is None else attributes(physical_id, properties)
        return physical_id, {**(found or {}), **added}

    def mended_create(logical_id: str, properties: Properties, stack_name: str) -> tuple[str, Properties]:
        physical_id, found = create(logical_id, properties, stack_name)
        try:
            if after_create is not None:
                with by_itself():
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
                with by_itself():
                    after_update(current, old, new, stack_name)
            return with_attributes(current, new, found)

        mended["update"] = mended_update
    if before_delete is not None:
        first = before_delete

        def mended_delete(physical_id: str, properties: Properties, *more: object) -> None:
            with by_itself():
                first(physical_id, properties)
            delete(physical_id, properties, *more)

        mended["delete"] = mended_delete
    _handlers[name] = mended


def declared() -> list[Declared]:
    """Every live resource of every stack of all accounts and regions, as CloudFormation last resolved it."""
    stacks: dict[tuple[str, str, str], dict[str, Any]] = ministack.cloudformation._stacks.to_dict()
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
