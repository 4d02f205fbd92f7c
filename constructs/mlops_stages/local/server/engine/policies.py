"""IAM: who calls, and whether policies let them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from mlops_stages.local.server.engine import ministack
from mlops_stages.local.server.engine.ministack import Headers, Query


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


def refused_to(key: str, action: str, resource: str) -> str:
    """Return why the holder of a key may not do an action on a resource; empty where they may.

    For calls that an AWS service makes inside, in the account being served: identities and the resource are asked.
    """
    token = ministack.iam_evaluator._signed_request.set(None)
    try:
        verdict: Any = ministack.iam_evaluator.enforce(
            key, action, action.partition(":")[0], ministack.region(), resource_arn=resource
        )
    finally:
        ministack.iam_evaluator._signed_request.reset(token)
    if verdict is None:
        return ""
    if isinstance(verdict, ministack.iam_evaluator.AuthError):
        return str(verdict.message)
    explicit = verdict.decision == "Deny"
    worded: str = ministack.iam_actions.identity_denial_message(action, verdict.principal_arn, resource, explicit)
    return worded


def caller_key(headers: Headers, query: Query) -> str:
    """Return the access key that signed the request, empty where none did."""
    key: str = ministack.router.extract_access_key_id(dict(headers), dict(query))
    return key


def come_by_tls() -> None:
    """Have what is called from here on come by TLS, as AWS's own calls do: the server's come by no connection."""
    ministack.iam_evaluator.pin_request_origin("127.0.0.1", True)


def is_root(headers: Headers, query: Query) -> bool:
    """Say whether the signer is an account's root, whom no policy limits here."""
    root: bool = ministack.iam_evaluator.is_root_access_key(caller_key(headers, query))
    return root


def is_judged(method: str, path: str, headers: Headers, body: bytes, query: Query) -> bool:
    """Say whether ministack finds the IAM action of a request to one of its own services.

    Where it finds none it only authenticates the caller, and lets the request pass.
    """
    given: dict[str, Any] = dict(headers)
    parameters = ministack.app._routing_params(method, path, given, body, dict(query))
    service: str = ministack.router.detect_service(method, path, given, parameters)
    return ministack.iam_actions.extract_iam_action(service, method, path, given, body, parameters) is not None


def caller(headers: Headers, query: Query) -> str:
    """Return the ARN of the request's signer, and remember it for ministack's handlers."""
    ministack.iam_evaluator.pin_request_caller(dict(headers), dict(query))
    arn: str = ministack.iam_evaluator.caller_arn()
    return arn


def current_caller() -> str:
    """Return the ARN of the signer of the request being served, the account's root where nobody was remembered."""
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
    return allowed_to_service(trust_policy, service, action, role_arn, context)


def allowed_to_service(policy: str, service: str, action: str, resource: str, context: Mapping[str, Any]) -> bool:
    """Say whether a resource's policy lets an AWS service (`cloudwatch.amazonaws.com`) do `action` with the resource.

    `context` as in `allowed_by_trust`.
    """
    evaluator = ministack.iam_evaluator
    request = evaluator.EvalContext(
        principal_arn=service,
        principal_type="Service",
        principal_account="",
        action=action,
        resource_arn=resource,
        region=ministack.region(),
        secure_transport=True,  # as every call of a service's; an alarm goes off within no request that would say it
        service_context={key.lower(): value for key, value in context.items()},
        principal_keys={"aws:principalisawsservice": "true", "aws:principalservicename": service},
    )
    verdict = evaluator.evaluate_resource_policy(policy, request, service=service)
    return verdict.decision == "Allow"
