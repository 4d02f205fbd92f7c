"""What a run tells retraining: the verdict, labels, requests and candidates, as sentences with their figures."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from mlops_stages.runtime.findings import Findings, read
from mlops_stages.runtime.monitor_runs.found import findings
from mlops_stages.runtime.monitor_runs.record import Candidate, Labelled
from mlops_stages.runtime.monitors.figures import Figure
from tests.runtime.monitor_runs.given import AT, CHALLENGES, ENDPOINT, PACKAGES, RETRAINED, World

DAY = World(RETRAINED).day()
LABELLED = Labelled(
    package=f"{PACKAGES}7", decisions=300, labelled=280, days=28, behind_hours=None, contradictory=0, corrected=0,
    unmatched=0, repeated_ids=0,
)  # fmt: skip


def figure(name: str, value: float, low: float, high: float) -> Figure:
    return Figure(name=name, of=ENDPOINT, value=value, low=low, high=high, rows=280, definition="d")


RIGHT = (figure("calibration_ratio", 1.0, 0.9, 1.1),)


def of(*figures: Figure, judged: tuple[Candidate, ...] = (), labelled: Labelled = LABELLED) -> Findings:
    made = findings(DAY, labelled, figures, None, judged)
    assert read(made.to_json(), endpoint=ENDPOINT, day=DAY.day) == made
    return made


def candidate(*, is_better: bool | None, why: str | None = None, value: float | None = -0.004) -> Candidate:
    difference = Figure(
        name="log_loss_difference", of="v", value=value, low=-0.006, high=-0.002, rows=250, definition="d", why=why
    )
    return Candidate(package=f"{PACKAGES}8", is_better=is_better, why=why, figure=difference, days=25, challenge=None)


def test_what_is_wrong_has_its_figure_its_interval_and_what_is_allowed() -> None:
    made = of(figure("calibration_ratio", 1.44, 1.16, 1.9))
    assert made.is_right is False
    assert made.wrong == (
        "overestimates: it expects 1.44 times what happens (95 %: 1.16 to 1.90; allowed 0.870 to 1.15)",
    )


def test_a_candidate_has_the_difference_of_its_loss() -> None:
    (better,) = of(*RIGHT, judged=(candidate(is_better=True),)).candidates
    assert (better.package, better.is_better) == (f"{PACKAGES}8", True)
    assert better.said == (
        "the log loss of version 8 is 0.004 lower than that of version 7 (95 % of the difference: -0.006 to -0.002), "
        "on 250 decisions of 25 days"
    )


def test_one_that_cannot_be_judged_says_why_on_one_line() -> None:
    (unknown,) = of(*RIGHT, judged=(candidate(is_better=None, why="its\nfile is broken" * 100),)).candidates
    assert unknown.is_better is None
    assert unknown.said.startswith("version 8 cannot be judged: its?file is broken")
    assert len(unknown.said) == 800


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"behind_hours": 25.0}, ("labels are 25 hours later than declared",)),
        ({"behind_hours": 24.0}, ()),
        ({"contradictory": 1}, ("labels of 1 decision contradict each other",)),
        ({"unmatched": 5, "corrected": 5}, ()),
    ],
)
def test_labels_that_cannot_be_trusted_say_so_by_the_alarms_limits(
    changed: dict[str, float], said: tuple[str, ...]
) -> None:
    assert of(*RIGHT, labelled=replace(LABELLED, **changed)).labels == said  # pyright: ignore[reportArgumentType]


def test_a_run_writes_them_beside_the_requests_once() -> None:
    world = World(RETRAINED)
    world.live(3, 0.3)
    world.run()
    key = f"challenges/endpoint={ENDPOINT}/utc_day=2026-11-27/findings.json"
    made = read(world.s3.held[CHALLENGES, key][0].content or b"", endpoint=ENDPOINT, day=AT.date())
    assert made.package == f"{PACKAGES}7"
    assert made.is_right is None
    assert made.asked is not None
    assert (made.asked.key, made.asked.rows) == (key.replace("findings.json", "requests.csv.gz"), made.asked.rows)
    written = world.s3.calls.count("put_object")
    world.run(AT + timedelta(minutes=1))
    assert world.s3.calls.count("put_object") == written
