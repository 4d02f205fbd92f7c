"""What ministack looks through from end to end: as quickly as that can be done.

Its stores hold what is of all accounts, and it asks for each item again whose request is being served. A bucket of a
few months has tens of thousands of objects, and a list of it mostly wants the last of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from typing import Any

from mlops_stages.local.server.engine import ministack

_GONE = object()

Keys = Callable[[Mapping[Any, Any]], list[Any]]
"""From all that a store holds to the keys of the account being served: (account, key), or (account, region, key)."""

Listed = Callable[[Any, str, str, int, str], Any]
"""From a bucket's objects, a prefix, a delimiter, the most rows and where to start after, to what is listed."""


def mend_scans() -> None:
    """Put quicker ones in the place of ministack's, once."""
    responses = ministack.responses
    if getattr(responses, "scans_mended_by_mlops_stages", False):
        return
    responses.scans_mended_by_mlops_stages = True
    _mend_store(responses.AccountScopedDict, _of_account)
    _mend_store(responses.AccountRegionScopedDict, _of_region)
    ministack.s3._collect_list_entries = from_start(ministack.s3._collect_list_entries)


def _mend_store(store: Any, keys: Keys) -> None:  # noqa: ANN401  # a class without types
    """Ask once whose the items must be, not for each."""

    def iterated(self: Any) -> Iterator[Any]:  # noqa: ANN401
        return (key[-1] for key in keys(self._data))

    def items(self: Any) -> list[tuple[Any, Any]]:  # noqa: ANN401
        data: Mapping[Any, Any] = self._data
        # Another thread may have taken some away meanwhile.
        return [(key[-1], value) for key in keys(data) if (value := data.get(key, _GONE)) is not _GONE]

    store.__iter__ = iterated
    store.__len__ = lambda self: len(keys(self._data))  # pyright: ignore[reportUnknownLambdaType, reportUnknownMemberType, reportUnknownArgumentType]
    store.items = items
    store.keys = lambda self: [*iterated(self)]  # pyright: ignore[reportUnknownLambdaType]
    store.values = lambda self: [value for _, value in items(self)]  # pyright: ignore[reportUnknownLambdaType]


def _of_account(data: Mapping[Any, Any]) -> list[Any]:
    owner = ministack.account()
    return [key for key in [*data] if key[0] == owner]


def _of_region(data: Mapping[Any, Any]) -> list[Any]:
    owner, where = ministack.account(), ministack.region()
    return [key for key in [*data] if key[0] == owner and key[1] == where]


def from_start(listed: Listed) -> Listed:
    """Leave out what lies before the start, ahead of sorting; keys that are rolled up are another's concern."""

    @wraps(listed)
    def collect(objects: Any, prefix: str, delimiter: str, most: int, start_after: str) -> Any:  # noqa: ANN401
        if start_after and not delimiter:
            objects = [key for key in objects if key > start_after and key.startswith(prefix)]
        return listed(objects, prefix, delimiter, most, start_after)

    return collect
