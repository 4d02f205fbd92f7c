"""Reading rules of EventBridge and their targets back."""

from __future__ import annotations

from mlops_stages.local.client.readers.api import Api, Part, Properties, Reader, Resource, picked
from mlops_stages.local.client.readers.compare import parsed

_RULE = ("Description", "EventPattern", "EventBusName", "Name", "RoleArn", "ScheduleExpression", "State")


def _rule(api: Api, resource: Resource) -> Properties:
    return picked(api.call("events", "describe_rule", Name=resource.physical_id.rpartition("|")[2]), *_RULE)


def _targets(api: Api, resource: Resource) -> Properties:
    return picked(api.call("events", "list_targets_by_rule", Rule=resource.physical_id.rpartition("|")[2]), "Targets")


READERS = (
    Reader(
        type="AWS::Events::Rule",
        parts=(Part(properties=_RULE, read=_rule), Part(properties=("Targets",), read=_targets)),
        canonical={"EventPattern": parsed},
    ),
)
