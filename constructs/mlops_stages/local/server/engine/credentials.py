"""Whose key it is: the secrets of IAM users and of sessions, as ministack keeps them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mlops_stages.local.server.engine import ministack
from mlops_stages.local.server.engine.ministack import Headers, Query, Response


def secret_of(key: str, token: str) -> tuple[str, str]:
    """Return the secret of a user's or a session's key that comes with `token` (empty for none).

    Else an empty secret and ministack's code of the refusal. An account's root is none of ministack's business.
    """
    evaluator = ministack.iam_evaluator
    try:
        account = ministack.responses._account_from_sts_session(key) or evaluator.find_iam_access_key_account(key)
    except evaluator.AmbiguousAccessKeyError:
        account = None
    if account is None:
        return "", "InvalidClientTokenId"
    found: Any = evaluator.resolve_credential(key, account, token)
    if isinstance(found, evaluator.CredentialResolutionError):
        # AWS does not know a session's key without its token, and any other token is invalid.
        return "", str(found.code) if found.code != "InvalidToken" or token else "InvalidClientTokenId"
    return str(found.secret_access_key), ""


def mend_credentials() -> None:
    """Have S3 leave the presigned URLs of a root to the gate: ministack knows no secret of a root."""
    verify: Callable[..., Response | None] = ministack.s3._verify_presigned_sigv4

    def verify_others(method: str, path: str, headers: Headers, query_params: Query) -> Response | None:
        key = ministack.router.extract_access_key_id(dict(headers), dict(query_params))
        return None if ministack.iam_evaluator.is_root_access_key(key) else verify(method, path, headers, query_params)

    ministack.s3._verify_presigned_sigv4 = verify_others
