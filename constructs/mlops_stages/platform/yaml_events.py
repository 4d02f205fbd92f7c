"""What a YAML text holds, event by event: the seam to ruamel.yaml, which is loaded on first use."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, cast


@dataclass(frozen=True, slots=True)
class Event:
    """Something in the text, at a line counted from 1."""

    line: int


@dataclass(frozen=True, slots=True)
class DocumentStart(Event):
    """A document begins, after directives (lines that start with %) or without."""

    has_directives: bool


@dataclass(frozen=True, slots=True)
class Alias(Event):
    """A `*name`."""

    name: str


@dataclass(frozen=True, slots=True)
class Word(Event):
    """A scalar: its text, whether it stands there plain (without quotes), and its tag."""

    text: str
    is_plain: bool
    tag: str | None


@dataclass(frozen=True, slots=True)
class Start(Event):
    """A map or list begins."""

    is_map: bool
    tag: str | None


@dataclass(frozen=True, slots=True)
class End(Event):
    """A map or list ends."""


class NotYamlError(Exception):
    """The text is no YAML: why, and on which line if that is known."""

    def __init__(self, reason: str, line: int | None) -> None:
        super().__init__(reason, line)
        self.reason: str = reason
        self.line: int | None = line


class _Mark(Protocol):
    line: int


class _Raw(Protocol):
    """ruamel.yaml's events, which are untyped."""

    start_mark: _Mark
    version: object
    tags: object
    anchor: object
    ctag: object
    value: str
    implicit: tuple[bool, bool]


class _Parser(Protocol):
    def parse(self, stream: str) -> Iterator[_Raw]: ...


def events_of(text: str) -> Iterator[Event]:
    """The events of a text, as far as it is YAML; NotYamlError where it stops to be."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError

    parser = cast("_Parser", YAML(typ="safe", pure=True))
    try:
        for raw in parser.parse(text):
            event = _typed(raw)
            if event is not None:
                yield event
    except MarkedYAMLError as error:
        mark = cast("_Mark | None", error.problem_mark or error.context_mark)  # pyright: ignore[reportUnknownMemberType] - untyped
        reasons = cast("tuple[str | None, str | None]", (error.context, error.problem))  # pyright: ignore[reportUnknownMemberType] - untyped
        raise NotYamlError(
            " ".join(part for part in reasons if part), None if mark is None else mark.line + 1
        ) from None
    except Exception as error:
        # Of malformed escapes, tags and directives ruamel lets several other kinds escape, OverflowError among them.
        raise NotYamlError(str(error), None) from None


def _typed(raw: _Raw) -> Event | None:
    line = raw.start_mark.line + 1
    match type(raw).__name__:
        case "DocumentStartEvent":
            return DocumentStart(line, has_directives=raw.version is not None or bool(raw.tags))
        case "AliasEvent":
            return Alias(line, str(raw.anchor))
        case "ScalarEvent":
            return Word(line, raw.value, is_plain=bool(raw.implicit[0]), tag=_tag(raw))
        case "MappingStartEvent" | "SequenceStartEvent" as name:
            return Start(line, is_map=name == "MappingStartEvent", tag=_tag(raw))
        case "MappingEndEvent" | "SequenceEndEvent":
            return End(line)
        case _:
            return None


def _tag(raw: _Raw) -> str | None:
    return None if raw.ctag is None else str(raw.ctag)
