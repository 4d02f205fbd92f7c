"""CloudWatch Logs: what a call is on, as AWS asks policies about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mlops_stages.local.json_values import document, listed
from mlops_stages.local.server.engine import ministack

_BY_ARN = frozenset({"ListTagsForResource", "TagResource", "UntagResource"})
"""Actions that are on the group's plain ARN, which is in the request."""

_STREAM = ":log-stream:"


def mend_log_resources() -> None:
    """Put it into ministack, once; left to itself it asks about the group's plain ARN, whatever the call."""
    if getattr(ministack.iam_actions, "log_resources_mended_by_mlops_stages", False):
        return
    ministack.iam_actions.log_resources_mended_by_mlops_stages = True
    resource_of: Callable[..., str] = ministack.iam_actions.extract_resource_arn
    context_of: Callable[..., dict[str, Any]] = ministack.iam_actions.logs_service_context

    def resource_arn(service: str, method: str, path: str, headers: Any, body: bytes, *more: Any) -> str:  # noqa: ANN401
        action = str(headers.get("x-amz-target", "")).rpartition(".")[2]
        if service != "logs" or action in _BY_ARN:
            return resource_of(service, method, path, headers, body, *more)
        return log_resource(action, document(body), ministack.region(), ministack.account())

    def service_context(action: str, body: bytes, resource: str, *more: Any) -> dict[str, Any]:  # noqa: ANN401
        return context_of(action, body, resource.partition(_STREAM)[0], *more)  # tags are the group's

    ministack.iam_actions.extract_resource_arn = resource_arn
    ministack.iam_actions.logs_service_context = service_context


def log_resource(action: str, parameters: Mapping[str, Any], region: str, account: str) -> str:
    """Return the ARN that AWS asks policies about: `log-group:GROUP:log-stream:STREAM`.

    The stream is empty where the call names none, as are both for DescribeLogGroups: so a policy needs `:*` behind a
    group's name, and one on some streams allows nothing on the group. A call on several groups, which AWS asks about
    one by one, is on `*` here.

    Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_LogGroup.html (arn), and the
    messages of AWS's refusals, such as `logs:DescribeLogGroups on resource: arn:aws:logs:...:log-group::log-stream:`.
    """
    names = [parameters.get("logGroupName"), parameters.get("logGroupIdentifier")]
    several = [*listed(parameters.get("logGroupNames")), *listed(parameters.get("logGroupIdentifiers"))]
    groups = {_group(str(name)) for name in (*names, *several) if name}
    if action == "DescribeLogGroups":
        groups = {""}
    if len(groups) != 1:
        return "*"
    stream = parameters.get("logStreamName") or ""
    return f"arn:aws:logs:{region}:{account}:log-group:{groups.pop()}{_STREAM}{stream}"


def _group(name_or_arn: str) -> str:
    return name_or_arn.partition(":log-group:")[2].removesuffix(":*") if name_or_arn.startswith("arn:") else name_or_arn
