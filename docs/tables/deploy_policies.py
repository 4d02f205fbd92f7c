"""The policies of CloudFormation's role, made from what the handlers of the deployed types say they call.

CloudFormation's registry has the handlers' permissions in each type's schema; cfn-lint carries the schemas.

Source: https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cache
from typing import Any, Literal, cast

from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from docs.tables.deploy_rules import (
    BESIDES,
    LISTS,
    NOT_ACTIONS,
    POLICIES,
    PORTIONS,
    SPELLED,
    TYPES,
    UNNEEDED,
    Portion,
    Unneeded,
)
from docs.tables.markdown import code, table

Scope = Literal["accounts", "organization"]
_REGION = "eu-west-1"
MOST_CHARACTERS = 6144
"""Of a managed policy, white space not counted."""


def schema(type_name: str) -> dict[str, Any]:
    """A type's schema in CloudFormation's registry."""
    return cast("dict[str, Any]", PROVIDER_SCHEMA_MANAGER.get_resource_schema(_REGION, type_name).schema)  # pyright: ignore[reportUnknownMemberType]


@cache
def permissions(type_name: str) -> Mapping[str, frozenset[str]]:
    """The permissions that a type's handlers name, and which of the handlers name each."""
    found: dict[str, set[str]] = {}
    for handler, body in schema(type_name)["handlers"].items():
        for permission in body.get("permissions", []):
            found.setdefault(_spelled(permission), set()).add(handler)
    return {permission: frozenset(handlers) for permission, handlers in found.items()}


def _spelled(permission: str) -> str:
    wrong = next((wrong for wrong in SPELLED if permission.startswith(wrong)), "")
    return SPELLED.get(wrong, "") + permission.removeprefix(wrong)


@cache
def named_by(scope: Scope) -> Mapping[str, Mapping[str, frozenset[str]]]:
    """Every permission of the scope, and the handlers that name it, by type."""
    found: dict[str, dict[str, frozenset[str]]] = {}
    for type_name in TYPES[scope]:
        for permission, handlers in permissions(type_name).items():
            found.setdefault(permission, {})[type_name] = handlers
    return dict(sorted(found.items()))


@cache
def unneeded(scope: Scope, permission: str) -> Unneeded | None:
    """Why a permission that handlers name is not granted; None for one that is."""
    if permission in NOT_ACTIONS:
        return Unneeded(permissions=[permission], why=f"is no action; IAM asks for {NOT_ACTIONS[permission]}")
    rule = next((each for each in UNNEEDED if each.scope == scope and _matches(permission, each.permissions)), None)
    if rule is None and set().union(*named_by(scope)[permission].values()) == {"list"}:
        return Unneeded(permissions=[permission], why=LISTS)
    return rule


@cache
def granted(scope: Scope) -> tuple[str, ...]:
    """Every permission that the policies of the scope grant."""
    named = (permission for permission in named_by(scope) if unneeded(scope, permission) is None)
    return tuple(sorted({*named, *BESIDES[scope]}))


@cache
def policies() -> Mapping[str, dict[str, Any]]:
    """The policies by the names of their files."""
    return {f"deploy-policy-{name}.json": _policy(name) for name in POLICIES}


def text(policy: Mapping[str, Any]) -> str:
    """A policy as it stands in its file."""
    return json.dumps(policy, indent=2) + "\n"


def size(policy: Mapping[str, Any]) -> int:
    """Characters of a policy as IAM counts them, with the longest names that a platform file takes."""
    longest = {
        "ACCOUNT": "111111111111",
        "PLATFORM": "abcdefghijkl",
        "QUALIFIER": "hnb659fds00",
        "REGION": "ap-southeast-99",
    }
    written = json.dumps(policy, separators=(",", ":"))
    for placeholder, value in longest.items():
        written = written.replace(placeholder, value)
    return len(written)


def deploy_policies() -> str:
    """What each policy is for, and how long it is."""
    rows = (
        (f"[`{name}`]({name})", POLICIES[name.removeprefix("deploy-policy-").removesuffix(".json")], str(size(policy)))
        for name, policy in policies().items()
    )
    return table(("policy", "for", f"characters of {MOST_CHARACTERS}"), rows)


def deploy_unneeded() -> str:
    """What the handlers name and the policies leave out."""
    rows = [
        (code(permission), ", ".join(each.removeprefix("AWS::") for each in types), rule.why)
        for scope in ("accounts", "organization")
        for permission, types in named_by(scope).items()
        if (rule := unneeded(scope, permission)) is not None
    ]
    return table(("permission", "named by", "not granted, since"), rows)


def _policy(name: str) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(_statements(name))}


def _statements(policy: str) -> Iterator[dict[str, Any]]:
    scope: Scope = "organization" if policy == "organization" else "accounts"
    portions = [each for each in PORTIONS if (each.policy == "organization") == (scope == "organization")]
    taken: dict[str, list[str]] = {}
    for permission in granted(scope):
        taken.setdefault(_portion(permission, portions).sid, []).append(permission)
    for portion in portions:
        if portion.policy == policy:
            yield {
                "Sid": portion.sid,
                "Effect": "Allow",
                "Action": taken[portion.sid],
                "Resource": portion.resources[0] if len(portion.resources) == 1 else list(portion.resources),
                **({"Condition": dict(portion.conditions)} if portion.conditions else {}),
            }


def _portion(permission: str, portions: list[Portion]) -> Portion:
    found = next((each for each in portions if _matches(permission, each.takes)), None)
    if found is None:
        message = f"no statement takes {permission}: add it to a portion of docs/tables/deploy_rules.py, or to UNNEEDED"
        raise ValueError(message)
    return found


def _matches(permission: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(permission, pattern) for pattern in patterns)
