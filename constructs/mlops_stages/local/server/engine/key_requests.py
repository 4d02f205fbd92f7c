"""KMS: what a request says, as policies are asked about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mlops_stages.local.json_values import document, mapping
from mlops_stages.local.server.engine import ministack

_KEYS: Mapping[str, str] = {
    "SigningAlgorithm": "kms:SigningAlgorithm",
    "MessageType": "kms:MessageType",
    "EncryptionAlgorithm": "kms:EncryptionAlgorithm",
}


def know_key_requests() -> None:
    """Tell policies these condition keys of a request to KMS, which ministack leaves out.

    Source: https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
    """
    actions = ministack.iam_actions
    keys_of: Callable[..., dict[str, Any]] = actions.request_tag_context

    def with_key_requests(service: str, iam_action: str, body: bytes, params: Mapping[str, Any]) -> dict[str, Any]:
        known = keys_of(service, iam_action, body, params)
        return {**known, **_said(document(body))} if service == "kms" else known

    actions.request_tag_context = with_key_requests


def _said(parameters: Mapping[str, Any]) -> dict[str, Any]:
    context = {name: str(value) for name, value in mapping(parameters.get("EncryptionContext")).items()}
    said = {key: str(parameters[name]) for name, key in _KEYS.items() if parameters.get(name) is not None}
    if not context:
        return said
    return {
        **said,
        **{f"kms:EncryptionContext:{name}": value for name, value in context.items()},
        "kms:EncryptionContextKeys": sorted(context),
    }
