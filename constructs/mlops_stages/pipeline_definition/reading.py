"""Reads a definition: text that nobody may have looked at yet becomes JSON values, or faults."""

import codecs
import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

from mlops_stages import files
from mlops_stages.pipeline_definition.errors import Fault
from mlops_stages.pipeline_definition.fields import is_list
from mlops_stages.platform.characters import hidden_in, named
from mlops_stages.platform.errors import Loc, shown
from mlops_stages.platform.plain import list_of

LONGEST = 1_048_576
"""Characters of a definition (https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreatePipeline.html)."""
DEEPEST = 160
"""Levels of objects and lists: as many conditions within each other as there may be steps, three levels each."""
_TOKEN = "${Token["  # noqa: S105 - how the CDK writes a value that it does not know yet
_HALF = re.compile("[\ud800-\udfff]")
_ENDS_OF_LINES = "\n\r\t"
"""What does not print and may stand in a text: a step may be given a script."""


class Object(dict[str, object]):
    """A JSON object that remembers which keys it was given twice."""

    repeated: tuple[str, ...] = ()


class UnreadableError(Exception):
    """The text holds no JSON values; the fault says why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault: Fault = fault


def content_of(path: Path) -> bytes:
    """What is in a file, with the ends of lines as git keeps them.

    Raises:
        UnreadableError: `PIP-001` to `PIP-003`.
    """
    try:
        # Four bytes a character at most: a larger file is too long, whatever it holds.
        content = files.content(path, 4 * LONGEST)
    except FileNotFoundError as error:
        raise _unreadable("PIP-001", "There is no such file.") from error
    except files.TooLargeError as error:
        raise _too_long() from error
    except files.UnfitFileError as error:
        raise _unreadable("PIP-002", f"{error.reason[:1].upper()}{error.reason[1:]}.") from error
    except OSError as error:
        raise _unreadable("PIP-002", f"It cannot be read: {error.strerror}.") from error
    return content.replace(b"\r\n", b"\n")


def text_of(content: bytes) -> str:
    """The text of a file, without the mark that some editors write in front of it.

    Raises:
        UnreadableError: `PIP-004`.
    """
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise _unreadable("PIP-004", "It is UTF-16, as `>` of Windows PowerShell writes.", "Save it as UTF-8.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _unreadable("PIP-004", f"Line {line}, byte {error.start + 1} of the file, is not UTF-8 text.") from error


def values_of(text: str) -> object:
    """The JSON values of a text; objects remember their repeated keys.

    Raises:
        UnreadableError: `PIP-003`, `PIP-005`, `PIP-007`, `PIP-009`.
    """
    if len(text) > LONGEST:
        raise _too_long()
    try:
        return json.loads(text, object_pairs_hook=_object, parse_constant=_refuse_constant)
    except RecursionError as error:
        raise _unreadable("PIP-007", "Objects or lists are nested hundreds of levels deep.") from error
    except json.JSONDecodeError as error:
        raise _not_json(error) from error
    except ValueError as error:
        # Python refuses integers of thousands of digits.
        raise _unreadable("PIP-009", "A number has thousands of digits.") from error


def _not_json(error: json.JSONDecodeError) -> UnreadableError:
    """The fault of a text that is not valid JSON; an invisible character that causes it is named."""
    there = error.doc[error.pos : error.pos + 1]
    where = f"Line {error.lineno}, column {error.colno}"
    if there and hidden_in(there) is not None:
        fix = "Remove the character, or compile the pipeline again."
        return _unreadable("PIP-005", f"{where}: {named(there)} stands there, which does not print.", fix)
    return _unreadable("PIP-005", f"{where}: {error.msg}.")


def faults_of_values(value: object, loc: Loc = ()) -> Iterator[Fault]:
    """What no value may be, wherever it stands: too deep, repeated, not finite, or text that means something else."""
    if len(loc) > DEEPEST:
        yield Fault("PIP-007", None, loc[:4], f"Here it is nested more than {DEEPEST} levels deep.")
        return
    if isinstance(value, Object):
        for key in value.repeated:
            yield Fault("PIP-006", None, (*loc, key), f"{shown(key)} is written twice.")
        for key, item in value.items():
            yield from _faults_of_text(key, loc, allowed="")
            yield from faults_of_values(item, (*loc, key))
    elif is_list(value):
        for index, item in enumerate(list_of(value)):
            yield from faults_of_values(item, (*loc, index))
    elif isinstance(value, str):
        yield from _faults_of_text(value, loc)
    elif isinstance(value, float) and not math.isfinite(value):
        yield Fault("PIP-009", None, loc, "The number is too large.")


def _faults_of_text(text: str, loc: Loc, *, allowed: str = _ENDS_OF_LINES) -> Iterator[Fault]:
    if _TOKEN in text:
        yield Fault("PIP-010", None, loc, f"The text holds {shown(_TOKEN)}, which the CDK would fill in.")
    if _HALF.search(text):
        yield Fault("PIP-010", None, loc, "The text holds half of a character (a lone surrogate).")
    elif (hidden := hidden_in(text, allowed=allowed)) is not None:
        yield Fault("PIP-010", None, loc, f"{shown(text)} holds {named(hidden)}, which does not print.")


def _object(pairs: list[tuple[str, object]]) -> Object:
    made = Object(pairs)
    if len(made) != len(pairs):
        seen: set[str] = set()
        made.repeated = tuple(dict.fromkeys(key for key, _ in pairs if key in seen or seen.add(key)))
    return made


def _refuse_constant(name: str) -> NoReturn:
    raise _unreadable("PIP-009", f"{name} is not a number in JSON.")


def _too_long() -> UnreadableError:
    return _unreadable("PIP-003", f"It has more than {LONGEST:,} characters.")


def _unreadable(code: str, message: str, fix: str = "") -> UnreadableError:
    return UnreadableError(Fault(code, None, (), message, fix))
