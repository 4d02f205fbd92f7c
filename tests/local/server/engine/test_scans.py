"""Stores of all accounts give each its own, and lists of a bucket are what they were."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from mlops_stages.local.server.engine import ministack, scans

ONE, OTHER = "111111111111", "222222222222"
KEYS = ["a/1", "a/2", "a/b/1", "a/b/2", "b/1", "c"]

scans.mend_scans()


@pytest.mark.parametrize("name", ["AccountScopedDict", "AccountRegionScopedDict"])
def test_a_store_shows_an_account_what_is_its_own(name: str) -> None:
    store: Any = getattr(ministack.responses, name)()
    for account in (ONE, OTHER):
        with ministack.within(account, "eu-west-1"):
            store["mine"] = account
            store[("a", "pair")] = 1
    with ministack.within(ONE, "eu-west-1"):
        assert list(store) == store.keys() == ["mine", ("a", "pair")]
        assert store.values() == [ONE, 1]
        assert store.items() == [("mine", ONE), (("a", "pair"), 1)]
        assert (len(store), bool(store)) == (2, True)
    with ministack.within("333333333333", "eu-west-1"):
        assert (list(store), len(store), bool(store)) == ([], 0, False)


def test_a_regional_store_tells_regions_apart() -> None:
    store: Any = ministack.responses.AccountRegionScopedDict()
    with ministack.within(ONE, "eu-west-1"):
        store["mine"] = 1
    with ministack.within(ONE, "us-east-1"):
        assert store.items() == []


@pytest.mark.parametrize(
    ("prefix", "delimiter", "most", "start"),
    [*itertools.product(["", "a/", "a/b/", "d"], ["", "/"], [1, 2, 1000], ["", "a/1", "a/b", "a/b/2", "z"])],
)
def test_a_list_from_a_start_on_is_what_ministack_lists(prefix: str, delimiter: str, most: int, start: str) -> None:
    listed: Any = ministack.s3._collect_list_entries
    original = listed.__wrapped__
    objects = dict.fromkeys(reversed(KEYS))
    given = (objects, prefix, delimiter, most, start)
    assert listed(*given) == original(*given)
