"""Drift of a version's decisions from its baseline: measured on what was registered, and on nothing else."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest

from mlops_stages.runtime.monitor_runs import drifting, publishing
from mlops_stages.runtime.monitor_runs.settings import Drift
from mlops_stages.runtime.monitor_runs.sources import Held
from tests.runtime.monitor_runs.given import ARTIFACTS, AT, DAY, DECISIONS, PACKAGES, SETTINGS, World

EVALUATION, BASELINE = (f"evaluations/late-arrival/run7/{name}" for name in ("evaluation.json", "baseline.csv"))


@pytest.fixture
def world() -> World:
    """A model that has decided 1,400 times in the last week."""
    world = World(
        replace(
            SETTINGS,
            drift=Drift(metric="psi", maximum=0.2),
            inputs={"carrier": "category"},
            evaluations=f"s3://{ARTIFACTS}/evaluations/late-arrival/",
        )
    )
    world.register()
    decide(world, 0.3)
    return world


def decide(world: World, score: float, carriers: tuple[str, ...] = ("AA", "UA")) -> None:
    """Each day of the last week, 200 decisions around a score."""
    for back in range(1, 8):
        hour = AT.replace(hour=9, minute=0) - DAY * back
        world.decide(
            hour,
            [
                (f"{back}-{place}", score + (place % 100 - 50) / 5000, carriers[place % len(carriers)])
                for place in range(200)
            ],
        )


def test_decisions_like_the_baseline_have_not_moved(world: World) -> None:
    world.run()
    assert world.metrics()[publishing.SCORE_DRIFT] < 0.05
    assert world.metrics()[publishing.INPUT_DRIFT] < 0.05
    assert world.figures()["ks score"].value == pytest.approx(0, abs=1e-9)


def test_scores_that_have_moved_are_told_and_inputs_explain_them(world: World) -> None:
    decide(world, 0.5, ("AA", "AA", "UA", "DL"))
    world.run()
    assert world.metrics()[publishing.SCORE_DRIFT] > 1
    assert world.figures()["new_share carrier"].value == pytest.approx(0.25)
    assert world.metrics()[publishing.INPUT_DRIFT] > 0.2


@pytest.mark.parametrize(("metric", "figure"), [("js", "js_divergence score"), ("ks", "ks score")])
def test_the_declared_distance_is_published(world: World, metric: str, figure: str) -> None:
    decide(world, 0.4)
    world.settings = replace(world.settings, drift=Drift(metric=metric, maximum=0.1))
    world.run()
    assert world.metrics()[publishing.SCORE_DRIFT] == world.figures()[figure].value
    assert world.metrics()[publishing.SCORE_DRIFT] > 0.7


def test_few_decisions_are_measured_and_warn_of_nothing() -> None:
    world = World()
    world.settings = replace(
        world.settings,
        drift=Drift(metric="psi", maximum=0.2),
        inputs={"carrier": "category"},
        evaluations=f"s3://{ARTIFACTS}/evaluations/late-arrival/",
    )
    world.register()
    world.decide(AT.replace(hour=9, minute=0) - DAY, [("one", 0.9, "AA")])
    world.run()
    assert world.figures()["psi score"].rows == 1
    assert publishing.SCORE_DRIFT not in world.metrics()


def test_the_predecessors_decisions_are_not_compared_with_this_versions_baseline(world: World) -> None:
    world.register(version=8)
    world.decide(AT.replace(hour=20, minute=0) - DAY, [("new", 0.3, "AA")], version=8)
    world.run()
    assert world.figures()["psi score"].rows == 1


def test_without_a_bound_nothing_is_measured() -> None:
    world = World()
    world.live(14, 0.3)
    world.run()
    assert not [each for each in world.figures() if each.startswith("psi")]


def test_an_older_version_without_a_baseline_says_so(world: World) -> None:
    world.register(file=None)
    world.run()
    assert "names no baseline" in str(world.figures()["psi score"].why)
    assert publishing.SCORE_DRIFT not in world.metrics()


def test_what_is_not_what_was_registered_is_not_compared_with(world: World) -> None:
    for key in (BASELINE, EVALUATION):
        other = World(world.settings, s3=world.s3, registry=world.registry)
        world.register()
        world.s3.put_object(Bucket=ARTIFACTS, Key=key, Body=b'{"baseline": null}')
        other.run(AT + timedelta(minutes=1))
        why = str(other.figures()["psi score"].why)
        assert why.startswith(f"MON-034 {PACKAGES}7: s3://{ARTIFACTS}/{key} has another SHA-256")
        world.s3.held = {key: held for key, held in world.s3.held.items() if "monitors/" not in key[1]}


def test_a_baseline_is_fetched_once_while_lambda_keeps_the_process(world: World) -> None:
    held = Held()
    world.run(AT, held)
    found = world.figures()
    for key in ((DECISIONS, world.day().record), (ARTIFACTS, BASELINE)):
        world.s3.held.pop(key)
    world.run(AT, held)
    assert world.figures() == found
    assert found["psi score"].value is not None


def test_another_versions_baseline_takes_the_place_of_the_one_that_is_kept(world: World) -> None:
    held = Held()
    world.run(AT, held)
    world.evaluate(8, *_baseline("score,carrier\r\n0.9,DL\r\n"))
    world.decide(AT.replace(hour=20, minute=0) - DAY, [("new", 0.3, "AA")], version=8)
    world.run(AT + timedelta(minutes=1), held)
    kept = world.figures()
    assert kept["new_share carrier"].value == 1
    world.s3.held.pop((DECISIONS, world.day().record))
    world.run(AT + timedelta(minutes=1))
    assert world.figures() == kept


def _baseline(content: str) -> tuple[object, str, bytes]:
    sha256 = hashlib.sha256(content.encode()).hexdigest()
    return {"baseline": {"file": "baseline.csv", "rows": 1, "sha256": sha256}}, "baseline.csv", content.encode()


@pytest.mark.parametrize("name", ["../run8/baseline.csv", "a/b", "", ".hidden", "x" * 101])
def test_a_baseline_elsewhere_is_not_fetched(world: World, name: str) -> None:
    world.register(file=name)
    world.run()
    assert str(world.figures()["psi score"].why).startswith(f"MON-034 {PACKAGES}7: its baseline has the name")


@pytest.mark.parametrize(
    "address",
    ["", "s3://elsewhere/evaluation.json", f"s3://{ARTIFACTS}/evaluations/churn/run7/evaluation.json"],
)
def test_an_evaluation_elsewhere_is_not_fetched(world: World, address: str) -> None:
    world.registry.versions[f"{PACKAGES}7"]["evaluation"] = address
    world.run()
    assert "is no place of its evaluations" in str(world.figures()["psi score"].why)


def test_a_baseline_that_is_gone_is_told(world: World) -> None:
    del world.s3.held[ARTIFACTS, BASELINE]
    world.run()
    assert str(world.figures()["psi score"].why).endswith("NoSuchKey; " + "Ask the audit trail of the tooling account "
        "who changed it; train the version again.")  # fmt: skip


def test_a_baseline_of_other_inputs_is_told(world: World) -> None:
    world.settings = replace(world.settings, inputs={"carrier": "category", "hour": "integer"})
    world.decide(AT.replace(hour=9, minute=0) - DAY, [("one", 0.3, "AA")], inputs=("carrier", "hour"))
    world.run()
    assert str(world.figures()["psi score"].why).startswith("MON-014")


def test_decisions_without_a_declared_input_are_not_compared_and_the_model_is_judged_all_the_same(world: World) -> None:
    for back in range(1, 8):
        world.decide(AT.replace(hour=9, minute=0) - DAY * back, [(f"x{back}", 0.3, "AA")], inputs=())
    record = world.run()
    assert str(world.figures()["psi score"].why).startswith("MON-035")
    assert record.labelled.decisions > 0


def test_more_rows_than_are_held_are_read_from_their_files_and_give_the_same(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.run()
    held = world.kept(world.day().figures)
    world.s3.held.pop((DECISIONS, world.day().record))
    monkeypatch.setattr(drifting, "MOST_HELD", 0)
    world.run()
    assert world.kept(world.day().figures) == held
    assert world.figures()["psi score"].value is not None
