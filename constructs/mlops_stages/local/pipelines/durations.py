"""ISO 8601 durations, as the cache of a step takes them: `P30D`, `PT1H`, `P1DT12H`; AWS also takes them without the P.

https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-caching-enabling.html
"""

from __future__ import annotations

import re

_DAY_S = 86400
_SECONDS = {"Y": 365 * _DAY_S, "M": 30 * _DAY_S, "W": 7 * _DAY_S, "D": _DAY_S}
_SECONDS_OF_DAY = {"H": 3600, "M": 60, "S": 1}
_DURATION = re.compile(
    r"P?(?P<date>(?:\d+[YMWD])*)(?:T(?P<time>(?:\d+[HMS])+))?",
    re.IGNORECASE,
)


def seconds(text: str) -> float:
    """Return the seconds of a duration, a year being 365 days and a month 30. Raises ValueError."""
    found = _DURATION.fullmatch(text.strip())
    if found is None or not (found["date"] or found["time"]):
        raise ValueError(f"{text!r} is no ISO 8601 duration such as P30D or PT1H")
    return float(_sum(found["date"], _SECONDS) + _sum(found["time"] or "", _SECONDS_OF_DAY))


def _sum(text: str, units: dict[str, int]) -> int:
    return sum(int(number) * units[unit.upper()] for number, unit in re.findall(r"(\d+)([A-Za-z])", text))
