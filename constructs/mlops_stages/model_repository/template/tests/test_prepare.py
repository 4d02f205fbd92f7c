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


def run(sha256: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["prepare.py", "--manifest-sha256", sha256])
    prepare.main()


def test_no_day_is_in_both_parts(manifest: dataset_manifest.DatasetManifest, monkeypatch: pytest.MonkeyPatch) -> None:
    run(manifest.sha256, monkeypatch)
    train, test = (flights.read(container.processing(name)) for name in ("train", "test"))
    assert len(train) + len(test) == 2000
    assert set(test[flights.DAY]) == {"2013-01-05", "2013-01-10", "2013-01-15", "2013-01-20"}
    assert not set(train[flights.DAY]) & set(test[flights.DAY])


def test_both_parts_say_of_which_code_and_data_they_are(
    manifest: dataset_manifest.DatasetManifest, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(manifest.sha256, monkeypatch)
    train, test = (origin.left_in(container.processing(name)) for name in ("train", "test"))
    assert train == test == origin.origin_of(container.processing("code"), manifest.sha256)


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
