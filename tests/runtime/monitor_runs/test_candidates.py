"""Candidates: which are judged, on which decisions, and that nothing hostile in one keeps others from being judged."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mlops_stages.runtime.decisions.database import connected
from mlops_stages.runtime.monitor_runs import publishing, sources
from mlops_stages.runtime.monitor_runs.candidates import judge_candidate
from mlops_stages.runtime.monitor_runs.evaluations import Evaluations
from mlops_stages.runtime.monitor_runs.measuring import measure
from mlops_stages.runtime.monitor_runs.record import Candidate, read
from mlops_stages.runtime.monitor_runs.settings import Retraining
from mlops_stages.runtime.monitors.codes import MonitorError
from tests.runtime.decisions.given import S3
from tests.runtime.monitor_runs.given import (
    ARTIFACTS,
    AT,
    CHALLENGES,
    DAY,
    FIRST,
    PACKAGES,
    RETRAINED,
    World,
    answered,
    read_answers,
    sharp,
)

AGAINST = "version 8 against version 7"
FOLDER = "evaluations/late-arrival/run8"


@pytest.fixture(scope="module")
def lived() -> World:
    """A model that has decided for 28 days, whose labels are read."""
    world = World(RETRAINED)
    world.live(28, 0.3)
    world.run(AT + timedelta(minutes=1))
    return world


@pytest.fixture
def world(lived: World) -> World:
    """The same, of which nothing is kept of the day's run."""
    held = {at: [*versions] for at, versions in lived.s3.held.items() if "monitors/" not in at[1]}
    return World(RETRAINED, s3=S3(held=held))


@pytest.fixture(scope="module")
def judge(lived: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[World], Candidate]]:
    """What a run says of a candidate, after the model is judged once for all."""
    folder, day, held = tmp_path_factory.mktemp("run"), lived.day(), sources.Held()
    with connected(folder) as database:
        measure(database, day, held.fetched(lived.s3, RETRAINED.bucket, sources.found(lived.s3, day)))

        def said(world: World) -> Candidate:
            evaluations = Evaluations(world.s3, world.registry, RETRAINED.evaluations)
            versions = f"{PACKAGES}8", f"{PACKAGES}7"
            return judge_candidate(database, day, evaluations, *versions, folder / "challenge.csv").candidate

        yield said


def only(world: World) -> Candidate:
    (candidate,) = world.run().candidates
    return candidate


def test_a_candidate_that_knows_better_is_better(world: World) -> None:
    world.answer(sharp(28))
    candidate = only(world)
    assert candidate.is_better
    assert candidate.package == f"{PACKAGES}8"
    assert candidate.why is None
    assert candidate.days == 28
    assert candidate.figure == world.figures()[f"log_loss_difference {AGAINST}"]
    assert candidate.figure.high is not None
    assert candidate.figure.high < -0.01
    assert candidate.figure.rows == 280
    assert "2026-10-29 to 2026-11-25" in candidate.figure.definition
    assert candidate.challenge is not None
    assert candidate.challenge.train_before == "2026-10-29"
    assert world.figures()[f"auc_difference {AGAINST}"].value == pytest.approx(0)
    assert world.figures()[f"calibration_ratio {AGAINST}"].value == pytest.approx((3 * 0.9 + 7 * 0.1) / 3)
    assert world.figures()["calibration_ratio"].value == pytest.approx(1)


def test_a_candidate_that_answers_the_same_is_not_better(world: World) -> None:
    world.answer(dict.fromkeys(sharp(28), 0.3))
    candidate = only(world)
    assert candidate.is_better is False
    assert candidate.figure.value == pytest.approx(0, abs=0.03)


def test_the_near_end_of_the_interval_is_beyond_the_margin(world: World) -> None:
    world.answer(sharp(28))
    difference = only(world).figure
    assert difference.high is not None
    for margin, is_better in ((-difference.high - 0.001, True), (-difference.high + 0.001, False)):
        world.settings = replace(RETRAINED, retraining=Retraining(bucket=CHALLENGES, margin=margin))
        assert only(world).is_better is is_better


def test_the_record_says_all_that_the_next_one_needs(world: World) -> None:
    world.answer(sharp(28))
    record = world.run()
    kept = world.kept(world.day().record)
    assert read(kept) == record
    (told,) = json.loads(kept)["candidates"]
    assert told["is_better"] is True
    assert told["figure"]["name"] == "log_loss_difference"


def test_only_days_that_it_was_not_trained_on_count(world: World) -> None:
    world.answer(sharp(28), train_before="2026-11-06")
    candidate = only(world)
    assert candidate.figure.rows == 200
    assert "2026-11-06 to 2026-11-25" in candidate.figure.definition
    assert candidate.is_better


def test_fewer_than_half_of_the_windows_days_decide_nothing(world: World) -> None:
    world.answer(sharp(28), train_before="2026-11-13")
    candidate = only(world)
    assert candidate.is_better is None
    assert candidate.figure.high is not None
    assert candidate.why == "13 of the 14 days that are needed have decisions that both have scored"


def test_a_candidate_that_has_seen_the_window_is_unknown(world: World) -> None:
    world.answer(sharp(28), train_before="2026-11-26")
    candidate = only(world)
    assert candidate.is_better is None
    assert str(candidate.why).startswith("it was trained on what came before 2026-11-26")


def test_decisions_that_it_has_not_scored_and_scores_of_no_decision_are_left_out(world: World) -> None:
    world.answer(sharp(20) | {"nobody's": 0.5}, refused=80)
    candidate = only(world)
    assert (candidate.figure.rows, candidate.days) == (200, 20)
    assert candidate.challenge is not None
    assert (candidate.challenge.rows, candidate.challenge.refused) == (201, 80)


def test_the_predecessors_decisions_are_nobodys(world: World) -> None:
    world.live(28, 0.3, version=6)
    world.decide(AT.replace(hour=20, minute=0) - DAY, [("new", 0.3, "AA")])
    world.answer(sharp(28, version=6))
    assert str(only(world).why).startswith("no decision of the window")


def test_a_model_of_numbers_is_judged_by_its_rmse() -> None:
    world = World(replace(RETRAINED, label_type="number", quality=None))
    world.live(28, 0.3)
    world.answer(sharp(28))
    candidate = only(world)
    assert candidate.figure.name == "rmse_difference"
    assert candidate.figure.value == pytest.approx(0.1 - 0.45, abs=0.02)
    assert candidate.is_better


def test_newer_versions_that_wait_are_judged_five_at_most_and_the_newest_first(world: World) -> None:
    for version in (3, 8, 9, 10, 11, 12, 13):
        world.answer(sharp(2), version=version)
    assert [each.package for each in world.run().candidates] == [f"{PACKAGES}{each}" for each in (13, 12, 11, 10, 9)]
    world.registry.pending = [3, 5, 8]
    assert [each.package for each in world.run().candidates] == [f"{PACKAGES}8"]


def test_a_candidate_that_comes_later_on_the_day_is_judged_when_the_day_is_run_again(world: World) -> None:
    assert not world.run().candidates
    world.answer(sharp(28))
    assert only(world).is_better
    written = len(world.s3.held)
    calls = world.s3.calls.count("put_object")
    assert only(world).is_better
    assert (len(world.s3.held), world.s3.calls.count("put_object")) == (written, calls)


def test_a_candidate_that_was_not_asked_says_so(world: World) -> None:
    world.register(version=8)
    world.registry.pending = [8]
    candidate = only(world)
    assert candidate.is_better is None
    assert "names no challenge" in str(candidate.why)
    assert world.figures()[f"log_loss_difference {AGAINST}"].why == candidate.why


def test_without_retraining_no_candidate_is_looked_for(world: World) -> None:
    world.settings = replace(RETRAINED, retraining=None)
    world.registry.refused = "AccessDeniedException"
    record = world.run()
    assert record.candidates == ()
    assert record.requests is None


def test_candidates_that_cannot_be_listed_are_told_after_the_model_is_judged(world: World) -> None:
    world.registry.refused = "AccessDeniedException"
    with pytest.raises(MonitorError, match=r"MON-036 arn:.*:model-package-group/arrivals-late-arrival: AccessDenied"):
        world.run()
    assert world.metrics()[publishing.CALIBRATION] == pytest.approx(1)
    world.registry.refused = None
    world.answer(sharp(28))
    assert only(world).is_better


def test_decisions_of_no_version_have_no_candidates() -> None:
    world = World(RETRAINED)
    assert world.run().candidates == ()


HOSTILE: list[tuple[dict[str, Any], str]] = [
    ({"file": "../run9/challenge.csv"}, "MON-034"),
    ({"file": ""}, "MON-037"),
    ({"file": None}, "MON-037"),
    ({"file": "evaluation.json"}, "MON-034"),
    ({"file": "gone.csv"}, "MON-034"),
    ({"sha256": "0" * 64}, "MON-034"),
    ({"sha256": 7}, "MON-037"),
    ({"rows": 279}, "MON-038"),
    ({"rows": True}, "MON-037"),
    ({"rows": -1}, "MON-037"),
    ({"rows": 500_001}, "MON-037"),
    ({"rows": None}, "MON-037"),
    ({"refused": -1}, "MON-037"),
    ({"refused": True}, "MON-037"),
    ({"refused": "0"}, "MON-037"),
    ({"requests": ""}, "MON-037"),
    ({"requests": "s3://x/\u202e"}, "MON-037"),
    ({"requests": "https://elsewhere/requests.csv.gz"}, "MON-037"),
    ({"requests": "s3://" + "a" * 1100}, "MON-037"),
    ({"requests_sha256": "D" * 64}, "MON-037"),
    ({"requests_sha256": None}, "MON-037"),
    ({"train_before": "2026-02-30"}, "MON-037"),
    ({"train_before": "20261029"}, "MON-037"),
    ({"train_before": "2026-10-29T00:00"}, "MON-037"),
    ({"train_before": None}, "MON-037"),
]


@pytest.mark.parametrize(("changed", "code"), HOSTILE)
def test_a_challenge_that_is_not_as_the_template_writes_it_is_told(
    judge: Callable[[World], Candidate], changed: dict[str, Any], code: str
) -> None:
    world = World(RETRAINED)
    world.answer(sharp(28), **changed)
    candidate = judge(world)
    assert candidate.is_better is None
    assert str(candidate.why).startswith(code)


@pytest.mark.parametrize("evaluation", [[], "x", 7, {"challenge": []}, {"challenge": "challenge.csv"}])
def test_an_evaluation_of_another_shape_is_told(judge: Callable[[World], Candidate], evaluation: object) -> None:
    world = World(RETRAINED)
    world.evaluate(8, evaluation, "challenge.csv", b"")
    assert str(judge(world).why).startswith("MON-03")


def test_a_version_that_the_registry_does_not_tell_is_told(judge: Callable[[World], Candidate]) -> None:
    assert str(judge(World(RETRAINED)).why).startswith(f"MON-034 {PACKAGES}8: the registry: ValidationException")


WHOLE = answered(sharp(28))
FILES: list[tuple[bytes, str]] = [
    (b"", "MON-038"),
    (WHOLE.replace(b"decision_id,score", b"score,decision_id"), "MON-038"),
    (WHOLE.replace(b"\r\n", b"\n"), "MON-038"),
    (WHOLE.replace(b",0.9\r\n", b",nan\r\n", 1), "MON-038"),
    (WHOLE.replace(b",0.9\r\n", b",inf\r\n", 1), "MON-038"),
    (WHOLE.replace(b",0.9\r\n", b",\r\n", 1), "MON-038"),
    (WHOLE.replace(b",0.9\r\n", b",much\r\n", 1), "MON-038"),
    (WHOLE.replace(b",0.9\r\n", b",0.9,0.9\r\n", 1), "MON-038"),
    (WHOLE.replace(b"7-1029-1,", b"7-1029-0,"), "MON-038"),
    (WHOLE.replace(b"7-1029-1,", b","), "MON-038"),
    (WHOLE.replace(b"7-1029-1,", b"x" * 201 + b","), "MON-038"),
    (WHOLE.replace(b"7-1029-1,", "é".encode() * 101 + b","), "MON-038"),
    (WHOLE.replace(b"7-1029-1,", b"x" * 200_000 + b","), "MON-038"),
    (WHOLE.replace(b"7-1029-1,", b'"",'), "MON-038"),
    (WHOLE.replace(b"7-1029-1,", b'"7-1029-1,'), "MON-038"),
    (WHOLE.replace(b"7-1029-1,0.9", b"7-1029-1"), "MON-038"),
    (WHOLE.replace(b"7-1029-1,0.9", b""), "MON-038"),
    (WHOLE.replace(b",0.9\r\n", b",1e999\r\n", 1), "MON-038"),
    (WHOLE.removeprefix(b"decision_id,score\r\n"), "MON-038"),
    (WHOLE.replace(b"7-1029-1,", b"\xff,"), "MON-038"),
    (WHOLE.replace(b",0.9\r\n", b",1.1\r\n", 1), "MON-012"),
    (WHOLE + b"more,0.5\r\n", "MON-038"),
]


@pytest.mark.parametrize(("content", "code"), FILES)
def test_scores_that_are_not_one_finite_number_for_each_decision_are_told(
    judge: Callable[[World], Candidate], content: bytes, code: str
) -> None:
    world = World(RETRAINED)
    world.answer(content)
    candidate = judge(world)
    assert candidate.is_better is None
    assert str(candidate.why).startswith(code)
    assert candidate.challenge is not None


def test_a_file_that_is_too_large_is_not_read(
    judge: Callable[[World], Candidate], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mlops_stages.runtime.monitor_runs.challenge._MOST_BYTES", len(WHOLE) - 1)
    world = World(RETRAINED)
    world.answer(sharp(28))
    assert str(judge(world).why).startswith(
        f"MON-034 {PACKAGES}8: s3://{ARTIFACTS}/{FOLDER}/challenge.csv has more than"
    )


def test_scores_or_an_evaluation_that_were_replaced_are_told(judge: Callable[[World], Candidate]) -> None:
    for name in ("challenge.csv", "evaluation.json"):
        world = World(RETRAINED)
        world.answer(sharp(28))
        world.s3.put_object(Bucket=ARTIFACTS, Key=f"{FOLDER}/{name}", Body=WHOLE.replace(b"0.9", b"0.8"))
        assert f"{name} has another SHA-256 than what was registered" in str(judge(world).why)


@pytest.mark.parametrize("execution", ["arn:aws:sagemaker:eu-west-1:222222222222:pipeline/p/execution/run9", "", ".."])
def test_the_evaluation_of_another_run_is_told(judge: Callable[[World], Candidate], execution: str) -> None:
    world = World(RETRAINED)
    world.answer(sharp(28))
    world.registry.versions[f"{PACKAGES}8"]["execution"] = execution
    assert str(judge(world).why).startswith("MON-034")


def test_answers_keep_every_digit_and_any_id() -> None:
    world = World(RETRAINED)
    world.answer(b'decision_id,score\r\na,0.5\r\n"b,1",0.3333333333333333\r\nc#2,5e-324\r\n', rows=3)
    challenge, scores = read_answers(Evaluations(world.s3, world.registry, RETRAINED.evaluations), f"{PACKAGES}8")
    assert scores == {"a": 0.5, "b,1": 1 / 3, "c#2": 5e-324}
    assert (challenge.rows, challenge.train_before) == (3, "2026-10-29")


def test_answers_to_no_request_are_none() -> None:
    world = World(RETRAINED)
    world.answer({}, refused=2)
    challenge, scores = read_answers(Evaluations(world.s3, world.registry, RETRAINED.evaluations), f"{PACKAGES}8")
    assert (challenge.rows, challenge.refused, scores) == (0, 2, {})


def test_one_candidate_that_is_refused_keeps_no_other_from_being_judged(world: World) -> None:
    world.answer(b"", version=8)
    world.answer(sharp(28), version=9)
    assert [each.is_better for each in world.run().candidates] == [True, None]
    assert world.metrics()[publishing.CALIBRATION] == pytest.approx(1)


def test_decisions_of_the_shadow_do_not_stand_in_for_candidates(world: World) -> None:
    world.settings = replace(RETRAINED, challenger="challenger")
    world.decide(FIRST, [("7-1029-0", 0.9, "AA")], version=8, variant="challenger")
    world.answer(sharp(28))
    assert only(world).figure.rows == 280
