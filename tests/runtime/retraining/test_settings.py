"""What the function is told, and what it refuses."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from mlops_stages.runtime.promotion.settings import VARIABLE as PROMOTION
from mlops_stages.runtime.retraining import function
from mlops_stages.runtime.retraining.codes import RetrainingError
from mlops_stages.runtime.retraining.settings import VARIABLE, partition, read
from tests.runtime.promotion.given import SETTINGS
from tests.runtime.retraining.given import RETRAINING

LAMBDAS_ROOM = 4096


def test_what_is_written_is_read() -> None:
    assert read({VARIABLE: RETRAINING.to_json()}) == RETRAINING
    assert (RETRAINING.every, RETRAINING.cool_down) == (timedelta(days=30), timedelta(days=14))
    assert replace(RETRAINING, every_days=None).every is None


@pytest.mark.parametrize(
    "changed", [{"cool_down_days": 0}, {"every_days": 0}, {"most_a_year": True}, {"data": []}, {"cool_down_days": "14"}]
)
def test_settings_that_are_not_whole_are_refused(changed: dict[str, object]) -> None:
    told = json.dumps({**json.loads(RETRAINING.to_json()), **changed})
    with pytest.raises(RetrainingError, match="RTR-001"):
        read({VARIABLE: told})


@pytest.mark.parametrize("told", ["", "{}", "[]", '{"unknown": 1}'])
def test_what_is_none_is_refused(told: str) -> None:
    with pytest.raises(RetrainingError, match="RTR-001"):
        read({VARIABLE: told})


def test_both_variables_fit_lambda() -> None:
    written = len(VARIABLE) + len(RETRAINING.to_json()) + len(PROMOTION) + len(SETTINGS.to_json())
    assert written < LAMBDAS_ROOM - 500


def test_its_items_are_in_a_partition_of_their_own() -> None:
    assert partition("late-arrival") == "late-arrival#retraining"


def test_an_event_without_a_time_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv(PROMOTION, SETTINGS.to_json())
    monkeypatch.setenv(VARIABLE, RETRAINING.to_json())
    monkeypatch.setattr(function, "_made", {})
    with pytest.raises(RetrainingError, match=r"RTR-006 .*scheduled-time"):
        function.handler({"at": "<aws.scheduler.scheduled-time>"}, None)
