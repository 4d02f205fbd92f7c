"""A baseline as the training pipeline writes it becomes a table; what is anything else is refused, and leaves none."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

from mlops_stages.runtime.decisions.database import connected
from mlops_stages.runtime.monitors import baseline
from mlops_stages.runtime.monitors.bins import read_bins
from mlops_stages.runtime.monitors.codes import MonitorError
from mlops_stages.runtime.monitors.drift import drift
from mlops_stages.runtime.monitors.sql import asking
from tests.runtime.monitors.given import WINDOW

Inputs = dict[str, baseline.Type]
INPUTS: Inputs = {"carrier": "category", "hour": "integer", "temp": "number"}
HOSTILE = (
    *("a,b", '"', '""', 'a"b', "'", "'); DROP TABLE baseline; --", "x\r\ny", "x\ny", "x\ry", "\r\n", "\n"),
    *(" ", " before", "after ", "\t", "#", "NULL", "null", "NA", "nan", "None", "\\", "\\N", "0", "1e3", "true"),
    *("\u2028", "\x1a", "\x7f", "\ufeff", "e\u0301", "\u00e9", "日本", "🛫", "x" * 100_000),
)


def written(folder: Path, rows: list[list[Any]], header: list[str] | None = None) -> Path:
    """A file as `csv.writer` writes it."""
    path = folder / "baseline.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header or ["score", *INPUTS])
        writer.writerows(rows)
    return path


def loaded(path: Path, inputs: Inputs = INPUTS) -> tuple[duckdb.DuckDBPyConnection, int]:
    """A database with the table, and how many rows it was said to have."""
    connection = connected(path.parent)
    return connection, baseline.load(connection, path, inputs)


def refused(path: Path, inputs: Inputs = INPUTS) -> MonitorError:
    """The error; there is no table then."""
    connection = connected(path.parent)
    with pytest.raises(MonitorError) as error:
        baseline.load(connection, path, inputs)
    assert connection.execute("SHOW TABLES").fetchall() == []
    return error.value


def test_the_score_and_numbers_are_doubles_and_categories_are_texts(tmp_path: Path) -> None:
    connection, rows = loaded(written(tmp_path, [[0.1, "UA", 5.0, 39.02], [1 / 3, "007", 23.0, -0.0]]))
    assert rows == 2
    described = connection.execute("SELECT column_name, column_type FROM (DESCRIBE baseline)").fetchall()
    assert described == [("score", "DOUBLE"), ("carrier", "VARCHAR"), ("hour", "DOUBLE"), ("temp", "DOUBLE")]
    assert connection.execute("FROM baseline").fetchall() == [(0.1, "UA", 5.0, 39.02), (1 / 3, "007", 23.0, -0.0)]


def test_a_number_is_the_very_one_that_was_written(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    numbers = [5e-324, 1.7976931348623157e308, 0.1 + 0.2, *random.lognormal(0, 200, size=2000).tolist()]
    connection, _ = loaded(written(tmp_path, [[0.5, "a", 1.0, number] for number in numbers]))
    assert [row[0] for row in connection.execute("SELECT temp FROM baseline").fetchall()] == numbers


@pytest.mark.parametrize("threads", [1, 4])
def test_categories_keep_what_csv_has_to_quote(tmp_path: Path, threads: int) -> None:
    path = written(tmp_path, [[0.5, value, 1.0, None] for value in HOSTILE * 7])
    connection = duckdb.connect(config={"threads": threads})
    assert baseline.load(connection, path, INPUTS) == 7 * len(HOSTILE)
    assert [row[0] for row in connection.execute("SELECT carrier FROM baseline").fetchall()] == list(HOSTILE * 7)


def test_an_empty_cell_is_a_missing_value_whether_quoted_or_not(tmp_path: Path) -> None:
    path = tmp_path / "baseline.csv"
    path.write_bytes(b'score,carrier,hour,temp\r\n0.5,,,\r\n0.5,"","",""\r\n')
    connection, _ = loaded(path)
    assert connection.execute("FROM baseline").fetchall() == [(0.5, None, None, None)] * 2


@pytest.mark.parametrize(
    "name", ["a[1]*?.csv", "it's.csv", "a b.csv", "baseline.csv.gz", "x.parquet", "year=1/[b].csv"]
)
def test_a_path_is_a_path_whatever_its_name(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    path = written(tmp_path, [[0.5, "a", 1.0, 2.0]]).rename(tmp_path / name)
    (tmp_path / "a1bc.csv").write_text("score\n", encoding="utf-8")
    connection, _ = loaded(path)
    assert connection.execute("FROM baseline").fetchall() == [(0.5, "a", 1.0, 2.0)]


def test_a_model_without_inputs_has_a_baseline_of_scores(tmp_path: Path) -> None:
    connection, rows = loaded(written(tmp_path, [[0.5], [0.25]], ["score"]), {})
    assert rows == 2
    assert connection.execute("FROM baseline").fetchall() == [(0.5,), (0.25,)]


@pytest.mark.parametrize(
    "header",
    [
        b"carrier,score,hour,temp\r\n",
        b"score,hour,carrier,temp\r\n",
        b"score,carrier,hour\r\n",
        b"score,carrier,hour,temp,late\r\n",
        b"score,carrier,hour,temp2\r\n",
        b"Score,carrier,hour,temp\r\n",
        b"score, carrier,hour,temp\r\n",
        b"score,carrier,hour,temp\n",
        b"\xef\xbb\xbfscore,carrier,hour,temp\r\n",
        b"\xff\x00",
        b"score;carrier;hour;temp\r\n",
        b"0.5,a,1.0,2.0\r\n",
        b"",
    ],
)
def test_a_header_is_the_score_and_the_declared_inputs_in_order(tmp_path: Path, header: bytes) -> None:
    path = tmp_path / "baseline.csv"
    path.write_bytes(header + b"0.5,a,1.0,2.0\r\n")
    assert refused(path).code == "MON-014"


def test_a_long_header_is_told_in_part(tmp_path: Path) -> None:
    path = tmp_path / "baseline.csv"
    path.write_bytes(b"x" * 10_000_000)
    assert len(str(refused(path))) < 1000


@pytest.mark.parametrize("score", [None, "nan", "inf", "-inf", "1e999"])
def test_a_score_that_is_no_finite_number_is_refused(tmp_path: Path, score: str | None) -> None:
    path = written(tmp_path, [[0.5, "a", 1.0, 2.0], [score, "a", 1.0, 2.0]])
    error = refused(path)
    assert error.code in {"MON-016", "MON-017"}  # DuckDB itself takes no 1e999
    assert "1 of its 2 scores" in str(error) or "line 3" in str(error)


@pytest.mark.parametrize(
    "row",
    [
        b"0.5,a,1.0\r\n",
        b"0.5,a,1.0,2.0,3.0\r\n",
        b'0.5,"a,1.0,2.0\r\n',
        b'0.5,"a"b,1.0,2.0\r\n',
        b"0.5,\xff,1.0,2.0\r\n",
        b"0.5,a,many,2.0\r\n",
        b"high,a,1.0,2.0\r\n",
        b"0.5,a,1.0,0x10\r\n",
        b"0.5,a,1.0,2024-01-01\r\n",
        b"0.5,a,1.0,true\r\n",
        b"",
    ],
)
def test_rows_are_as_the_columns_are(tmp_path: Path, row: bytes) -> None:
    path = tmp_path / "baseline.csv"
    path.write_bytes(b"score,carrier,hour,temp\r\n" + row)
    assert refused(path).code == "MON-017"


def test_an_error_names_the_line_and_quotes_no_row(tmp_path: Path) -> None:
    error = refused(written(tmp_path, [[0.5, "a", 1.0, 2.0], [0.5, "somebody", "secret", 2.0]]))
    assert error.where == "baseline.csv, line 3"
    assert "secret" not in str(error)
    assert "somebody" not in str(error)
    assert error.__cause__ is None
    assert error.__suppress_context__


def test_more_rows_than_are_read_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(baseline, "MOST_ROWS", 3)
    assert loaded(written(tmp_path, [[0.5, "a", 1.0, 2.0]] * 3))[1] == 3
    assert refused(written(tmp_path, [[0.5, "a", 1.0, 2.0]] * 4)).code == "MON-015"


def test_a_file_that_is_too_large_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "baseline.csv"
    with path.open("wb") as file:
        file.truncate(baseline.MOST_BYTES + 1)
    assert refused(path).code == "MON-015"


@pytest.mark.parametrize(("inputs", "code"), [({"score": "number"}, "MON-005"), ({'x" DOUBLE': "number"}, "MON-001")])
def test_inputs_have_names_of_their_own(tmp_path: Path, inputs: Inputs, code: str) -> None:
    assert refused(written(tmp_path, [[0.5, 1.0]], ["score", *inputs]), inputs).code == code


def test_decisions_equal_to_the_baseline_have_not_moved(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    columns = {
        "score": random.random(2000),
        "carrier": np.array(random.choice([*HOSTILE, ""], size=2000), dtype=object),
        "hour": random.integers(0, 24, size=2000).astype(float),
        "temp": np.where(random.random(2000) < 0.2, np.nan, random.normal(60, 20, size=2000)),
    }
    cells = {name: [None if value != value else value for value in values] for name, values in columns.items()}
    connection, rows = loaded(written(tmp_path, [list(row) for row in zip(*cells.values(), strict=True)]))
    assert rows == 2000
    connection.execute(
        "CREATE TABLE decisions AS SELECT *, TIMESTAMP '2026-10-05 12:00:00' AS decided_at FROM baseline"
    )
    ask = asking(connection)
    bins = read_bins(ask, baseline.BASELINE, baseline.watched(INPUTS))
    found = drift(ask, baseline=baseline.BASELINE, decisions="decisions", window=WINDOW, bins=bins)
    moved = {(each.of, each.name): each.value for each in found if each.name in ("psi", "ks", "new_share")}
    assert moved == {
        **{(name, "psi"): 0 for name in columns},
        **{(name, "ks"): 0 for name in ("score", "hour", "temp")},
        ("carrier", "new_share"): 0,
    }
