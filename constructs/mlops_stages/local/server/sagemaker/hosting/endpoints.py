"""SageMaker's endpoints: created, updated to another configuration, resized, deleted.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateEndpoint.html
"""

from __future__ import annotations

from collections.abc import Mapping

from mlops_stages.local import refusals
from mlops_stages.local.json_values import listed, mapping
from mlops_stages.local.server.api import calls
from mlops_stages.local.server.api.records import Filter, Kind, Parameters, Record, Records, Scope, ServiceError
from mlops_stages.local.server.sagemaker.hosting import summaries
from mlops_stages.local.server.sagemaker.hosting.board import BOARD
from mlops_stages.local.server.sagemaker.hosting.configurations import PRODUCTION, variants
from mlops_stages.local.server.sagemaker.hosting.deployment_rules import shift
from mlops_stages.local.server.sagemaker.hosting.live_endpoint import LiveEndpoint
from mlops_stages.local.server.sagemaker.hosting.lookups import (
    Extra,
    arn_of,
    found,
    newest_first,
    on_existing,
    refuse_taken,
)


def _prepare(scope: Scope, record: Record) -> None:
    del scope
    record |= {"Name": record["EndpointName"], "EndpointStatus": "Creating", "Status": "Creating"}
    record["LastDeploymentConfig"] = record.pop("DeploymentConfig", None)


KIND = Kind(
    service="sagemaker",
    name="Endpoint",
    identity=("EndpointName",),
    arn="arn:{partition}:sagemaker:{region}:{account}:endpoint/{EndpointName}",
    arn_member="EndpointArn",
    operations={
        "create": "CreateEndpoint",
        "describe": "DescribeEndpoint",
        "list": "ListEndpoints",
        "delete": "DeleteEndpoint",
    },
    items="Endpoints",
    missing="ValidationException",
    taken="ValidationException",
    filters={
        "NameContains": Filter(member="EndpointName", how="contains"),
        "StatusEquals": Filter(member="EndpointStatus"),
        "CreationTimeAfter": Filter(member="CreationTime", how="after"),
        "CreationTimeBefore": Filter(member="CreationTime", how="before"),
        "LastModifiedTimeAfter": Filter(member="LastModifiedTime", how="after"),
        "LastModifiedTimeBefore": Filter(member="LastModifiedTime", how="before"),
    },
    prepare=_prepare,
)


def _create(records: Records, scope: Scope, parameters: Parameters) -> Record:
    with records.lock:
        refuse_taken(records, "Endpoint", scope, parameters["EndpointName"])
        configuration = found(records, "EndpointConfig", scope, parameters["EndpointConfigName"])
        for variant in variants(configuration):
            found(records, "Model", scope, variant["ModelName"])
        shift(mapping(parameters.get("DeploymentConfig")), _fewest(summaries.sizes(configuration), configuration))
        answer = records.dispatch(scope, "sagemaker", "CreateEndpoint", parameters)
        record = found(records, "Endpoint", scope, parameters["EndpointName"])
    BOARD.open(records, scope, record, configuration)
    return answer


def _update(records: Records, scope: Scope, parameters: Parameters) -> Record:
    name = str(parameters["EndpointName"])
    record, live = _idle(records, scope, name)
    configuration = found(records, "EndpointConfig", scope, parameters["EndpointConfigName"])
    for variant in variants(configuration):
        found(records, "Model", scope, variant["ModelName"])
    _refuse_scaled(scope, name, live.configuration, configuration)
    sizes = _retained(parameters, live, configuration)
    given = mapping(parameters.get("DeploymentConfig"))
    if parameters.get("RetainDeploymentConfig"):
        given = mapping(record.get("LastDeploymentConfig"))
    if given and {v["VariantName"] for v in listed(configuration[PRODUCTION])} != {
        v["VariantName"] for v in listed(live.configuration[PRODUCTION])
    }:
        message = "The new endpoint configuration must have the same variant names as the old one to shift traffic."
        raise ServiceError("ValidationException", message)
    way = shift(given, _fewest(sizes, configuration))
    if not live.update(configuration, sizes, way):
        raise ServiceError("ValidationException", f'Cannot update in-progress endpoint "{record["EndpointArn"]}".')
    records.change("Endpoint", scope, {"EndpointName": name}, LastDeploymentConfig=given or None)
    return {"EndpointArn": record["EndpointArn"]}


def _idle(records: Records, scope: Scope, name: str) -> tuple[Record, LiveEndpoint]:
    """Return an endpoint that may be changed; ServiceError where something is under way, or it has failed."""
    record = found(records, "Endpoint", scope, name)
    live = BOARD.find(scope, name)
    if live is None or live.status != "InService":
        arn = arn_of(records, "Endpoint", scope, name)
        what = "failed" if live is not None and live.status == "Failed" else "in-progress"
        raise ServiceError("ValidationException", f'Cannot update {what} endpoint "{arn}".')
    return record, live


def _fewest(sizes: Mapping[str, summaries.Size], configuration: Record) -> int:
    """Return the instances of the smallest production variant, which a share of the fleet must not be above."""
    return min(sizes[v["VariantName"]][0] for v in listed(configuration[PRODUCTION]))


def _retained(parameters: Parameters, live: LiveEndpoint, configuration: Record) -> dict[str, summaries.Size]:
    """Return the sizes that the new fleet gets: its configuration's, or those that variants of the same name have."""
    sizes = summaries.sizes(configuration)
    excluded = {each["VariantPropertyType"] for each in listed(parameters.get("ExcludeRetainedVariantProperties"))}
    if "DataCaptureConfig" in excluded:
        raise ServiceError("ValidationException", "DataCaptureConfig is currently not supported to be excluded.")
    if not parameters.get("RetainAllVariantProperties"):
        if excluded:
            message = "ExcludeRetainedVariantProperties needs RetainAllVariantProperties."
            raise ServiceError("ValidationException", message)
        return sizes
    for name, (count, weight) in sizes.items():
        had = live.sizes.get(name, (count, weight))
        kept = (
            count if "DesiredInstanceCount" in excluded else had[0],
            weight if "DesiredWeight" in excluded else had[1],
        )
        sizes[name] = kept
    return sizes


def _refuse_scaled(scope: Scope, name: str, old: Record, new: Record) -> None:
    """Refuse to remove a variant that scales, or to change its type.

    https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-scaling.html
    """
    types = {variant["VariantName"]: variant.get("InstanceType") for variant in variants(new)}
    changed = [v["VariantName"] for v in variants(old) if types.get(v["VariantName"]) != v.get("InstanceType")]
    resources = [f"endpoint/{name}/variant/{variant}" for variant in changed]
    if not resources:
        return
    try:
        scaled = calls.call_in(
            scope.account,
            scope.region,
            "application-autoscaling",
            "describe_scalable_targets",
            ServiceNamespace="sagemaker",
            ResourceIds=resources,
        )["ScalableTargets"]
    except refusals.ClientError:
        return
    if scaled:
        message = (
            f"The variant(s) {', '.join(changed)} must be deregistered as scalable target(s) with AutoScaling before "
            "they are removed or their instance type is changed."
        )
        raise ServiceError("ValidationException", message)


def _resize(records: Records, scope: Scope, parameters: Parameters) -> Record:
    record, live = _idle(records, scope, str(parameters["EndpointName"]))
    sizes: dict[str, summaries.Size] = {}
    for wanted in parameters["DesiredWeightsAndCapacities"]:
        name = str(wanted["VariantName"])
        if name not in live.sizes:
            message = f'The variant name(s) "{name}" is/are not present within endpoint configuration.'
            raise ServiceError("ValidationException", message)
        if wanted.get("ServerlessUpdateConfig"):
            raise ServiceError("NotImplementedException", "Not emulated: ServerlessUpdateConfig.", 501)
        count, weight = live.sizes[name]
        asked, heavy = wanted.get("DesiredInstanceCount"), wanted.get("DesiredWeight")
        sizes[name] = (count if asked is None else int(asked), weight if heavy is None else float(heavy))
    live.resize(sizes)
    return {"EndpointArn": record["EndpointArn"]}


def _delete(records: Records, scope: Scope, parameters: Parameters) -> Record:
    name = str(parameters["EndpointName"])
    record, live = found(records, "Endpoint", scope, name), BOARD.find(scope, name)
    if live is not None and live.status not in ("InService", "Failed"):
        message = f'Cannot update in-progress endpoint "{record["EndpointArn"]}".'
        raise ServiceError("ValidationException", message)
    BOARD.close(scope, name)
    return records.dispatch(scope, "sagemaker", "DeleteEndpoint", parameters)


EXTRAS: Mapping[str, Extra] = {
    "CreateEndpoint": _create,
    "UpdateEndpoint": _update,
    "UpdateEndpointWeightsAndCapacities": _resize,
    "DescribeEndpoint": on_existing("Endpoint", "DescribeEndpoint"),
    "DeleteEndpoint": _delete,
    "ListEndpoints": newest_first("ListEndpoints"),
}
"""Operations that do more than keep a record."""
