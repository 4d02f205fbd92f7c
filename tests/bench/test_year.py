"""The gate on the reference's stream: what it promotes and what it refuses, by all flights that it is judged on.

Scores are those of versions that `make bench ARGS="--year --record"` has trained. What is checked is every decision of
the mornings that are recorded, not the whole year: that takes the bench ten minutes.
"""

from __future__ import annotations

import gzip
import json
import math
import sys
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from bench import year as year_module
from bench import year_recorded
from bench.__main__ import main
from bench.timing import Measure
from bench.year import difference, policies, quality_of, told
from bench.year_play import play
from bench.year_policies import FIRST, FIRST_VERSION, LAST, Learned, Played, Training, Year
from bench.year_recorded import MORNINGS, Recorded
from bench.year_reference import Reference, hyperparameters
from mlops_stages.drill.stream import hours_of
from mlops_stages.platform import load
from mlops_stages.runtime.decisions.database import all_rows, connected
from tests.conftest import ROOT

EVERY = 30
POLICIES = {each.name: each for each in policies(EVERY)}


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Year]:
    folder = tmp_path_factory.mktemp("year")
    with connected(folder) as database:
        yield Year(database, Recorded(), folder)


class Small:
    """Four flights a day, of which one is late: the first version expects 0.6 of each, later ones 0.25."""

    def load(self, database: duckdb.DuckDBPyConnection) -> None:
        database.execute(
            "CREATE TABLE flights AS SELECT day || '-' || place AS decision_id, day + INTERVAL 9 HOURS AS decided_at, "
            "(place = 1)::INTEGER::DOUBLE AS label "
            f"FROM range(DATE '{FIRST}', DATE '{LAST}' + 1, INTERVAL 1 DAY) AS days(day), range(4) AS places(place)"
        )

    def score(self, database: duckdb.DuckDBPyConnection, learned: Learned, name: str) -> None:
        score = 0.6 if learned == FIRST_VERSION else 0.25
        database.execute(
            f"CREATE TABLE {name} AS SELECT decision_id, {score}::DOUBLE AS score FROM flights "
            f"WHERE decided_at >= DATE '{learned.before}'"
        )


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Year]:
    folder = tmp_path_factory.mktemp("small")
    with connected(folder) as database:
        yield Year(database, Small(), folder)


def lines(year: Year, policy: str) -> list[str]:
    """What became of each candidate that was trained on a recorded morning: it is judged on the next."""
    mornings = {day + timedelta(days=later) for day in MORNINGS[policy] for later in (0, 1)}
    return list(told(play(year, POLICIES[policy], mornings=mornings)))[1:]


def test_candidates_trained_on_all_earlier_data_are_promoted_in_august_and_october_alone(year: Year) -> None:
    assert lines(year, "gated") == [
        "  2013-07-02 (time) 2013-01-01 to 2013-06-02: not better -0.015 (-0.031 to 0.0022)",
        "  2013-08-01 (time) 2013-01-01 to 2013-07-01: better -0.050 (-0.099 to -0.0038), serves from 2013-08-03",
        "  2013-10-12 (wrong) 2013-01-01 to 2013-09-12: better -0.014 (-0.022 to -0.0059), serves from 2013-10-14",
    ]


def test_candidates_trained_on_the_last_month_alone_are_refused_in_summer(year: Year) -> None:
    assert lines(year, "gated_last") == [
        "  2013-07-02 (time) 2013-05-03 to 2013-06-02: not better 0.023 (0.0023 to 0.045)",
        "  2013-08-01 (time) 2013-06-01 to 2013-07-01: not better -0.014 (-0.071 to 0.042)",
    ]


def test_the_recorded_scores_are_of_the_training_that_there_is() -> None:
    """Where this fails, training has changed: `make bench ARGS="--year --record"` says what that does to the year."""
    assert Recorded().made_of == year_recorded.training_made_of()


def test_the_year_is_played_as_the_reference_organization_declares_it() -> None:
    (declared,) = (m.retraining for team in load(ROOT / "platform.yaml").teams for m in team.models if m.retraining)
    assert (declared.every_days, declared.margin, declared.cool_down_days) == (EVERY, 0.002, 14)


def test_a_version_that_is_not_recorded_is_named(year: Year) -> None:
    with pytest.raises(LookupError, match="2013-01-01 to 2013-06-03: make bench"):
        year.scores(Learned(date(2013, 1, 1), date(2013, 6, 3)))


def test_without_a_gate_a_version_is_trained_and_serves_each_month(small: Year) -> None:
    played = play(small, POLICIES["monthly"])
    assert [each.day for each in played.trainings] == [date(2013, month, 2) for month in range(6, 13)]
    assert played.served[1] == (date(2013, 6, 3), Learned(date(2013, 1, 1), date(2013, 6, 1)))
    assert played.promotions == 7


def test_what_would_be_judged_can_be_held_back_without_a_gate(small: Year) -> None:
    assert play(small, POLICIES["monthly_held_back"]).served[1][1].before == date(2013, 5, 3)


def test_the_last_month_is_of_thirty_days(small: Year) -> None:
    assert play(small, POLICIES["monthly_last"]).served[1][1] == Learned(date(2013, 5, 2), date(2013, 6, 1))


def test_a_model_that_is_never_retrained_serves_all_year(small: Year) -> None:
    played = play(small, POLICIES["never"])
    assert (played.served, played.promotions) == (((FIRST, FIRST_VERSION),), 0)


def test_a_policy_is_judged_by_what_it_answered_in_each_month(small: Year) -> None:
    never, monthly = (quality_of(small, play(small, POLICIES[name]), 0.15) for name in ("never", "monthly"))
    assert (never.months_off, never.calibration, never.auc) == (8, pytest.approx(2.4), 0.5)
    assert (never.log_loss, never.worst_log_loss) == (pytest.approx(_loss(0.6)), pytest.approx(_loss(0.6)))
    # Of June, two days are the first version's still.
    assert (monthly.months_off, monthly.worst_log_loss) == (1, pytest.approx(_loss(0.6)))
    assert monthly.log_loss < _loss(0.6)


def test_two_policies_differ_by_all_flights_with_an_interval_of_days(small: Year) -> None:
    value, between = difference(small, *(play(small, POLICIES[name]) for name in ("monthly", "never")))
    later = (LAST - date(2013, 6, 3)).days + 1
    days = (LAST - FIRST).days + 1
    assert value == pytest.approx(later / days * (_loss(0.25) - _loss(0.6)))
    assert between.low is not None
    assert between.high is not None
    assert between.low < value < between.high < 0


def test_what_is_recorded_is_what_recorded_mornings_take(small: Year, tmp_path: Path) -> None:
    learned = Learned(date(2013, 1, 1), date(2013, 6, 2))
    trained = Training(day=date(2013, 7, 2), learned=learned, cause="time")
    other = Training(day=date(2013, 9, 14), learned=Learned(date(2013, 1, 1), date(2013, 8, 15)), cause="time")
    played = Played(policy=POLICIES["gated"], served=((FIRST, FIRST_VERSION),), trainings=(trained, other))
    path = tmp_path / "year.parquet"
    year_recorded.record(small, [played], path)
    assert Recorded(path).made_of == year_recorded.training_made_of()
    with connected(tmp_path) as database:
        again = Year(database, Recorded(path), tmp_path)
        found = all_rows(
            database,
            f"SELECT min(decided_at)::DATE, count(*), min(score) FROM {again.scores(learned)} "
            "JOIN flights USING (decision_id)",
        )
        assert found == [(date(2013, 6, 2), 4 * 31, 0.25)]
        with pytest.raises(LookupError):
            again.scores(other.learned)


def test_flights_are_asked_of_a_version_as_production_asks_them(tmp_path: Path) -> None:
    row = "UA,EWR,IAH,5,2,1400,,149.0,67.1,60.0,77.7,230.0,12.7,,0.0,1009.9,10.0"
    hours = hours_of(f"{day},5,{late},{row}\n" for day, late in (("2013-05-31", 1), ("2013-06-01", 0)))
    reference = Reference(tmp_path, tmp_path)
    reference.__dict__["hours"] = hours  # instead of training's own environment, which no test makes
    with connected(tmp_path) as database:
        reference.load(database)
        found = all_rows(database, "SELECT decided_at, label FROM flights ORDER BY decided_at")
        assert found == [(datetime(2013, 5, 31, 5), 1.0), (datetime(2013, 6, 1, 5), 0.0)]
        ids = [str(each[0]) for each in all_rows(database, "SELECT decision_id FROM flights ORDER BY decided_at")]
    header, *lines = gzip.decompress(reference.requests(date(2013, 6, 1)).read_bytes()).decode().splitlines()
    assert lines == [f"{ids[1]},{row}"]
    assert len(header.split(",")) == len(lines[0].split(","))


def test_a_version_is_trained_with_what_the_pipeline_is_deployed_with() -> None:
    assert json.loads(hyperparameters())["max_iter"] == "200"


def test_nothing_is_recorded_of_what_is_not_played(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["bench", "--record"])
    with pytest.raises(SystemExit, match="2"):
        main()


@pytest.mark.parametrize(("promotions", "code"), [(2, 0), (3, 1)])
def test_a_year_beyond_its_bars_fails(
    promotions: int, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def measured(*_: object, **_more: object) -> Iterator[Measure]:
        yield Measure("year_gated_promotions", promotions, "versions")

    monkeypatch.setattr(year_module, "measured", measured)
    monkeypatch.setattr(sys, "argv", ["bench", "--year", "--json"])
    assert main() == code
    assert ("is 3, more than 2.0" in capsys.readouterr().err) == bool(code)


def _loss(score: float) -> float:
    """Where a quarter of flights is late."""
    return -(0.25 * math.log(score) + 0.75 * math.log(1 - score))
