"""Follows a model's promotion in the local AWS: moves its clock ahead until somebody is waited for, or it has ended."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from mlops_stages.errors import UserError
from mlops_stages.local import refusals
from mlops_stages.local.client import inventory
from mlops_stages.local.client.clients import client
from mlops_stages.local.endpoint import Endpoint, environment
from mlops_stages.platform import Duty, Model, Platform, Team

WAITS = "AwaitRelease"
"""The state in which a promotion waits for the second approval."""
STEP_S, FIRST_STEP_S = 30, 1
LONGEST_S = 900.0
"""Seconds of this machine's own time for one promotion: a load test takes as long here as on AWS."""
_RUNNING, _SUCCEEDED = "RUNNING", "SUCCEEDED"
_EVENTS = 200
_LONGEST_CAUSE = 1000


@dataclass(frozen=True, kw_only=True)
class Progress:
    """Where the latest promotion of a model has come to.

    `status` is `waiting` for a person, `succeeded` or `failed`; `failure` says why it failed. `moved_s` is by how many
    seconds the local AWS's clock was moved ahead meanwhile, `took_s` how many of this machine's own time went by.
    """

    team: str
    model: str
    promotion: str
    status: str
    failure: str = ""
    able: tuple[str, ...] = ()
    """Who may give the second approval, where it waits for that."""
    moved_s: float = 0.0
    took_s: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """Everything, for programs."""
        told = {
            "team": self.team,
            "model": self.model,
            "promotion": self.promotion,
            "status": self.status,
            "clock_moved_seconds": round(self.moved_s),
            "seconds": round(self.took_s, 1),
        }
        return {
            **told,
            **({"failure": self.failure} if self.failure else {}),
            **({"waits_for": list(self.able)} if self.able else {}),
        }


def follow(
    endpoint: Endpoint,
    platform: Platform,
    team: Team,
    model: Model,
    tell: Callable[[str], None],
    meanwhile: Callable[[], None] | None = None,
) -> Progress | None:
    """Move the clock ahead until a promotion of a model waits for a person or has ended; None where there is none.

    The latest that gets on by itself is followed to its end, though a later one may have failed since, as where another
    has staging. Where none gets on, the latest of all is told.

    `meanwhile` is called after each step of half a minute, to send what callers would send.

    Errors: LOC-116 a promotion does not get on.
    """
    account, name = platform.addresses.tooling, f"{team.name}/{model.name}"
    machine = platform.addresses.promotion(model.name)
    states = client("stepfunctions", environment(endpoint, account, platform.region))
    began, step, last, moved, arn = time.monotonic(), FIRST_STEP_S, "", 0.0, ""
    while time.monotonic() - began < LONGEST_S:
        # First: what a decision has set going is on its way.
        inventory.post(endpoint, "clock", {"advance_seconds": step}, timeout_s=LONGEST_S)
        moved += step
        listed = _executions(states, machine)
        if not listed:
            return None
        execution, events = _followed(states, listed, arn)
        arn, place = execution["executionArn"], _place(events)
        if execution["status"] != _RUNNING or place == WAITS:
            reached = _progress(team, model, execution, events)
            return replace(reached, moved_s=moved, took_s=time.monotonic() - began)
        if place != last:
            tell(f"{name}: its promotion, {place}")
        step, last = STEP_S, place
        if meanwhile is not None:
            meanwhile()
    raise UserError(
        "LOC-116",
        name,
        f"its promotion stays in the state {last} for {LONGEST_S:.0f} s",
        f"see what it does: mlops-stages releases {name}",
        exit_code=1,
    )


def _executions(states: Any, machine: str) -> list[Mapping[str, Any]]:  # noqa: ANN401 - a client, built at run time
    """The latest executions; none of a machine that is not there, as where the model has no endpoint."""
    try:
        return list(states.list_executions(stateMachineArn=machine)["executions"])
    except refusals.ClientError as error:
        if refusals.code(error) != "StateMachineDoesNotExist":
            raise
        return []


def _followed(
    states: Any,  # noqa: ANN401 - a client, built at run time
    listed: Sequence[Mapping[str, Any]],
    arn: str,
) -> tuple[Mapping[str, Any], list[Mapping[str, Any]]]:
    """The execution that was followed before, by its ARN, or the one to follow; with its history."""
    latest_first = sorted(listed, key=lambda each: each["startDate"], reverse=True)
    for execution in latest_first:
        if execution["executionArn"] == arn:
            return execution, _events(states, arn)
        if not arn and execution["status"] == _RUNNING:
            events = _events(states, execution["executionArn"])
            if _place(events) != WAITS:
                return execution, events
    return latest_first[0], _events(states, latest_first[0]["executionArn"])


def _events(states: Any, execution: str) -> list[Mapping[str, Any]]:  # noqa: ANN401 - a client, built at run time
    """The latest of an execution's history, the newest first."""
    history = states.get_execution_history(executionArn=execution, reverseOrder=True, maxResults=_EVENTS)
    return list(history["events"])


def _place(events: Sequence[Mapping[str, Any]]) -> str:
    entered = (event["stateEnteredEventDetails"]["name"] for event in events if "stateEnteredEventDetails" in event)
    return next(entered, "")


def _progress(team: Team, model: Model, execution: Mapping[str, Any], events: Sequence[Mapping[str, Any]]) -> Progress:
    status = {_RUNNING: "waiting", _SUCCEEDED: "succeeded"}.get(execution["status"], "failed")
    return Progress(
        team=team.name,
        model=model.name,
        promotion=execution["name"],
        status=status,
        failure=_failure(events) if status == "failed" else "",
        able=Duty.RELEASE.people(team, model) if status == "waiting" else (),
    )


def _failure(events: Sequence[Mapping[str, Any]]) -> str:
    """Why the last of its tasks that failed did."""
    for event in events:
        details: Mapping[str, str] = event.get("taskFailedEventDetails") or {}
        if details:
            text = details.get("cause", "")
            try:
                cause: object = json.loads(text)
            except ValueError:
                # A person's rejection answers the task, with the reason as a text.
                return text[:_LONGEST_CAUSE] or details.get("error", "")
            except RecursionError:
                return details.get("error", "")
            told = cast("dict[str, object]", cause).get("errorMessage") if isinstance(cause, dict) else None
            return str(told or details.get("error", ""))
    return "its history says why"
