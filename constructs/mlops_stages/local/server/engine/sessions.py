"""STS: sessions for AWS services, multi-factor codes and source identities."""

from __future__ import annotations

import base64
import hmac
import re
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs

from mlops_stages.local.json_values import document, listed, mapping
from mlops_stages.local.server.engine import ministack, totp
from mlops_stages.local.server.engine.ministack import Headers, Response

_WITH_TOKENS = frozenset({"AssumeRoleWithWebIdentity", "AssumeRoleWithSAML"})
_UNCHECKED = (
    "The local AWS cannot check who signed a token: ask for the session of a CI job or a person by `mlops-stages`."
)
_ROLE_ARN = re.compile(r"arn:aws[a-z-]*:iam::(\d{12}):role/(?:.*/)?([^/]+)")


@dataclass(frozen=True)
class _Presented:
    """What an AssumeRole request presents beside its credentials."""

    source_identity: str
    multi_factor: bool

    def caller(self, described: dict[str, Any]) -> dict[str, Any]:
        """Return ministack's description of the caller with what is presented, for the trust policy to judge."""
        keys: dict[str, Any] = {**described.get("principalKeys", {})}
        if self.multi_factor:
            keys.update({"aws:multifactorauthpresent": "true", "aws:multifactorauthage": "0"})
        identity = keys.get("aws:sourceidentity") or self.source_identity
        if identity:
            keys["sts:sourceidentity"] = identity
        return {**described, "principalKeys": keys}

    def session(self, source: Mapping[str, Any]) -> dict[str, str]:
        """Return what the new session keeps of it; a source identity, once set, stays through chains of roles."""
        identity = str(source.get("SourceIdentity") or self.source_identity)
        kept = {"SourceIdentity": identity} if identity else {}
        return {**kept, "MultiFactorAuthPresent": "true", "MultiFactorAuthAge": "0"} if self.multi_factor else kept


_presented: ContextVar[_Presented | None] = ContextVar("mlops_stages_presented", default=None)


def role(arn: str) -> Mapping[str, Any] | None:
    """Return the IAM role of that ARN in whichever account owns it, or None."""
    found = _ROLE_ARN.fullmatch(arn)
    if found is None:
        return None
    record: Mapping[str, Any] | None = ministack.iam._roles.get_scoped(found.group(1), None, found.group(2))
    return record if record is not None and record["Arn"] == arn else None


def new_session(arn: str, name: str, *, seconds: int, source_identity: str = "") -> dict[str, str]:
    """Return temporary credentials of the role for a session of that name; no trust is judged here."""
    record = role(arn)
    if record is None:
        raise LookupError(arn)
    account = arn.split(":")[4]
    key, secret = f"ASIA{secrets.token_hex(8).upper()}", secrets.token_urlsafe(30)
    token = secrets.token_urlsafe(60)
    session: dict[str, Any] = {
        "Arn": f"arn:aws:sts::{account}:assumed-role/{record['RoleName']}/{name}",
        "UserId": f"{record['RoleId']}:{name}",
        "SecretAccessKey": secret,
        "SessionToken": token,
        "Expiration": time.time() + seconds,
        "AccountId": account,
        "PrincipalType": "AssumedRole",
        "SessionTags": [],
    }
    if source_identity:
        session["SourceIdentity"] = source_identity
    ministack.sts.register_session(key, session)
    return {"AccessKeyId": key, "SecretAccessKey": secret, "SessionToken": token, "Arn": session["Arn"]}


def source_identity(access_key: str) -> str:
    """Return the source identity of the session that has this access key, empty where it has none."""
    session: Mapping[str, Any] = ministack.sts._sessions.get(access_key) or {}
    return str(session.get("SourceIdentity") or "")


def mend_sessions() -> None:
    """Make STS check one-time codes and carry source identities, once."""
    sts = ministack.sts
    if getattr(sts, "mended_by_mlops_stages", False):
        return
    sts.mended_by_mlops_stages = True
    _mend_requests(sts)
    _mend_trust()
    _mend_seeds()


def _mend_requests(sts: Any) -> None:  # noqa: ANN401  # a module without types
    handle: Callable[..., Awaitable[Response]] = sts.handle_request
    identify: Callable[..., Any] = sts._caller_identity
    register: Callable[[str, dict[str, Any]], None] = sts.register_session

    async def handle_presented(
        method: str, path: str, headers: dict[str, str], body: bytes, query_params: dict[str, Any]
    ) -> Response:
        asked = _parameters(headers, body, query_params)
        if _actions(headers, body, query_params) & _WITH_TOKENS:
            return sts._error(403, "AccessDenied", _UNCHECKED, ns="sts")
        if asked.get("Action") not in ("AssumeRole", "GetSessionToken"):
            return await handle(method, path, headers, body, query_params)
        serial, code = asked.get("SerialNumber", ""), asked.get("TokenCode", "")
        if (serial or code) and not _right_code(identify(headers, query_params), serial, code):
            message = "MultiFactorAuthentication failed with invalid MFA one time pass code. "
            return sts._error(403, "AccessDenied", message, ns="sts")
        token = _presented.set(_Presented(asked.get("SourceIdentity", ""), bool(serial)))
        try:
            return await handle(method, path, headers, body, query_params)
        finally:
            _presented.reset(token)

    def identify_presented(headers: Headers, query_params: Mapping[str, Any] | None = None) -> Any:  # noqa: ANN401
        caller = identify(headers, query_params)
        presented = _presented.get()
        described = mapping(caller)
        return presented.caller(described) if presented is not None and described else caller

    def register_presented(key: str, session: dict[str, Any]) -> None:
        source: dict[str, Any] = sts._sessions.get(session.get("SourceAccessKeyId")) or {}
        presented = _presented.get() or _Presented("", multi_factor=False)
        register(key, {**session, **presented.session(source)})

    sts.handle_request = handle_presented
    sts._caller_identity = identify_presented
    sts.register_session = register_presented


def _mend_trust() -> None:
    evaluator = ministack.iam_evaluator
    evaluate: Callable[..., bool] = evaluator.evaluate_trust_policy

    def evaluate_presented(trust_policy: str, caller_arn: str, context: Any = None) -> bool:  # noqa: ANN401
        allowed = evaluate(trust_policy, caller_arn, context)
        presented = _presented.get()
        if not allowed or presented is None or not presented.source_identity or context is None:
            return allowed
        if context.action != "sts:AssumeRole":
            return allowed
        return evaluate(trust_policy, caller_arn, replace(context, action="sts:SetSourceIdentity"))

    evaluator.evaluate_trust_policy = evaluate_presented


def _mend_seeds() -> None:
    """Give virtual MFA devices a seed that authenticators can read: ministack's has digits that base32 lacks."""
    describe: Callable[..., str] = ministack.iam._virtual_mfa_xml

    def describe_with_seed(serial: str, **more: Any) -> str:  # noqa: ANN401  # as the wrapped one
        device: dict[str, Any] = ministack.iam._mfa_devices[serial]
        if not device.get("mlops_stages_seed"):
            device["mlops_stages_seed"] = True
            device["Base32StringSeed"] = base64.b32encode(secrets.token_bytes(20)).decode()
        return describe(serial, **more)

    ministack.iam._virtual_mfa_xml = describe_with_seed


def _right_code(caller: Any, serial: str, code: str) -> bool:  # noqa: ANN401  # ministack's identity, or its error
    """Say whether the code is what the caller's own device shows now, or showed or will show one step away."""
    known = mapping(caller)
    if known.get("principalType") != "User":
        return False
    device: Mapping[str, Any] | None = ministack.iam._mfa_devices.get_scoped(known["accountId"], None, serial)
    if device is None or device.get("User") != known.get("principalName"):
        return False
    steps = (-totp.STEP_SECONDS, 0, totp.STEP_SECONDS)
    return any(
        hmac.compare_digest(totp.code(str(device["Base32StringSeed"]), time.time() + step), code) for step in steps
    )


def _actions(headers: Headers, body: bytes, query: Mapping[str, Any]) -> set[str]:
    """Return every action that a request names, wherever ministack may look for it."""
    form = parse_qs(body.decode("utf-8", "replace"))
    target = headers.get("x-amz-target", "").rpartition(".")[2]
    return {target, *form.get("Action", []), *map(str, listed(query.get("Action")))}


def _parameters(headers: Headers, body: bytes, query: Mapping[str, Any]) -> dict[str, str]:
    """Return the parameters of an STS request in either of its protocols, first values only."""
    target = headers.get("x-amz-target", "")
    if target.startswith("AWSSecurityTokenServiceV20110615."):
        named = {name: str(value) for name, value in document(body).items()}
        return {**named, "Action": target.rpartition(".")[2]}
    merged: dict[str, Any] = {**parse_qs(body.decode("utf-8", "replace")), **query}
    return {name: str(next(iter(listed(values)), "")) for name, values in merged.items()}
