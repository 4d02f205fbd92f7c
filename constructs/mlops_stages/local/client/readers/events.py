"""Reading rules of EventBridge, their targets, buses and the buses' policies back."""

from __future__ import annotations

import json

from mlops_stages.local.client.readers.api import Api, Part, Properties, Reader, Resource, picked
from mlops_stages.local.client.readers.compare import key, parsed, policy, tags
from mlops_stages.local.json_values import listed, mapping

_RULE = ("Description", "EventPattern", "EventBusName", "Name", "RoleArn", "ScheduleExpression", "State")
_BUS = ("DeadLetterConfig", "Description", "KmsKeyIdentifier", "LogConfig", "Name")
_STATEMENT = ("Action", "Condition", "EventBusName", "Principal", "Statement", "StatementId")


def _rule_name(resource: Resource) -> dict[str, str]:
    """A rule's name, and its bus's where that is not the default one."""
    return {"Name": resource.physical_id.rpartition("|")[2], **picked(resource.properties, "EventBusName")}


def _rule(api: Api, resource: Resource) -> Properties:
    return picked(api.call("events", "describe_rule", **_rule_name(resource)), *_RULE)


def _targets(api: Api, resource: Resource) -> Properties:
    named = _rule_name(resource)
    rule = named.pop("Name")
    return picked(api.call("events", "list_targets_by_rule", Rule=rule, **named), "Targets")


def _bus(api: Api, resource: Resource) -> Properties:
    return picked(api.call("events", "describe_event_bus", Name=resource.physical_id), *_BUS)


def _bus_tags(api: Api, resource: Resource) -> Properties:
    arn = api.call("events", "describe_event_bus", Name=resource.physical_id)["Arn"]
    return picked(api.call("events", "list_tags_for_resource", ResourceARN=arn), "Tags")


def _statement(api: Api, resource: Resource) -> Properties:
    bus, _, sid = resource.physical_id.rpartition("|")
    found = json.loads(api.call("events", "describe_event_bus", Name=bus).get("Policy", "{}"))
    held = next((mapping(each) for each in listed(found.get("Statement")) if each.get("Sid") == sid), None)
    if held is None:
        return {}
    condition = [
        {"Type": operator, "Key": name, "Value": value}
        for operator, block in mapping(held.get("Condition")).items()
        for name, value in mapping(block).items()
    ]
    return {
        "EventBusName": bus,
        "StatementId": sid,
        "Statement": held,
        **picked(held, "Action", "Principal"),
        **({"Condition": condition[0]} if condition else {}),
    }


def _as_statement(value: object) -> object:
    """A statement as what it says, its id apart."""
    statement = {name: item for name, item in mapping(value).items() if name != "Sid"}
    return policy({"Statement": [statement]})


def _as_account(value: object) -> object:
    """A principal by its account, however it is written."""
    named = listed(mapping(value).get("AWS", value))
    text = str(named[0]) if named else ""
    return text.split(":")[4] if text.startswith("arn:") else text


READERS = (
    Reader(
        type="AWS::Events::Rule",
        parts=(Part(properties=_RULE, read=_rule), Part(properties=("Targets",), read=_targets)),
        canonical={"EventPattern": parsed},
    ),
    Reader(
        type="AWS::Events::EventBus",
        parts=(Part(properties=_BUS, read=_bus), Part(properties=("Tags",), read=_bus_tags)),
        canonical={"KmsKeyIdentifier": key, "Tags": tags},
    ),
    Reader(
        type="AWS::Events::EventBusPolicy",
        parts=(Part(properties=_STATEMENT, read=_statement),),
        canonical={"Statement": _as_statement, "Principal": _as_account},
    ),
)
