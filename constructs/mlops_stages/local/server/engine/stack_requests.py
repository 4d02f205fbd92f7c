"""What a request to CloudFormation is on, as IAM sees it: the stack, and CloudFormation's condition keys.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudformation.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mlops_stages.local.json_values import listed
from mlops_stages.local.server.engine import ministack

_KEYS = {
    "ChangeSetName": "cloudformation:ChangeSetName",
    "RoleARN": "cloudformation:RoleArn",
    "TemplateURL": "cloudformation:TemplateUrl",
    "StackPolicyURL": "cloudformation:StackPolicyUrl",
}


def mend_stack_requests() -> None:
    """Tell policies which role, change set and template a request names, and on which stack a change set's is; once."""
    actions = ministack.iam_actions
    if getattr(actions, "stacks_mended_by_mlops_stages", False):
        return
    actions.stacks_mended_by_mlops_stages = True
    actions.request_tag_context = _with_keys(actions.request_tag_context)
    actions.extract_resource_arn = _of_the_change_sets_stack(actions.extract_resource_arn)


def _with_keys(context_of: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    def request_context(service: str, iam_action: str, body: bytes, params: dict[str, Any]) -> dict[str, Any]:
        context = context_of(service, iam_action, body, params)
        if service != "cloudformation":
            return context
        given = {key: _first(params, name) for name, key in _KEYS.items()}
        return {**context, **{key: value for key, value in given.items() if value}}

    return request_context


def _of_the_change_sets_stack(resource_of: Callable[..., str]) -> Callable[..., str]:
    def resource_arn(service: str, *args: Any, **more: Any) -> str:  # noqa: ANN401  # as the wrapped one
        found = resource_of(service, *args, **more)
        if service != "cloudformation" or found != "*":
            return found
        params: Mapping[str, Any] = args[4] if len(args) > 4 else more.get("query_params", {})
        sets: Mapping[str, Mapping[str, Any]] = ministack.cloudformation._change_sets
        change_set = sets.get(_first(params, "ChangeSetName"))
        return found if change_set is None else str(change_set["StackId"])

    return resource_arn


def _first(params: Mapping[str, Any], name: str) -> str:
    return str(next(iter(listed(params.get(name))), ""))
