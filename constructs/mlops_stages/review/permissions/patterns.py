"""Whether one pattern of IAM takes in all that another does; `*` and `?` are its wildcards."""

import re
from collections.abc import Sequence

_UNIT = re.compile(r"\x02[^\x03]*\x03|\$\{[^}]*\}|.", re.DOTALL)
"""A letter, or what stands for a text that is not known here: a reference, or a variable of a policy."""
_ARN_PARTS = 6


def takes_in(wide: str, narrow: str) -> bool:
    """Whether every text that fits `narrow` fits `wide`; False where that cannot be shown.

    A wildcard of `narrow` is taken in by one of `wide` alone: `*` by `*`, `?` by `?` or `*`. Time grows with the
    product of the lengths, whatever the patterns are.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
    """
    return wide == narrow or _takes_in(_UNIT.findall(wide), _UNIT.findall(narrow))


def arn_takes_in(wide: str, narrow: str) -> bool:
    """The same for ARNs: each of the six parts between colons by itself, for no wildcard reaches beyond its own.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN
    """
    if wide in ("*", narrow):
        return True
    parts, others = _parts(wide), _parts(narrow)
    if len(parts) != len(others):
        return False
    return all(_takes_in(part, other) for part, other in zip(parts, others, strict=True))


def has_wildcard(pattern: str) -> bool:
    """Whether a pattern fits more than itself."""
    return any(unit in ("*", "?") for unit in _UNIT.findall(pattern))


def _parts(pattern: str) -> list[list[str]]:
    parts: list[list[str]] = [[]]
    for unit in _UNIT.findall(pattern):
        if unit == ":" and len(parts) < _ARN_PARTS:
            parts.append([])
        else:
            parts[-1].append(unit)
    return parts


def _takes_in(wide: Sequence[str], narrow: Sequence[str]) -> bool:
    reached = _past_stars(wide, {0})
    for unit in narrow:
        ahead: set[int] = set()
        for place in reached:
            if place < len(wide):
                if wide[place] == "*":
                    ahead.add(place)
                elif wide[place] == unit or (wide[place] == "?" and len(unit) == 1 and unit != "*"):
                    ahead.add(place + 1)
        reached = _past_stars(wide, ahead)
        if not reached:
            return False
    return len(wide) in reached


def _past_stars(wide: Sequence[str], places: set[int]) -> set[int]:
    found = set(places)
    for place in places:
        beyond = place
        while beyond < len(wide) and wide[beyond] == "*":
            beyond += 1
            found.add(beyond)
    return found
