"""Which field of the model a place in platform.yaml is."""

from collections.abc import Iterator
from functools import cache
from typing import Annotated, Any, get_args, get_origin

from pydantic.fields import FieldInfo

from mlops_stages.platform.errors import Loc
from mlops_stages.platform.section import Section
from mlops_stages.platform.text import Text


def sections_in(annotation: object) -> Iterator[type[Section]]:
    """The sections that a type holds: itself, the items of a list, the parts of a union."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        yield annotation
        return
    arguments: tuple[Any, ...] = get_args(annotation)
    if get_origin(annotation) is Annotated:
        arguments = arguments[:1]
    for argument in arguments:
        yield from sections_in(argument)


def sections_at(top: type[Section], loc: Loc) -> tuple[type[Section], ...]:
    """The sections that may stand at a place; several where it is one of a union."""
    here: tuple[type[Section], ...] = (top,)
    for step in loc:
        if isinstance(step, str):
            here = tuple(
                inner
                for section in here
                if step in section.model_fields
                for inner in sections_in(section.model_fields[step].annotation)
            )
    return here


def field_at(top: type[Section], loc: Loc) -> FieldInfo | None:
    """The field at a place, of a list for its items; None where the model knows nothing."""
    while loc and isinstance(loc[-1], int):
        loc = loc[:-1]
    if not loc:
        return None
    key = str(loc[-1])
    for section in sections_at(top, loc[:-1]):
        if key in section.model_fields:
            return section.model_fields[key]
    return None


def text_rule(top: type[Section], loc: Loc) -> Text | None:
    """What the text at a place must look like, if the model says."""
    field = field_at(top, loc)
    return None if field is None else next(_rules_in((field.annotation, *field.metadata)), None)


def _rules_in(parts: tuple[object, ...]) -> Iterator[Text]:
    for part in parts:
        if isinstance(part, Text):
            yield part
        arguments: tuple[object, ...] = get_args(part)
        yield from _rules_in(arguments)


def sections_with_paths(top: type[Section]) -> dict[type[Section], tuple[str, ...]]:
    """Every section of the model in the order of the file, and its paths, such as `teams[].budget`."""
    found: dict[type[Section], dict[str, None]] = {}
    for section, path in _sections(top, ""):
        found.setdefault(section, {})[path] = None
    return {section: tuple(path for path in paths if path) for section, paths in found.items()}


def _sections(section: type[Section], path: str) -> Iterator[tuple[type[Section], str]]:
    yield section, path
    for key, field in section.model_fields.items():
        listed = "[]" if get_origin(field.annotation) is tuple else ""
        here = f"{path}.{key}{listed}" if path else f"{key}{listed}"
        for inner in sections_in(field.annotation):
            yield from _sections(inner, here)


@cache
def paths_by_key(top: type[Section]) -> dict[str, tuple[str, ...]]:
    """Each key of the model, and the paths at which it is known, such as `teams[].budget.notify`."""
    found: dict[str, dict[str, None]] = {}
    for section, path in _sections(top, ""):
        for key in section.model_fields:
            found.setdefault(key, {})[f"{path}.{key}" if path else key] = None
    return {key: tuple(paths) for key, paths in found.items()}
