"""For how long a step's result stays good: ISO 8601 durations, and the forms without the `P` that AWS documents.

    [P] [NUMBER Y] [NUMBER M] [NUMBER W] [NUMBER D] [T [NUMBER H] [NUMBER M] [NUMBER S]]

in capitals or not, each unit at most once, at least one in all and one after a `T`, each number of 1 to 9 digits:
`P30D`, `PT1H`, `30d`, `5y`, `T16m`, `30dT5h`. Read here, as no kept library takes a duration without its `P`.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-caching-enabling.html
"""

import re

LONGEST = 64
"""Characters: seven units of 9 digits need no more than these are ever written with."""
EXAMPLES = "'P30D', 'PT12H' or '30dT5h'"
_DAY = 86_400
_SECONDS = {
    "years": 365 * _DAY,
    "months": 30 * _DAY,
    "weeks": 7 * _DAY,
    "days": _DAY,
    "hours": 3600,
    "minutes": 60,
    "seconds": 1,
}
# Each number has a bounded length and is followed by a letter of its own: there is nothing to go back over.
_DURATION = re.compile(
    r"P?(?:(?P<years>[0-9]{1,9})Y)?(?:(?P<months>[0-9]{1,9})M)?(?:(?P<weeks>[0-9]{1,9})W)?(?:(?P<days>[0-9]{1,9})D)?"
    r"(?:T(?=[0-9])(?:(?P<hours>[0-9]{1,9})H)?(?:(?P<minutes>[0-9]{1,9})M)?(?:(?P<seconds>[0-9]{1,9})S)?)?",
    re.IGNORECASE,
)


def seconds(text: str) -> int | None:
    """The seconds of a duration, a year being 365 days and a month 30; `None` for what is not one."""
    found = _DURATION.fullmatch(text) if len(text) <= LONGEST and text.isascii() else None
    numbers = {} if found is None else {unit: number for unit, number in found.groupdict().items() if number}
    if not numbers:
        return None
    return sum(int(number) * _SECONDS[unit] for unit, number in numbers.items())
