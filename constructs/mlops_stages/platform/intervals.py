"""Lengths of time, such as `15m`, `1h` or `7d`."""

from collections.abc import Sequence
from datetime import timedelta
from typing import LiteralString

from mlops_stages.platform.errors import shown
from mlops_stages.platform.text import Text, fault

_PATTERN = "[1-9][0-9]{0,5}[mhd]"
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
        pattern=_PATTERN,
        example=example,
        test=check,
    )


def one_of(codes: tuple[LiteralString, LiteralString], shortest: str, longest: str, lengths: Sequence[str]) -> Text:
    """A length of time that must be as long as one of some.

    The first code is of what is none, or is not between the two; the second of another length.
    """
    rule = f"{', '.join(lengths[:-1])} or {lengths[-1]}"
    taken = {length_of(each) for each in lengths}

    def check(text: str) -> None:
        if not length_of(shortest) <= length_of(text) <= length_of(longest):
            raise fault(codes[0], f"{shown(text)} is not from {shortest} to {longest}.", f"Write {rule}.")
        if length_of(text) not in taken:
            raise fault(codes[1], f"Nothing is measured every {text}.", f"Write {rule}.")

    return Text(
        code=codes[0],
        noun="a length of time",
        rule=rule,
        pattern=_PATTERN,
        example=lengths[0],
        test=check,
    )
