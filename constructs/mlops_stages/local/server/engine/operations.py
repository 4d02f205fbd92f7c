"""CloudFormation's operations on stacks: what AWS refuses or keeps, and ministack does not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast

from mlops_stages.local.server.engine import ministack
from mlops_stages.local.server.engine.change_sets import mend_change_sets
from mlops_stages.local.server.engine.stack_events import mend_stack_events
from mlops_stages.local.server.engine.stack_requests import mend_stack_requests
from mlops_stages.local.server.engine.stack_roles import mend_stack_roles
from mlops_stages.local.server.engine.template_conditions import mend_template_conditions

Stack = dict[str, Any]
"""ministack's record of a stack."""

_GONE = frozenset({"DELETE_COMPLETE", "REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE"})
"""In these states a stack holds no resource, and so imports nothing."""

_CAN_BE_UPDATED = frozenset(
    {
        "CREATE_COMPLETE",
        "UPDATE_COMPLETE",
        "UPDATE_ROLLBACK_COMPLETE",
        "IMPORT_COMPLETE",
        "IMPORT_ROLLBACK_COMPLETE",
    }
)


def patch_stacks() -> None:
    """Have stacks created, updated and rolled back as AWS does it; once.

    - An export that another stack imports can be neither changed nor removed, and no two stacks export one name.
    - A stack whose create was rolled back must be deleted before another of its name is created, and one in a failed
      state takes no change set.
    - A change of outputs alone is a change.
    - What a rollback could not delete stays in the stack, which a delete of the stack tries again.
    - Change sets, service roles and what policies are asked about requests: see the modules of those names.

    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html,
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html
    """
    if getattr(ministack.stack_operations, "stacks_mended_by_mlops_stages", False):
        return
    ministack.stack_operations.stacks_mended_by_mlops_stages = True
    ministack.stack_operations._resolve_stack_outputs = _checking_exports(
        ministack.stack_operations._resolve_stack_outputs
    )
    rolled_back = _keeping_what_failed(ministack.stack_operations._roll_back_operation)
    ministack.stack_operations._roll_back_operation = rolled_back
    ministack.stack_handlers._roll_back_operation = rolled_back
    actions: dict[str, Callable[..., Any]] = ministack.stack_handlers._ACTION_HANDLERS
    actions["CreateStack"] = _refusing_states(actions["CreateStack"])
    actions["CreateChangeSet"] = _refusing_states(_changing_outputs(actions["CreateChangeSet"]))
    mend_template_conditions()
    mend_change_sets()
    mend_stack_roles()
    mend_stack_events()
    mend_stack_requests()


def importers(export: str) -> tuple[str, ...]:
    """Return the stacks of the request's account and region that import an export, sorted."""
    return tuple(sorted(name for name, stack in _live() if export in _imports(stack, name)))


def _live() -> Iterator[tuple[str, Stack]]:
    stacks = cast("Mapping[str, Stack]", ministack.cloudformation._stacks)
    return ((name, stack) for name, stack in stacks.items() if stack.get("StackStatus") not in _GONE)


def _imports(stack: Stack, name: str) -> set[str]:
    return ministack.stack_handlers._imported_export_names(stack, name)


def _checking_exports(resolve: Callable[..., Any]) -> Callable[..., Any]:
    def resolve_stack_outputs(  # as the wrapped one
        outputs_defs: Any,  # noqa: ANN401
        conditions: Any,  # noqa: ANN401
        resources: Any,  # noqa: ANN401
        param_values: Any,  # noqa: ANN401
        mappings: Any,  # noqa: ANN401
        stack_name: str,
        stack_id: str,
    ) -> Any:  # noqa: ANN401
        outputs, exports = resolve(outputs_defs, conditions, resources, param_values, mappings, stack_name, stack_id)
        known: dict[str, dict[str, str]] = ministack.cloudformation._exports
        ours = {name: export["Value"] for name, export in list(known.items()) if export["StackId"] == stack_id}
        for name, export in exports.items():
            if name in known and name not in ours:
                owner = known[name]["StackId"].split("/")[1]
                raise ValueError(f"Export with name {name} is already exported by stack {owner}.")
            if name in ours and export["Value"] != ours[name]:
                _refuse_in_use(name, "updated")
        removed = [name for name in ours if name not in exports]
        for name in removed:
            _refuse_in_use(name, "deleted")
        for name in removed:
            del known[name]
        return outputs, exports

    return resolve_stack_outputs


def _refuse_in_use(export: str, changed: str) -> None:
    users = importers(export)
    if users:
        raise ValueError(f"Export {export} cannot be {changed} as it is in use by {', '.join(users)}")


def _keeping_what_failed(roll_back: Callable[..., Any]) -> Callable[..., Any]:
    async def roll_back_operation(  # as the wrapped one
        stack_name: str,
        stack_id: str,
        stack: Stack,
        operation: dict[str, Any],
        reason_override: str = "",
    ) -> None:
        template: dict[str, Any] = operation.get("template") or {}
        await roll_back(stack_name, stack_id, stack, operation, reason_override)
        if stack["StackStatus"] != "ROLLBACK_FAILED":
            return
        # A delete of the stack asks its template what to retain.
        stack["_template"] = template
        stack["_resolved_params"] = operation.get("param_values") or {}
        for logical_id, record in cast("dict[str, dict[str, Any]]", stack.get("_rollback_failed") or {}).items():
            stack["_resources"][logical_id] = {
                "LogicalResourceId": logical_id,
                "ResourceStatus": "DELETE_FAILED",
                "Attributes": dict[str, Any](),
                **record,
            }

    return roll_back_operation


def _refusing_states(handler: Callable[[dict[str, Any]], Any]) -> Callable[[dict[str, Any]], Any]:
    def refuse_states(params: dict[str, Any]) -> Any:  # noqa: ANN401
        given = ministack.cloudformation._p
        stack = ministack.stack_handlers._resolve_stack(given(params, "StackName"))
        state = str(stack.get("StackStatus", "")) if stack else "DELETE_COMPLETE"
        creates = given(params, "Action") == "CreateStack" or given(params, "ChangeSetType", "UPDATE") == "CREATE"
        if creates and state == "ROLLBACK_COMPLETE":
            message = f"Stack [{stack['StackName']}] already exists"
            return ministack.stack_handlers._error("AlreadyExistsException", message)
        if not creates and state not in _CAN_BE_UPDATED | {"DELETE_COMPLETE", "REVIEW_IN_PROGRESS"}:
            message = f"Stack:{stack['StackId']} is in {state} state and can not be updated."
            return ministack.stack_handlers._error("ValidationError", message)
        return handler(params)

    return refuse_states


def _changing_outputs(create: Callable[[dict[str, Any]], Any]) -> Callable[[dict[str, Any]], Any]:
    def create_change_set(params: dict[str, Any]) -> Any:  # noqa: ANN401
        answer = create(params)
        name = ministack.cloudformation._p(params, "ChangeSetName")
        stack = ministack.stack_handlers._resolve_stack(ministack.cloudformation._p(params, "StackName"))
        sets = cast("Mapping[str, dict[str, Any]]", ministack.cloudformation._change_sets)
        for change_set in sets.values():
            if change_set["ChangeSetName"] != name or not stack or change_set["StackId"] != stack["StackId"]:
                continue
            before, after = (each.get("_template", {}).get("Outputs") for each in (stack, change_set))
            if change_set["ChangeSetType"] == "UPDATE" and not change_set["Changes"] and before != after:
                change_set |= {"Status": "CREATE_COMPLETE", "ExecutionStatus": "AVAILABLE", "StatusReason": ""}
        return answer

    return create_change_set
