"""AWS::Scheduler::Schedule: the key, which ministack's type drops."""

from __future__ import annotations

from mlops_stages.local.server import engine
from mlops_stages.local.server.cloudformation.api_types import Properties, call, given

SCHEDULE = "AWS::Scheduler::Schedule"
_SERVICE = "scheduler"
_KEPT = (
    "ActionAfterCompletion",
    "Description",
    "EndDate",
    "FlexibleTimeWindow",
    "ScheduleExpression",
    "ScheduleExpressionTimezone",
    "StartDate",
    "State",
    "Target",
)


def _encrypt(physical_id: str, properties: Properties) -> None:
    key = properties.get("KmsKeyArn")
    if key is None:
        return
    call("kms", "DescribeKey", {"KeyId": key})
    named = {"Name": physical_id.rpartition("|")[2], **given(properties, "GroupName")}
    found = call(_SERVICE, "GetSchedule", named)
    call(_SERVICE, "UpdateSchedule", {**named, **given(found, *_KEPT), "KmsKeyArn": key})  # it puts the whole


def register() -> None:
    """Mend the type."""
    engine.mend_resource_type(
        SCHEDULE,
        after_create=lambda physical_id, properties, _stack: _encrypt(physical_id, properties),
        after_update=lambda physical_id, _old, new, _stack: _encrypt(physical_id, new),
    )
