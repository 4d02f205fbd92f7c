"""May the signer of a request do what it asks? Judged before any of our own services, or moto, sees the request.

ministack judges the requests that it serves itself. For the others the IAM action, the resources and the condition
keys are derived here from botocore's model of the operation, and ministack's evaluator decides. What no model has is
refused: nothing passes that was not judged.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mlops_stages.local.json_values import leaves, listed, mapping
from mlops_stages.local.server import engine
from mlops_stages.local.server.api import calls, forwarding, operations
from mlops_stages.local.server.api.operations import Operation
from mlops_stages.local.server.codeartifact import requests as codeartifact_requests
from mlops_stages.local.server.engine import Headers, Query, Response
from mlops_stages.local.server.glue import requests as glue_requests
from mlops_stages.local.server.sagemaker import registry_requests
from mlops_stages.local.server.sagemaker import requests as sagemaker_requests

_JUDGED_HERE = frozenset({"budgets"})
"""Services of ministack's whose IAM actions are not the names of their operations."""

_TAKE_ROLES = frozenset(
    {
        "backup",
        "batch",
        "cloudformation",
        "cloudtrail",
        "codebuild",
        "config",
        "ecs",
        "events",
        "firehose",
        "glue",
        "lambda",
        "logs",
        "pipes",
        "scheduler",
        "states",
    }
)
"""Services of ministack's that a role is passed to; ministack does not ask for iam:PassRole."""

_ON_SPACES = frozenset({"CreateApp", "DeleteApp", "DeleteSpace", "UpdateSpace"})
_PRINCIPALS = {"ecs": "ecs-tasks.amazonaws.com"}
_ROLE_MEMBER = re.compile(r"\.\w*Role(Arn|ARN)?s?$")
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/.+")
_TAGGING = re.compile(r"(Add|Delete|List)Tags.*|(Un)?[Tt]ag.*|ListTagsForResource")


@dataclass(frozen=True)
class Check:
    """One question to the policies."""

    action: str
    resource: str
    context: Mapping[str, Any] = field(default_factory=dict[str, Any])


async def answer(
    name: str, method: str, path: str, headers: Headers, body: bytes, query: Query, request_id: str
) -> Response | None:
    """Refuse or answer a request signed for service `name`; None leaves it to ministack, which judges it itself."""
    if name == "s3" and not engine.is_of_s3(method, path, headers, body, query):
        return _unknown(name, method, path, headers, request_id)
    native = engine.is_emulated(name) and not engine.service_handlers(name) and name not in _JUDGED_HERE
    if native:
        if engine.is_root(headers, query):
            return None
        if operations.is_ambiguous(name, headers, body, query) or not engine.is_judged(
            method, path, headers, body, query
        ):
            return _unknown(name, method, path, headers, request_id)
        if name not in _TAKE_ROLES:
            return None
        found = operations.find(name, method, path, headers, body, query)
        return None if found is None else _refused(name, passed_roles(found), headers, query, request_id)
    if not (engine.service_handlers(name) or engine.is_emulated(name) or forwarding.is_forwarded(name)):
        return forwarding.unsupported(f"the local AWS has no service {name!r}")
    operation = operations.find(name, method, path, headers, body, query)
    if operation is None:
        return _unknown(name, method, path, headers, request_id)
    engine.caller(headers, query)  # remembered for the handlers
    root = engine.is_root(headers, query)
    asked = checks(operation, with_lookups=not root)
    refusal = _refused(name, asked, headers, query, request_id)
    if refusal is not None:
        return refusal
    status, answered, content = await forwarding.answer(name, method, path, headers, body, query)
    return status, {**answered, "x-amzn-requestid": answered.get("x-amzn-requestid", request_id)}, content


def _unknown(name: str, method: str, path: str, headers: Headers, request_id: str) -> Response:
    """Refuse what cannot be judged, because no operation of the service is like it."""
    called = headers.get("x-amz-target") or f"{method} {path}"
    message = f"No operation of {name} that policies could be asked about: {called}"
    denial = engine.Denial(f"{name}:Unknown", "*", "", False, "", "AccessDenied", message)
    return engine.denied_response(name, denial, headers, request_id)


def _refused(name: str, asked: tuple[Check, ...], headers: Headers, query: Query, request_id: str) -> Response | None:
    for check in asked:
        denial = engine.authorize(
            check.action, check.action.partition(":")[0], check.resource, check.context, headers, query
        )
        if denial is not None:
            return engine.denied_response(name, denial, headers, request_id)
    return None


def checks(operation: Operation, *, with_lookups: bool = True) -> tuple[Check, ...]:
    """Return every question that AWS asks its policies about the operation, in the account and region being served.

    `with_lookups` asks what the operation is on for its tags, and a Studio space for its owner.
    """
    partition, region, account = "aws", engine.region(), engine.account()
    action = f"{operation.prefix}:{_action(operation)}"
    known = {**_space_keys(operation), **_package_keys(operation)} if with_lookups else {}
    context = {**known, **request_tags(operation), **_service_keys(operation, partition, region, account)}
    asked: list[Check] = []
    for resource in _resources(operation, partition, region, account):
        tags = _resource_tags(operation, resource) if with_lookups and not operation.creates else {}
        asked.append(Check(action, resource, {**context, **tags}))
        if operation.prefix == "sagemaker" and operation.creates and operation.parameters.get("Tags"):
            # https://docs.aws.amazon.com/sagemaker/latest/dg/security_iam_id-based-policy-examples.html
            asked.append(Check("sagemaker:AddTags", resource, {**context, "sagemaker:TaggingAction": operation.name}))
    return (*asked, *passed_roles(operation))


def _action(operation: Operation) -> str:
    if operation.prefix == "budgets" and not _TAGGING.fullmatch(operation.name):
        return "ViewBudget" if operation.reads else "ModifyBudget"
    return operation.name


def _service_keys(operation: Operation, partition: str, region: str, account: str) -> dict[str, Any]:
    if operation.prefix == "sagemaker":
        return sagemaker_requests.condition_keys(operation, partition, region, account)
    return {}


def _resources(operation: Operation, partition: str, region: str, account: str) -> tuple[str, ...]:
    if operation.prefix == "sagemaker":
        return sagemaker_requests.resources(operation, partition, region, account)
    if operation.prefix == "glue":
        return glue_requests.resources(operation, partition, region, account)
    if operation.prefix == "budgets" and not _TAGGING.fullmatch(operation.name):
        budget = mapping(operation.parameters.get("Budget"))
        name = operation.parameters.get("BudgetName") or budget.get("BudgetName") or "*"
        return (f"arn:{partition}:budgets::{operation.parameters.get('AccountId') or account}:budget/{name}",)
    if operation.prefix == "codeartifact":
        return codeartifact_requests.resources(operation, partition, region, account)
    own = re.compile(rf"arn:aws[a-z-]*:{re.escape(operation.prefix)}:.*")
    return tuple(
        value for path, value in leaves(operation.parameters) if path.count(".") == 1 and own.fullmatch(value)
    ) or ("*",)


def passed_roles(operation: Operation) -> tuple[Check, ...]:
    """Return the roles that the operation hands to its service: the caller must be allowed to pass each."""
    if operation.reads or operation.prefix == "sts":
        return ()
    service = _PRINCIPALS.get(operation.prefix, f"{operation.prefix}.amazonaws.com")
    roles = sorted(
        {value for path, value in leaves(operation.parameters) if _ROLE_MEMBER.search(path) and _ROLE.fullmatch(value)}
    )
    return tuple(Check("iam:PassRole", role, {"iam:PassedToService": service}) for role in roles)


def request_tags(operation: Operation) -> dict[str, Any]:
    """Return `aws:RequestTag/...` and `aws:TagKeys` of the tags that the request sets or takes away."""
    given: object = operation.parameters.get("Tags") or operation.parameters.get("ResourceTags")
    named = mapping(given) or dict(_pair(tag) for tag in listed(given))
    tags = [(key, str(value)) for key, value in named.items()]
    removed = [*listed(operation.parameters.get("TagKeys")), *listed(operation.parameters.get("ResourceTagKeys"))]
    if not tags and not removed:
        return {}
    keys = [*(key for key, _ in tags), *map(str, removed)]
    return {**{f"aws:RequestTag/{key}": value for key, value in tags}, "aws:TagKeys": keys}


def _pair(tag: object) -> tuple[str, str]:
    named = {name.lower(): str(value) for name, value in mapping(tag).items()}
    return named.get("key", ""), named.get("value", "")


def _space_keys(operation: Operation) -> dict[str, Any]:
    """Return SageMaker's condition keys of the space that an app runs in, or that is changed."""
    domain, name = operation.parameters.get("DomainId"), operation.parameters.get("SpaceName")
    if operation.prefix != "sagemaker" or operation.name not in _ON_SPACES or not domain or not name:
        return {}
    try:
        space = calls.call("sagemaker", "describe_space", DomainId=domain, SpaceName=name)
    except Exception:  # there is no such space; the operation itself will say so
        return {}
    described = {"DomainId": domain, **{key: space.get(key) for key in ("OwnershipSettings", "SpaceSharingSettings")}}
    asked = Operation("sagemaker", "UpdateSpace", described)
    return sagemaker_requests.condition_keys(asked, "aws", engine.region(), engine.account())


def _package_keys(operation: Operation) -> dict[str, Any]:
    """Return SageMaker's condition keys of what a model package is before the operation."""
    package = registry_requests.package(operation) if operation.prefix == "sagemaker" else None
    if package is None:
        return {}
    try:
        described = calls.call("sagemaker", "describe_model_package", ModelPackageName=package)
    except Exception:  # there is no such package; the operation itself will say so
        return {}
    return registry_requests.current_keys(described)


def _resource_tags(operation: Operation, resource: str) -> dict[str, Any]:
    if operation.prefix != "sagemaker" or "*" in resource:
        return {}
    try:
        listed: list[Mapping[str, str]] = calls.call("sagemaker", "list_tags", ResourceArn=resource)["Tags"]
    except Exception:  # a resource that does not exist has no tags; the operation itself will say so
        return {}
    return {f"{prefix}:ResourceTag/{tag['Key']}": tag["Value"] for tag in listed for prefix in ("aws", "sagemaker")}
