"""What the checks of the frame share: names, known keys, lists of objects."""

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from types import UnionType

from mlops_stages.pipeline_definition.errors import Fault
from mlops_stages.pipeline_definition.fields import is_list
from mlops_stages.pipeline_definition.likely import likely, one_of
from mlops_stages.platform.errors import Loc, shown
from mlops_stages.platform.plain import LIKELY_KEYS, Map, is_map, list_of
from mlops_stages.platform.suggest import nearest

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_KINDS_OF_JSON: tuple[tuple[type | UnionType, str], ...] = (
    (dict, "an object"),
    (list, "a list"),
    (str, "a text"),
    (bool, "true or false"),
    (int | float, "a number"),
)


def faults_of_name(
    value: Map, noun: str, names: set[str], step: str | None, loc: Loc, *, known: Iterable[str]
) -> Iterator[Fault]:
    """What is wrong with the `Name` of a step or parameter, whose keys are known; a sound one joins `names`."""
    name = value.get("Name")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        if is_misspelt(value, "Name", known):
            return
        code = "PIP-016" if "Name" in value else "PIP-013"
        message = f"{shown(name)} is not a name of a {noun}: 1 to 64 letters, digits, '-' and '_'."
        yield Fault(code, step, (*loc, "Name"), message)
    elif name in names:
        yield Fault("PIP-017", step, (*loc, "Name"), f"Duplicate name {shown(name)}.")
    else:
        names.add(name)


def unknown_keys(value: Map, known: Iterable[str], step: str | None, loc: Loc) -> Iterator[Fault]:
    """The keys that an object may not have."""
    names = tuple(known)
    for key in value:
        if key not in names:
            message = f"{shown(key)} is unknown here{likely(key, names)}; {one_of(names)}."
            yield Fault("PIP-012", step, (*loc, key), message)


def is_misspelt(value: Map, key: str, known: Iterable[str]) -> bool:
    """Whether a missing key stands there under a name that is unknown, and is told as that: one mistake, told once."""
    names = tuple(known)
    others = [each for each in islice(value, LIKELY_KEYS) if each not in names]
    return any(nearest(each.lower(), [key.lower()]) for each in others)


def faults_of_list(holder: Map, key: str, step: str | None, loc: Loc) -> Iterator[Fault]:
    """What is wrong with what should be a list of objects; `loc` is where that stands."""
    value = holder.get(key, [])
    if not is_list(value):
        fix = f"Remove `{key}`, or write a list: `[]` for none."
        yield wrong_kind(value, "a list of objects", step, loc, fix)
    for index, each in enumerate(list_of(value)):
        if not is_map(each):
            yield wrong_kind(each, "an object", step, (*loc, index))


def wrong_kind(value: object, wanted: str, step: str | None, loc: Loc, fix: str = "") -> Fault:
    """That a value is of another kind than wanted."""
    kind = next((name for python, name in _KINDS_OF_JSON if isinstance(value, python)), "`null`")
    return Fault("PIP-014", step, loc, f"This is {kind}, not {wanted}.", fix)


def faults_of_text(value: Map, key: str, longest: int, step: str | None, loc: Loc) -> Iterator[Fault]:
    """What is wrong with a text that need not be there."""
    if key not in value:
        return
    text = value[key]
    if not isinstance(text, str):
        yield wrong_kind(text, "a text", step, (*loc, key))
    elif len(text) > longest:
        message = f"{len(text):,} characters are out of range: 0 to {longest:,}."
        yield Fault("PIP-033", step, (*loc, key), message)
