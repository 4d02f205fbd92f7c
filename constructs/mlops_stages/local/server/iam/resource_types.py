"""IAM: the permissions boundary that ministack's CloudFormation drops, and the quotas that AWS holds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from mlops_stages.local.server import engine
from mlops_stages.local.server.cloudformation.api_types import Properties, RefusedError, call, gone

ROLE = "AWS::IAM::Role"
MANAGED_POLICY = "AWS::IAM::ManagedPolicy"

MANAGED_POLICY_SIZE = 6144
INLINE_POLICIES_SIZE = 10240
TRUST_POLICY_SIZE = 2048
POLICIES_OF_A_ROLE = 10
"""AWS's default quotas: characters without white space, and attached policies."""


def _size(document: str | Mapping[str, Any]) -> int:
    text = document if isinstance(document, str) else json.dumps(document)
    return len("".join(json.dumps(json.loads(text), separators=(",", ":"), ensure_ascii=False).split()))


def _check_role(role: Properties) -> None:
    if _size(role.get("AssumeRolePolicyDocument") or {}) > TRUST_POLICY_SIZE:
        raise RefusedError(f"{ROLE}: Cannot exceed quota for ACLSizePerRole: {TRUST_POLICY_SIZE}")
    inline = sum(_size(policy.get("PolicyDocument") or {}) for policy in role.get("Policies") or ())
    if inline > INLINE_POLICIES_SIZE:
        raise RefusedError(f"{ROLE}: Maximum policy size of {INLINE_POLICIES_SIZE} bytes exceeded for role")
    if len(role.get("ManagedPolicyArns") or ()) > POLICIES_OF_A_ROLE:
        raise RefusedError(f"{ROLE}: Cannot exceed quota for PoliciesPerRole: {POLICIES_OF_A_ROLE}")


def _bind(name: str, properties: Properties) -> None:
    boundary = properties.get("PermissionsBoundary")
    if boundary:
        call("iam", "PutRolePermissionsBoundary", {"RoleName": name, "PermissionsBoundary": boundary})


def _created(name: str, properties: Properties, stack_name: str) -> None:
    del stack_name
    _check_role(properties)
    _bind(name, properties)


def _updated(name: str, old: Properties, new: Properties, stack_name: str) -> None:
    del stack_name
    _check_role(new)
    _bind(name, new)
    if old.get("PermissionsBoundary") and not new.get("PermissionsBoundary"):
        role = call("iam", "GetRole", {"RoleName": name})["Role"]
        if "PermissionsBoundary" in role:
            call("iam", "DeleteRolePermissionsBoundary", {"RoleName": name})


def _check_policy(properties: Properties) -> None:
    if _size(properties.get("PolicyDocument") or {}) > MANAGED_POLICY_SIZE:
        raise RefusedError(f"{MANAGED_POLICY}: Cannot exceed quota for PolicySize: {MANAGED_POLICY_SIZE}")


def _refuse_a_second_role(properties: Properties) -> None:
    """Ministack would overwrite the role, and lose it when the first stack lets go of it."""
    name = properties.get("RoleName")
    if name and _exists("GetRole", {"RoleName": name}):
        raise RefusedError(f"{ROLE}: Role with name {name} already exists. (Error Code: EntityAlreadyExists)")


def _refuse_a_second_policy(properties: Properties) -> None:
    name = properties.get("ManagedPolicyName")
    path = properties.get("Path") or "/"
    arn = f"arn:aws:iam::{engine.account()}:policy{path}{name}"
    if name and _exists("GetPolicy", {"PolicyArn": arn}):
        raise RefusedError(
            f"{MANAGED_POLICY}: A policy called {name} already exists. (Error Code: EntityAlreadyExists)"
        )


def _exists(operation: str, parameters: Properties) -> bool:
    try:
        call("iam", operation, parameters)
    except RefusedError as error:
        if gone(error, "NoSuchEntity"):
            return False
        raise
    return True


def register() -> None:
    """Mend the types."""
    engine.mend_resource_type(ROLE, after_create=_created, after_update=_updated)
    engine.guard_resource_type(ROLE, _refuse_a_second_role)
    engine.mend_resource_type(
        MANAGED_POLICY,
        after_create=lambda _arn, properties, _stack: _check_policy(properties),
        after_update=lambda _arn, _old, new, _stack: _check_policy(new),
    )
    engine.guard_resource_type(MANAGED_POLICY, _refuse_a_second_policy)
