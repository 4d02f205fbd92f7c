"""What the CDK CLI says while it deploys, read line by line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

StackState = Literal["waiting", "deploying", "deployed", "unchanged", "failed"]

_RESOURCE = re.compile(
    r"""^(?P<stack>\S+)\s*\|                       # acme-experimentation |
    \s*(?P<done>\d+)(?:/(?P<total>\d+))?\s*\|      #  3/84 |
    [^|]+\|                                        # 10:14:30 AM |
    \s*(?P<status>[A-Z_]+)\s*\|                    # CREATE_FAILED |
    \s*(?P<type>[\w:]+)\s*\|                       # AWS::S3::Bucket |
    \s*(?P<resource>.*)$                           # Data/Bucket (DataBucketE3889A50) the reason""",
    re.VERBOSE,
)
_NAMED = re.compile(r"^(?P<path>\S+)(?: \((?P<logical_id>\w+)\))?\s*(?P<reason>.*)$")
_STARTED = re.compile(r"^(?P<stack>\S+): deploying\.\.\.")
_DONE = re.compile(r"^\s*✅\s+(?P<stack>\S+)(?P<same> \(no changes\))?\s*$")
_FAILED = re.compile(r"^\s*❌\s+(?P<stack>\S+) failed")
_EMPTY = re.compile(r"^(?P<stack>\S+): stack has no resources")
_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_STACK_TYPE = "AWS::CloudFormation::Stack"


@dataclass(frozen=True, kw_only=True)
class StackEvent:
    """One stack moved on: `done` of `total` resources, 0 of 0 while that is not known."""

    stack: str
    state: StackState
    done: int = 0
    total: int = 0


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A resource that CloudFormation could not make, change or delete, and why."""

    stack: str
    resource: str
    type: str
    reason: str


class DeployOutput:
    """Reads the lines of `cdk deploy --progress events`; keeps each stack's last event and all failures."""

    def __init__(self) -> None:
        self.stacks: dict[str, StackEvent] = {}
        self.failures: list[Failure] = []

    def read(self, line: str) -> StackEvent | None:
        """Take in one line; return what it says of a stack, if anything."""
        line = _ANSI.sub("", line.rstrip())
        event = self._event(line)
        if event is not None:
            self.stacks[event.stack] = event
        return event

    def _event(self, line: str) -> StackEvent | None:
        if found := _RESOURCE.match(line):
            return self._resource(found)
        if found := _STARTED.match(line):
            return self._moved(found["stack"], "deploying")
        if found := _DONE.match(line):
            return self._moved(found["stack"], "unchanged" if found["same"] else "deployed")
        if found := _FAILED.match(line):
            return self._moved(found["stack"], "failed")
        if found := _EMPTY.match(line):
            return self._moved(found["stack"], "unchanged")
        return None

    def _moved(self, stack: str, state: StackState) -> StackEvent:
        before = self.stacks.get(stack)
        return StackEvent(
            stack=stack, state=state, done=before.done if before else 0, total=before.total if before else 0
        )

    def _resource(self, found: re.Match[str]) -> StackEvent:
        stack, done, total = found["stack"], int(found["done"]), int(found["total"] or 0)
        if found["status"].endswith("_FAILED"):
            named = _NAMED.match(found["resource"])
            reason = named["reason"] if named else ""
            # A stack's own failure repeats that of its resources; a cancelled resource has done nothing wrong.
            if named and found["type"] != _STACK_TYPE and reason and "cancelled" not in reason.lower():
                self.failures.append(Failure(stack=stack, resource=named["path"], type=found["type"], reason=reason))
        # Events come newest first and in bursts, so the count only ever grows.
        before = self.stacks.get(stack)
        return StackEvent(
            stack=stack,
            state="deploying",
            done=max(done, before.done if before else 0),
            total=max(total, before.total if before else 0),
        )
