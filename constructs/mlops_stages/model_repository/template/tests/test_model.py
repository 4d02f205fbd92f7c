"""The model learns what there is to learn, the same way each time, and is judged fairly."""

import csv
import gzip
import json
import shutil
import sys
import tarfile
from pathlib import Path

import baseline
import challenge
import container
import dataset_manifest
import evaluate
import flights
import golden
import input_schema
import joblib
import numpy as np
import origin
import pandas as pd
import prepare
import pytest
import train
from conftest import HYPERPARAMETERS, ROOT, csv_of

MANIFEST = "a" * 64
NONE = "s3://data/manifests/flights/1.json"
"""The URI of the manifest stands for no requests."""
REQUESTS = "s3://data/candidates/late-arrival/1/requests.csv.gz"
BEFORE = "2013-02-01"


@pytest.fixture
def trained(base: Path, rows: pd.DataFrame) -> Path:
    """A model where Evaluate finds it, with the code and the data of one run."""
    aside = prepare.held_out(rows)
    for folder in (container.channel("code"), container.processing("code")):
        folder.mkdir(parents=True)
        for path in (*ROOT.glob("steps/*.py"), *ROOT.glob("serving/*.py")):
            shutil.copy(path, folder)
    here = origin.origin_of(container.channel("code"), MANIFEST, BEFORE)
    for part, folder in ((rows[~aside], container.channel("train")), (rows[aside], container.processing("test"))):
        flights.write(part, folder)
        origin.leave(here, folder)
    config = base / "input" / "config" / "hyperparameters.json"
    config.parent.mkdir(parents=True)
    config.write_text(json.dumps(HYPERPARAMETERS), encoding="utf-8")
    train.main()
    container.processing("model").mkdir(parents=True)
    with tarfile.open(container.processing("model") / "model.tar.gz", "w:gz") as packed:
        for path in sorted(container.model().iterdir()):
            packed.add(path, path.name)  # a folder with what is in it
    return container.processing("model") / "model.tar.gz"


def evaluated(
    monkeypatch: pytest.MonkeyPatch, *, manifest: str = MANIFEST, before: str = BEFORE, requests: str = NONE
) -> dict:
    """What evaluation.json holds after evaluating."""
    words = ["--metric", "auc", "--manifest-sha256", manifest, "--train-before", before]
    monkeypatch.setattr(sys, "argv", ["evaluate.py", *words, "--manifest", NONE, "--requests", requests])
    evaluate.main()
    return json.loads((container.processing("evaluation") / "evaluation.json").read_text("utf-8"))


@pytest.fixture
def evaluation(trained: Path, monkeypatch: pytest.MonkeyPatch) -> dict:
    """What evaluation.json holds after training and evaluating."""
    return evaluated(monkeypatch)


def test_the_model_finds_what_there_is_to_find(evaluation: dict) -> None:
    quality = evaluation["quality"]
    assert quality["value"] > 0.85
    assert quality["interval"]["low"] < quality["value"] < quality["interval"]["high"]
    assert 0.8 < evaluation["calibration"]["ratio"] < 1.25


def test_the_evaluation_is_in_sagemakers_form(evaluation: dict) -> None:
    shown = evaluation["binary_classification_metrics"]
    assert shown["auc"]["value"] == evaluation["quality"]["value"]
    assert set(shown) == set(evaluate.MEASURES)
    assert evaluation["counts"] == {"rows": 400, "late": evaluation["counts"]["late"], "days": 4}


def test_reading_the_model_writes_nothing(rows: pd.DataFrame, tmp_path: Path) -> None:
    model, folder = tmp_path / "model.joblib", tmp_path / "channel"
    joblib.dump(train.fit(rows, HYPERPARAMETERS), model)
    folder.mkdir()
    with tarfile.open(folder / "model.tar.gz", "w:gz") as packed:
        packed.add(model, "model.joblib")
        packed.add(model, "../outside")
    assert evaluate.load(folder).predict(rows[flights.FEATURES]).any()
    assert [path.name for path in folder.iterdir()] == ["model.tar.gz"]
    assert not (tmp_path / "outside").exists()


def test_what_is_registered_are_the_checksums_of_model_code_and_evaluation(evaluation: dict) -> None:
    folder = container.processing("evaluation")
    for key, file in (("golden", golden.FILE), ("baseline", baseline.FILE)):
        assert evaluation[key]["sha256"] == dataset_manifest.file_checksum(folder / file)
    assert json.loads((folder / "digests.json").read_text("utf-8")) == {
        "model": dataset_manifest.file_checksum(container.processing("model") / "model.tar.gz"),
        "code": dataset_manifest.folder_checksum(container.processing("code")),
        "evaluation": dataset_manifest.file_checksum(folder / "evaluation.json"),
    }


def test_a_model_of_other_code_is_not_evaluated(trained: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (container.processing("code") / "train.py").write_text("raise SystemExit\n", encoding="utf-8")
    with pytest.raises(ValueError, match="the model is of another run"):
        evaluated(monkeypatch)
    assert not container.processing("evaluation").exists()


def test_a_model_of_other_data_is_not_evaluated(trained: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="the model is of another run"):
        evaluated(monkeypatch, manifest="b" * 64)


def test_a_model_that_has_learned_from_other_days_is_not_evaluated(
    trained: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ValueError, match=r"the model is of another run.*2013-02-01.*2013-01-15"):
        evaluated(monkeypatch, before="2013-01-15")


def test_test_data_of_another_run_is_not_used(trained: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (container.processing("test") / origin.FILE).unlink()
    with pytest.raises(ValueError, match="the test data is of another run"):
        evaluated(monkeypatch)


def test_training_data_of_other_code_is_not_trained_on(trained: Path) -> None:
    (container.channel("code") / "more.py").write_text("pass\n", encoding="utf-8")
    with pytest.raises(ValueError, match="the training data is of another run"):
        train.main()


def test_the_same_rows_make_the_same_model(rows: pd.DataFrame) -> None:
    first, second = (train.fit(rows, HYPERPARAMETERS).predict_proba(rows[flights.FEATURES]) for _ in range(2))
    assert (first == second).all()


def test_a_carrier_that_training_has_not_seen_is_no_error(rows: pd.DataFrame) -> None:
    model = train.fit(rows, HYPERPARAMETERS)
    new = rows.head(5).assign(carrier="new", dest=None)
    assert len(model.predict_proba(new[flights.FEATURES])) == 5


def test_the_archive_holds_the_schema_and_all_code_that_serves(trained: Path) -> None:
    with tarfile.open(trained) as packed:
        names = {each.name for each in packed if each.isfile()}
    code = {f"code/{path.name}" for path in ROOT.glob("serving/*.py")}
    assert names == {"model.joblib", "origin.json", "schema.json", *code}
    assert {f"code/{name}" for name in train.SERVING} == code


def test_the_schema_says_what_training_has_seen(trained: Path, rows: pd.DataFrame) -> None:
    fields = {field.name: field for field in input_schema.read(container.model()).fields}
    assert list(fields) == flights.FEATURES
    assert fields["carrier"].seen == ("A", "B", "C")
    seen = rows[~prepare.held_out(rows)]["temp"]
    assert fields["temp"].seen == (seen.min(), seen.max())


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("humid", 101.0, "humid: training rows are above 100"),
        ("hour", 23.5, "hour: training rows are above 23"),
        ("hour", 1.5, "hour: training rows are not whole numbers"),
        ("origin", None, "origin: 1 training rows have no value"),
    ],
)
def test_rows_that_are_not_as_declared_are_not_trained_on(
    rows: pd.DataFrame, column: str, value: float | None, message: str
) -> None:
    spoiled = rows.astype({column: "float64" if value is not None else "object"})
    spoiled.loc[3, column] = value
    with pytest.raises(ValueError, match=message):
        input_schema.learned(flights.FIELDS, spoiled)


def test_golden_records_are_nobodys_and_hold_every_edge(evaluation: dict, rows: pd.DataFrame) -> None:
    lines = (container.processing("evaluation") / golden.FILE).read_text("utf-8").splitlines()
    records = [json.loads(line)["record"] for line in lines]
    assert evaluation["golden"]["rows"] == len(records)
    real = {tuple(row) for row in rows[flights.NUMBERS].itertuples(index=False)}
    assert not [each for each in records if tuple(each[name] for name in flights.NUMBERS) in real]
    for field in flights.FIELDS:
        values = [each[field.name] for each in records]
        assert (None in values) is (field.missing == "accept"), field.name
        if field.type != "category":
            assert {field.minimum, field.maximum} <= set(values), field.name


def test_the_baseline_has_a_row_for_each_row_of_the_test_data(evaluation: dict, rows: pd.DataFrame) -> None:
    with (container.processing("evaluation") / baseline.FILE).open(encoding="utf-8", newline="") as file:
        header, *cells = csv.reader(file, strict=True)
    assert header == ["score", *flights.FEATURES]
    assert len(cells) == evaluation["baseline"]["rows"] == evaluation["counts"]["rows"]
    tested = rows[prepare.held_out(rows)]
    assert [row[header.index("carrier")] for row in cells] == sorted(tested["carrier"])
    ages = [row[header.index("plane_age")] for row in cells]
    there = sorted(tested["plane_age"].dropna().tolist())
    assert ages == [*map(repr, there), *[""] * (len(tested) - len(there))]
    assert np.mean([float(row[0]) for row in cells]) == pytest.approx(evaluation["calibration"]["predicted"])


def test_without_requests_there_is_no_challenge(evaluation: dict) -> None:
    assert "challenge" not in evaluation
    assert not (container.processing("evaluation") / challenge.FILE).exists()


def test_the_evaluation_names_the_scores_of_requests(
    trained: Path, rows: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    header = ",".join(["decision_id", *flights.FEATURES])
    lines = csv_of(rows, 0, 50) + "d-100,Z" + "," * 16 + "\n"
    container.processing("requests").mkdir(parents=True)
    content = gzip.compress(f"{header}\n{lines}".encode(), mtime=0)
    (container.processing("requests") / challenge.REQUESTS).write_bytes(content)
    about = evaluated(monkeypatch, requests=REQUESTS)["challenge"]
    assert (about["rows"], about["refused"], about["train_before"]) == (50, 1, BEFORE)
    assert (about["requests"], about["requests_sha256"]) == (REQUESTS, dataset_manifest.checksum(content))
    file = container.processing("evaluation") / about["file"]
    assert about["sha256"] == dataset_manifest.file_checksum(file)
    assert evaluated(monkeypatch, requests=REQUESTS)["challenge"] == about
    assert len(file.read_text("utf-8").splitlines()) == 51


def test_the_same_evaluation_again_is_the_same_bytes(trained: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = evaluated(monkeypatch)["baseline"]
    assert evaluated(monkeypatch)["baseline"] == first


def test_an_evaluation_of_a_model_that_does_not_take_its_own_test_data_fails(
    trained: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = container.processing("test") / "flights.csv"
    path.write_text(path.read_text("utf-8").replace(",A,", ",Z,"), encoding="utf-8")
    monkeypatch.setattr(golden, "MIXED", 2000)
    with pytest.raises(Exception, match="not as the model takes them"):
        evaluated(monkeypatch)
