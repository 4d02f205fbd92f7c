"""What ministack serves beside AWS's APIs: none of it stays open."""

from __future__ import annotations

from mlops_stages.local.server.engine import ministack

CLOSED = (
    "_handle_pre_body_request",  # health, reset, mail and messages, downloads of code and layers, Cognito's pages
    "_handle_cognito_body_request",
    "_handle_admin_config_request",
    "_handle_alb_request",
    "_handle_cloudfront_dataplane_request",
    "_handle_ecr_registry_request",
    "_handle_execute_api_request",
    "_handle_lambda_url_request",
)
"""ministack's handlers of its own paths, and of addresses that AWS gives to users' applications."""

CAPABILITIES = ("/_ministack/cfn-response/", "/_ministack/cfn-signal/")
"""Paths whose next part is a random token, as in AWS's presigned URLs: a custom resource answers there, by PUT."""


def close_side_doors() -> None:
    """Have ministack answer AWS's APIs alone."""
    for name in CLOSED:
        setattr(ministack.app, name, _nothing)


async def _nothing(*_: object, **__: object) -> None:
    """Leave the request to the next handler."""
