"""What is asked about a request to SageMaker: what it says, and what is there already, looked up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlops_stages.local.server import engine
from mlops_stages.local.server.api import calls
from mlops_stages.local.server.api.operations import Operation
from mlops_stages.local.server.api.request_details import RequestDetails
from mlops_stages.local.server.sagemaker import registry_requests, requests

_ON_SPACES = frozenset({"CreateApp", "DeleteApp", "DeleteSpace", "UpdateSpace"})


def _current_keys(operation: Operation) -> dict[str, Any]:
    return {**_space_keys(operation), **_package_keys(operation)}


def _space_keys(operation: Operation) -> dict[str, Any]:
    """Return the condition keys of the space that an app runs in, or that is changed."""
    domain, name = operation.parameters.get("DomainId"), operation.parameters.get("SpaceName")
    if operation.name not in _ON_SPACES or not domain or not name:
        return {}
    try:
        space = calls.call("sagemaker", "describe_space", DomainId=domain, SpaceName=name)
    except Exception:  # there is no such space; the operation itself will say so
        return {}
    described = {"DomainId": domain, **{key: space.get(key) for key in ("OwnershipSettings", "SpaceSharingSettings")}}
    asked = Operation("sagemaker", "UpdateSpace", described)
    return requests.condition_keys(asked, "aws", engine.region(), engine.account())


def _package_keys(operation: Operation) -> dict[str, Any]:
    """Return the condition keys of what a model package is before the operation."""
    package = registry_requests.package(operation)
    if package is None:
        return {}
    try:
        described = calls.call("sagemaker", "describe_model_package", ModelPackageName=package)
    except Exception:  # there is no such package; the operation itself will say so
        return {}
    return registry_requests.current_keys(described)


def _resource_tags(resource: str) -> dict[str, Any]:
    if "*" in resource:
        return {}
    try:
        listed: list[Mapping[str, str]] = calls.call("sagemaker", "list_tags", ResourceArn=resource)["Tags"]
    except Exception:  # a resource that does not exist has no tags; the operation itself will say so
        return {}
    return {f"{prefix}:ResourceTag/{tag['Key']}": tag["Value"] for tag in listed for prefix in ("aws", "sagemaker")}


DETAILS = RequestDetails(
    resources=requests.resources,
    condition_keys=requests.condition_keys,
    current_keys=_current_keys,
    resource_tags=_resource_tags,
    # https://docs.aws.amazon.com/sagemaker/latest/dg/security_iam_id-based-policy-examples.html
    tagging=("sagemaker:AddTags", "sagemaker:TaggingAction"),
)
"""What is asked about a request to SageMaker."""
