"""SageMaker's model packages: versions of a group, in whichever account the group is, or packages of their own name."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

from mlops_stages.local.json_values import listed
from mlops_stages.local.server.api import shapes
from mlops_stages.local.server.api.records import Filter, Kind, Parameters, Record, Records, Scope, ServiceError
from mlops_stages.local.server.api.tokens import Tokens
from mlops_stages.local.server.sagemaker.registry.model_groups import CREATED, located
from mlops_stages.local.server.sagemaker.user_context import user_context

_NOT_EMULATED = ("ValidationSpecification", "SourceAlgorithmSpecification", "CertifyForMarketplace")
_tokens = Tokens()


def _prepare_package(scope: Scope, record: Record) -> None:
    del scope
    record["Name"] = record["ModelPackageName"]
    record["CreatedBy"] = user_context()
    record["ModelPackageStatus"] = "Completed"
    record["ModelPackageStatusDetails"] = {
        "ValidationStatuses": [],
        "ImageScanStatuses": [],
    }
    record.setdefault("SkipModelValidation", "None")
    record.setdefault("CertifyForMarketplace", False)


KIND = Kind(
    service="sagemaker",
    name="ModelPackage",
    identity=("ModelPackageArn",),
    arn="arn:{partition}:sagemaker:{region}:{account}:model-package/{Path}",
    arn_member="ModelPackageArn",
    operations={
        "create": "CreateModelPackage",
        "describe": "DescribeModelPackage",
        "list": "ListModelPackages",
        "update": "UpdateModelPackage",
        "delete": "DeleteModelPackage",
    },
    items="ModelPackageSummaryList",
    missing="ValidationException",
    taken="ConflictException",
    unique=("Path",),
    filters={
        "ModelPackageGroupName": Filter(member="ModelPackageGroupName"),
        "ModelApprovalStatus": Filter(member="ModelApprovalStatus"),
        "ModelPackageType": Filter(member="Types", how="any"),
        "NameContains": Filter(member="Path", how="contains"),
        **CREATED,
    },
    merged=("CustomerMetadataProperties",),
    prepare=_prepare_package,
)


def _package_arn(scope: Scope, path: str) -> str:
    return f"arn:aws:sagemaker:{scope.region}:{scope.account}:model-package/{path}"


def _create_package(records: Records, scope: Scope, parameters: Parameters) -> Record:
    on = str(parameters.get("ModelPackageGroupName") or parameters.get("ModelPackageName"))
    return _tokens.once(scope, parameters.get("ClientToken"), on, lambda: _created(records, scope, parameters))


def _created(records: Records, scope: Scope, parameters: Parameters) -> Record:
    lacking = [name for name in _NOT_EMULATED if parameters.get(name)]
    if lacking:
        raise ServiceError("ValidationException", f"The local SageMaker does not do: {', '.join(lacking)}")
    group, single = parameters.get("ModelPackageGroupName"), parameters.get("ModelPackageName")
    if (group is None) == (single is None):
        message = "Exactly one of ModelPackageGroupName and ModelPackageName must be given."
        raise ServiceError("ValidationException", message)
    given = {name: value for name, value in parameters.items() if name != "ClientToken"}
    with records.lock:  # from the last version to the next
        where, more = _single(scope, given) if group is None else _version(records, scope, given)
        answer = records.dispatch(where, "sagemaker", "CreateModelPackage", {**given, **more})
    _tell(records, where, answer["ModelPackageArn"], ("ModelApprovalStatus",) if group else ())
    return answer


def _single(scope: Scope, given: Record) -> tuple[Scope, Record]:
    """Return where a package without a group goes, and what its record has besides."""
    if given.get("ModelApprovalStatus") or given.get("CustomerMetadataProperties"):
        message = "ModelApprovalStatus and CustomerMetadataProperties are only for packages of a group."
        raise ServiceError("ValidationException", message)
    return scope, {"Path": given["ModelPackageName"], "Types": ["Unversioned", "Both"]}


def _version(records: Records, scope: Scope, given: Record) -> tuple[Scope, Record]:
    """Return where the next version of a group goes, and what its record has besides."""
    where, name = located(scope, given["ModelPackageGroupName"])
    group = records.get(records.kinds["ModelPackageGroup"], where, {"ModelPackageGroupName": name})
    if given.get("Tags"):
        raise ServiceError("ValidationException", "Tags are not for packages of a group; tag the group.")
    group["LastVersion"] = version = group.get("LastVersion", 0) + 1
    return where, {
        "ModelPackageGroupName": name,
        "ModelPackageName": name,
        "ModelPackageVersion": version,
        "Path": f"{name}/{version}",
        "Types": ["Versioned", "Both"],
        "ModelApprovalStatus": given.get("ModelApprovalStatus", "PendingManualApproval"),
        "ModelPackageRegistrationType": given.get("ModelPackageRegistrationType", "Registered"),
    }


def _describe_package(records: Records, scope: Scope, parameters: Parameters) -> Record:
    where, path = located(scope, parameters["ModelPackageName"])
    wanted = {"ModelPackageArn": _package_arn(where, path)}
    return records.dispatch(where, "sagemaker", "DescribeModelPackage", wanted)


def _describe_packages(records: Records, scope: Scope, parameters: Parameters) -> Record:
    found: Record = {}
    faults: Record = {}
    shape: Any = shapes.output_shape("sagemaker", "BatchDescribeModelPackage")
    summary = shape.members["ModelPackageSummaries"].value
    for arn in parameters["ModelPackageArnList"]:
        try:
            described = _describe_package(records, scope, {"ModelPackageName": arn})
            found[arn] = shapes.shown(summary, described)
        except ServiceError as error:
            faults[arn] = {"ErrorCode": error.code, "ErrorResponse": error.message}
    return {"ModelPackageSummaries": found, "BatchDescribeModelPackageErrorMap": faults}


def _list_packages(records: Records, scope: Scope, parameters: Parameters) -> Record:
    wanted = dict(parameters)
    where = scope
    if parameters.get("ModelPackageGroupName"):
        where, wanted["ModelPackageGroupName"] = located(scope, parameters["ModelPackageGroupName"])
        records.get(records.kinds["ModelPackageGroup"], where, wanted)
        wanted.setdefault("ModelPackageType", "Versioned")
    wanted.setdefault("ModelPackageType", "Unversioned")
    wanted.setdefault("SortOrder", "Descending")
    return records.dispatch(where, "sagemaker", "ListModelPackages", wanted)


def _update_package(records: Records, scope: Scope, parameters: Parameters) -> Record:
    where, _ = located(scope, parameters["ModelPackageArn"])
    removed = listed(parameters.get("CustomerMetadataPropertiesToRemove"))
    added = listed(parameters.get("AdditionalInferenceSpecificationsToAdd"))
    aside = ("ClientToken", "CustomerMetadataPropertiesToRemove", "AdditionalInferenceSpecificationsToAdd")
    changes = {name: value for name, value in parameters.items() if name not in aside}
    with records.lock:
        record = records.get(records.kinds["ModelPackage"], where, parameters)
        if parameters.get("ModelApprovalStatus") and "ModelPackageVersion" not in record:
            raise ServiceError("ValidationException", "ModelApprovalStatus is only for packages of a group.")
        answer = records.dispatch(where, "sagemaker", "UpdateModelPackage", changes)
        held = dict(record.get("CustomerMetadataProperties") or {})
        more: Record = {"LastModifiedBy": user_context()}
        if removed:
            more["CustomerMetadataProperties"] = {key: held[key] for key in held if key not in removed}
        if added:
            more["AdditionalInferenceSpecifications"] = [
                *(record.get("AdditionalInferenceSpecifications") or []),
                *added,
            ]
        records.change("ModelPackage", where, parameters, **more)
    _tell(records, where, parameters["ModelPackageArn"], tuple(sorted(changes.keys() - {"ModelPackageArn"})))
    return answer


def _delete_package(records: Records, scope: Scope, parameters: Parameters) -> Record:
    where, path = located(scope, parameters["ModelPackageName"])
    wanted = {"ModelPackageArn": _package_arn(where, path)}
    return records.dispatch(where, "sagemaker", "DeleteModelPackage", wanted)


def _tell(records: Records, scope: Scope, arn: str, updated: tuple[str, ...]) -> None:
    """Put the event of a package's new state on the bus of the account that owns it.

    https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html
    """
    from mlops_stages.local.server import engine  # in the server only

    with records.lock:
        record = copy.deepcopy(records.get(records.kinds["ModelPackage"], scope, {"ModelPackageArn": arn}))
    shape = shapes.output_shape("sagemaker", "DescribeModelPackage")
    detail = record if shape is None else shapes.shown(shape, record)
    for name in ("CreationTime", "LastModifiedTime"):
        detail[name] = int(detail[name] * 1000)
    with engine.within(scope.account, scope.region):
        engine.put_service_event(
            "aws.sagemaker",
            "SageMaker Model Package State Change",
            [arn],
            {**detail, "UpdatedModelPackageFields": list(updated)},
        )


EXTRAS: Mapping[str, Callable[[Records, Scope, Parameters], Record]] = {
    "CreateModelPackage": _create_package,
    "DescribeModelPackage": _describe_package,
    "BatchDescribeModelPackage": _describe_packages,
    "ListModelPackages": _list_packages,
    "UpdateModelPackage": _update_package,
    "DeleteModelPackage": _delete_package,
}
"""Operations that do more than keep a record."""
