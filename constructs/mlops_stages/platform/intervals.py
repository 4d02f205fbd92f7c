"""Lengths of time, such as `15m`, `1h` or `7d`."""

from datetime import timedelta
from typing import LiteralString

from mlops_stages.platform.errors import shown
from mlops_stages.platform.text import Text, fault

_SECONDS = {"m": 60, "h": 3600, "d": 86400}


def length_of(text: str) -> timedelta:
    """The length of time that is written."""
    return timedelta(seconds=int(text[:-1]) * _SECONDS[text[-1]])


def from_to(code: LiteralString, shortest: str, longest: str, example: str) -> Text:
    """What a length of time must look like, and between which two it must be."""
    rule = f"a length of time from {shortest} to {longest}"

    def check(text: str) -> None:
        if not length_of(shortest) <= length_of(text) <= length_of(longest):
            message = f"{shown(text)} is not from {shortest} to {longest}."
            raise fault(code, message, f"Write {rule}, such as {example!r}.")

    return Text(
        code=code,
        noun="a length of time",
        rule=rule,
        pattern="[1-9][0-9]{0,5}[mhd]",
        example=example,
        test=check,
    )
