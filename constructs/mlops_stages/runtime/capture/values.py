"""JSON and numbers from outside, as strictly as `serve` reads them (serving/request_rows.py of a model)."""

from __future__ import annotations

import json
import math
import re
from typing import Any, NoReturn, cast

Json = dict[str, Any]

LONGEST_NUMBER = 40
# Digits of ASCII only: float() would take others, underscores, spaces, nan and inf, too.
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")


def json_value(text: str) -> object:
    """What a text is in JSON, all its numbers as floats. ValueError where it is none, has a name twice, or NaN."""
    try:
        return json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant, parse_int=float)
    except RecursionError:
        message = "it is nested too deeply"
        raise ValueError(message) from None


def json_object(text: str) -> Json:
    """The object that a text is. ValueError for another value, and as `json_value`."""
    value = json_value(text)
    if not isinstance(value, dict):
        message = "it is not a JSON object"
        raise ValueError(message)
    return cast("Json", value)


def number(text: str) -> float:
    """The finite number that a text is, in decimal digits. ValueError for another."""
    if len(text) <= LONGEST_NUMBER and _NUMBER.fullmatch(text):
        return finite(float(text))
    message = "it is not a number"
    raise ValueError(message)


def finite(value: object) -> float:
    """A number of `json_object`. ValueError for another value, and for one that is too large."""
    if type(value) is float and math.isfinite(value):
        return value
    message = "it is not a finite number"
    raise ValueError(message)


def _once(pairs: list[tuple[str, Any]]) -> Json:
    found = dict(pairs)
    if len(found) != len(pairs):
        message = "it has a name twice"
        raise ValueError(message)
    return found


def _no_constant(_: str) -> NoReturn:
    message = "NaN and Infinity are not JSON"
    raise ValueError(message)
