"""SageMaker's endpoint configurations: which models, on what, and what of it is captured. They never change.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpointConfig.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mlops_stages.expressions import fits
from mlops_stages.local.json_values import listed, mapping
from mlops_stages.local.server.api.records import Filter, Kind, Parameters, Record, Records, Scope, ServiceError
from mlops_stages.local.server.sagemaker.hosting.lookups import Extra, found, newest_first, on_existing, refuse_taken

PRODUCTION, SHADOW = "ProductionVariants", "ShadowProductionVariants"
_NOT_EMULATED = ("AsyncInferenceConfig", "ExplainerConfig", "ExecutionRoleArn", "VpcConfig", "EnableNetworkIsolation")
_NOT_EMULATED_OF_A_VARIANT = (
    "AcceleratorType",
    "CapacityReservationConfig",
    "CoreDumpConfig",
    "InstancePools",
    "ManagedInstanceScaling",
)
WITH_VOLUMES_OF_THEIR_OWN = ("ml.*d*.*", "ml.g5.*", "ml.g6*", "ml.g7e*", "ml.p5*", "ml.p6*", "ml.trn*")
"""Instance types whose machines encrypt their own storage, so that no key may be given for it."""


def _prepare(scope: Scope, record: Record) -> None:
    del scope
    record["Name"] = record["EndpointConfigName"]
    for variant in variants(record):
        variant.setdefault("InitialVariantWeight", 1.0)


KIND = Kind(
    service="sagemaker",
    name="EndpointConfig",
    identity=("EndpointConfigName",),
    arn="arn:{partition}:sagemaker:{region}:{account}:endpoint-config/{EndpointConfigName}",
    arn_member="EndpointConfigArn",
    operations={
        "create": "CreateEndpointConfig",
        "describe": "DescribeEndpointConfig",
        "list": "ListEndpointConfigs",
        "delete": "DeleteEndpointConfig",
    },
    items="EndpointConfigs",
    missing="ValidationException",
    taken="ValidationException",
    filters={
        "NameContains": Filter(member="EndpointConfigName", how="contains"),
        "CreationTimeAfter": Filter(member="CreationTime", how="after"),
        "CreationTimeBefore": Filter(member="CreationTime", how="before"),
    },
    prepare=_prepare,
)


def variants(configuration: Parameters) -> list[Record]:
    """Return a configuration's variants, shadows last."""
    return [*listed(configuration.get(PRODUCTION)), *listed(configuration.get(SHADOW))]


def instances(variant: Parameters) -> int:
    """Return how many instances a variant begins with; a serverless one has one, so to speak."""
    return int(variant.get("InitialInstanceCount", 1))


def _faults(records: Records, scope: Scope, request: Parameters) -> Iterator[str]:
    """Yield what AWS refuses beyond the shapes of the parameters."""
    given = variants(request)
    names = [variant["VariantName"] for variant in given]
    if len(names) != len(set(names)):
        yield f"Variant names must be unique: {', '.join(names)}"
    if request.get(SHADOW) and len(given) != 2:
        yield f"You can only specify one variant for {PRODUCTION} and one for {SHADOW}"
    for variant in given:
        yield from _variant_faults(variant, key=str(request.get("KmsKeyId") or ""))
        if variant.get("ServerlessConfig"):
            yield from _serverless_faults(records, scope, request, variant)
        if variant.get("ModelName"):
            found(records, "Model", scope, variant["ModelName"])


def _variant_faults(variant: Parameters, *, key: str) -> Iterator[str]:
    name, kind = variant["VariantName"], str(variant.get("InstanceType") or "")
    if bool(kind) == bool(variant.get("ServerlessConfig")):
        yield f"Variant {name} must have either an InstanceType or a ServerlessConfig"
    elif kind and not variant.get("InitialInstanceCount"):
        yield f"Variant {name} must have an InitialInstanceCount"
    elif not kind and variant.get("InitialInstanceCount"):
        yield f"Variant {name} is serverless and takes no InitialInstanceCount"
    if key and any(fits(kind, pattern) for pattern in WITH_VOLUMES_OF_THEIR_OWN):
        yield f"KmsKeyId cannot be given for {kind}: its volumes are local and encrypted by the machine"


def _serverless_faults(records: Records, scope: Scope, request: Parameters, variant: Parameters) -> Iterator[str]:
    # https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html
    if len(variants(request)) > 1:
        yield "A serverless endpoint has one variant"
    if request.get("DataCaptureConfig"):
        yield "Data capture is not supported for serverless endpoints"
    memory = int(variant["ServerlessConfig"]["MemorySizeInMB"])
    if memory % 1024:
        yield f"MemorySizeInMB must be a multiple of 1024, not {memory}"
    named = variant.get("ModelName")
    if named:
        model = found(records, "Model", scope, named)
        lacking = [what for what in ("VpcConfig", "EnableNetworkIsolation") if model.get(what)]
        if lacking:
            yield f"Model {named}: {', '.join(lacking)} is not supported for serverless endpoints"


def _refusals(request: Parameters) -> Iterator[str]:
    """Yield what a request asks for that is not emulated, so that nothing is accepted and then ignored."""
    yield from (name for name in _NOT_EMULATED if request.get(name))
    for variant in variants(request):
        if not variant.get("ModelName"):
            yield f"variant {variant['VariantName']} without a ModelName (inference components)"
        for name in _NOT_EMULATED_OF_A_VARIANT:
            if variant.get(name):
                yield f"variant {variant['VariantName']}: {name}"
    metrics = mapping(request.get("MetricsConfig"))
    yield from (f"MetricsConfig.{name}" for name in ("EnableEnhancedMetrics",) if metrics.get(name))


def _create(records: Records, scope: Scope, parameters: Parameters) -> Record:
    with records.lock:
        refuse_taken(records, "EndpointConfig", scope, parameters["EndpointConfigName"])
        lacking = list(_refusals(parameters))
        if lacking:
            raise ServiceError("ValidationException", f"The local SageMaker does not run: {'; '.join(lacking)}")
        wrong = list(_faults(records, scope, parameters))
        if wrong:
            raise ServiceError("ValidationException", "; ".join(wrong))
        return records.dispatch(scope, "sagemaker", "CreateEndpointConfig", parameters)


EXTRAS: Mapping[str, Extra] = {
    "CreateEndpointConfig": _create,
    "DescribeEndpointConfig": on_existing("EndpointConfig", "DescribeEndpointConfig"),
    "DeleteEndpointConfig": on_existing("EndpointConfig", "DeleteEndpointConfig"),
    "ListEndpointConfigs": newest_first("ListEndpointConfigs"),
}
"""Operations that do more than keep a record."""
