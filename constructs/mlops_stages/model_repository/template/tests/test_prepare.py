"""Prepare reads only the bytes that the manifest names, and holds whole days out."""

import sys
from pathlib import Path

import container
import dataset_manifest
import flights
import origin
import pandas as pd
import prepare
import pytest
from folders import LocalFolder


@pytest.fixture
def manifest(base: Path, rows: pd.DataFrame) -> dataset_manifest.DatasetManifest:
    """A dataset where SageMaker puts it, and its manifest."""
    dataset = LocalFolder(container.processing("dataset"))
    content = rows.to_csv(index=False).encode()
    made = dataset_manifest.make(
        dataset="flights",
        team="a-team",
        classification="internal",
        commit="abc",
        created_by="a test",
        sources=[],
        objects=[dataset.write("flights.csv", content)],
    )
    LocalFolder(container.processing("manifest")).write("manifest.json", made.to_json().encode())
    LocalFolder(container.processing("code")).write("prepare.py", b"pass")
    return made


EVER = "9999-12-31"


def run(sha256: str, monkeypatch: pytest.MonkeyPatch, before: str = EVER) -> None:
    monkeypatch.setattr(sys, "argv", ["prepare.py", "--manifest-sha256", sha256, "--train-before", before])
    prepare.main()


def test_no_day_is_in_both_parts(manifest: dataset_manifest.DatasetManifest, monkeypatch: pytest.MonkeyPatch) -> None:
    run(manifest.sha256, monkeypatch)
    train, test = (flights.read(container.processing(name)) for name in ("train", "test"))
    assert len(train) + len(test) == 2000
    assert set(test[flights.DAY]) == {"2013-01-05", "2013-01-10", "2013-01-15", "2013-01-20"}
    assert not set(train[flights.DAY]) & set(test[flights.DAY])


def test_rows_of_the_day_named_and_later_are_neither_trained_nor_tested_on(
    manifest: dataset_manifest.DatasetManifest, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(manifest.sha256, monkeypatch, "2013-01-10")
    train, test = (flights.read(container.processing(name)) for name in ("train", "test"))
    assert set(test[flights.DAY]) == {"2013-01-05"}
    assert set(train[flights.DAY]) == {f"2013-01-0{day}" for day in (1, 2, 3, 4, 6, 7, 8, 9)}
    assert origin.left_in(container.processing("train"))["train_before"] == "2013-01-10"


@pytest.mark.parametrize("before", ["2012-12-31", "2013-01-01", "2013-01-05"])
def test_a_day_before_which_there_are_too_few_rows_is_refused_and_nothing_is_written(
    manifest: dataset_manifest.DatasetManifest, monkeypatch: pytest.MonkeyPatch, before: str
) -> None:
    reason = f"TrainBefore, {before}, too early: [0-9]+ of 2000 rows are of earlier days"
    with pytest.raises(ValueError, match=reason):
        run(manifest.sha256, monkeypatch, before)
    assert not container.processing("train").exists()


@pytest.mark.parametrize(
    "before", ["", "2013-1-10", "2013-02-30", "20130110", "2013-01-10T00:00:00Z", "\uff12013-01-10"]
)
def test_what_is_no_day_is_refused(
    manifest: dataset_manifest.DatasetManifest, monkeypatch: pytest.MonkeyPatch, before: str
) -> None:
    with pytest.raises(ValueError, match="TrainBefore is"):
        run(manifest.sha256, monkeypatch, before)


@pytest.mark.parametrize("day", ["2013-1-09", "09.01.2013", None])
def test_a_row_whose_day_cannot_be_compared_is_refused(rows: pd.DataFrame, day: str | None) -> None:
    spoiled = rows.copy()
    spoiled.loc[3, flights.DAY] = day
    with pytest.raises(ValueError, match="1 rows of the dataset have a day that is not written as YYYY-MM-DD"):
        prepare.before(spoiled, EVER)


def test_both_parts_say_of_which_code_and_data_they_are(
    manifest: dataset_manifest.DatasetManifest, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(manifest.sha256, monkeypatch)
    train, test = (origin.left_in(container.processing(name)) for name in ("train", "test"))
    assert train == test == origin.origin_of(container.processing("code"), manifest.sha256, EVER)


def test_bytes_that_differ_from_the_manifest_are_refused_and_nothing_is_written(
    manifest: dataset_manifest.DatasetManifest, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = container.processing("dataset") / "flights.csv"
    file.write_text(file.read_text("utf-8").replace("2013-01-01", "2013-01-02", 1), encoding="utf-8")
    with pytest.raises(dataset_manifest.DatasetManifestError, match="bytes differ from the manifest"):
        run(manifest.sha256, monkeypatch)
    assert not container.processing("train").exists()
    assert not container.processing("test").exists()


def test_another_manifest_than_the_one_named_is_refused(
    manifest: dataset_manifest.DatasetManifest, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(dataset_manifest.DatasetManifestError, match="DAT-005"):
        run("0" * 64, monkeypatch)


def test_a_failed_step_says_why_where_sagemaker_reads_it(base: Path) -> None:
    def step() -> None:
        raise ValueError("no rows")

    with pytest.raises(SystemExit):
        container.run(step)
    assert (base / "output" / "failure").read_text("utf-8") == "ValueError: no rows"
