"""What the table of a model says to whoever asks what runs where."""

from __future__ import annotations

from typing import Any

from mlops_stages.runtime.promotion.overview import overview
from mlops_stages.runtime.promotion.request import handle
from tests.runtime.promotion.given import BEN, CARA, DAN, GROUP, ONE_APPROVAL_SETTINGS, World
from tests.runtime.promotion.machine import do, release, through_staging, to_production, until_it_waits

ABLE = (BEN.upper(), CARA, DAN)


def seen(world: World) -> dict[str, Any]:
    return overview(world.items, ABLE)


def test_of_a_model_without_a_release_there_is_nothing_to_say() -> None:
    assert seen(World()) == {"production": None, "staging": None, "waiting": [], "back": None, "attempts": []}


def test_a_version_waits_for_those_who_have_no_other_part_in_it() -> None:
    world = World()
    world.version(1)
    handle(world.promotion, world.approve(1))
    until_it_waits(world, release("promote", 1))
    told = seen(world)
    assert told["waiting"] == [{"version": 1, "since": "2026-11-27T09:01:00Z", "for": [CARA, DAN]}]
    assert told["staging"] == {"version": 1, "configuration": f"{GROUP}-sv1-abc123", "at": "2026-11-27T09:01:00Z"}
    assert told["production"] is None
    assert "token" not in str(told)


def test_the_way_back_and_who_decided_are_told_of_what_serves() -> None:
    world = World()
    for number in (1, 2):
        world.version(number)
        handle(world.promotion, world.approve(number))
        until_it_waits(world, release("promote", number), f"token-{number}")
        handle(world.promotion, world.decide(number, "Approved"))
        to_production(world, release("promote", number))
    told = seen(world)
    assert (told["production"]["version"], told["back"], told["waiting"]) == (2, 1, [])
    latest, first = told["attempts"]
    assert (latest["version"], latest["status"], latest["passed"]) == (2, "deployed", True)
    assert (first["approved_by"], first["released_by"], first["asked_by"]) == (BEN, CARA, None)
    handle(world.promotion, world.decide(1, "Restored", DAN, why="refunds"))
    to_production(world, release("rollback", 1, 2))
    told = seen(world)
    assert (told["production"]["version"], told["back"], told["attempts"][0]["asked_by"]) == (1, None, DAN)


def retrained(*, has_registered: bool) -> World:
    """Version 1 serves by two approvals; version 2 is of retraining, approved by one person and passed by staging."""
    world = World(settings=ONE_APPROVAL_SETTINGS)
    world.version(1)
    handle(world.promotion, world.approve(1))
    until_it_waits(world, release("promote", 1), "token-1")
    handle(world.promotion, world.decide(1, "Approved"))
    to_production(world, release("promote", 1))
    world.retrained(2, has_registered=has_registered)
    handle(world.promotion, world.approve(2))
    through_staging(world, release("promote", 2))
    do(world, "one-approval", release("promote", 2))
    return world


def test_of_what_needed_no_second_approval_the_class_and_the_figure_are_told() -> None:
    world = retrained(has_registered=True)
    to_production(world, release("promote", 2))
    latest, first = seen(world)["attempts"]
    assert (latest["released_by"], latest["one_approval"]["risk"], latest["one_approval"]["champion"]) == (
        None,
        "low",
        1,
    )
    assert "0.015 lower" in latest["one_approval"]["figure"]
    assert "one_approval" not in first


def test_why_one_approval_is_not_enough_is_told_of_what_waits() -> None:
    world = retrained(has_registered=False)
    do(world, "wait", release("promote", 2), token="token-2")
    (waits,) = seen(world)["waiting"]
    assert waits["because"].startswith("PRM-060 SageMaker does not say")
    assert waits["for"] == [CARA, DAN]
    assert "one_approval" not in seen(world)["attempts"][0]
