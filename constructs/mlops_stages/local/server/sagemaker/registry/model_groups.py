"""SageMaker's model package groups and their policies.

A group may be named by its ARN, and then lives in the account of the ARN; whether the caller may reach it there is
judged before, by the group's policy and the caller's own.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from mlops_stages.local.json_values import listed, mapping
from mlops_stages.local.server.api.records import Child, Filter, Kind, Parameters, Record, Records, Scope, ServiceError
from mlops_stages.local.server.sagemaker.user_context import user_context

CREATED = {
    "CreationTimeAfter": Filter(member="CreationTime", how="after"),
    "CreationTimeBefore": Filter(member="CreationTime", how="before"),
}
"""The filters by time of the lists of groups and packages."""


def _prepare_group(scope: Scope, record: Record) -> None:
    del scope
    record |= {"ModelPackageGroupStatus": "Completed", "Name": record["ModelPackageGroupName"]}
    record["CreatedBy"] = user_context()


KIND = Kind(
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
    filters={"NameContains": Filter(member="ModelPackageGroupName", how="contains"), **CREATED},
    prepare=_prepare_group,
)

_GROUP, _PACKAGE = "model-package-group", "model-package"
_policies: dict[str, str] = {}


def policy_of(arn: str) -> tuple[str | None, str] | None:
    """Return the policy that counts for a SageMaker resource, a group's for its packages too, and the owner's id."""
    parts = arn.split(":", 5)
    if len(parts) < 6 or not parts[4].isdigit():
        return None
    kind, _, name = parts[5].partition("/")
    group = ":".join([*parts[:5], f"{_GROUP}/{name.partition('/')[0]}"])
    return (_policies.get(group) if kind in (_GROUP, _PACKAGE) else None), parts[4]


def located(scope: Scope, name_or_arn: str) -> tuple[Scope, str]:
    """Return where a group or package named so lives, and its name there."""
    parts = name_or_arn.split(":", 5)
    if len(parts) < 6:
        return scope, name_or_arn
    if parts[3] != scope.region:
        raise ServiceError("ValidationException", f"{name_or_arn} is not of the region {scope.region}.")
    return Scope(account=parts[4], region=parts[3]), parts[5].partition("/")[2]


def _on_group(operation: str) -> Callable[[Records, Scope, Parameters], Record]:
    """Return an operation of the kind that takes a group by name or ARN."""

    def answer(records: Records, scope: Scope, parameters: Parameters) -> Record:
        where, name = located(scope, parameters["ModelPackageGroupName"])
        named = {**parameters, "ModelPackageGroupName": name}
        answered = records.dispatch(where, "sagemaker", operation, named)
        if operation == "DeleteModelPackageGroup":
            _policies.pop(_group_arn(where, name), None)
        return answered

    return answer


def _group_arn(scope: Scope, name: str) -> str:
    return f"arn:aws:sagemaker:{scope.region}:{scope.account}:{_GROUP}/{name}"


def _list_groups(records: Records, scope: Scope, parameters: Parameters) -> Record:
    if parameters.get("CrossAccountFilterOption") == "CrossAccount":
        raise ServiceError("NotImplementedException", "Not emulated: groups shared through AWS RAM.", 501)
    return records.dispatch(scope, "sagemaker", "ListModelPackageGroups", parameters)


def _put_policy(records: Records, scope: Scope, parameters: Parameters) -> Record:
    where, name = located(scope, parameters["ModelPackageGroupName"])
    group = records.get(records.kinds["ModelPackageGroup"], where, {"ModelPackageGroupName": name})
    text = parameters["ResourcePolicy"]
    _check_policy(text, group["ModelPackageGroupArn"])
    _policies[group["ModelPackageGroupArn"]] = text
    return {"ModelPackageGroupArn": group["ModelPackageGroupArn"]}


def _check_policy(text: str, group_arn: str) -> None:
    """Refuse what is not a policy, and statements on anything but the group and its packages."""
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
    where, name = located(scope, parameters["ModelPackageGroupName"])
    group = records.get(records.kinds["ModelPackageGroup"], where, {"ModelPackageGroupName": name})
    text = _policies.get(group["ModelPackageGroupArn"])
    if text is None:
        raise ServiceError("ValidationException", f"Cannot find resource policy for: {group['ModelPackageGroupArn']}")
    return {"ResourcePolicy": text}


def _delete_policy(records: Records, scope: Scope, parameters: Parameters) -> Record:
    _get_policy(records, scope, parameters)
    where, name = located(scope, parameters["ModelPackageGroupName"])
    del _policies[_group_arn(where, name)]
    return {}


EXTRAS: Mapping[str, Callable[[Records, Scope, Parameters], Record]] = {
    "DescribeModelPackageGroup": _on_group("DescribeModelPackageGroup"),
    "DeleteModelPackageGroup": _on_group("DeleteModelPackageGroup"),
    "ListModelPackageGroups": _list_groups,
    "PutModelPackageGroupPolicy": _put_policy,
    "GetModelPackageGroupPolicy": _get_policy,
    "DeleteModelPackageGroupPolicy": _delete_policy,
}
"""Operations that do more than keep a record."""
