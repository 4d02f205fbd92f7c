"""Analysts of a model: people who may query its decisions, where there are any as rows."""

from pathlib import Path

import pytest

from tests.platform.test_labels import faults, late_arrival

ANN = "ann@acme.example"


@pytest.fixture(scope="module")
def reference(root: Path) -> Path:
    return root / "platform.yaml"


def test_nobody_queries_where_nobody_is_named(reference: Path) -> None:
    assert late_arrival(reference).analysts == ()
    assert late_arrival(reference, analysts=[]).analysts == ()
    assert late_arrival(reference, analysts=[], inputs=None, labels=None).analysts == ()


def test_anybody_with_an_address_may_be_named(reference: Path) -> None:
    assert late_arrival(reference, analysts=[ANN]).analysts == (ANN,)


def test_without_rows_there_is_nothing_to_query(reference: Path) -> None:
    told = ("PLT-376", "analysts")
    assert told in faults(reference, analysts=[ANN], inputs=None, labels=None)
    assert told in faults(reference, analysts=[ANN], inputs=[], labels=None)
    assert told in faults(reference, analysts=[ANN], endpoint=None, rollout=None, labels=None)
    assert told in faults(reference, analysts=[ANN], endpoint={"serverless": {"memory_mb": 2048}}, labels=None)


def test_nobody_is_named_twice_nor_more_than_twenty(reference: Path) -> None:
    assert faults(reference, analysts=[ANN, ANN]) == [("PLT-308", "analysts[1]")]
    assert faults(reference, analysts=[f"a{each}@acme.example" for each in range(21)])


@pytest.mark.parametrize("address", ["*", "ann", "", "ann@acme.example,bo@acme.example", "a" * 300])
def test_what_is_no_address_is_refused(reference: Path, address: str) -> None:
    assert {path for _, path in faults(reference, analysts=[address])} == {"analysts[0]"}


def test_an_address_that_cannot_name_a_session_is_refused(reference: Path) -> None:
    assert faults(reference, analysts=[f"{'a' * 60}@acme.example"]) == [("PLT-360", "analysts[0]")]
