"""Sessions as people get them: a role's credentials, if its trust lets the person in by the platform's sign-in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from mlops_stages.local.json_values import mapping
from mlops_stages.local.server import engine
from mlops_stages.local.server.sts.sessions import Refused

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_ROLE = re.compile(r"arn:(aws[a-z-]*):iam::(\d{12}):role/.+")
_SECONDS = 3600


def assume_as_person(request: Mapping[str, Any]) -> dict[str, str]:
    """Return the credentials of `role_arn` for whoever signs in with the address `email`.

    `sign_in` is that section of platform.yaml, with `account` given for method `iam`. A second factor counts as
    shown. For Identity Center, `permission_set` names the one that the person comes by. Raises Refused.
    """
    role_arn, email = str(request.get("role_arn", "")), str(request.get("email", ""))
    place = _ROLE.fullmatch(role_arn)
    if place is None or not _EMAIL.fullmatch(email):
        raise Refused(400, "ValidationError", "role_arn must be a role's ARN, and email an address")
    role = engine.role(role_arn)
    if role is None:
        raise Refused(403, "AccessDenied", f"{email} may not assume {role_arn!r}: there is no such role")
    identity = _identity(request, email, partition=place[1], account=place[2])
    if not engine.trusts(str(role["AssumeRolePolicyDocument"]), role_arn, identity):
        raise Refused(403, "AccessDenied", f"the trust policy of {role_arn} does not let {email} in")
    return engine.new_session(role_arn, email, seconds=_SECONDS)


def _identity(request: Mapping[str, Any], email: str, *, partition: str, account: str) -> engine.Identity:
    sign_in = mapping(request.get("sign_in"))
    method, name = str(sign_in.get("method", "")), email.partition("@")[0]
    tags = {"aws:PrincipalTag/email": email}
    named = {"sts:RoleSessionName": email}  # the session that is made bears it, too
    if method == "iam":
        home = str(sign_in.get("account", ""))
        known = {**tags, "aws:MultiFactorAuthPresent": "true"}
        return engine.Identity(arn=f"arn:{partition}:iam::{home}:user/{name}", account=home, keys=known, context=named)
    if method == "identity_center":
        reserved = f"AWSReservedSSO_{request.get('permission_set', '')}_0123456789abcdef"
        arn = f"arn:{partition}:iam::{account}:role/aws-reserved/sso.amazonaws.com/{reserved}"
        return engine.Identity(arn=arn, account=account, keys=tags, context=named)
    if method == "saml":
        provider = str(sign_in.get("provider_arn", "")).split(":")
        arn = ":".join((*provider[:4], account, *provider[5:]))
        said = {"SAML:sub": email, "SAML:aud": "https://signin.aws.amazon.com/saml"}
        return engine.Identity(arn=arn, federated=True, context=said)
    raise Refused(400, "ValidationError", f"there is no sign-in by {method!r}")
