"""Reading YAML safely into plain data, with the line of every value and all mistakes at once.

Works on the parser's events, so that nothing is ever constructed: an alias is refused before it can expand, a tag
before it can name a class.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import islice

from mlops_stages.platform.characters import StandIns, hidden_in, named, places_of_hidden
from mlops_stages.platform.errors import MOST, Fault, Loc, escaped, shown
from mlops_stages.platform.scalars import Scalar, meaning
from mlops_stages.platform.yaml_events import Alias, DocumentStart, End, Event, NotYamlError, Start, Word, events_of

DEEPEST = 12
"""How many lists and maps may hold each other; the model needs 8."""

MOST_ENTRIES = 60_000
"""How many keys, values, lists and maps a file may hold: 700 teams of 10 people, and about a second to read."""

_MOST_HIDDEN = 10
"""How many characters that do not print are named where the file's form is broken: one of them is the cause."""
_DAMAGED = "\ufffd"
"""What a tool writes where it could not read a character."""


@dataclass
class Tree:
    """The plain data of a file, and what was noticed on the way."""

    root: object = None
    complete: bool = False
    """Whether the file was read to its end; if not, what is missing may be in the part that was not read."""
    lines: dict[Loc, int] = field(default_factory=dict[Loc, int])
    written: dict[Loc, str] = field(default_factory=dict[Loc, str])
    """How each value that is not text was written: `0123`, `1e3`."""
    faults: list[Fault] = field(default_factory=list[Fault])
    spoiled: set[Loc] = field(default_factory=set[Loc])
    """The places that have a fault already; they hold None."""


class _StopError(Exception):
    """Nothing after this is read."""


def read_tree(text: str) -> Tree:
    """The plain data of a YAML text and every fault of its form."""
    # The parser stops at some characters that do not print, and takes others for line breaks.
    stand_ins = StandIns(text)
    reader = _Reader(_as_written(events_of(stand_ins.put(text)), stand_ins))
    try:
        reader.read()
    except _StopError:
        pass
    except NotYamlError as error:
        reason = escaped(stand_ins.taken_back(" ".join(error.reason.split())), 160) or "the parser gives up"
        reader.tree.faults.append(Fault("PLT-006", (), f"This is not YAML: {reason}.", line=error.line))
    faults = reader.tree.faults
    if any(fault.code in _BROKEN for fault in faults):
        told = {fault.line for fault in faults if fault.code == "PLT-012"}
        faults[:0] = [fault for fault in _hidden(text) if fault.line not in told]
    return reader.tree


_BROKEN = ("PLT-006", "PLT-013", "PLT-014")
"""The faults of a file's form that a space which is none can cause, where it does not stand in a value or a key."""


def _hidden(text: str) -> Iterator[Fault]:
    for line, column, character in islice(places_of_hidden(text), _MOST_HIDDEN):
        message = f"Column {column} holds {named(character)}, which does not print."
        yield Fault("PLT-012", (), message, line=line)


def _as_written(events: Iterator[Event], stand_ins: StandIns) -> Iterator[Event]:
    for event in events:
        yield replace(event, text=stand_ins.taken_back(event.text)) if isinstance(event, Word) else event


class _Reader:
    def __init__(self, events: Iterator[Event]) -> None:
        self.tree = Tree()
        self._events = self._counted(events)

    def read(self) -> None:
        """Take in the one document; _StopError if nothing after a fault can be read."""
        documents = 0
        for event in self._events:
            if not isinstance(event, DocumentStart):
                self._top(event)
                continue
            documents += 1
            if documents > 1:
                self._fault("PLT-007", (), "A second document starts here.", event.line)
                break
            if event.has_directives:
                self._fault("PLT-010", (), "A directive (a line that starts with %) is used.", event.line)
        if documents == 0:
            self._fault("PLT-005", (), "The file is empty.", 1)
            raise _StopError
        self.tree.complete = True

    def _counted(self, events: Iterator[Event]) -> Iterator[Event]:
        entries = 0
        for event in events:
            entries += not isinstance(event, End)
            if entries > MOST_ENTRIES:
                message = f"It holds more than {MOST_ENTRIES:,} keys and values; nothing after this line was read."
                self._fault("PLT-003", (), message, event.line)
                raise _StopError
            yield event

    def _top(self, event: Event) -> None:
        if isinstance(event, Word) and event.tag is None and _value(event) is None:
            self._fault("PLT-005", (), "The file holds nothing.", event.line)
            raise _StopError
        if isinstance(event, Start) and event.is_map:
            self.tree.root = self._node(event, ())
            return
        found = (
            shown(_value(event)) if isinstance(event, Word) else "an alias" if isinstance(event, Alias) else "a list"
        )
        self._fault("PLT-013", (), f"The top of the file is {found}; it must be a map of keys.", event.line)
        raise _StopError

    def _node(self, event: Event, loc: Loc) -> object:
        self.tree.lines.setdefault(loc, event.line)
        if isinstance(event, Alias):
            self._spoil("PLT-009", loc, f"The alias {shown('*' + event.name)} is used.", event.line)
            return None
        if isinstance(event, Word | Start) and event.tag is not None:
            self._spoil("PLT-010", loc, f"The tag {shown(event.tag)} is used.", event.line)
        if isinstance(event, Word):
            return None if loc in self.tree.spoiled else self._scalar(event, loc)
        self._check_depth(len(loc), loc, event.line)
        return self._map(loc) if isinstance(event, Start) and event.is_map else self._list(loc)

    def _scalar(self, word: Word, loc: Loc) -> Scalar:
        value = _value(word)
        if value is None:
            self._spoil("PLT-015", loc, "There is no value.", word.line)
        elif not isinstance(value, str):
            self.tree.written[loc] = word.text
        elif not _prints(value):
            self._spoil("PLT-012", loc, f"{shown(value)} holds {_odd(value)}.", word.line)
            return None
        return value

    def _list(self, loc: Loc) -> list[object]:
        items: list[object] = []
        for event in self._events:
            if isinstance(event, End):
                break
            items.append(self._node(event, (*loc, len(items))))
        return items

    def _map(self, loc: Loc) -> dict[str, object]:
        entries: dict[str, object] = {}
        for event in self._events:
            if isinstance(event, End):
                break
            key = self._key(event, loc)
            if key is None or key in entries:
                if key is not None:
                    self._told_twice((*loc, key), event.line)
                self._pass_over(next(self._events))
                continue
            value, place = next(self._events), (*loc, key)
            # A map or list is where its key is, a scalar where it stands itself.
            self.tree.lines[place] = value.line if isinstance(value, Word) and value.text else event.line
            entries[key] = None
            entries[key] = self._node(value, place)
        return entries

    def _key(self, event: Event, loc: Loc) -> str | None:
        """The text of a key; None, after a fault, for one that is none."""
        if not isinstance(event, Word) or event.tag is not None:
            self._fault("PLT-014", loc, "A key is not plain text.", event.line)
            if isinstance(event, Start):
                self._pass_over(event)
            return None
        if event.text == "<<" and event.is_plain:
            self._fault("PLT-009", (*loc, "<<"), "A merge (<<) is used.", event.line)
            return None
        if not _prints(event.text):
            message = f"The key {shown(event.text)} holds {_odd(event.text)}."
            self._fault("PLT-012", loc, message, event.line)
            return None
        return event.text

    def _told_twice(self, loc: Loc, line: int) -> None:
        first = self.tree.lines[loc]
        message = f"The key {shown(loc[-1])} is written twice; first at line {first}."
        self._fault("PLT-008", loc, message, line, f"Keep one of the two: line {first} or line {line}.")

    def _pass_over(self, event: Event) -> None:
        """Read past a node of which something was said already."""
        depth = 0
        while True:
            if isinstance(event, Start):
                depth += 1
                self._check_depth(depth, (), event.line)
            elif isinstance(event, End):
                depth -= 1
            if depth == 0:
                return
            event = next(self._events)

    def _check_depth(self, depth: int, loc: Loc, line: int) -> None:
        # Nothing deeper is read: the parser's time grows with the square of the depth.
        if depth >= DEEPEST:
            self._fault("PLT-011", loc, f"More than {DEEPEST} lists and maps hold each other here.", line)
            raise _StopError

    def _spoil(self, code: str, loc: Loc, message: str, line: int) -> None:
        self.tree.spoiled.add(loc)
        self._fault(code, loc, message, line)

    def _fault(self, code: str, loc: Loc, message: str, line: int, fix: str = "") -> None:
        self.tree.faults.append(Fault(code, loc, message, fix, line))
        if len(self.tree.faults) > MOST:
            raise _StopError


def _value(word: Word) -> Scalar:
    return meaning(word.text) if word.is_plain else word.text


def _prints(text: str) -> bool:
    return text.isprintable() and _DAMAGED not in text


def _odd(text: str) -> str:
    """The first character that does not print, by its code point, and what is wrong with it."""
    hidden = hidden_in(text)
    if hidden is not None:
        return f"{named(hidden)}, which does not print"
    return f"{named(_DAMAGED)}, which a tool wrote for a character that it could not read"
