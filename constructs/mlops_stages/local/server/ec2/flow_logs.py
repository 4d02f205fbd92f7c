"""AWS::EC2::FlowLog, which ministack's CloudFormation lacks."""

from __future__ import annotations

from mlops_stages.local.server.api.records import current_scope
from mlops_stages.local.server.cloudformation import references
from mlops_stages.local.server.cloudformation.api_types import ApiType, Properties, RefusedError, TagApi, call, given
from mlops_stages.local.server.ec2.details import details, set_flow_log

_FLOW_LOG = (
    "DeliverCrossAccountRole",
    "DeliverLogsPermissionArn",
    "DestinationOptions",
    "LogDestination",
    "LogDestinationType",
    "LogFormat",
    "LogGroupName",
    "MaxAggregationInterval",
    "ResourceType",
    "TrafficType",
)


def _flow_log_request(properties: Properties) -> Properties:
    to_logs = properties.get("LogDestinationType", "cloud-watch-logs") == "cloud-watch-logs"
    if to_logs and not properties.get("DeliverLogsPermissionArn"):
        raise RefusedError(
            "AWS::EC2::FlowLog: DeliverLogsPermissionArn can't be empty if LogDestinationType is cloud-watch-logs"
        )
    if not to_logs and not properties.get("LogDestination"):
        raise RefusedError(
            "AWS::EC2::FlowLog: LogDestination can't be empty if LogDestinationType is not cloud-watch-logs"
        )
    return {**given(properties, *_FLOW_LOG), "ResourceIds": [properties["ResourceId"]]}


class _FlowLog(ApiType):
    """The flow log's type; ministack takes no tags in CreateFlowLogs."""

    def _create(self, logical_id: str, properties: Properties, stack_name: str) -> tuple[str, Properties]:
        created, attributes = super()._create(logical_id, properties, stack_name)
        set_flow_log(details, current_scope(), created, properties)
        if properties.get("Tags"):
            call("ec2", "CreateTags", {"Resources": [created], "Tags": properties["Tags"]})
        return created, attributes


FLOW_LOG = _FlowLog(
    type="AWS::EC2::FlowLog",
    service="ec2",
    properties=(*_FLOW_LOG, "ResourceId", "Tags"),
    required=("ResourceId", "ResourceType"),
    create_only=(*_FLOW_LOG, "ResourceId"),
    create="CreateFlowLogs",
    delete="DeleteFlowLogs",
    request=_flow_log_request,
    physical_id=lambda parameters, answer: answer["FlowLogIds"][0],
    identity=lambda physical_id: {"FlowLogIds": [physical_id]},
    describe=lambda physical_id: {"Id": physical_id},
    arn=lambda physical_id: physical_id,
    missing=("InvalidFlowLogId.NotFound",),
    refers=references.check,
    tags=TagApi(add="CreateTags", remove="DeleteTags", arn="Resources", keys="Tags", keys_are_tags=True, listed=True),
)
