"""Sessions as AWS services and CI get them: a role's credentials, if its trust policy lets them have those."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mlops_stages.local.json_values import mapping
from mlops_stages.local.server import engine

_SESSION_NAMES = {"sagemaker.amazonaws.com": "SageMaker"}
_SERVICE = re.compile(r"[a-z0-9.-]+\.amazonaws\.com")
_SECONDS = 3600


@dataclass(frozen=True)
class Refused(Exception):  # noqa: N818  # not an error of ours: the answer is no
    """The service may not assume the role, or the request makes no sense; `status` as HTTP has it."""

    status: int
    code: str
    message: str


def assume(request: Mapping[str, Any]) -> dict[str, str]:
    """Return the credentials of `role_arn` for who asks: an AWS `service`, or the bearer of a `web_identity`.

    Raises Refused.
    """
    return assume_with_web_identity(request) if "web_identity" in request else assume_as_service(request)


def assume_with_web_identity(request: Mapping[str, Any]) -> dict[str, str]:
    """Return the credentials that AWS would give a job that shows a token of its provider.

    `request` holds `role_arn` and `web_identity`: `{"provider": "token.actions.githubusercontent.com", "claims":
    {"sub": ..., "aud": ...}}`, the claims as the provider would sign them. Judged by the role's trust policy as
    sts:AssumeRoleWithWebIdentity; the provider must exist in the role's account and know the audience. Raises Refused.

    Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
    """
    role_arn, shown = str(request.get("role_arn", "")), mapping(request.get("web_identity"))
    host, claims = str(shown.get("provider", "")), mapping(shown.get("claims"))
    role = engine.role(role_arn)
    denied = Refused(403, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity")
    if role is None:
        raise denied
    partition, account = role_arn.split(":")[1], role_arn.split(":")[4]
    provider = f"arn:{partition}:iam::{account}:oidc-provider/{host}"
    audiences = engine.audiences(provider)
    if audiences is None:
        message = f"No OpenIDConnect provider found in your account for https://{host}"
        raise Refused(400, "InvalidIdentityToken", message)
    if claims.get("aud") not in audiences:
        raise Refused(400, "InvalidIdentityToken", "Incorrect token audience")
    keys = {f"{host}:{name}": str(value) for name, value in claims.items()}
    bearer = engine.Identity(arn=provider, account=account, federated=True, context=keys)
    if not engine.trusts(str(role["AssumeRolePolicyDocument"]), role_arn, bearer):
        raise denied
    return engine.new_session(role_arn, "web-identity", seconds=_SECONDS)


def assume_as_service(request: Mapping[str, Any], *, session_name: str | None = None) -> dict[str, str]:
    """Return the credentials that AWS would give the service for `role_arn`.

    `request` holds `role_arn` and `service` ("sagemaker.amazonaws.com"), and may hold `source_arn` (of the resource
    that the service acts for), `source_account` (else the role's own) and `source_identity` (Studio passes the user
    profile's name). Raises Refused.
    """
    role_arn, service = str(request.get("role_arn", "")), str(request.get("service", ""))
    if not _SERVICE.fullmatch(service):
        raise Refused(
            400,
            "ValidationError",
            f"service must be a service principal such as sagemaker.amazonaws.com, not {service!r}",
        )
    role = engine.role(role_arn)
    if role is None:
        raise Refused(403, "AccessDenied", f"{service} may not assume {role_arn!r}: there is no such role")
    context: dict[str, Any] = {"aws:SourceAccount": str(request.get("source_account") or role_arn.split(":")[4])}
    if request.get("source_arn"):
        context["aws:SourceArn"] = str(request["source_arn"])
    actions = ["sts:AssumeRole"]
    identity = str(request.get("source_identity") or "")
    if identity:
        context["sts:SourceIdentity"] = identity
        actions.append("sts:SetSourceIdentity")
    trust = str(role["AssumeRolePolicyDocument"])
    for action in actions:
        if not engine.allowed_by_trust(trust, service, role_arn, action, context):
            raise Refused(403, "AccessDenied", f"the trust policy of {role_arn} does not let {service} do {action}")
    name = session_name or _SESSION_NAMES.get(service, service.partition(".")[0])
    return engine.new_session(role_arn, name, seconds=_SECONDS, source_identity=identity)
