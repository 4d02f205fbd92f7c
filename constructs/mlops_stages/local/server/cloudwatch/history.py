"""The history of alarms: changes of settings, changes of state, actions; two weeks of it.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_AlarmHistoryItem.html
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from mlops_stages.local.server.api.records import Scope
from mlops_stages.local.server.cloudwatch.records import Alarm, Kind

KEPT = 14 * 24 * 3600
MOST = 10_000
"""Items of one account and region; the oldest go where there would be more."""
_LONGEST = 4095

Type = Literal["ConfigurationUpdate", "StateUpdate", "Action"]


@dataclass(frozen=True, kw_only=True)
class Item:
    """One item, as the API has it; `number` tells items of one moment apart."""

    number: int
    name: str
    kind: Kind
    type: Type
    at: float
    summary: str
    data: str

    def described(self) -> dict[str, Any]:
        """The item as DescribeAlarmHistory tells of it."""
        return {
            "AlarmName": self.name,
            "AlarmType": self.kind,
            "Timestamp": self.at,
            "HistoryItemType": self.type,
            "HistorySummary": self.summary[:255],
            "HistoryData": self.data[:_LONGEST],
        }


class History:
    """The history of all accounts and regions, oldest first."""

    def __init__(self) -> None:
        self._items: dict[Scope, deque[Item]] = {}
        self._count = 0

    def add(
        self,
        alarm: Alarm,
        type: Type,
        at: float,
        summary: str,
        data: Mapping[str, Any],
        *,
        shorter: Mapping[str, Any] | None = None,
    ) -> None:
        """Write an item, with `shorter` data where the other would be too long, and forget what is too old."""
        text = _json(data)
        if len(text) > _LONGEST and shorter is not None:
            text = _json(shorter)
        items = self._items.setdefault(alarm.scope, deque(maxlen=MOST))
        self._count += 1
        items.append(
            Item(
                number=self._count,
                name=alarm.name,
                kind=alarm.kind,
                type=type,
                at=at,
                summary=summary,
                data=text,
            )
        )
        while items[0].at < at - KEPT:
            items.popleft()

    def of(self, scope: Scope) -> tuple[Item, ...]:
        """The items of an account and region."""
        return tuple(self._items.get(scope, ()))


def _json(data: Mapping[str, Any]) -> str:
    return json.dumps({"version": "1.0", **data}, separators=(",", ":"), ensure_ascii=False)
