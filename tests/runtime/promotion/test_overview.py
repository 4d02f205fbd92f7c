"""What the table of a model says to whoever asks what runs where."""

from __future__ import annotations

from typing import Any

from mlops_stages.runtime.promotion.overview import overview
from mlops_stages.runtime.promotion.request import handle
from tests.runtime.promotion.given import BEN, CARA, DAN, GROUP, World
from tests.runtime.promotion.machine import release, to_production, until_it_waits

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
