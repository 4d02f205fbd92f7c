"""Canonical JSON, and what a value of a record may be.

Canonical: keys sorted, no spaces, UTF-8, integers of at most 15 digits, no other numbers. `jq -cSj .` prints the same
bytes, so that a record can be checked without this code.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any, cast

from .codes import LedgerError

MOST_BYTES = 16 * 1024
"""Of a record, and of a message that becomes one."""

_MOST_DIGITS = 15  # every program reads them exactly: IEEE 754 has 53 bits
_DEEPEST = 8
_SHOWN = 60
_UNSHOWN = re.compile(
    # Control characters, surrogates, joiners and marks of direction, tags: no text of a record needs them.
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff0-\ufffb\uffff"
    "\U000e0000-\U000e007f]"
)

Json = dict[str, Any]


def canonical(value: Json) -> bytes:
    """The one way to write an object."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()


def read_object(content: bytes, where: str) -> Json:
    """Return the object that some bytes are, each key once, integers alone as numbers.

    Errors: LED-001, LED-006, LED-007, LED-008.
    """
    if len(content) > MOST_BYTES:
        raise LedgerError("LED-008", where, f"it has {len(content)} bytes, at most {MOST_BYTES}")
    if _depth(content) > _DEEPEST:
        raise LedgerError("LED-008", where, "it is nested too deeply")
    try:
        value: object = json.loads(
            content.decode(),
            parse_int=lambda text: _integer(text, where),
            parse_float=lambda text: _other_number(text, where),
            parse_constant=lambda text: _other_number(text, where),
            object_pairs_hook=lambda pairs: _once(pairs, where),
        )
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise LedgerError("LED-001", where, f"it is not JSON in UTF-8 ({type(error).__name__})") from error
    if not isinstance(value, dict):
        raise LedgerError("LED-001", where, "it is not an object")
    found = cast("Json", value)
    _check(found, where, _DEEPEST)
    return found


def _depth(content: bytes) -> int:
    """How deep arrays and objects nest. Python's own limit is whatever the process has set it to."""
    deepest = depth = 0
    quoted = escaped = False
    for byte in content:
        if quoted:
            quoted = escaped or byte != 0x22
            escaped = not escaped and byte == 0x5C
        elif byte == 0x22:
            quoted = True
        elif byte in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif byte in b"]}":
            depth -= 1
    return deepest


def _integer(digits: str, where: str) -> int:
    if len(digits.lstrip("-")) > _MOST_DIGITS:
        raise LedgerError("LED-006", where, f"{shown(digits)} has more than {_MOST_DIGITS} digits")
    return int(digits)


def _other_number(text: str, where: str) -> object:
    raise LedgerError("LED-006", where, f"{shown(text)} is not an integer")


def _once(pairs: Iterable[tuple[str, object]], where: str) -> Json:
    found: Json = {}
    for key, value in pairs:
        if key in found:
            raise LedgerError("LED-001", where, f"the key {shown(key)} is there twice")
        found[key] = value
    return found


def _check(value: object, where: str, depth: int) -> None:
    if depth == 0:
        raise LedgerError("LED-008", where, "it is nested too deeply")
    match value:
        case str():
            if odd := _UNSHOWN.search(value):
                raise LedgerError("LED-007", where, f"U+{ord(odd[0]):04X} is in {shown(value)}")
        case dict():
            for key, each in cast("Json", value).items():
                _check(key, where, depth - 1)
                _check(each, f"{where}.{key}", depth - 1)
        case list():
            for each in cast("list[object]", value):
                _check(each, where, depth - 1)
        case _:
            pass  # integers, booleans and null: fields say which they take


def shown(value: object) -> str:
    """A value as an error quotes it: escaped and short."""
    text = ascii(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
