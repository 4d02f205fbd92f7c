"""Names, literals and codes: what is quoted, and what is refused."""

from __future__ import annotations

import math
import re
import struct
from pathlib import Path

import duckdb
import pytest
from hypothesis import given as examples
from hypothesis import strategies

from mlops_stages.runtime.monitors import codes, sql
from mlops_stages.runtime.monitors.bins import Columns, read_bins
from mlops_stages.runtime.monitors.codes import CODES, MonitorError
from mlops_stages.runtime.monitors.quality import by_slice, compare, quality
from tests.runtime.monitors.given import evaluation

REFUSED = [
    *(
        'x"; DROP TABLE decisions; --',
        'a"b',
        "a b",
        "A",
        "1a",
        "_a",
        "",
        "a-b",
        "ä",
        "a\n",
        "a" * 64,
        "a\0",
        "select *",
    ),
    *("\u202ea", "a\u0301", "\uff41"),
]


@pytest.mark.parametrize("name", REFUSED)
def test_a_hostile_name_is_refused_wherever_it_is_given(name: str) -> None:
    def ask(_: str) -> list[list[object]]:
        raise AssertionError("a statement was made of it")

    for refused in (
        lambda: sql.identifier(name),
        lambda: sql.table(name),
        lambda: sql.table(f"a.{name}"),
        lambda: Columns(numbers=(name,)),
        lambda: Columns(categories=(name,)),
        lambda: read_bins(ask, name, Columns()),
        lambda: by_slice(ask, evaluation(), name, "auc"),
        lambda: compare(ask, evaluation(), name),
    ):
        with pytest.raises(MonitorError, match="MON-001"):
            refused()


def test_a_table_may_be_that_of_a_database() -> None:
    assert sql.table("arrivals.decisions") == '"arrivals"."decisions"'
    with pytest.raises(MonitorError, match="MON-001"):
        sql.table("a.b.c")


def test_sqls_own_words_are_names() -> None:
    connection = duckdb.connect()
    connection.execute(f"CREATE TABLE {sql.table('select')} ({sql.identifier('from')} DOUBLE)")
    assert connection.execute(f"SELECT {sql.identifier('from')} FROM {sql.table('select')}").fetchall() == []


def test_a_column_is_named_once() -> None:
    with pytest.raises(MonitorError, match="MON-005 x: it is there 2 times"):
        Columns(numbers=("x",), categories=("x",))


connection = duckdb.connect(config={"threads": 1})


@examples(strategies.text(strategies.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_a_text_comes_back_as_it_is(value: str) -> None:
    assert connection.execute(f"SELECT {sql.text(value)}").fetchall() == [(value,)]


@pytest.mark.parametrize("value", ["a\0b", "\ud800"])
def test_a_text_that_no_literal_holds_is_refused(value: str) -> None:
    with pytest.raises(MonitorError, match="MON-002"):
        sql.text(value)


@examples(strategies.floats(allow_nan=False, allow_infinity=False))
def test_a_number_comes_back_as_the_same_double(value: float) -> None:
    ((found, kind),) = connection.execute(
        f"SELECT x, typeof(x) FROM (SELECT 1e0 * {sql.number(value)} AS x)"
    ).fetchall()
    assert kind == "DOUBLE"
    assert found == value
    ((below,),) = connection.execute(f"SELECT 0e0-{sql.number(value)}").fetchall()
    assert below == -value


def test_a_double_is_written_with_an_exponent() -> None:
    assert [sql.number(value) for value in (0.1, 1, -2.5, 1e22)] == ["0.1e0", "1.0e0", "(-2.5e0)", "1e+22"]
    assert connection.execute("SELECT typeof(0.1)").fetchall() == [("DECIMAL(2,1)",)]


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", None])
def test_what_is_no_number_is_not_finite(value: str | None) -> None:
    given = "NULL" if value is None else f"'{value}'"
    rows = connection.execute(f"SELECT 1 FROM (SELECT {given}::DOUBLE AS x) WHERE {sql.finite('x')}").fetchall()
    assert rows == []


@pytest.mark.parametrize("value", [0.0, -0.0, math.pi, 1.7976931348623157e308, -1.7976931348623157e308, 5e-324])
def test_every_other_number_is_finite(value: float) -> None:
    assert struct.pack("d", value)
    query = f"SELECT 1 FROM (SELECT {sql.number(value)} AS x) WHERE {sql.finite('x')}"
    assert connection.execute(query).fetchall() == [(1,)]


def test_every_code_is_raised_somewhere_and_says_what_to_do() -> None:
    runtime = Path(str(codes.__file__)).parents[1]
    modules = (path for folder in ("monitors", "monitor_runs") for path in (runtime / folder).glob("*.py"))
    sources = "".join(path.read_text("utf-8") for path in modules if path.name != "codes.py")
    assert set(re.findall(r'"(MON-\d{3})"', sources)) == set(CODES)
    with pytest.raises(MonitorError) as refused:
        quality(lambda _: [], evaluation(), ["rmse"])
    assert str(refused.value).endswith("; Use one of those that the error names.")
