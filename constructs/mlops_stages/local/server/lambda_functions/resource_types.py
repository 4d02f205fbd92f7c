"""AWS::Lambda::Function: where failed events go, and the key of its environment, which ministack's type drops."""

from __future__ import annotations

from mlops_stages.local.json_values import mapping
from mlops_stages.local.server import engine
from mlops_stages.local.server.cloudformation.api_types import Properties, call

FUNCTION = "AWS::Lambda::Function"


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


def register() -> None:
    """Mend the type."""
    engine.mend_resource_type(
        FUNCTION,
        after_create=lambda name, properties, _stack: _apply(name, {}, properties),
        after_update=lambda name, old, new, _stack: _apply(name, old, new),
    )
