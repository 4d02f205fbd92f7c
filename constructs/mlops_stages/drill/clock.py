"""The local AWS's clock, which a drill moves ahead; all that is due on the way is done by then."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, cast

from mlops_stages.local.client import inventory
from mlops_stages.local.endpoint import Endpoint

_FARTHEST = timedelta(days=6)
"""By which it is moved in one call; the local AWS takes 7 days."""
_LONGEST_S = 900.0


class DrivenClock:
    """Asked once, and then by what each move answers."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

    @property
    def now(self) -> datetime:
        """The moment by it."""
        return _moment(inventory.get(self._endpoint, "clock"))

    def to(self, moment: datetime) -> datetime:
        """Move it to a moment, if it is not past; the moment then."""
        now = self.now
        while now < moment:
            step = min(moment - now, _FARTHEST).total_seconds()
            now = _moment(inventory.post(self._endpoint, "clock", {"advance_seconds": step}, timeout_s=_LONGEST_S))
        return now

    def on(self, seconds: float) -> datetime:
        """Move it on."""
        return self.to(self.now + timedelta(seconds=seconds))


def at(day: date, hours: int = 0, minutes: int = 0) -> datetime:
    """A moment of a day, in UTC."""
    return datetime.combine(day, time(hours, minutes), UTC)


def _moment(answer: object) -> datetime:
    return datetime.fromtimestamp(float(cast("Mapping[str, Any]", answer)["now_seconds"]), UTC)
