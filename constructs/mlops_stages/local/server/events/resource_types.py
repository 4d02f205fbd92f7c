"""AWS::Events::EventBusPolicy, and of AWS::Events::EventBus what ministack's type drops.

A policy of a template is one statement of the bus's, put beside the others.
"""

from __future__ import annotations

import json

from mlops_stages.local.json_values import listed, mapping
from mlops_stages.local.server import engine
from mlops_stages.local.server.cloudformation.api_types import Properties, RefusedError, at, call, given

EVENT_BUS = "AWS::Events::EventBus"
_SETTINGS = ("DeadLetterConfig", "KmsKeyIdentifier", "LogConfig")
EVENT_BUS_POLICY = "AWS::Events::EventBusPolicy"
_PROPERTIES = ("Action", "Condition", "EventBusName", "Principal", "Statement", "StatementId")
_CREATE_ONLY = ("EventBusName", "StatementId")
_DEFAULT = "default"


def _bus(properties: Properties) -> str:
    return str(properties.get("EventBusName") or _DEFAULT)


def _statements(bus: str) -> list[Properties]:
    policy = call("events", "DescribeEventBus", {"Name": bus}).get("Policy")
    return [] if policy is None else [mapping(each) for each in listed(json.loads(policy)["Statement"])]


def _check(properties: Properties) -> None:
    unknown = sorted(set(properties) - set(_PROPERTIES))
    if unknown:
        raise RefusedError(f"{EVENT_BUS_POLICY}: Encountered unsupported property {', '.join(unknown)}")
    if at(properties, "StatementId") in (None, ""):
        raise RefusedError(f"{EVENT_BUS_POLICY}: Property StatementId cannot be empty")
    if ("Statement" in properties) == bool(given(properties, "Action", "Condition", "Principal")):
        raise RefusedError(f"{EVENT_BUS_POLICY}: give Statement, or Action and Principal")


def _put(properties: Properties) -> None:
    bus, sid = _bus(properties), str(properties["StatementId"])
    if "Statement" not in properties:
        call(
            "events",
            "PutPermission",
            {
                "EventBusName": bus,
                **given(properties, "Action", "Principal"),
                **given(properties, "Condition"),
                "StatementId": sid,
            },
        )
        return
    others = [each for each in _statements(bus) if each.get("Sid") != sid]
    statements = [*others, {**mapping(properties["Statement"]), "Sid": sid}]
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    call("events", "PutPermission", {"EventBusName": bus, "Policy": policy})


def _create(logical_id: str, properties: Properties, stack_name: str) -> tuple[str, Properties]:
    del logical_id, stack_name
    _check(properties)
    bus, sid = _bus(properties), str(properties["StatementId"])
    if any(each.get("Sid") == sid for each in _statements(bus)):
        raise RefusedError(f"{sid} already exists in the policy of event bus {bus}")
    _put(properties)
    return f"{bus}|{sid}", {}


def _update(physical_id: str, old: Properties, new: Properties, stack_name: str) -> tuple[str, Properties]:
    if any(old.get(name) != new.get(name) for name in _CREATE_ONLY):
        return _create("", new, stack_name)
    _check(new)
    _put(new)
    return physical_id, {}


def _delete(physical_id: str, properties: Properties) -> None:
    bus, _, sid = physical_id.rpartition("|")
    del properties
    try:
        if any(each.get("Sid") == sid for each in _statements(bus)):
            call("events", "RemovePermission", {"EventBusName": bus, "StatementId": sid})
    except RefusedError as error:
        if "ResourceNotFoundException" not in str(error):
            raise


def _set_up(name: str, properties: Properties) -> None:
    settings = given(properties, *_SETTINGS)
    if "KmsKeyIdentifier" in settings:
        call("kms", "DescribeKey", {"KeyId": settings["KmsKeyIdentifier"]})
    if settings:
        call("events", "UpdateEventBus", {"Name": name, **given(properties, "Description"), **settings})


def register() -> None:
    """Add AWS::Events::EventBusPolicy, and correct what ministack makes of AWS::Events::EventBus."""
    engine.mend_resource_type(
        EVENT_BUS,
        after_create=lambda name, properties, _stack: _set_up(name, properties),
        after_update=lambda name, _old, new, _stack: _set_up(name, new),
    )
    engine.add_resource_type(
        EVENT_BUS_POLICY,
        engine.ResourceType(create=_create, update=_update, delete=_delete, create_only=_CREATE_ONLY),
    )
