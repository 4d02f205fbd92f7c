"""What ministack's policy evaluator lacks: variables, condition keys, resource policies that bind the root."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from mlops_stages.expressions import fits
from mlops_stages.local.json_values import leaves, listed
from mlops_stages.local.server.engine import ministack

_VARIABLE = re.compile(r"\$\{([^}$,]++)(?:,\s*+'([^']*+)'\s*+)?\}")
_SESSION = re.compile(r"arn:(aws[a-z-]*):sts::(\d{12}):assumed-role/([^/]+)/.*")
_LITERAL = re.compile(r"\$\{([*?$])\}")
_NEVER = "\ufffe"  # in no ARN and no condition value: what an unset variable becomes matches nothing
_ASTERISK, _QUESTION_MARK = "\ufffc", "\ufffd"  # stand for characters meant literally where a wildcard could be
_MOST_COMPARED, _MOST_PARSED = 16_384, 2_048
"""How many comparisons of an action with a statement are remembered, and how many parsed policies."""

_WILDCARDS = str.maketrans({"*": _ASTERISK, "?": _QUESTION_MARK})


@dataclass(frozen=True)
class Organization:
    """An AWS organization and the accounts in it, for `aws:PrincipalOrgID` and `aws:ResourceOrgID`."""

    id: str
    accounts: frozenset[str]


organizations: list[Organization] = []
"""The organizations that the platform told us of; ministack's own see only their management account."""


def mend_policies() -> None:
    """Put AWS's policy variables and the condition keys that ministack lacks into its evaluator, once."""
    evaluator = ministack.iam_evaluator
    if getattr(evaluator, "mended_by_mlops_stages", False):
        return
    evaluator.mended_by_mlops_stages = True
    _remember(evaluator)
    _mend_condition_keys(evaluator)
    _mend_variables(evaluator)
    _mend_wildcards(evaluator)
    _mend_root(evaluator)
    _mend_iam_keys()


def _remember(evaluator: Any) -> None:  # noqa: ANN401  # a module without types
    """Parse a policy once, and compare an action with a statement once: each request is judged by all of its caller's.

    Nobody changes a statement.
    """
    parse: Callable[[Any], list[Any]] = evaluator.parse_policy_document
    known = functools.lru_cache(maxsize=_MOST_PARSED)(parse)
    matches: Callable[[str, Sequence[str], Sequence[str]], bool] = evaluator._action_matches
    compared = functools.lru_cache(maxsize=_MOST_COMPARED)(matches)

    def matches_once(request_action: str, actions: list[str], not_actions: list[str]) -> bool:
        return compared(request_action, tuple(actions), tuple(not_actions))

    def parse_once(doc: str | dict[str, Any]) -> list[Any]:
        return list(known(doc) if isinstance(doc, str) else parse(doc))

    evaluator.parse_policy_document = parse_once
    evaluator._action_matches = matches_once


_OF_THE_REQUEST: Mapping[str, Callable[[Any], Any]] = {
    "aws:principalarn": lambda context: without_session(context.principal_arn),
    "aws:principalisawsservice": lambda context: context.principal_keys.get("aws:principalisawsservice", "false"),
    "aws:viaawsservice": lambda context: context.principal_keys.get("aws:viaawsservice", "false"),
    "s3:tlsversion": lambda context: "1.3" if context.secure_transport else None,
    "kms:calleraccount": lambda context: context.principal_account,
}
"""Condition keys that follow from the request alone."""


def _mend_condition_keys(evaluator: Any) -> None:  # noqa: ANN401  # a module without types
    resolve: Callable[[str, Any], Any] = evaluator._resolve_condition_key
    describe: Callable[[Any], dict[str, Any]] = evaluator._principal_keys
    organization: Callable[[str], str | None] = evaluator._principal_org_id

    def organization_of(account: str) -> str | None:
        return next((known.id for known in organizations if account in known.accounts), None) or organization(account)

    def resolve_key(key: str, context: Any) -> Any:  # noqa: ANN401  # as the wrapped one
        name = key.lower()
        if name in _OF_THE_REQUEST:
            return _OF_THE_REQUEST[name](context)
        if name in ("aws:resourceaccount", "s3:resourceaccount", "aws:resourceorgid"):
            owner = _bucket_owner(context.resource_arn) or resolve("aws:resourceaccount", context)
            return organization_of(owner) if name == "aws:resourceorgid" else owner
        return resolve(key, context)

    def describe_principal(credential: Any) -> dict[str, Any]:  # noqa: ANN401  # as the wrapped one
        keys = describe(credential)
        session: dict[str, Any] = ministack.sts._sessions.get(credential.access_key_id) or {}
        for name in ("SourceIdentity", "MultiFactorAuthPresent", "MultiFactorAuthAge"):
            if session.get(name) is not None:
                keys[f"aws:{name}".lower()] = session[name]
        return keys

    evaluator._principal_org_id = organization_of
    evaluator._resolve_condition_key = resolve_key
    evaluator._principal_keys = describe_principal
    ministack.sts._principal_keys = describe_principal  # it keeps the function under its own name


def without_session(arn: str) -> str:
    """Return the role, with its path, of a session's ARN, as policies know it; other principals as they are.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn
    """
    session = _SESSION.fullmatch(arn)
    if session is None:
        return arn
    record: dict[str, Any] | None = ministack.iam._roles.get_scoped(session[2], None, session[3])
    return str(record["Arn"]) if record else f"arn:{session[1]}:iam::{session[2]}:role/{session[3]}"


def _bucket_owner(arn: str) -> str | None:
    """Return the account that owns the bucket of an S3 ARN, which names none."""
    if not arn.startswith("arn:aws:s3:::"):
        return None
    bucket = arn.removeprefix("arn:aws:s3:::").partition("/")[0]
    buckets = cast("Iterable[tuple[str, str]]", ministack.s3._buckets.to_dict())
    return next((owner for owner, name in buckets if name == bucket), None)


def _mend_root(evaluator: Any) -> None:  # noqa: ANN401  # a module without types
    """Let the Deny of a resource's own policy bind the root too, as in AWS: no identity policy does."""
    enforce: Callable[..., Any] = evaluator.enforce

    def enforce_on_root(  # as the wrapped one
        access_key_id: str,
        iam_action: str,
        service: str,
        region: str,
        resource_arn: str = "*",
        service_context: dict[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401
        verdict = enforce(access_key_id, iam_action, service, region, resource_arn, service_context)
        if verdict is not None or not access_key_id or not evaluator.is_root_access_key(access_key_id):
            return verdict
        found: tuple[str, str] | None = evaluator._resource_policy(service, resource_arn)
        if found is None or iam_action.endswith("BucketPolicy"):  # the root can always mend a bucket's policy
            return None
        account = ministack.account()
        context = evaluator.EvalContext(
            principal_arn=f"arn:aws:iam::{account}:root",
            principal_type="Account",
            principal_account=account,
            action=iam_action,
            resource_arn=resource_arn,
            region=region,
            service_context={key.lower(): value for key, value in (service_context or {}).items()},
        )
        judged = evaluator.evaluate_resource_policy(found[0], context)
        return replace(judged, resource_policy_arn=resource_arn) if judged.decision == "Deny" else None

    evaluator.enforce = enforce_on_root


def _mend_iam_keys() -> None:
    """Say which boundary and which managed policy an IAM request is about, as policies on role creation ask."""
    tags_of: Callable[..., dict[str, Any]] = ministack.iam_actions.request_tag_context

    def context_of(service: str, iam_action: str, body: bytes, params: dict[str, Any]) -> dict[str, Any]:
        context = tags_of(service, iam_action, body, params)
        if service != "iam":
            return context
        given = {name: str(next(iter(listed(value)), "")) for name, value in params.items()}
        bounded = _boundary(iam_action.partition(":")[2], given)
        if bounded:
            context["iam:PermissionsBoundary"] = bounded
        if given.get("PolicyArn"):
            context["iam:PolicyARN"] = given["PolicyArn"]
        return context

    ministack.iam_actions.request_tag_context = context_of


def _boundary(operation: str, given: dict[str, str]) -> str:
    """Return the boundary that a request sets, or that what it changes has already."""
    if operation in ("CreateRole", "CreateUser", "PutRolePermissionsBoundary", "PutUserPermissionsBoundary"):
        return given.get("PermissionsBoundary", "")
    if not operation.startswith(("Attach", "Delete", "Detach", "Put")):
        return ""
    changed: dict[str, Any] = ministack.iam._roles.get(given.get("RoleName")) or {}
    changed = changed or ministack.iam._users.get(given.get("UserName")) or {}
    return str(changed.get("PermissionsBoundary") or "")


def _mend_variables(evaluator: Any) -> None:  # noqa: ANN401  # a module without types
    conditions_met: Callable[[dict[str, Any], Any], bool] = evaluator._conditions_met

    def first_match(context: Any, statements: list[Any], effect: str) -> Any:  # noqa: ANN401  # as the replaced one
        for each in statements:
            if each.effect == effect and evaluator._action_matches(context.action, each.actions, each.not_actions):
                filled = _with_variables(each, context)
                if evaluator._resource_matches(
                    context.resource_arn, filled.resources, filled.not_resources
                ) and evaluator._conditions_met(filled.conditions, context):
                    return filled
        return None

    def conditions_with_variables(conditions: dict[str, Any], context: Any) -> bool:  # noqa: ANN401
        return conditions_met(_filled_conditions(conditions, context), context)

    evaluator._first_match = first_match
    evaluator._conditions_met = conditions_with_variables


def _mend_wildcards(evaluator: Any) -> None:  # noqa: ANN401  # a module without types
    """Compare wildcards without an expression: ministack's takes hours on a resource of 25 `*a`."""

    def fits_in_any_case(value: str, pattern: str) -> bool:
        return _fits(value.lower(), pattern.lower())

    evaluator.fnmatch_iam = fits_in_any_case
    evaluator.fnmatch_iam_cs = _fits


def _fits(value: str, pattern: str) -> bool:
    if _ASTERISK in pattern or _QUESTION_MARK in pattern:
        value = value.translate(_WILDCARDS)
    return fits(value, pattern)


def _with_variables(statement: Any, context: Any) -> Any:  # noqa: ANN401  # ministack's ParsedStatement
    """Return the statement for this request; an Allow that hangs on an unset variable by a negation allows nothing."""
    if "${" not in f"{statement.resources}{statement.not_resources}{statement.conditions}":
        return statement
    resources = [_filled(pattern, context) for pattern in statement.resources]
    not_resources = [_filled(pattern, context) for pattern in statement.not_resources]
    if statement.effect == "Allow" and (
        _NEVER in not_resources or _negates_unset(_filled_conditions(statement.conditions, context))
    ):
        resources, not_resources = [_NEVER], []
    return replace(statement, resources=resources, not_resources=not_resources)


def _negates_unset(conditions: dict[str, Any]) -> bool:
    return any(
        _NEVER in value
        for operator, block in conditions.items()
        if "not" in operator.lower()
        for _, value in leaves(block)
    )


def _filled_conditions(conditions: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ANN401
    if "${" not in str(conditions):
        return conditions
    filled: dict[str, Any] = {}
    for operator, block in conditions.items():
        wildcards = operator.lower().rpartition(":")[2].startswith(("stringlike", "stringnotlike", "arn"))
        filled[operator] = {
            key: [_filled(str(value), context, wildcards=wildcards) for value in listed(values)]
            for key, values in cast("dict[str, Any]", block).items()
        }
    return filled


def _filled(pattern: str, context: Any, *, wildcards: bool = True) -> str:  # noqa: ANN401  # ministack's EvalContext
    """Return the pattern with its variables replaced; one that is not set, and has no default, matches nothing.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
    """
    unset = False

    def value(found: re.Match[str]) -> str:
        nonlocal unset
        known: Any = ministack.iam_evaluator._resolve_condition_key(found.group(1).strip(), context)
        if known is None or isinstance(known, list):  # a key of several values is no variable
            known = found.group(2)
        if known is None:
            unset = True
            return _NEVER
        text = str(cast("object", known))
        return text.translate(_WILDCARDS) if wildcards else text  # a "*" in a tag's value is no wildcard

    filled = _VARIABLE.sub(value, pattern)
    if unset:
        return _NEVER
    return _LITERAL.sub(lambda found: found.group(1).translate(_WILDCARDS) if wildcards else found.group(1), filled)
