"""Change sets: what they tell of conditions, parameters and replacements, and which requests are refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, cast

from mlops_stages.local.server.engine import ministack
from mlops_stages.local.server.engine.stacks import replaced_by

Handler = Callable[[dict[str, Any]], Any]
Template = dict[str, Any]

_NAME = "[a-zA-Z][-a-zA-Z0-9]*"
_LONGEST_NAME = 128


def mend_change_sets() -> None:
    """Have change sets made, looked up and told as AWS does it; once.

    - A resource whose condition comes to hold is added, and one whose condition holds no more is removed.
    - Parameters must be the template's, and a previous value must be there.
    - A stack may be named by its id wherever its change sets are asked for.
    - Values of `NoEcho` are not shown, and the types that are ours say what replaces them.

    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-changesets.html
    """
    ministack.change_sets._resolve_props_for_diff = _with_conditions(ministack.change_sets._resolve_props_for_diff)
    resolve = _checking_parameters(ministack.change_sets._resolve_parameters)
    ministack.change_sets._resolve_parameters = ministack.stack_handlers._resolve_parameters = resolve
    ministack.change_sets._find_change_set = _by_the_stacks_id(ministack.change_sets._find_change_set)
    recreation = ministack.stack_operations._property_recreation
    ministack.stack_operations._property_recreation = _knowing_our_types(recreation)
    actions: dict[str, Handler] = ministack.stack_handlers._ACTION_HANDLERS
    actions["CreateChangeSet"] = _checking_the_request(_hiding(actions["CreateChangeSet"]))
    for name in ("CreateStack", "UpdateStack"):
        actions[name] = _without_triggers(actions[name])
    actions["ListChangeSets"] = _named_by_name(actions["ListChangeSets"])
    actions["DeleteChangeSet"] = _not_while_it_runs(actions["DeleteChangeSet"])


def of_the_stack(stack_name: str) -> str:
    """Return the name of the stack that a request names, by its id or its name."""
    stack: Mapping[str, Any] | None = ministack.stack_handlers._resolve_stack(stack_name) if stack_name else None
    return stack_name if stack is None else str(stack["StackName"])


def _with_conditions(resolve: Callable[..., Template]) -> Callable[..., Template]:
    def resolve_props_for_diff(template: Template, params: dict[str, Any], stack_name: str, stack_id: str) -> Template:
        resolved = resolve(template, params, stack_name, stack_id)
        holds: Mapping[str, bool] = ministack.change_sets._evaluate_conditions(template or {}, params)
        resources: Mapping[str, Any] = resolved.get("Resources", {})
        return {"Resources": {name: each for name, each in resources.items() if holds.get(each.get("Condition"), True)}}

    return resolve_props_for_diff


def _checking_parameters(resolve: Callable[..., Any]) -> Callable[..., Any]:
    def resolve_parameters(
        template: Template, provided_params: list[dict[str, Any]], previous_params: dict[str, Any] | None = None
    ) -> Any:  # noqa: ANN401  # as the wrapped one
        declared: Mapping[str, Mapping[str, Any]] = template.get("Parameters", {})
        given = {str(each["Key"]): each for each in provided_params if "Key" in each}
        unknown = [name for name in given if name not in declared]
        if unknown:
            raise ValueError(f"Parameters: [{', '.join(unknown)}] do not exist in the template")
        for name, each in given.items():
            if each.get("UsePreviousValue") and name not in (previous_params or {}):
                raise ValueError(
                    f"Invalid input for parameter key {name}. Cannot specify usePreviousValue as true for a parameter "
                    "key not in the previous template"
                )
        lacking = [name for name, each in declared.items() if name not in given and "Default" not in each]
        if lacking:
            raise ValueError(f"Parameters: [{', '.join(lacking)}] must have values")
        return resolve(template, provided_params, previous_params)

    return resolve_parameters


def _by_the_stacks_id(find: Callable[..., Any]) -> Callable[..., Any]:
    def find_change_set(cs_name: str, stack_name: str = "") -> Any:  # noqa: ANN401  # as the wrapped one
        name = of_the_stack(stack_name)
        found_id, found = find(cs_name, name)
        return (None, None) if found and name and found["StackName"] != name else (found_id, found)

    return find_change_set


def _knowing_our_types(recreation: Callable[[str, str], str]) -> Callable[[str, str], str]:
    def property_recreation(resource_type: str, name: str) -> str:
        paths = replaced_by(resource_type)
        if paths is None:
            return recreation(resource_type, name)
        if name in paths:
            return "Always"
        return "Conditionally" if any(path.startswith(f"{name}/") for path in paths) else "Never"

    return property_recreation


def _checking_the_request(create: Handler) -> Handler:
    def create_change_set(params: dict[str, Any]) -> Any:  # noqa: ANN401  # ministack's answer
        given, error = ministack.cloudformation._p, ministack.stack_handlers._error
        name = given(params, "ChangeSetName")
        if name and (len(name) > _LONGEST_NAME or not re.fullmatch(_NAME, name)):
            return error(
                "ValidationError",
                f"1 validation error detected: Value '{name}' at 'changeSetName' failed to satisfy constraint: "
                f"Member must satisfy regular expression pattern: {_NAME}, and be no longer than {_LONGEST_NAME}",
            )
        previous = given(params, "UsePreviousTemplate", "false").lower() == "true"
        sources = [bool(given(params, "TemplateBody")), bool(given(params, "TemplateURL")), previous]
        if not any(sources):
            return error("ValidationError", "Either Template URL or Template Body must be specified.")
        if sum(sources) > 1:
            return error("ValidationError", "Give one of TemplateBody, TemplateURL and UsePreviousTemplate.")
        return create(params)

    return _without_triggers(create_change_set)


def _without_triggers(handler: Handler) -> Handler:
    """Refuse alarms that an operation should be rolled back by: nobody would look at them."""

    def refuse_triggers(params: dict[str, Any]) -> Any:  # noqa: ANN401  # ministack's answer
        if any(name.startswith("RollbackConfiguration.RollbackTriggers.member.") for name in params):
            message = "Not emulated: RollbackConfiguration. Leave its triggers out."
            return ministack.stack_handlers._error("NotImplementedException", message, 501)
        return handler(params)

    return refuse_triggers


def _hiding(create: Handler) -> Handler:
    def create_change_set(params: dict[str, Any]) -> Any:  # noqa: ANN401  # ministack's answer
        known = cast("Mapping[str, dict[str, Any]]", ministack.cloudformation._change_sets)
        before = set(known)
        answer = create(params)
        for made in set(known) - before:
            change_set = known[made]
            for each in change_set["Parameters"]:
                if change_set["_resolved_params"].get(each["ParameterKey"], {}).get("NoEcho"):
                    each["ParameterValue"] = "****"
        return answer

    return create_change_set


def _named_by_name(handler: Handler) -> Handler:
    def by_name(params: dict[str, Any]) -> Any:  # noqa: ANN401  # ministack's answer
        name = ministack.cloudformation._p(params, "StackName")
        return handler({**params, "StackName": [of_the_stack(name)]} if name else params)

    return by_name


def _not_while_it_runs(delete: Handler) -> Handler:
    def delete_change_set(params: dict[str, Any]) -> Any:  # noqa: ANN401  # ministack's answer
        given = ministack.cloudformation._p
        _, found = ministack.change_sets._find_change_set(given(params, "ChangeSetName"), given(params, "StackName"))
        if found and found["ExecutionStatus"] == "EXECUTE_IN_PROGRESS":
            message = f"ChangeSet [{found['ChangeSetId']}] is in EXECUTE_IN_PROGRESS status"
            return ministack.stack_handlers._error("InvalidChangeSetStatus", message)
        return delete(params)

    return delete_change_set
