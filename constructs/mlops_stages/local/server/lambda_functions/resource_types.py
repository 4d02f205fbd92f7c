"""Lambda's types, as ministack leaves them out: where failed events go, the key of the environment, what is enabled."""

from __future__ import annotations

from mlops_stages.local.json_values import mapping
from mlops_stages.local.server import engine
from mlops_stages.local.server.cloudformation.api_types import Properties, call

FUNCTION = "AWS::Lambda::Function"
EVENT_SOURCE_MAPPING = "AWS::Lambda::EventSourceMapping"


def _apply(name: str, old: Properties, new: Properties) -> None:
    wanted: Properties = {}
    if mapping(old.get("DeadLetterConfig")) != mapping(new.get("DeadLetterConfig")):
        wanted["DeadLetterConfig"] = {"TargetArn": mapping(new.get("DeadLetterConfig")).get("TargetArn", "")}
    if old.get("KmsKeyArn") != new.get("KmsKeyArn"):
        key = str(new.get("KmsKeyArn") or "")
        if key:
            call("kms", "DescribeKey", {"KeyId": key})
        wanted["KMSKeyArn"] = key
    if wanted:
        call("lambda", "UpdateFunctionConfiguration", {"FunctionName": name, **wanted})


def _enable(mapping_id: str, properties: Properties) -> None:
    call("lambda", "UpdateEventSourceMapping", {"UUID": mapping_id, "Enabled": properties.get("Enabled", True)})


def register() -> None:
    """Mend the types."""
    engine.mend_resource_type(
        FUNCTION,
        after_create=lambda name, properties, _stack: _apply(name, {}, properties),
        after_update=lambda name, old, new, _stack: _apply(name, old, new),
    )
    engine.mend_resource_type(
        EVENT_SOURCE_MAPPING,
        after_create=lambda mapping_id, properties, _stack: _enable(mapping_id, properties),
        after_update=lambda mapping_id, _old, new, _stack: _enable(mapping_id, new),
    )
