"""CloudFormation's service roles: whose permissions an operation on a stack has, and that the role stays with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import Any, cast

from mlops_stages.local.server.engine import ministack
from mlops_stages.local.server.engine.policies import allowed_by_trust
from mlops_stages.local.server.engine.sessions import new_session, role

Handler = Callable[[dict[str, Any]], Any]
"""ministack's handler of one of CloudFormation's actions."""

SERVICE = "cloudformation.amazonaws.com"
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::(\d{12}):role/.+")
_SECONDS = 12 * 3600  # an operation waits for endpoints
_TAKE_A_ROLE = ("CreateStack", "UpdateStack", "DeleteStack", "RollbackStack", "ContinueUpdateRollback")


@dataclass(frozen=True, kw_only=True)
class ServiceRole:
    """The role that a stack's operation runs under, and the type of the resource that it is at."""

    arn: str
    resource_type: str = ""
    session: dict[str, str] = field(default_factory=dict[str, str])
    """One for the whole operation, filled at its first call."""


_given: ContextVar[str] = ContextVar("mlops_stages_role_given", default="")
_acting: ContextVar[ServiceRole | None] = ContextVar("mlops_stages_service_role", default=None)


def service_role() -> ServiceRole | None:
    """Return the role whose permissions hold for what a resource's handler calls; None for the emulator's own hand."""
    return _acting.get()


@contextmanager
def by_itself() -> Generator[None]:
    """Do what runs inside by the emulator's own hand: a service that is called does the rest with rights of its own."""
    token = _acting.set(None)
    try:
        yield
    finally:
        _acting.reset(token)


def signed_as(service_role: ServiceRole, region: str, service: str) -> dict[str, str]:
    """Return headers as if the role had signed a request; LookupError where there is no such role any more."""
    session = service_role.session
    if not session:
        session |= new_session(service_role.arn, "AWSCloudFormation", seconds=_SECONDS)
    credential = f"{session['AccessKeyId']}/20260101/{region}/{service}/aws4_request"
    return {
        "authorization": f"AWS4-HMAC-SHA256 Credential={credential}, ",
        "x-amz-security-token": session["SessionToken"],
    }


def mend_stack_roles() -> None:
    """Have stacks take `RoleARN`, keep it, and act under it; once.

    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-servicerole.html
    """
    actions: dict[str, Handler] = ministack.stack_handlers._ACTION_HANDLERS
    for name in _TAKE_A_ROLE:
        actions[name] = _taking_a_role(actions[name])
    actions["CreateChangeSet"] = _noting_the_role(actions["CreateChangeSet"])
    actions["ExecuteChangeSet"] = _executing_under_the_role(actions["ExecuteChangeSet"])
    actions["DescribeStacks"] = _telling_the_role(actions["DescribeStacks"])
    schedule = _under_the_stacks_role(ministack.stack_handlers._create_stack_task_in_region)
    ministack.stack_handlers._create_stack_task_in_region = schedule
    ministack.change_sets._create_stack_task_in_region = schedule
    ministack.stack_operations._provision_resource = _at_a_resource(ministack.stack_operations._provision_resource)
    ministack.stack_operations._update_resource = _at_a_resource(ministack.stack_operations._update_resource)
    ministack.stack_operations._delete_resource = _at_a_resource(ministack.stack_operations._delete_resource)


def _refused(arn: str) -> Any:  # noqa: ANN401  # ministack's answer
    """Return the answer to a role that CloudFormation cannot take on; None for one that it can."""
    error: Callable[..., Any] = ministack.stack_handlers._error
    found = _ROLE.fullmatch(arn)
    if found is None:
        return error("ValidationError", f"{arn} is not a valid RoleARN")
    if found[1] != ministack.account():
        return error("AccessDenied", "Cross-account pass role is not allowed.", 403)
    record = role(arn)
    trust = str(record["AssumeRolePolicyDocument"]) if record is not None else ""
    # Whether CloudFormation tells a trust policy the account or the stack, AWS does not say: nothing is told here.
    if record is None or not allowed_by_trust(trust, SERVICE, arn, "sts:AssumeRole", {}):
        return error("ValidationError", f"Role {arn} is invalid or cannot be assumed")
    return None


@contextmanager
def _with_role(arn: str) -> Generator[None]:
    token = _given.set(arn)
    try:
        yield
    finally:
        _given.reset(token)


def _taking_a_role(handler: Handler) -> Handler:
    def take_a_role(params: dict[str, Any]) -> Any:  # noqa: ANN401  # ministack's answer
        arn: str = ministack.cloudformation._p(params, "RoleARN")
        refused = _refused(arn) if arn else None
        if refused is not None:
            return refused
        with _with_role(arn):
            return handler(params)

    return take_a_role


def _noting_the_role(create: Handler) -> Handler:
    def create_change_set(params: dict[str, Any]) -> Any:  # noqa: ANN401  # ministack's answer
        arn: str = ministack.cloudformation._p(params, "RoleARN")
        refused = _refused(arn) if arn else None
        if refused is not None:
            return refused
        known = cast("dict[str, dict[str, Any]]", ministack.cloudformation._change_sets)
        before = set(known)
        answer = create(params)
        for made in set(known) - before:
            known[made]["_role"] = arn
        return answer

    return create_change_set


def _executing_under_the_role(execute: Handler) -> Handler:
    def execute_change_set(params: dict[str, Any]) -> Any:  # noqa: ANN401  # ministack's answer
        given = ministack.cloudformation._p
        _, found = ministack.change_sets._find_change_set(given(params, "ChangeSetName"), given(params, "StackName"))
        with _with_role("" if found is None else str(found.get("_role", ""))):
            return execute(params)

    return execute_change_set


def _under_the_stacks_role(schedule: Callable[..., None]) -> Callable[..., None]:
    def schedule_under_the_role(coro: Any, stack: dict[str, Any], stack_id: str | None = None) -> None:  # noqa: ANN401
        if _given.get():
            stack["RoleARN"] = _given.get()
        arn = str(stack.get("RoleARN", ""))
        token = _acting.set(ServiceRole(arn=arn) if arn else None)
        try:
            schedule(coro, stack, stack_id)  # the task copies the context
        finally:
            _acting.reset(token)

    return schedule_under_the_role


def _at_a_resource(act: Callable[..., Any]) -> Callable[..., Any]:
    def act_at_a_resource(resource_type: str, *args: Any, **more: Any) -> Any:  # noqa: ANN401  # as the wrapped one
        acting = _acting.get()
        if acting is None:
            return act(resource_type, *args, **more)
        token = _acting.set(replace(acting, resource_type=resource_type))
        try:
            return act(resource_type, *args, **more)
        finally:
            _acting.reset(token)

    return act_at_a_resource


def _telling_the_role(describe: Handler) -> Handler:
    def describe_stacks(params: dict[str, Any]) -> Any:  # noqa: ANN401  # ministack's answer
        status, headers, body = describe(params)
        stacks = cast("Mapping[str, dict[str, Any]]", ministack.cloudformation._stacks)
        for stack in stacks.values():
            if stack.get("RoleARN"):
                named = f"<StackId>{stack['StackId']}</StackId>".encode()
                body = body.replace(named, named + f"<RoleARN>{stack['RoleARN']}</RoleARN>".encode())
        return status, headers, body

    return describe_stacks
