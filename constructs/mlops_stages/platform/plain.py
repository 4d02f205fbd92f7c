"""Reading plain data that may be wrong: what is not of the kind asked for is passed over."""

import math
from collections.abc import Iterable, Iterator
from typing import TypeGuard, cast

from mlops_stages.platform.errors import Loc, path_text
from mlops_stages.platform.people import PlatformPeople, TeamPeople
from mlops_stages.platform.stage import Stage
from mlops_stages.platform.suggest import nearest

Map = dict[str, object]
Place = tuple[str | int, ...]

LIKELY_KEYS = 100
"""How many keys of a map are looked at for a misspelling: no map of the model has more, and comparing takes time."""


def is_map(value: object) -> TypeGuard[Map]:
    """Whether it is a map; in what was read from YAML or JSON, its keys are texts."""
    return isinstance(value, dict)


def map_of(value: object) -> Map:
    """The map, or an empty one."""
    return value if is_map(value) else {}


def list_of(value: object) -> list[object]:
    """The list, or an empty one."""
    return cast("list[object]", value) if isinstance(value, list) else []


def text_of(holder: Map, key: str) -> str | None:
    """The text under a key, if it is one."""
    value = holder.get(key)
    return value if isinstance(value, str) else None


def may_have(holder: Map, key: str) -> bool:
    """Whether a key is there, or a misspelt one that is told as an unknown key: one mistake, told once."""
    return key in holder or any(nearest(other, [key]) for other in list(holder)[:LIKELY_KEYS])


def stage_of(holder: Map) -> Stage | None:
    """The stage that it names, if that is one."""
    text = text_of(holder, "stage")
    return Stage(text) if text in set(Stage) else None


def is_number(value: object) -> TypeGuard[int | float]:
    """Whether it is an ordinary number."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def teams_in(platform: Map) -> Iterator[tuple[int, Map]]:
    """The teams that are maps, with their position."""
    for index, team in enumerate(list_of(platform.get("teams"))):
        if is_map(team):
            yield index, team


def networks_in(platform: Map) -> Iterator[tuple[Place, Map]]:
    """The networks that are maps, with their place: the platform's own, then those of single accounts."""
    if is_map(network := platform.get("network")):
        yield ("network",), network
    for purpose, network in map_of(platform.get("networks")).items():
        if is_map(network):
            yield ("networks", purpose), network


def models_in(platform: Map) -> Iterator[tuple[Place, str, Map]]:
    """The models that are maps, with their place and their team's name."""
    for index, team in teams_in(platform):
        for number, model in enumerate(list_of(team.get("models"))):
            if is_map(model):
                yield ("teams", index, "models", number), text_of(team, "name") or "", model


def repositories_in(platform: Map) -> Iterator[tuple[Place, Map]]:
    """The repositories that are named, with their place: those of teams, then that of the platform itself."""
    for index, team in teams_in(platform):
        if is_map(repository := team.get("repository")):
            yield ("teams", index, "repository"), repository
    if is_map(repository := map_of(platform.get("delivery")).get("repository")):
        yield ("delivery", "repository"), repository


def people_in(platform: Map) -> Iterator[tuple[str, list[tuple[Place, str]]]]:
    """The platform's people and then each team's: the name of the group, and its addresses with their places."""
    yield "platform", list(_addresses(map_of(platform.get("people")), PlatformPeople.model_fields, ("people",)))
    for index, team in teams_in(platform):
        place = ("teams", index, "people")
        addresses = _addresses(map_of(team.get("people")), TeamPeople.model_fields, place)
        yield text_of(team, "name") or "", list(addresses)


def _addresses(people: Map, personas: Iterable[str], place: Place) -> Iterator[tuple[Place, str]]:
    for persona in personas:
        for index, address in enumerate(list_of(people.get(persona))):
            if isinstance(address, str):
                yield (*place, persona, index), address


def repeated(named: Iterable[tuple[Loc, str | None]]) -> Iterator[tuple[Loc, str, str]]:
    """What has a name that an earlier one has: its place, the name, and where that was first."""
    first: dict[str, Loc] = {}
    for loc, name in named:
        if name is None:
            continue
        if name in first:
            yield loc, name, path_text(first[name])
        else:
            first[name] = loc
