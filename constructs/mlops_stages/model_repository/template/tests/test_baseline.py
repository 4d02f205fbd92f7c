"""The baseline holds scores and inputs of the held-out rows, and of the same ones it is the same bytes."""

import csv
from pathlib import Path

import baseline
import dataset_manifest
import numpy as np
import pandas as pd
import pytest
from input_schema import Field, Schema

SCHEMA = Schema((Field(name="hour", type="integer"), Field(name="dest", type="category")))
AWKWARD = ["a,b", '"', 'a"b', "x\r\ny", "x\ny", "x\ry", " before", "after ", "NULL", "nan", "#", "\\", "é", "\ufeff"]


def table(dests: list[str | None], hours: list[float] | None = None) -> pd.DataFrame:
    """Rows with these destinations."""
    return pd.DataFrame(
        {"dest": pd.array(dests, dtype="str"), "hour": np.arange(len(dests), dtype=float) if hours is None else hours}
    )


def written(rows: pd.DataFrame, folder: Path, scores: np.ndarray | None = None) -> list[list[str]]:
    """The cells of the file, its header first."""
    baseline.write(rows, np.full(len(rows), 0.5) if scores is None else scores, SCHEMA, folder)
    with (folder / baseline.FILE).open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file, strict=True))


def test_columns_are_the_score_and_the_schemas_fields_in_order(tmp_path: Path) -> None:
    about = baseline.write(table(["IAH", "MIA"]), np.array([0.25, 1 / 3]), SCHEMA, tmp_path)
    content = (tmp_path / "baseline.csv").read_bytes()
    assert content == b"score,hour,dest\r\n0.25,0.0,IAH\r\n0.3333333333333333,1.0,MIA\r\n"
    sha256 = dataset_manifest.file_checksum(tmp_path / "baseline.csv")
    assert about == {"file": "baseline.csv", "rows": 2, "sha256": sha256}


def test_numbers_come_back_as_they_were(tmp_path: Path) -> None:
    numbers = [*np.random.default_rng(0).lognormal(0, 200, size=1000).tolist(), 5e-324, 1e16, -0.0, 0.1 + 0.2]
    cells = written(table(["IAH"] * len(numbers), numbers), tmp_path, np.array(numbers))
    assert [[float(score), float(hour)] for score, hour, _ in cells[1:]] == [[each, each] for each in sorted(numbers)]
    assert "-0.0" in [hour for _, hour, _ in cells]


def test_categories_come_back_as_they_were(tmp_path: Path) -> None:
    assert [dest for _, _, dest in written(table([*AWKWARD]), tmp_path)[1:]] == sorted(AWKWARD)


def test_a_missing_value_and_an_empty_text_are_empty_cells(tmp_path: Path) -> None:
    cells = written(table([None, "", "IAH"], [1.0, np.nan, 2.0]), tmp_path)
    assert cells[1:] == [["0.5", "1.0", ""], ["0.5", "2.0", "IAH"], ["0.5", "", ""]]


def test_a_row_is_nobodys_record(tmp_path: Path) -> None:
    cells = written(table(["MIA", "IAH"], [1.0, 2.0]), tmp_path, np.array([0.25, 0.125]))
    assert cells[1:] == [["0.125", "1.0", "IAH"], ["0.25", "2.0", "MIA"]]


def test_of_more_rows_than_are_kept_some_are_drawn_evenly_and_each_time_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(baseline, "MOST_ROWS", 1000)
    rows = table(["IAH"] * 10_000)
    first = written(rows, tmp_path, rows["hour"].to_numpy())
    assert first == written(rows, tmp_path, rows["hour"].to_numpy())
    assert baseline.write(rows, rows["hour"].to_numpy(), SCHEMA, tmp_path)["rows"] == 1000
    kept = [float(hour) for _, hour, _ in first[1:]]
    assert kept == sorted(set(kept))
    assert 4700 < np.mean(kept) < 5300
    assert min(np.histogram(kept, bins=10, range=(0, 10_000))[0]) > 60


def test_all_rows_are_kept_where_they_are_as_many_as_the_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(baseline, "MOST_ROWS", 3)
    assert [dest for _, _, dest in written(table(["A", "B", "C"]), tmp_path)[1:]] == ["A", "B", "C"]


@pytest.mark.parametrize("score", [np.nan, np.inf])
def test_a_score_that_is_no_finite_number_is_an_error(tmp_path: Path, score: float) -> None:
    with pytest.raises(ValueError, match="1 scores are not finite numbers"):
        baseline.write(table(["IAH", "MIA"]), np.array([0.5, score]), SCHEMA, tmp_path)
    assert not (tmp_path / baseline.FILE).exists()


def test_a_field_is_not_named_as_the_scores_are(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="a field is named score"):
        baseline.write(table(["IAH"]), np.array([0.5]), Schema((Field(name="score", type="number"),)), tmp_path)
