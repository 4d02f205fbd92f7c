"""What ministack looks through from end to end: as quickly as that can be done.

Its stores hold what is of all accounts, and it asks for each item again whose request is being served. A bucket of a
few months has tens of thousands of objects, and a list of it mostly wants the last of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from typing import Any

from mlops_stages.local.server.engine import ministack

Listed = Callable[[Any, str, str, int, str], Any]
"""From a bucket's objects, a prefix, a delimiter, the most rows and where to start after, to what is listed."""


def mend_scans() -> None:
    """Put quicker ones in the place of ministack's, once."""
    responses = ministack.responses
    if getattr(responses, "scans_mended_by_mlops_stages", False):
        return
    responses.scans_mended_by_mlops_stages = True
    _mend_store(responses.AccountScopedDict, lambda: (ministack.account(),))
    _mend_store(responses.AccountRegionScopedDict, lambda: (ministack.account(), ministack.region()))
    ministack.s3._collect_list_entries = from_start(ministack.s3._collect_list_entries)


def _mend_store(store: Any, owner: Callable[[], tuple[str, ...]]) -> None:  # noqa: ANN401  # a class without types
    """Ask once whose the items must be, not for each; keys are (account, key), or (account, region, key)."""

    def mine(self: Any) -> list[tuple[Any, Any]]:  # noqa: ANN401
        data: Mapping[tuple[Any, ...], Any] = self._data
        asked = owner()
        size = len(asked)
        # A copy of the items: another thread may put some in meanwhile.
        return [(key[-1], value) for key, value in list(data.items()) if key[:size] == asked]

    def keys(self: Any) -> list[Any]:  # noqa: ANN401
        return [key for key, _ in mine(self)]

    def iterated(self: Any) -> Iterator[Any]:  # noqa: ANN401
        yield from keys(self)

    store.items = mine
    store.keys = keys
    store.values = lambda self: [value for _, value in mine(self)]  # pyright: ignore[reportUnknownLambdaType]
    store.__iter__ = iterated
    store.__len__ = lambda self: len(mine(self))  # pyright: ignore[reportUnknownLambdaType]


def from_start(listed: Listed) -> Listed:
    """Leave out what lies before the start, ahead of sorting; keys that are rolled up are another's concern."""

    @wraps(listed)
    def collect(objects: Any, prefix: str, delimiter: str, most: int, start_after: str) -> Any:  # noqa: ANN401
        if start_after and not delimiter:
            objects = [key for key in objects if key > start_after and key.startswith(prefix)]
        return listed(objects, prefix, delimiter, most, start_after)

    return collect
