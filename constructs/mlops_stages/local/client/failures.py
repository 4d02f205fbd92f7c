"""Why a command of the CDK CLI failed: what CloudFormation says of it, or else what the log says."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol, TypedDict, cast

from mlops_stages.files import own_end
from mlops_stages.local.client.output import Failure
from mlops_stages.local.endpoint import Endpoint, environment

_STACK_TYPE = "AWS::CloudFormation::Stack"
_TELLING = re.compile(r"^\s*(❌|‣|\[Error|Template format error|Subprocess exited|\w*Error:)")
_SHOWN = 30
"""The most lines of a log that an error repeats; it names the file with the rest."""


_READ = 4 << 20
"""The bytes that are looked through, at the end of a log."""


class _Event(TypedDict, total=False):
    EventType: str
    LogicalResourceId: str
    ResourceType: str
    ResourceStatus: str
    ResourceStatusReason: str
    ValidationStatusReason: str


class _Events(TypedDict):
    OperationEvents: list[_Event]


class _StackEvents(TypedDict):
    StackEvents: list[_Event]


class _CloudFormation(Protocol):
    def describe_events(self, *, StackName: str) -> _Events:  # noqa: N803  (AWS's name)
        """What CloudFormation did to a stack, newest first."""
        ...

    def describe_stack_events(self, *, StackName: str) -> _StackEvents:  # noqa: N803
        """What became of a stack and its resources, newest first."""
        ...

    def update_termination_protection(self, *, StackName: str, EnableTerminationProtection: bool) -> object:  # noqa: N803
        """Protect a stack from deletion, or no longer."""
        ...


def explained(endpoint: Endpoint, account: str, region: str, stack: str) -> tuple[Failure, ...]:
    """Ask CloudFormation why a stack failed: what it refused before it made any resource, or its last operation."""
    try:
        formation = _cloudformation(endpoint, account, region)
        refused = formation.describe_events(StackName=stack)["OperationEvents"]
        failures = _failures(stack, refused) or _failures(
            stack, _last_operation(stack, formation.describe_stack_events(StackName=stack)["StackEvents"])
        )
    except Exception:  # a stack that was never made, an AWS that has died: the log must do
        return ()
    # A stack's own failure repeats that of its resources, unless it has none: an export that is in use, say.
    of_resources = tuple(failure for failure in failures if failure.type != _STACK_TYPE)
    return of_resources or failures


def _last_operation(stack: str, events: Iterable[_Event]) -> Iterable[_Event]:
    """The events of a stack, newest first, up to the start of its last operation."""
    for event in events:
        yield event
        started = event.get("ResourceStatus") in {"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS"}
        if started and event.get("LogicalResourceId") == stack:
            return


def _failures(stack: str, events: Iterable[_Event]) -> tuple[Failure, ...]:
    found: list[Failure] = []
    for event in events:
        failed = event.get("EventType") == "VALIDATION_ERROR" or event.get("ResourceStatus", "").endswith("_FAILED")
        reason = event.get("ValidationStatusReason") or event.get("ResourceStatusReason") or ""
        if failed and reason and "cancelled" not in reason.lower():
            resource, type_name = event.get("LogicalResourceId", ""), event.get("ResourceType", "")
            found.append(Failure(stack=stack, resource=resource, type=type_name, reason=reason))
    return tuple(dict.fromkeys(found))


def protect(endpoint: Endpoint, account: str, region: str, stack: str) -> bool:
    """Protect a stack from deletion; False where it is not there or the AWS has died, as the failed deploy says."""
    from botocore.exceptions import BotoCoreError, ClientError  # pyright: ignore[reportMissingTypeStubs]  (none either)

    try:
        _cloudformation(endpoint, account, region).update_termination_protection(
            StackName=stack, EnableTerminationProtection=True
        )
    except (BotoCoreError, ClientError):
        return False
    return True


def _cloudformation(endpoint: Endpoint, account: str, region: str) -> _CloudFormation:
    import boto3  # pyright: ignore[reportMissingTypeStubs]  (it has none)
    from botocore.config import Config  # pyright: ignore[reportMissingTypeStubs]  (nor has it)

    variables = environment(endpoint, account, region)
    client = boto3.client(  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        "cloudformation",
        endpoint_url=endpoint.url,
        region_name=region,
        aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
        config=Config(retries={"total_max_attempts": 1}),
    )
    return cast("_CloudFormation", client)


def telling_lines(log: Path) -> str:
    """Return the lines of a log that say what failed, each with those up to the next empty one, or else the last."""
    lines = [line.rstrip() for line in own_end(log, _READ).decode("utf-8", "replace").splitlines()]
    told: list[str] = []
    telling = False
    for line in lines:
        telling = bool(line) and (telling or bool(_TELLING.match(line)))
        if telling:
            told.append(line)
    return "\n".join((told or [line for line in lines if line])[-_SHOWN:])
