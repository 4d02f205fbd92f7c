"""Each decision has one label, or none and a reason: against a plain model in Python, and case by case."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import duckdb
import pytest
from hypothesis import given as examples
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from mlops_stages.runtime.decisions.database import connected
from mlops_stages.runtime.labels.resolved import Coverage, resolve
from mlops_stages.runtime.monitors.quality import quality
from mlops_stages.runtime.monitors.rows import Evaluation
from mlops_stages.runtime.monitors.sql import asking
from mlops_stages.runtime.monitors.window import Window
from tests.runtime.decisions.given import World as Endpoint
from tests.runtime.decisions.given import answered, line
from tests.runtime.labels.given import World, ours, sagemakers

DECIDED_AT = datetime(2026, 11, 20, 9)
COLLECTED_AT = datetime(2026, 11, 27)


class Decision(NamedTuple):
    """A row of decisions."""

    decision_id: str
    event_id: str
    inference_id: str | None = None
    row: int = 1


class Label(NamedTuple):
    """A row of labels."""

    decision_id: str | None
    event_id: str | None
    row: int | None
    label: float
    hour: int = 0
    correction: bool = False


def of(decision_id: str, label: float, hour: int = 0, *, correction: bool = False) -> Label:
    """A label in our form."""
    return Label(decision_id, None, None, label, hour, correction)


def at(event_id: str, label: float, row: int = 1, hour: int = 0) -> Label:
    """A label in SageMaker's form."""
    return Label(None, event_id, row, label, hour)


def filled(
    database: duckdb.DuckDBPyConnection, decisions: Sequence[Decision], labels: Sequence[Label]
) -> duckdb.DuckDBPyConnection:
    """The database with both views."""
    for view in ("decision_rows", "label_rows"):
        database.execute(f"DROP VIEW IF EXISTS {view}")
    database.execute(
        "CREATE OR REPLACE TABLE d (decision_id VARCHAR, event_id VARCHAR, inference_id VARCHAR, row INTEGER, "
        "decided_at TIMESTAMP, package VARCHAR, score DOUBLE, carrier VARCHAR)"
    )
    database.execute(
        "CREATE OR REPLACE TABLE l (decision_id VARCHAR, event_id VARCHAR, row INTEGER, label DOUBLE, "
        "collected_at TIMESTAMP, correction BOOLEAN)"
    )
    for each in decisions:
        database.execute("INSERT INTO d VALUES (?, ?, ?, ?, ?, 'arn', 0.5, 'UA')", [*each, DECIDED_AT])
    for each in labels:
        when = COLLECTED_AT + timedelta(hours=each.hour)
        database.execute("INSERT INTO l VALUES (?, ?, ?, ?, ?, ?)", [*each[:4], when, each.correction])
    database.execute("CREATE VIEW decision_rows AS FROM d")
    database.execute("CREATE VIEW label_rows AS FROM l")
    return database


def labelled(database: duckdb.DuckDBPyConnection) -> dict[str, float]:
    """The labels, which are one for each decision at most."""
    found = database.execute("SELECT decision_id, label FROM labels").fetchall()
    assert len(dict(found)) == len(found)
    return dict(found)


def resolved(decisions: Sequence[Decision], *labels: Label) -> tuple[dict[str, float], Coverage]:
    """The labels that decisions have in the end, and how far labels reach."""
    with duckdb.connect() as database:
        coverage = resolve(filled(database, decisions, labels))
        return labelled(database), coverage


def figures(coverage: Coverage) -> dict[str, object]:
    """What is not 0."""
    return {name: value for name, value in vars(coverage).items() if value and name != "newest_collected"}


ONE = [Decision("d-1", "e-1")]


# Case by case


def test_a_decision_has_the_label_that_names_it() -> None:
    found, coverage = resolved([*ONE, Decision("d-2", "e-2")], of("d-1", 1.0, hour=5))
    assert found == {"d-1": 1.0}
    assert figures(coverage) == {"decisions": 2, "labelled": 1, "missing": 1}
    assert coverage.newest_collected == datetime(2026, 11, 27, 5)


def test_without_labels_all_are_missing() -> None:
    assert resolved(ONE) == ({}, Coverage(
        decisions=1, labelled=0, missing=1, contradictory=0, corrected=0, unknown=0, ambiguous=0, repeated_ids=0,
        newest_collected=None,
    ))  # fmt: skip


def test_without_decisions_all_are_unknown() -> None:
    found, coverage = resolved([], of("d-1", 1.0), at("e-1", 1.0))
    assert (found, figures(coverage)) == ({}, {"unknown": 2})


def test_a_label_of_a_request_is_that_of_its_row() -> None:
    rows = [Decision(f"d-{row}", "e-1", "i-1", row) for row in (1, 2)]
    found, coverage = resolved(rows, at("i-1", 1.0, 1), at("i-1", 0.0, 2), at("i-1", 1.0, 3))
    assert found == {"d-1": 1.0, "d-2": 0.0}
    assert coverage.unknown == 1


def test_an_event_id_counts_where_no_decision_has_such_an_inference_id() -> None:
    decisions = [Decision("d-1", "e-1"), Decision("d-2", "x"), Decision("d-3", "e-3", "x"), Decision("d-4", "x", row=2)]
    found, coverage = resolved(decisions, at("e-1", 1.0), at("x", 0.0), at("x", 1.0, row=2))
    assert found == {"d-1": 1.0, "d-3": 0.0}
    assert coverage.unknown == 1


def test_both_ids_of_a_request_name_its_decision() -> None:
    decisions = [Decision("d-1", "e-1", "i-1")]
    assert resolved(decisions, at("e-1", 1.0), at("i-1", 1.0), of("d-1", 1.0))[0] == {"d-1": 1.0}
    assert figures(resolved(decisions, at("e-1", 1.0), at("i-1", 0.0))[1]) == {"decisions": 1, "contradictory": 1}


def test_equal_labels_are_one() -> None:
    found, coverage = resolved(ONE, of("d-1", 1.0, hour=1), of("d-1", 1.0, hour=9), at("e-1", 1.0))
    assert (found, figures(coverage)) == ({"d-1": 1.0}, {"decisions": 1, "labelled": 1})


def test_labels_that_differ_are_none_until_a_correction_comes() -> None:
    differ = of("d-1", 1.0, hour=1), of("d-1", 0.0, hour=2)
    found, coverage = resolved(ONE, *differ)
    assert (found, figures(coverage)) == ({}, {"decisions": 1, "contradictory": 1})
    found, coverage = resolved(ONE, *differ, of("d-1", 0.0, hour=3, correction=True))
    assert (found, figures(coverage)) == ({"d-1": 0.0}, {"decisions": 1, "labelled": 1, "corrected": 1})


def test_the_last_correction_counts_whatever_is_collected_after_it() -> None:
    corrections = of("d-1", 0.0, hour=5, correction=True), of("d-1", 1.0, hour=3, correction=True)
    assert resolved(ONE, *corrections, of("d-1", 1.0, hour=9), of("d-1", 1.0))[0] == {"d-1": 0.0}


def test_different_corrections_of_the_same_hour_contradict_until_the_next() -> None:
    differ = of("d-1", 1.0, hour=1, correction=True), of("d-1", 0.0, hour=1, correction=True)
    found, coverage = resolved(ONE, *differ, of("d-1", 1.0))
    assert (found, figures(coverage)) == ({}, {"decisions": 1, "contradictory": 1})
    assert resolved(ONE, *differ, of("d-1", 1.0, hour=2, correction=True))[0] == {"d-1": 1.0}


def test_a_correction_without_a_label_before_it_is_a_label() -> None:
    found, coverage = resolved(ONE, of("d-1", 1.0, correction=True))
    assert (found, coverage.corrected) == ({"d-1": 1.0}, 1)


def test_of_a_decision_id_that_is_there_twice_the_ids_of_the_requests_tell_which_is_meant() -> None:
    twice = [Decision("d-1", "e-1", "i-1"), Decision("d-1", "e-2"), Decision("d-2", "e-3")]
    found, coverage = resolved(twice, of("d-1", 1.0), at("i-1", 1.0), at("e-2", 0.0), of("d-2", 1.0))
    assert found == {"e-1#1": 1.0, "e-2#1": 0.0, "d-2": 1.0}
    assert figures(coverage) == {"decisions": 3, "labelled": 3, "ambiguous": 1, "repeated_ids": 2}


def test_a_row_that_is_there_twice_is_left_out_with_its_labels() -> None:
    twice = [Decision("d-1", "e-1"), Decision("d-1", "e-1"), Decision("d-2", "e-3")]
    found, coverage = resolved(twice, of("d-1", 1.0), at("e-1", 1.0), of("d-2", 1.0))
    assert found == {"d-2": 1.0}
    assert figures(coverage) == {"decisions": 1, "labelled": 1, "ambiguous": 2, "repeated_ids": 2}


def test_an_inference_id_of_two_requests_labels_neither() -> None:
    decisions = [Decision("d-1", "e-1", "batch"), Decision("d-2", "e-2", "batch")]
    found, coverage = resolved(decisions, at("batch", 1.0), of("d-2", 0.0))
    assert found == {"d-2": 0.0}
    assert figures(coverage) == {"decisions": 2, "labelled": 1, "missing": 1, "ambiguous": 1}


def test_resolving_again_takes_what_is_new() -> None:
    with duckdb.connect() as database:
        resolve(filled(database, ONE, [of("d-1", 1.0)]))
        coverage = resolve(filled(database, [*ONE, Decision("d-2", "e-2")], [of("d-2", 0.0)]))
        assert (labelled(database), coverage.decisions) == ({"d-2": 0.0}, 2)
        tables = [name for (name,) in database.execute("SELECT table_name FROM duckdb_tables() ORDER BY 1").fetchall()]
        assert tables == ["d", "judged_decisions", "l", "labels"]


def test_judged_decisions_have_every_column_of_decisions() -> None:
    with duckdb.connect() as database:
        resolve(filled(database, [*ONE, *[Decision("d-2", "e-2")] * 2], []))
        assert database.execute("SELECT * FROM judged_decisions").fetchall() == [
            ("d-1", "e-1", None, 1, DECIDED_AT, "arn", 0.5, "UA")
        ]


# Against a plain model


def model(decisions: Sequence[Decision], labels: Sequence[Label]) -> tuple[dict[str, float], dict[str, int]]:
    """The rules, one after the other."""
    ids, rows = [each.decision_id for each in decisions], [(each.event_id, each.row) for each in decisions]

    def key(each: Decision) -> str:
        return each.decision_id if ids.count(each.decision_id) == 1 else f"{each.event_id}#{each.row}"

    judged = [e for e in decisions if ids.count(e.decision_id) == 1 or rows.count((e.event_id, e.row)) == 1]
    told: dict[str, list[Label]] = defaultdict(list)
    repeated = sum(ids.count(each) > 1 for each in ids)
    counts = defaultdict[str, int](int, decisions=len(judged), repeated_ids=repeated)
    for label in labels:
        if label.decision_id is not None:
            named = [each for each in decisions if each.decision_id == label.decision_id]
        elif any(each.inference_id == label.event_id for each in decisions):
            named = [each for each in decisions if (each.inference_id, each.row) == (label.event_id, label.row)]
        else:
            named = [each for each in decisions if (each.event_id, each.row) == (label.event_id, label.row)]
        counts["unknown"] += not named
        counts["ambiguous"] += len(named) > 1
        if len(named) == 1:
            told[key(named[0])].append(label)
    found = dict[str, float]()
    for each in judged:
        given = told[key(each)]
        corrections = [label for label in given if label.correction]
        last = max((label.hour for label in corrections), default=None)
        counting = [label for label in corrections if label.hour == last] if corrections else given
        values = {label.label for label in counting}
        if len(values) == 1:
            found[key(each)] = values.pop()
            counts["labelled"] += 1
            counts["corrected"] += bool(corrections)
        else:
            counts["contradictory" if values else "missing"] += 1
    return found, {name: count for name, count in counts.items() if count}


IDS = st.sampled_from(["a", "b", "c", "d"])
ROWS = st.integers(1, 2)
DECISIONS = st.lists(st.builds(Decision, IDS, IDS, st.none() | IDS, ROWS), max_size=6)
VALUES, HOURS = st.sampled_from([0.0, 1.0]), st.integers(0, 2)
LABELS = st.lists(
    st.builds(Label, IDS, st.none(), st.none(), VALUES, HOURS, st.booleans())
    | st.builds(Label, st.none(), IDS, ROWS, VALUES, HOURS),
    max_size=10,
)


@pytest.fixture(scope="module")
def engine() -> Iterator[duckdb.DuckDBPyConnection]:
    """One database for every example."""
    with duckdb.connect() as database:
        yield database


@hypothesis_settings(max_examples=300, deadline=None)
@examples(DECISIONS, LABELS)
def test_any_decisions_and_labels_are_resolved_as_the_rules_say(
    engine: duckdb.DuckDBPyConnection, decisions: list[Decision], labels: list[Label]
) -> None:
    coverage = resolve(filled(engine, decisions, labels))
    assert (labelled(engine), figures(coverage)) == model(decisions, labels)
    assert coverage.labelled + coverage.missing + coverage.contradictory == coverage.decisions
    hours = [COLLECTED_AT + timedelta(hours=each.hour) for each in labels]
    assert coverage.newest_collected == max(hours, default=None)


# With what is read and what judges


def test_what_was_read_is_resolved_and_judged(tmp_path: Path) -> None:
    endpoint, team = Endpoint(), World()
    endpoint.capture(
        line("a-1,UA,9,39.5\n", answered(["a-1"], score=0.25), "e-1"),
        line("a-2,UA,9,39.5\na-3,,,\n", answered(["a-2", "a-3"], score=0.75), "e-2"),
        line("UA,9,39.5\n", answered(["flight-7:1"]), "e-3", inferenceId="flight-7"),
        line("UA,9,39.5\n", answered(["1"]), "e-4"),
        line("UA,9,39.5\n", answered(["1"]), "e-5"),
    )
    endpoint.settle()
    team.collect(ours("a-1", 0), sagemakers("1\n0", "e-2"), sagemakers("0", "flight-7"), ours("1", 1), ours("z", 1))
    team.collect(ours("a-3", 1, correction=True), hour=10)
    team.settle()
    with connected(tmp_path) as database:
        for view, content in (
            ("decision_rows", endpoint.kept(endpoint.place().decisions)),
            ("label_rows", team.kept(team.place().labels)),
        ):
            path = tmp_path / view
            path.write_bytes(content)
            database.execute(f"CREATE VIEW {view} AS FROM read_parquet('{path}')")
        coverage = resolve(database)
        assert labelled(database) == {"a-1": 0.0, "a-2": 1.0, "a-3": 1.0, "flight-7:1": 0.0}
        assert figures(coverage) == {
            "decisions": 6, "labelled": 4, "missing": 2, "corrected": 1, "unknown": 1, "ambiguous": 1, "repeated_ids": 2
        }  # fmt: skip
        evaluation = Evaluation(
            model="late-arrival",
            kind="classifier",
            window=Window(first=date(2026, 11, 27), days=1),
            decisions="judged_decisions",
            labels="labels",
        )
        judged = {figure.name: figure for figure in quality(asking(database), evaluation)}
        assert judged["accuracy"].rows == 4


MANY = 300_000


@pytest.mark.parametrize(
    ("inference_id", "named"),
    [("'i-' || i", "NULL, 'i-' || i, 1"), ("NULL", "'d-' || i, NULL, NULL"), ("'batch'", "NULL, 'batch', 1")],
    ids=["by inference id", "by decision id", "all of one id"],
)
def test_as_many_labels_as_decisions_take_seconds(tmp_path: Path, inference_id: str, named: str) -> None:
    with connected(tmp_path) as database:
        database.execute(
            "CREATE TABLE decision_rows AS SELECT 'd-' || i AS decision_id, 'e-' || i AS event_id, "
            f"CAST({inference_id} AS VARCHAR) AS inference_id, CAST(1 AS INTEGER) AS row FROM range({MANY}) AS t(i)"
        )
        database.execute(
            "CREATE TABLE label_rows AS SELECT *, CAST(i % 2 AS DOUBLE) AS label, "
            "TIMESTAMP '2026-11-27 09:00:00' AS collected_at, i % 3 = 0 AS correction "
            f"FROM (SELECT {named}, i FROM range({MANY}) AS t(i)) AS named(decision_id, event_id, row, i)"
        )
        began = time.process_time()
        coverage = resolve(database)
        assert time.process_time() - began < 20  # seconds; one is usual, a quadratic join takes hours
    alone = inference_id != "'batch'"
    assert (coverage.labelled, coverage.ambiguous) == ((MANY, 0) if alone else (0, MANY))
    assert coverage.decisions == MANY
