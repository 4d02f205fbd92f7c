"""AWS::StepFunctions::StateMachine: logging and tracing, which ministack's type drops."""

from __future__ import annotations

from mlops_stages.local.json_values import mapping, small_letters
from mlops_stages.local.server import engine
from mlops_stages.local.server.cloudformation.api_types import Properties, call

STATE_MACHINE = "AWS::StepFunctions::StateMachine"
_SETTINGS: dict[str, Properties] = {
    "LoggingConfiguration": {"level": "OFF", "includeExecutionData": False, "destinations": []},
    "TracingConfiguration": {"enabled": False},
}
"""The properties, and what holds where a template sets none."""


def _apply(arn: str, old: Properties, new: Properties) -> None:
    wanted: Properties = {}
    for name, default in _SETTINGS.items():
        if mapping(old.get(name)) != mapping(new.get(name)):
            wanted[name[0].lower() + name[1:]] = {**default, **small_letters(mapping(new.get(name)))}
    if wanted:
        call("stepfunctions", "UpdateStateMachine", {"stateMachineArn": arn, **wanted})


def register() -> None:
    """Mend the type."""
    engine.mend_resource_type(
        STATE_MACHINE,
        after_create=lambda arn, properties, _stack: _apply(arn, {}, properties),
        # ministack's update leaves logging and tracing out, or away: they are put as the template has them.
        after_update=lambda arn, _old, new, _stack: _apply(arn, {}, new),
    )
