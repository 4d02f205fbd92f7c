"""Reading schedules of EventBridge Scheduler back."""

from __future__ import annotations

from mlops_stages.local.client.readers.api import Api, Part, Properties, Reader, Resource, picked
from mlops_stages.local.client.readers.compare import key, tags

_SCHEDULE = (
    "Description",
    "EndDate",
    "FlexibleTimeWindow",
    "GroupName",
    "KmsKeyArn",
    "Name",
    "ScheduleExpression",
    "ScheduleExpressionTimezone",
    "StartDate",
    "State",
    "Target",
)


def _schedule(api: Api, resource: Resource) -> Properties:
    group = {name: resource.properties[name] for name in ("GroupName",) if name in resource.properties}
    name = resource.physical_id.rpartition("|")[2].rpartition("/")[2]
    return picked(api.call("scheduler", "get_schedule", Name=name, **group), *_SCHEDULE)


def _group(api: Api, resource: Resource) -> Properties:
    return picked(api.call("scheduler", "get_schedule_group", Name=resource.physical_id.rpartition("/")[2]), "Name")


def _tags(api: Api, resource: Resource) -> Properties:
    arn = f"arn:aws:scheduler:{resource.region}:{resource.account}:schedule-group/{resource.physical_id}"
    return picked(api.call("scheduler", "list_tags_for_resource", ResourceArn=arn), "Tags")


READERS = (
    Reader(
        type="AWS::Scheduler::Schedule",
        parts=(Part(properties=_SCHEDULE, read=_schedule),),
        canonical={"KmsKeyArn": key},
    ),
    Reader(
        type="AWS::Scheduler::ScheduleGroup",
        parts=(Part(properties=("Name",), read=_group), Part(properties=("Tags",), read=_tags)),
        canonical={"Tags": tags},
    ),
)
