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
from mlops_stages.local.server.api import forwarding, operations
from mlops_stages.local.server.api.operations import Operation
from mlops_stages.local.server.api.request_details import RequestDetails
from mlops_stages.local.server.application_autoscaling import requests as application_autoscaling
from mlops_stages.local.server.budgets import requests as budgets
from mlops_stages.local.server.cloudwatch import requests as cloudwatch
from mlops_stages.local.server.codeartifact import requests as codeartifact
from mlops_stages.local.server.codepipeline import requests as codepipeline
from mlops_stages.local.server.engine import Headers, Query, Response
from mlops_stages.local.server.glue import requests as glue
from mlops_stages.local.server.sagemaker import request_details as sagemaker

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

_PRINCIPALS = {"ecs": "ecs-tasks.amazonaws.com"}
_ROLE_MEMBER = re.compile(r"\.\w*[Rr]ole(Arn|ARN)?s?$")
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/.+")


_DETAILS: Mapping[str, RequestDetails] = {
    "application-autoscaling": application_autoscaling.DETAILS,
    "budgets": budgets.DETAILS,
    cloudwatch.SIGNING_NAME: cloudwatch.DETAILS,
    "codeartifact": codeartifact.DETAILS,
    "codepipeline": codepipeline.DETAILS,
    "glue": glue.DETAILS,
    "sagemaker": sagemaker.DETAILS,
}
"""By the name that requests to the service are signed for."""


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
    if operation is None and name == cloudwatch.SIGNING_NAME and "x-amz-target" not in headers:
        return forwarding.unsupported("CloudWatch's protocols CBOR and Query: use JSON, as boto3 and the AWS CLI do")
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


def refused_to_role(
    role: engine.ServiceRole, name: str, method: str, path: str, headers: Headers, body: bytes, query: Query
) -> Response | None:
    """Refuse what a resource's handler calls and the stack's service role may not; None lets it pass.

    What it changes is judged, and what it reads of the type's own service: it looks elsewhere for the emulator's sake.
    """
    operation = operations.find(name, method, path, headers, body, query)
    if operation is None:
        return None
    asked = checks(operation)
    own = role.resource_type.partition("::")[2].partition("::")[0].lower()
    if operation.reads and asked[0].action.partition(":")[0].replace("-", "") != own:
        return None
    try:
        signed = engine.signed_as(role, engine.region(), name)
    except LookupError:
        message = f"Role {role.arn} is invalid or cannot be assumed"
        denial = engine.Denial(asked[0].action, "*", "", False, "", "AccessDenied", message)
        return engine.denied_response(name, denial, headers, "")
    return _refused(name, asked, {**headers, **signed}, {}, "")


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
    place = ("aws", engine.region(), engine.account())
    details = _DETAILS.get(operation.prefix, RequestDetails())
    action = f"{details.prefix or operation.prefix}:{details.action(operation)}"
    known: Mapping[str, Any] = details.current_keys(operation) if with_lookups else {}
    context = {**known, **request_tags(operation), **details.condition_keys(operation, *place)}
    asked: list[Check] = []
    for number, resource in enumerate(details.resources(operation, *place)):
        tags: Mapping[str, Any] = details.resource_tags(resource) if with_lookups and not operation.creates else {}
        asked.append(Check(action, resource, {**context, **tags}))
        # Tagged is what is created, which comes first: not what it is made of.
        if number == 0 and details.tagging is not None and operation.creates and operation.parameters.get("Tags"):
            tagging, key = details.tagging
            asked.append(Check(tagging, resource, {**context, key: operation.name}))
    return (*asked, *passed_roles(operation))


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
