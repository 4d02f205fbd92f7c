"""Reading and setting a field deep in a step's arguments."""

from collections.abc import Iterator
from typing import Final

from mlops_stages.platform.plain import Map, is_map, list_of


class Absent:
    """Stands for a field that isn't there; `null` is a value that is."""


ABSENT: Final = Absent()


def is_list(value: object) -> bool:
    """Whether it is a list, without learning of what: `list_of` reads it."""
    return isinstance(value, list)


def found(value: object, path: tuple[str | int, ...]) -> object:
    """What stands at a place, or `ABSENT`."""
    for part in path:
        if isinstance(part, int):
            items = list_of(value)
            value = items[part] if part < len(items) else ABSENT
        else:
            value = value.get(part, ABSENT) if is_map(value) else ABSENT
    return value


def put(holder: Map, path: tuple[str, ...], value: object) -> None:
    """Set a field, and make the objects around it where there are none."""
    for part in path[:-1]:
        inner = holder.setdefault(part, {})
        if not is_map(inner):
            return  # told as a value of the wrong type
        holder = inner
    holder[path[-1]] = value


def places_of(
    value: object, names: frozenset[str], path: tuple[str | int, ...] = ()
) -> Iterator[tuple[str | int, ...]]:
    """Where fields of these names stand in a value."""
    if is_map(value):
        for key, item in value.items():
            if key in names:
                yield (*path, key)
            else:
                yield from places_of(item, names, (*path, key))
    else:
        for index, item in enumerate(list_of(value)):
            yield from places_of(item, names, (*path, index))
