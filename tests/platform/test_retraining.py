"""Retraining: what a file says of it, and what a model must have besides."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from mlops_stages.platform import Platform, Retraining, Risk, loads
from tests.platform.test_labels import faults, late_arrival

LATE = "late-arrival"


@pytest.fixture(scope="module")
def reference(root: Path) -> Path:
    return root / "platform.yaml"


def test_what_is_left_out_has_a_default(reference: Path) -> None:
    found = late_arrival(reference, retraining={}).retraining
    assert found == Retraining(margin=0.0, every=None, cool_down="14d", most_a_year=12)


def test_a_model_that_declares_nothing_is_not_retrained(reference: Path) -> None:
    assert late_arrival(reference).retraining is None


@pytest.mark.parametrize("margin", [0, 0.005, 1_000_000])
def test_a_margin_is_a_difference_of_losses(reference: Path, margin: float) -> None:
    found = late_arrival(reference, retraining={"margin": margin}).retraining
    assert found is not None
    assert found.margin == margin


@pytest.mark.parametrize(
    "outside", [{"margin": -0.001}, {"margin": 1_000_001}, {"most_a_year": 0}, {"most_a_year": 367}]
)
def test_a_number_outside_its_bounds_is_refused(reference: Path, outside: dict[str, Any]) -> None:
    (key,) = outside
    assert faults(reference, retraining=outside) == [("PLT-105", f"retraining.{key}")]


@pytest.mark.parametrize("key", ["every", "cool_down"])
@pytest.mark.parametrize("length", ["23h", "367d", "1w", "0d", "", "1d "])
def test_another_length_of_time_is_refused(reference: Path, key: str, length: str) -> None:
    assert {code for code, _ in faults(reference, retraining={key: length})} <= {"PLT-243", "PLT-012"}


@pytest.mark.parametrize("length", ["24h", "1d", "366d"])
def test_a_length_of_time_is_from_a_day_to_366_days(reference: Path, length: str) -> None:
    found = late_arrival(reference, retraining={"every": length, "cool_down": length}).retraining
    assert found is not None
    assert (found.every, found.cool_down) == (length, length)


def test_candidates_need_labels_and_a_pipeline(reference: Path) -> None:
    assert faults(reference, labels=None, retraining={}) == [("PLT-369", "retraining")]
    assert faults(reference, pipeline=None, retraining={}) == [("PLT-370", "retraining")]


def test_what_labels_need_is_told_once(reference: Path) -> None:
    assert faults(reference, inputs=None, retraining={}) == [("PLT-364", "labels")]
    assert faults(reference, endpoint=None, rollout=None, retraining={}) == [("PLT-364", "labels")]


def test_a_misspelt_key_is_told_once(reference: Path) -> None:
    changed: dict[str, Any] = {"labels": None, "lables": {"type": "binary", "delay": "1d"}, "retraining": {}}
    assert faults(reference, **changed) == [("PLT-101", "lables")]


@pytest.mark.parametrize(("length", "days"), [("24h", 1), ("36h", 2), ("30d", 30), ("1441m", 2)])
def test_it_is_looked_once_a_day_so_that_a_part_of_a_day_is_one(length: str, days: int) -> None:
    assert Retraining(every=length, cool_down=length).every_days == days
    assert Retraining(cool_down=length).cool_down_days == days
    assert Retraining().every_days is None


def platform_of(reference: Path, risk: str | None, one_approval: list[str], **changed: Any) -> Platform:  # noqa: ANN401
    """The reference, whose late-arrival is of a class of risk."""
    document = yaml.safe_load(reference.read_text())
    model = next(each for team in document["teams"] for each in team.get("models", []) if each["name"] == LATE)
    model |= changed
    for key in (each for each, value in changed.items() if value is None):
        del model[key]
    if risk is not None:
        model["risk"] = risk
    return loads(yaml.safe_dump({**document, "retraining": {"one_approval": one_approval}}))


def one_approval(platform: Platform) -> Risk | None:
    (model,) = (each for team in platform.teams for each in team.models if each.name == LATE)
    return platform.one_approval(model)


def test_a_retrained_version_takes_one_approval_where_the_class_of_its_model_does(reference: Path) -> None:
    assert one_approval(platform_of(reference, "low", ["low"])) is Risk.LOW
    assert one_approval(platform_of(reference, "medium", ["low", "medium"])) is Risk.MEDIUM
    assert one_approval(platform_of(reference, "medium", ["low"])) is None


def test_what_says_nothing_of_its_risk_is_of_high_risk_and_takes_two_approvals(reference: Path) -> None:
    platform = platform_of(reference, None, ["low", "medium"])
    assert {each.risk for team in platform.teams for each in team.models} == {Risk.HIGH}
    assert one_approval(platform) is None


def test_a_model_that_is_not_retrained_takes_two_approvals_whatever_its_class(reference: Path) -> None:
    assert one_approval(platform_of(reference, "low", ["low"], retraining=None)) is None


def test_a_platform_that_declares_no_class_asks_for_two_approvals(reference: Path) -> None:
    assert one_approval(platform_of(reference, "low", [])) is None
