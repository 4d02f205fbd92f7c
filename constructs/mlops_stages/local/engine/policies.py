"""IAM: ministack's evaluator, and what it lacks of AWS's: policy variables, organizations, source identity."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from mlops_stages.local.engine import ministack
from mlops_stages.local.engine.ministack import Headers, Query
from mlops_stages.local.json_values import leaves, listed

_VARIABLE = re.compile(r"\$\{\s*([^}$,]+?)\s*(?:,\s*'([^']*)'\s*)?\}")
_LITERAL = re.compile(r"\$\{([*?$])\}")
_NEVER = "\ufffe"  # in no ARN and no condition value: what an unset variable becomes matches nothing
_ASTERISK, _QUESTION_MARK = "\ufffc", "\ufffd"  # stand for characters meant literally where a wildcard could be
_WILDCARDS = str.maketrans({"*": _ASTERISK, "?": _QUESTION_MARK})


@dataclass(frozen=True)
class Denial:
    """A refusal: `code` where the caller could not be authenticated, else the decision of the policies."""

    action: str
    resource: str
    principal: str
    explicit: bool
    resource_policy: str
    code: str
    message: str


@dataclass(frozen=True)
class Organization:
    """An AWS organization and the accounts in it, for `aws:PrincipalOrgID` and `aws:ResourceOrgID`."""

    id: str
    accounts: frozenset[str]


organizations: list[Organization] = []
"""The organizations that the platform told us of; ministack's own see only their management account."""


def authorize(  # a request has this many parts
    action: str, service: str, resource: str, context: Mapping[str, Any], headers: Headers, query: Query
) -> Denial | None:
    """Judge one action on one resource for the signer of a request; None means allowed.

    `service` is the one whose resource policies count ("kms", "s3"); `context` holds the service's condition keys.
    """
    key = caller_key(headers, query)
    verdict: Any = ministack.iam_evaluator.enforce(
        key, action, service, ministack.region(), resource_arn=resource, service_context=dict(context)
    )
    if verdict is None:
        return None
    if isinstance(verdict, ministack.iam_evaluator.AuthError):
        return Denial(action, resource, "", False, "", str(verdict.code), str(verdict.message))
    return Denial(
        action, resource, verdict.principal_arn, verdict.decision == "Deny", verdict.resource_policy_arn, "", ""
    )


def caller_key(headers: Headers, query: Query) -> str:
    """Return the access key that signed the request, empty where none did."""
    key: str = ministack.router.extract_access_key_id(dict(headers), dict(query))
    return key


def is_root(headers: Headers, query: Query) -> bool:
    """Say whether the signer is an account's root, whom no policy limits here."""
    root: bool = ministack.iam_evaluator.is_root_access_key(caller_key(headers, query))
    return root


def caller(headers: Headers, query: Query) -> str:
    """Return the ARN of the request's signer, and remember it for ministack's handlers."""
    ministack.iam_evaluator.pin_request_caller(dict(headers), dict(query))
    arn: str = ministack.iam_evaluator.caller_arn()
    return arn


def denied_response(service: str, denial: Denial, headers: Headers, request_id: str) -> ministack.Response:
    """Return a refusal as the service words it, in its protocol (JSON for those that ministack lacks)."""
    if not denial.code and service not in ministack.app.SERVICE_HANDLERS:
        worded: str = ministack.iam_actions.identity_denial_message(
            denial.action, denial.principal, denial.resource, denial.explicit
        )
        denial = replace(denial, message=worded)
    answer: ministack.Response = ministack.iam_actions.access_denied_response(
        service,
        denial.action,
        denial.principal,
        request_id,
        error_code=denial.code,
        message=denial.message,
        headers=dict(headers),
        resource_arn=denial.resource,
        explicit_deny=denial.explicit,
        resource_policy_arn=denial.resource_policy,
    )
    return answer


def allowed_by_trust(trust_policy: str, service: str, role_arn: str, action: str, context: Mapping[str, Any]) -> bool:
    """Say whether a role's trust policy lets the AWS service (`sagemaker.amazonaws.com`) do `action` with it.

    `action` is `sts:AssumeRole` or `sts:SetSourceIdentity`; `context` holds `aws:SourceAccount`, `aws:SourceArn` and
    the like. The statements that name the service are judged as AWS does: conditions, and Deny before Allow.
    """
    evaluator = ministack.iam_evaluator
    request = evaluator.EvalContext(
        principal_arn=service,
        principal_type="Service",
        principal_account="",
        action=action,
        resource_arn=role_arn,
        region=ministack.region(),
        service_context={key.lower(): value for key, value in context.items()},
        principal_keys={"aws:principalisawsservice": "true", "aws:principalservicename": service},
    )
    verdict = evaluator.evaluate_resource_policy(trust_policy, request, service=service)
    return verdict.decision == "Allow"


def mend_policies() -> None:
    """Put AWS's policy variables and the condition keys that ministack lacks into its evaluator, once."""
    evaluator = ministack.iam_evaluator
    if getattr(evaluator, "mended_by_mlops_stages", False):
        return
    evaluator.mended_by_mlops_stages = True
    _mend_condition_keys(evaluator)
    _mend_variables(evaluator)


def _mend_condition_keys(evaluator: Any) -> None:  # noqa: ANN401  # a module without types
    resolve: Callable[[str, Any], Any] = evaluator._resolve_condition_key
    describe: Callable[[Any], dict[str, Any]] = evaluator._principal_keys
    organization: Callable[[str], str | None] = evaluator._principal_org_id

    def organization_of(account: str) -> str | None:
        return next((known.id for known in organizations if account in known.accounts), None) or organization(account)

    def resolve_key(key: str, context: Any) -> Any:  # noqa: ANN401  # as the wrapped one
        name = key.lower()
        if name in ("aws:principalisawsservice", "aws:viaawsservice"):
            return context.principal_keys.get(name, "false")
        if name == "kms:calleraccount":
            return context.principal_account
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


def _bucket_owner(arn: str) -> str | None:
    """Return the account that owns the bucket of an S3 ARN, which names none."""
    if not arn.startswith("arn:aws:s3:::"):
        return None
    bucket = arn.removeprefix("arn:aws:s3:::").partition("/")[0]
    buckets = cast("Iterable[tuple[str, str]]", ministack.s3._buckets.to_dict())
    return next((owner for owner, name in buckets if name == bucket), None)


def _mend_variables(evaluator: Any) -> None:  # noqa: ANN401  # a module without types
    matches: Callable[[Any, list[Any], str], Any] = evaluator._first_match
    conditions_met: Callable[[dict[str, Any], Any], bool] = evaluator._conditions_met
    compile_pattern: Callable[[str, bool], re.Pattern[str]] = evaluator._fnmatch_compile

    def first_match(context: Any, statements: list[Any], effect: str) -> Any:  # noqa: ANN401  # as the wrapped one
        return matches(context, [_with_variables(statement, context) for statement in statements], effect)

    def conditions_with_variables(conditions: dict[str, Any], context: Any) -> bool:  # noqa: ANN401
        return conditions_met(_filled_conditions(conditions, context), context)

    def compile_with_literals(pattern: str, ignore_case: bool) -> re.Pattern[str]:  # as the wrapped one
        compiled = compile_pattern(pattern, ignore_case)
        if _ASTERISK not in pattern and _QUESTION_MARK not in pattern:
            return compiled
        return re.compile(
            compiled.pattern.replace(_ASTERISK, re.escape("*")).replace(_QUESTION_MARK, re.escape("?")), compiled.flags
        )

    evaluator._first_match = first_match
    evaluator._conditions_met = conditions_with_variables
    evaluator._fnmatch_compile = compile_with_literals


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
        known: Any = ministack.iam_evaluator._resolve_condition_key(found.group(1), context)
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
