"""Drift: how often it is measured, and what is refused because nothing measures it so."""

from datetime import timedelta
from pathlib import Path

import pytest

from mlops_stages.platform.model import Drift
from mlops_stages.runtime.monitor_runs.intervals import HOURS
from tests.platform.test_labels import faults, late_arrival


@pytest.fixture(scope="module")
def reference(root: Path) -> Path:
    return root / "platform.yaml"


def drift(every: str) -> dict[str, object]:
    return {"metric": "psi", "maximum": 0.2, "every": every}


@pytest.mark.parametrize(
    ("every", "hours"), [*((f"{each}h", each) for each in HOURS), ("60m", 1), ("720m", 12), ("24h", 24), ("1d", 24)]
)
def test_it_is_measured_each_day_or_at_hours_that_divide_it(reference: Path, every: str, hours: int) -> None:
    found = late_arrival(reference, drift=drift(every)).drift
    assert found is not None
    assert (found.every_hours, found.interval) == (hours, timedelta(hours=hours))


@pytest.mark.parametrize("every", ["15m", "90m", "61m", "5h", "7h", "16h", "23h", "25h", "48h", "2d", "7d", "30d"])
def test_an_interval_at_which_nothing_measures_it_is_refused(reference: Path, every: str) -> None:
    assert faults(reference, drift=drift(every)) == [("PLT-250", "drift.every")]


@pytest.mark.parametrize("every", ["1m", "14m", "31d", "1w", "0h", "01h", "1.5h", "-1h", "", "1h\n", "999999d", "h"])
def test_what_is_no_such_length_of_time_is_refused(reference: Path, every: str) -> None:
    assert {code for code, _ in faults(reference, drift=drift(every))} <= {"PLT-219", "PLT-012"}


@pytest.mark.parametrize("every", HOURS)
def test_every_interval_is_named_where_it_is_described(every: int) -> None:
    assert f"`{every}h`" in str(Drift.model_fields["every"].description)
