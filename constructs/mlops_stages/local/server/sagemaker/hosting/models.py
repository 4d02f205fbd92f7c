"""SageMaker's models: what a container is made of. One made from a package has what the package says.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateModel.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mlops_stages.local.json_values import listed, mapping
from mlops_stages.local.server.api.records import Filter, Kind, Parameters, Record, Records, Scope, ServiceError
from mlops_stages.local.server.sagemaker.hosting.lookups import Extra, newest_first, on_existing, refuse_taken
from mlops_stages.local.server.sagemaker.registry.model_groups import located

_NOT_EMULATED = (
    "AdditionalModelDataSources",
    "ContainerMetricsConfig",
    "ImageConfig",
    "InferenceSpecificationName",
    "MultiModelConfig",
)
_OF_A_PACKAGE = ("Image", "ModelDataUrl", "ModelDataSource")


def _prepare(scope: Scope, record: Record) -> None:
    del scope
    record["Name"] = record["ModelName"]
    record.setdefault("EnableNetworkIsolation", False)
    for container in listed(record.get("Containers")) or [record["PrimaryContainer"]]:
        container.setdefault("Mode", "SingleModel")
        container.setdefault("Environment", {})


KIND = Kind(
    service="sagemaker",
    name="Model",
    identity=("ModelName",),
    arn="arn:{partition}:sagemaker:{region}:{account}:model/{ModelName}",
    arn_member="ModelArn",
    operations={"create": "CreateModel", "describe": "DescribeModel", "list": "ListModels", "delete": "DeleteModel"},
    items="Models",
    missing="ValidationException",
    taken="ValidationException",
    filters={
        "NameContains": Filter(member="ModelName", how="contains"),
        "CreationTimeAfter": Filter(member="CreationTime", how="after"),
        "CreationTimeBefore": Filter(member="CreationTime", how="before"),
    },
    prepare=_prepare,
)


@dataclass(frozen=True, kw_only=True)
class Content:
    """What a model's container is made of: its image, where its data is, and its variables.

    `data` is an address of S3; `packed` says that it is an archive, else it is a prefix. None for a model without data.
    """

    image: str
    data: str | None
    packed: bool
    environment: Mapping[str, str]


def content(records: Records, scope: Scope, model: Record) -> Content:
    """Return what a model's container is made of; its package is looked at, where it has one. Raises ServiceError."""
    given = _container(model)
    package = given.get("ModelPackageName")
    source = _of_package(records, scope, str(package)) if package else given
    listed_data = mapping(mapping(source.get("ModelDataSource")).get("S3DataSource"))
    return Content(
        image=str(source["Image"]),
        data=source.get("ModelDataUrl") or listed_data.get("S3Uri"),
        packed=not listed_data or listed_data["S3DataType"] == "S3Object",
        environment={**mapping(source.get("Environment")), **mapping(given.get("Environment"))},
    )


def packages_in(parameters: Parameters) -> tuple[str, ...]:
    """Return the packages that a request to create a model names, by name or ARN."""
    containers = [parameters.get("PrimaryContainer"), *listed(parameters.get("Containers"))]
    named = [mapping(container).get("ModelPackageName") for container in containers]
    return tuple(str(name) for name in named if name)


def _container(model: Parameters) -> Record:
    return mapping(model.get("PrimaryContainer")) or listed(model.get("Containers"))[0]


def _of_package(records: Records, scope: Scope, name: str) -> Record:
    """Return the container of a package's inference specification. Raises ServiceError."""
    where, path = located(scope, name)
    arn = f"arn:aws:sagemaker:{where.region}:{where.account}:model-package/{path}"
    try:
        package = records.get(records.kinds["ModelPackage"], where, {"ModelPackageArn": arn})
    except ServiceError as error:
        raise ServiceError("ValidationException", f"ModelPackage {arn} does not exist.") from error
    containers = listed(mapping(package.get("InferenceSpecification")).get("Containers"))
    if not containers:
        raise ServiceError("ValidationException", f"ModelPackage {arn} has no inference specification to deploy.")
    if len(containers) > 1:
        raise ServiceError("ValidationException", f"The local SageMaker does not run: {arn}: several containers.")
    return containers[0]


def _faults(request: Parameters) -> Iterator[str]:
    """Yield what AWS refuses beyond the shapes of the parameters."""
    if bool(request.get("PrimaryContainer")) == bool(request.get("Containers")):
        yield "Either PrimaryContainer or Containers must be given, and not both"
        return
    if not request.get("ExecutionRoleArn"):
        yield "ExecutionRoleArn must be given"
    container = _container(request)
    if container.get("ModelPackageName"):
        both = [name for name in _OF_A_PACKAGE if container.get(name)]
        if both:
            yield f"{', '.join(both)} cannot be given with a ModelPackageName"
    elif not container.get("Image"):
        yield "Image or ModelPackageName must be given"
    if container.get("ModelDataUrl") and container.get("ModelDataSource"):
        yield "ModelDataUrl and ModelDataSource cannot be given both"


def _refusals(request: Parameters) -> Iterator[str]:
    """Yield what a request asks for that is not emulated, so that nothing is accepted and then ignored."""
    if len(listed(request.get("Containers"))) > 1:
        yield "several Containers"
    container = _container(request)
    yield from (name for name in _NOT_EMULATED if container.get(name))
    if container.get("Mode", "SingleModel") != "SingleModel":
        yield "Mode MultiModel"
    source = mapping(mapping(container.get("ModelDataSource")).get("S3DataSource"))
    if source and (source["S3DataType"], source["CompressionType"]) not in (("S3Object", "Gzip"), ("S3Prefix", "None")):
        yield f"ModelDataSource {source['S3DataType']} with CompressionType {source['CompressionType']}"
    yield from (
        f"ModelDataSource {name}" for name in ("HubAccessConfig", "ManifestS3Uri", "ManifestEtag") if source.get(name)
    )


def _create(records: Records, scope: Scope, parameters: Parameters) -> Record:
    wrong = list(_faults(parameters))
    if wrong:
        raise ServiceError("ValidationException", "; ".join(wrong))
    lacking = list(_refusals(parameters))
    if lacking:
        raise ServiceError("ValidationException", f"The local SageMaker does not run: {'; '.join(lacking)}")
    role = str(parameters["ExecutionRoleArn"])
    if role.split(":")[4] != scope.account:
        raise ServiceError("ValidationException", "Cross-account pass role is not allowed.")
    with records.lock:
        refuse_taken(records, "Model", scope, parameters["ModelName"])
        content(records, scope, dict(parameters))  # its package must be there
        return records.dispatch(scope, "sagemaker", "CreateModel", parameters)


EXTRAS: Mapping[str, Extra] = {
    "CreateModel": _create,
    "DescribeModel": on_existing("Model", "DescribeModel"),
    "DeleteModel": on_existing("Model", "DeleteModel"),
    "ListModels": newest_first("ListModels"),
}
"""Operations that do more than keep a record."""
