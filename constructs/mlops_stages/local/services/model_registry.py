"""SageMaker's model registry: groups of model packages, their policies, and packages with a version each.

A group or package may be named by its ARN, and then lives in the account of the ARN; whether the caller may reach it
there is judged before, by the group's policy and the caller's own.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from typing import Any

from mlops_stages.local.json_values import listed, mapping
from mlops_stages.local.services import shapes
from mlops_stages.local.services.identity import user_context
from mlops_stages.local.services.records import Child, Filter, Kind, Parameters, Record, Records, Scope, ServiceError

_TIMES = {
    "CreationTimeAfter": Filter(member="CreationTime", how="after"),
    "CreationTimeBefore": Filter(member="CreationTime", how="before"),
}
_NOT_EMULATED = ("ValidationSpecification", "SourceAlgorithmSpecification", "CertifyForMarketplace")
_REMEMBERED = 1000
"""Client tokens that are remembered."""


def _prepare_group(scope: Scope, record: Record) -> None:
    del scope
    record |= {"ModelPackageGroupStatus": "Completed", "Name": record["ModelPackageGroupName"]}
    record["CreatedBy"] = user_context()


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


KINDS = (
    Kind(
        service="sagemaker",
        name="ModelPackageGroup",
        identity=("ModelPackageGroupName",),
        arn="arn:{partition}:sagemaker:{region}:{account}:model-package-group/{ModelPackageGroupName}",
        arn_member="ModelPackageGroupArn",
        operations={
            "create": "CreateModelPackageGroup",
            "describe": "DescribeModelPackageGroup",
            "list": "ListModelPackageGroups",
            "delete": "DeleteModelPackageGroup",
        },
        items="ModelPackageGroupSummaryList",
        missing="ValidationException",
        taken="ConflictException",
        children=(Child(kind="ModelPackage", members=("ModelPackageGroupName",)),),
        filters={"NameContains": Filter(member="ModelPackageGroupName", how="contains"), **_TIMES},
        prepare=_prepare_group,
    ),
    Kind(
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
            **_TIMES,
        },
        merged=("CustomerMetadataProperties",),
        prepare=_prepare_package,
    ),
)

_GROUP, _PACKAGE = "model-package-group", "model-package"
_policies: dict[str, str] = {}
_last_versions: dict[str, int] = {}
_tokens: dict[tuple[str, str], Record] = {}


def policy_of(arn: str) -> tuple[str | None, str] | None:
    """Return the policy that counts for a SageMaker resource, a group's for its packages too, and the owner's id."""
    parts = arn.split(":", 5)
    if len(parts) < 6 or not parts[4].isdigit():
        return None
    kind, _, name = parts[5].partition("/")
    group = ":".join([*parts[:5], f"{_GROUP}/{name.partition('/')[0]}"])
    return (_policies.get(group) if kind in (_GROUP, _PACKAGE) else None), parts[4]


def _located(scope: Scope, name_or_arn: str) -> tuple[Scope, str]:
    """Return where a group or package named so lives, and its name there."""
    parts = name_or_arn.split(":", 5)
    if len(parts) < 6:
        return scope, name_or_arn
    if parts[3] != scope.region:
        raise ServiceError("ValidationException", f"{name_or_arn} is not of the region {scope.region}.")
    return Scope(account=parts[4], region=parts[3]), parts[5].partition("/")[2]


def _package_arn(scope: Scope, path: str) -> str:
    return f"arn:aws:sagemaker:{scope.region}:{scope.account}:{_PACKAGE}/{path}"


def _on_group(operation: str) -> Callable[[Records, Scope, Parameters], Record]:
    """Return an operation of the kind that takes a group by name or ARN."""

    def answer(records: Records, scope: Scope, parameters: Parameters) -> Record:
        where, name = _located(scope, parameters["ModelPackageGroupName"])
        named = {**parameters, "ModelPackageGroupName": name}
        answered = records.dispatch(where, "sagemaker", operation, named)
        if operation == "DeleteModelPackageGroup":
            arn = _group_arn(where, name)
            _policies.pop(arn, None)
            _last_versions.pop(arn, None)
        return answered

    return answer


def _group_arn(scope: Scope, name: str) -> str:
    return f"arn:aws:sagemaker:{scope.region}:{scope.account}:{_GROUP}/{name}"


def _list_groups(records: Records, scope: Scope, parameters: Parameters) -> Record:
    if parameters.get("CrossAccountFilterOption") == "CrossAccount":
        raise ServiceError("NotImplementedException", "Not emulated: groups shared through AWS RAM.", 501)
    return records.dispatch(scope, "sagemaker", "ListModelPackageGroups", parameters)


def _put_policy(records: Records, scope: Scope, parameters: Parameters) -> Record:
    where, name = _located(scope, parameters["ModelPackageGroupName"])
    group = records.get(records.kinds["ModelPackageGroup"], where, {"ModelPackageGroupName": name})
    text = parameters["ResourcePolicy"]
    _check_policy(text, group["ModelPackageGroupArn"])
    _policies[group["ModelPackageGroupArn"]] = text
    return {"ModelPackageGroupArn": group["ModelPackageGroupArn"]}


def _check_policy(text: str, group_arn: str) -> None:
    """Refuse what is no policy, and statements on anything but the group and its packages."""
    try:
        own = (group_arn, group_arn.replace(f":{_GROUP}/", f":{_PACKAGE}/") + "/")
        for statement in map(mapping, listed(json.loads(text)["Statement"])):
            if not statement.keys() >= {"Effect", "Principal", "Action", "Resource"}:
                raise ValueError("each statement needs an Effect, a Principal, an Action and a Resource")
            for resource in map(str, listed(statement["Resource"])):
                if resource != own[0] and not resource.startswith(own[1]):
                    raise ValueError(f"{resource} is neither the group nor its packages")
    except (ValueError, KeyError, TypeError) as error:
        raise ServiceError("ValidationException", f"Invalid resource policy: {error}") from error


def _get_policy(records: Records, scope: Scope, parameters: Parameters) -> Record:
    where, name = _located(scope, parameters["ModelPackageGroupName"])
    group = records.get(records.kinds["ModelPackageGroup"], where, {"ModelPackageGroupName": name})
    text = _policies.get(group["ModelPackageGroupArn"])
    if text is None:
        raise ServiceError("ValidationException", f"Cannot find resource policy for: {group['ModelPackageGroupArn']}")
    return {"ResourcePolicy": text}


def _delete_policy(records: Records, scope: Scope, parameters: Parameters) -> Record:
    _get_policy(records, scope, parameters)
    where, name = _located(scope, parameters["ModelPackageGroupName"])
    del _policies[_group_arn(where, name)]
    return {}


def _create_package(records: Records, scope: Scope, parameters: Parameters) -> Record:
    with records.lock:
        return _created_package(records, scope, parameters)


def _created_package(records: Records, scope: Scope, parameters: Parameters) -> Record:
    lacking = [name for name in _NOT_EMULATED if parameters.get(name)]
    if lacking:
        raise ServiceError("ValidationException", f"The local SageMaker does not do: {', '.join(lacking)}")
    group, single = parameters.get("ModelPackageGroupName"), parameters.get("ModelPackageName")
    if (group is None) == (single is None):
        message = "Exactly one of ModelPackageGroupName and ModelPackageName must be given."
        raise ServiceError("ValidationException", message)
    given = {name: value for name, value in parameters.items() if name != "ClientToken"}
    token = (scope.account, str(parameters.get("ClientToken")))
    if parameters.get("ClientToken") and token in _tokens:
        return dict(_tokens[token])
    where = scope
    if group is None:
        if parameters.get("ModelApprovalStatus") or parameters.get("CustomerMetadataProperties"):
            message = "ModelApprovalStatus and CustomerMetadataProperties are only for packages of a group."
            raise ServiceError("ValidationException", message)
        given |= {"Path": single, "Types": ["Unversioned", "Both"]}
    else:
        where, name = _located(scope, group)
        known = records.get(records.kinds["ModelPackageGroup"], where, {"ModelPackageGroupName": name})
        if parameters.get("Tags"):
            message = "Tags are not for packages of a group; tag the group."
            raise ServiceError("ValidationException", message)
        arn = known["ModelPackageGroupArn"]
        version = _last_versions.get(arn, 0) + 1
        given |= {
            "ModelPackageGroupName": name,
            "ModelPackageName": name,
            "ModelPackageVersion": version,
            "Path": f"{name}/{version}",
            "Types": ["Versioned", "Both"],
            "ModelApprovalStatus": given.get("ModelApprovalStatus", "PendingManualApproval"),
            "ModelPackageRegistrationType": given.get("ModelPackageRegistrationType", "Registered"),
        }
        _last_versions[arn] = version
    answer = records.dispatch(where, "sagemaker", "CreateModelPackage", given)
    if parameters.get("ClientToken"):
        if len(_tokens) >= _REMEMBERED:
            del _tokens[next(iter(_tokens))]
        _tokens[token] = dict(answer)
    _tell(records, where, answer["ModelPackageArn"], tuple(sorted(given.keys() & {"ModelApprovalStatus"})))
    return answer


def _describe_package(records: Records, scope: Scope, parameters: Parameters) -> Record:
    where, path = _located(scope, parameters["ModelPackageName"])
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
        where, wanted["ModelPackageGroupName"] = _located(scope, parameters["ModelPackageGroupName"])
        records.get(records.kinds["ModelPackageGroup"], where, wanted)
        wanted.setdefault("ModelPackageType", "Versioned")
    wanted.setdefault("ModelPackageType", "Unversioned")
    wanted.setdefault("SortOrder", "Descending")
    return records.dispatch(where, "sagemaker", "ListModelPackages", wanted)


def _update_package(records: Records, scope: Scope, parameters: Parameters) -> Record:
    where, _ = _located(scope, parameters["ModelPackageArn"])
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
    where, path = _located(scope, parameters["ModelPackageName"])
    wanted = {"ModelPackageArn": _package_arn(where, path)}
    return records.dispatch(where, "sagemaker", "DeleteModelPackage", wanted)


def _tell(records: Records, scope: Scope, arn: str, updated: tuple[str, ...]) -> None:
    """Put the event of a package's new state on the bus of the account that owns it.

    https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html
    """
    from mlops_stages.local import engine  # in the server only

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
    "DescribeModelPackageGroup": _on_group("DescribeModelPackageGroup"),
    "DeleteModelPackageGroup": _on_group("DeleteModelPackageGroup"),
    "ListModelPackageGroups": _list_groups,
    "PutModelPackageGroupPolicy": _put_policy,
    "GetModelPackageGroupPolicy": _get_policy,
    "DeleteModelPackageGroupPolicy": _delete_policy,
    "CreateModelPackage": _create_package,
    "DescribeModelPackage": _describe_package,
    "BatchDescribeModelPackage": _describe_packages,
    "ListModelPackages": _list_packages,
    "UpdateModelPackage": _update_package,
    "DeleteModelPackage": _delete_package,
}
"""Operations that do more than keep a record."""
