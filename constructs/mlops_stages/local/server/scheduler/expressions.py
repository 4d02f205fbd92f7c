"""When a schedule is due: at a time, at a rate, or by cron, in its time zone.

Source: https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
"""

from __future__ import annotations

import datetime
import functools
import re
import zoneinfo

from mlops_stages.local.server import engine

_AT = re.compile(r"at\((\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})\)")
_RATE = re.compile(r"rate\(([1-9]\d{0,8}) (minute|hour|day)s?\)")
_SECONDS = {"minute": 60, "hour": 3600, "day": 86_400}
_MOST_SKIPPED = 400


def check(expression: str, zone: str) -> str:
    """Return what is wrong with an expression or its time zone; empty where nothing is."""
    try:
        where = _zone(zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return f"Invalid Schedule Expression Timezone {zone}."
    try:
        if _AT.fullmatch(expression):
            at(expression, where)
        elif _RATE.fullmatch(expression) is None:
            engine.cron_after(expression, datetime.datetime.now(datetime.UTC))
    except ValueError:
        return f"Invalid Schedule Expression {expression}."
    return ""


@functools.lru_cache(maxsize=64)
def _zone(name: str) -> zoneinfo.ZoneInfo:
    return zoneinfo.ZoneInfo(name)


def at(expression: str, zone: datetime.tzinfo) -> float | None:
    """Return the one moment of an expression, None where it has more. ValueError for no such date."""
    found = _AT.fullmatch(expression)
    return None if found is None else datetime.datetime.fromisoformat(found[1]).replace(tzinfo=zone).timestamp()


def rate(expression: str) -> float | None:
    """Return the seconds between the moments of an expression that is a rate, else None."""
    found = _RATE.fullmatch(expression)
    return None if found is None else float(int(found[1]) * _SECONDS[found[2]])


def after(expression: str, zone: str, moment: float, anchor: float) -> float | None:
    """Return the first moment after another at which an expression is due, None where there is none.

    A rate counts from its anchor, which is due itself.
    """
    where = _zone(zone)
    once, seconds = at(expression, where), rate(expression)
    if once is not None:
        return once if once > moment else None
    if seconds is not None:
        return anchor if anchor > moment else anchor + seconds * (int((moment - anchor) // seconds) + 1)
    return _cron(expression, where, moment)


def _cron(expression: str, zone: zoneinfo.ZoneInfo, moment: float) -> float | None:
    """Return when a cron expression is next met on the walls of a zone.

    What a clock that goes forward leaves out is left out; what comes twice when it goes back is due once.
    """
    wall = datetime.datetime.fromtimestamp(moment, zone).replace(tzinfo=datetime.UTC, fold=0)
    for _ in range(_MOST_SKIPPED):
        found = engine.cron_after(expression, wall)
        if found is None:
            return None
        due = found.replace(tzinfo=zone)
        stamp = due.timestamp()
        exists = datetime.datetime.fromtimestamp(stamp, zone).replace(tzinfo=None) == due.replace(tzinfo=None)
        if exists and stamp > moment:
            return stamp
        wall = found
    return None
