"""Runs the tasks of a promotion as the state machine does, so that its logic is tested without Step Functions."""

from __future__ import annotations

import json
from typing import Any

from mlops_stages.runtime.promotion.codes import PromotionError
from mlops_stages.runtime.promotion.tasks import perform
from tests.runtime.promotion.given import MACHINE, DeathError, World

Json = dict[str, Any]


def release(action: str, version: int, attempt: int = 1) -> Json:
    return {"action": action, "version": version, "attempt": attempt}


def do(world: World, task: str, of: Json, **more: Any) -> Json:  # noqa: ANN401
    """A task; made again where its function dies, as the state does."""
    for _ in range(3):
        try:
            return perform(world.promotion, {"task": task, "release": of, **more})
        except DeathError:
            world.dies_at = None
    raise AssertionError(task)


def end(world: World, of: Json, status: str) -> None:
    arn = f"{MACHINE.replace(':stateMachine:', ':execution:')}:v{of['version']}-{of['attempt']}"
    world.states.executions[arn]["status"] = status


def deploy(world: World, of: Json, environment: str) -> str:
    """The states of one environment; the configuration that serves then."""
    more = {"environment": environment}
    do(world, "create", of, **more)
    while (status := do(world, "describe", of, **more)["status"]) == "pending":
        world.stacks[environment].settle()
    if status == "ready":
        do(world, "execute", of, **more)
    while do(world, "progress", of, **more)["status"] == "running":
        world.stacks[environment].settle()
    while (seen := do(world, "verify", of, **more))["status"] == "running":
        world.stacks[environment].settle()
    return str(seen["configuration"])


def through_staging(world: World, of: Json) -> None:
    """Run a promotion until its result is in the ledger. PromotionError where it fails."""
    do(world, "check", of)
    do(world, "lock", of, environment="staging")
    deploy(world, of, "staging")
    while do(world, "test", of, at=world.promotion.at())["status"] == "running":
        world.stacks["staging"].settle()
    do(world, "record", of)


def until_it_waits(world: World, of: Json, token: str = "a-token") -> str | None:
    """Run a promotion up to the second approval; the reason where it fails before."""
    try:
        through_staging(world, of)
        world.states.tokens.add(token)
        do(world, "wait", of, token=token)
    except PromotionError as error:
        return _fail(world, of, error)
    return None


def to_production(world: World, of: Json) -> str | None:
    """Run what follows the second approval, or a rollback; the reason where it fails."""
    try:
        do(world, "check-again" if of["action"] == "promote" else "check", of)
        do(world, "lock", of, environment="production")
        configuration = deploy(world, of, "production")
        do(world, "finish", of, configuration=configuration)
    except PromotionError as error:
        return _fail(world, of, error)
    end(world, of, "SUCCEEDED")
    return None


def _fail(world: World, of: Json, error: PromotionError) -> str:
    cause = json.dumps({"errorMessage": str(error), "errorType": type(error).__name__})
    do(world, "fail", of, failure={"Error": type(error).__name__, "Cause": cause})
    end(world, of, "FAILED")
    return str(error)
