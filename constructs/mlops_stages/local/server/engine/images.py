"""ECR: a repository of another account is reached by its registry id, if its policy and the caller's let it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from mlops_stages.local.json_values import document
from mlops_stages.local.server.engine import ministack, resource_policies
from mlops_stages.local.server.engine.ministack import Response


def mend_images() -> None:
    """Put it into ministack, once."""
    if getattr(ministack.ecr, "mended_by_mlops_stages", False):
        return
    ministack.ecr.mended_by_mlops_stages = True
    handle: Callable[..., Awaitable[Response]] = ministack.ecr.handle_request
    resource_of: Callable[..., str] = ministack.iam_actions.extract_resource_arn
    policy_of: Callable[[str], tuple[str, str] | None] = ministack.ecr.repository_policy_for_arn

    async def handle_where_the_repository_is(
        method: str, path: str, headers: dict[str, str], body: bytes, query_params: dict[str, Any]
    ) -> Response:
        with ministack.within(_registry(body), ministack.region()):
            return await handle(method, path, headers, body, query_params)

    def resource_arn(service: str, method: str, path: str, headers: Any, body: bytes, *more: Any) -> str:  # noqa: ANN401
        arn = resource_of(service, method, path, headers, body, *more)
        if service != "ecr" or not arn.startswith("arn:"):
            return arn
        parts = arn.split(":")
        return ":".join([*parts[:4], _registry(body), *parts[5:]])

    def policy_where_the_repository_is(arn: str) -> tuple[str | None, str] | None:
        parts = arn.split(":")
        if len(parts) < 6:
            return None
        with ministack.within(parts[4], parts[3]):
            return policy_of(arn)

    ministack.ecr.handle_request = handle_where_the_repository_is
    ministack.iam_actions.extract_resource_arn = resource_arn
    resource_policies.add_resource_policies("ecr", policy_where_the_repository_is)


def _registry(body: bytes) -> str:
    """Return the account whose registry a request is for."""
    return str(document(body).get("registryId") or ministack.account()) if body else ministack.account()
