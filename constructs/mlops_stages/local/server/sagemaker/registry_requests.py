"""What a request to the model registry asks for, as IAM sees it: packages of a group that need not be one's own.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_sagemaker.html
"""

from __future__ import annotations

from typing import Any

from mlops_stages.local.json_values import listed, mapping
from mlops_stages.local.server.api.operations import Operation

_GROUP, _PACKAGE = ":model-package-group/", ":model-package/"
_ON_PACKAGES = frozenset({"DescribeModelPackage", "UpdateModelPackage", "DeleteModelPackage", "CreateModelPackage"})


def resources(operation: Operation, prefix: str) -> tuple[str, ...]:
    """Return the ARNs of an operation on the packages of a group; nothing for any other operation.

    Whoever registers is asked for both, the package that will be (a `*` stands for its version) and the group:
    AWS's reference lists both for the action.
    """
    name = operation.parameters.get("ModelPackageGroupName")
    if operation.name not in ("CreateModelPackage", "ListModelPackages") or not isinstance(name, str) or not name:
        return ()
    group = name if name.startswith("arn:") else f"{prefix}model-package-group/{name}"
    packages = f"{group.replace(_GROUP, _PACKAGE, 1)}/*"
    return (packages, group) if operation.name == "CreateModelPackage" else (packages,)


def packages_of_a_model(operation: Operation, prefix: str) -> tuple[str, ...]:
    """Return the ARNs of the packages that a model is made from: their groups' policies are asked for CreateModel."""
    containers = [operation.parameters.get("PrimaryContainer"), *listed(operation.parameters.get("Containers"))]
    named = [str(name) for container in containers if (name := mapping(container).get("ModelPackageName"))]
    return tuple(name if name.startswith("arn:") else f"{prefix}model-package/{name}" for name in named)


def condition_keys(operation: Operation) -> dict[str, Any]:
    """Return the condition keys of what a request says about a package, its metadata by each of its keys."""
    parameters = operation.parameters
    found = _metadata("CustomerMetadataProperties", parameters.get("CustomerMetadataProperties"))
    removed = [str(key) for key in listed(parameters.get("CustomerMetadataPropertiesToRemove"))]
    if removed:
        found["sagemaker:CustomerMetadataPropertiesToRemove"] = removed
    stage = mapping(parameters.get("ModelLifeCycle"))
    if stage:
        found["sagemaker:ModelLifeCycle:Stage"] = str(stage.get("Stage"))
        found["sagemaker:ModelLifeCycle:StageStatus"] = str(stage.get("StageStatus"))
    return found


def package(operation: Operation) -> str | None:
    """Return the package whose present state policies may ask about; None where the operation is on none."""
    named = operation.parameters.get("ModelPackageArn") or operation.parameters.get("ModelPackageName")
    return str(named) if named and operation.name in _ON_PACKAGES - {"CreateModelPackage"} else None


def current_keys(described: dict[str, Any]) -> dict[str, Any]:
    """Return the condition keys of a package's present state."""
    found = _metadata("CurrentCustomerMetadataProperties", described.get("CustomerMetadataProperties"))
    stage = mapping(described.get("ModelLifeCycle"))
    if stage:
        found["sagemaker:CurrentModelLifeCycleStage"] = str(stage.get("Stage"))
        found["sagemaker:CurrentModelLifeCycleStageStatus"] = str(stage.get("StageStatus"))
    return found


def _metadata(key: str, properties: object) -> dict[str, Any]:
    return {f"sagemaker:{key}/{name}": str(value) for name, value in mapping(properties).items()}
