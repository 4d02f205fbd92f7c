"""Reads a definition: text that nobody may have looked at yet becomes JSON values, or faults."""

import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

from mlops_stages.pipeline_definition.errors import Fault
from mlops_stages.pipeline_definition.fields import is_list
from mlops_stages.platform.errors import Loc, shown
from mlops_stages.platform.plain import list_of

LONGEST = 1_048_576
"""Characters of a definition (https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreatePipeline.html)."""
DEEPEST = 32
"""Levels of objects and lists: the deepest argument of SageMaker's API, under two conditions, needs fewer."""
_TOKEN = "${Token["  # noqa: S105 - how the CDK writes a value that it does not know yet


_HALF = re.compile("[\ud800-\udfff]")


class Object(dict[str, object]):
    """A JSON object that remembers which keys it was given twice."""

    repeated: tuple[str, ...] = ()


class UnreadableError(Exception):
    """The text holds no JSON values; the fault says why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault: Fault = fault


def text_of(path: Path) -> str:
    """The text of a file.

    Raises:
        UnreadableError: `PIP-001` to `PIP-004`.
    """
    try:
        if not path.is_file():
            code = "PIP-002" if path.exists() else "PIP-001"
            raise _unreadable(code, "There is no such file." if code == "PIP-001" else "It is not an ordinary file.")
        # Four bytes a character at most: a larger file is too long, whatever it holds.
        if path.stat().st_size > 4 * LONGEST:
            raise _too_long()
        return path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise _unreadable("PIP-004", f"Byte {error.start} is not UTF-8 text.") from error
    except OSError as error:
        raise _unreadable("PIP-002", f"It cannot be read: {error.strerror}.") from error


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
        raise _unreadable("PIP-005", f"Line {error.lineno}, column {error.colno}: {error.msg}.") from error
    except ValueError as error:
        # Python refuses integers of thousands of digits.
        raise _unreadable("PIP-009", "A number has thousands of digits.") from error


def faults_of_values(value: object, loc: Loc = ()) -> Iterator[Fault]:
    """What no value may be, wherever it stands: too deep, repeated, not finite, or text that means something else."""
    if len(loc) > DEEPEST:
        yield Fault("PIP-007", None, loc[:4], f"Here it is nested more than {DEEPEST} levels deep.")
        return
    if isinstance(value, Object):
        for key in value.repeated:
            yield Fault("PIP-006", None, (*loc, key), f"{shown(key)} is written twice.")
        for key, item in value.items():
            yield from _faults_of_text(key, loc)
            yield from faults_of_values(item, (*loc, key))
    elif is_list(value):
        for index, item in enumerate(list_of(value)):
            yield from faults_of_values(item, (*loc, index))
    elif isinstance(value, str):
        yield from _faults_of_text(value, loc)
    elif isinstance(value, float) and not math.isfinite(value):
        yield Fault("PIP-009", None, loc, "The number is too large.")


def _faults_of_text(text: str, loc: Loc) -> Iterator[Fault]:
    if _TOKEN in text:
        yield Fault("PIP-010", None, loc, f"The text holds {shown(_TOKEN)}, which the CDK would fill in.")
    if _HALF.search(text):
        yield Fault("PIP-010", None, loc, "The text holds half of a character (a lone surrogate).")


def _object(pairs: list[tuple[str, object]]) -> Object:
    made = Object(pairs)
    if len(made) != len(pairs):
        seen: set[str] = set()
        made.repeated = tuple(dict.fromkeys(key for key, _ in pairs if key in seen or seen.add(key)))
    return made


def _refuse_constant(name: str) -> NoReturn:
    raise _unreadable("PIP-009", f"{name} is no number of JSON.")


def _too_long() -> UnreadableError:
    return _unreadable("PIP-003", f"It has more than {LONGEST:,} characters.")


def _unreadable(code: str, message: str) -> UnreadableError:
    return UnreadableError(Fault(code, None, (), message))
