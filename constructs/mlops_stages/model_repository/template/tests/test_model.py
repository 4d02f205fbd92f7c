"""The model learns what there is to learn, the same way each time, and is judged fairly."""

import json
import sys
import tarfile
from pathlib import Path

import container
import dataset_manifest
import evaluate
import flights
import joblib
import origin
import pandas as pd
import prepare
import pytest
import train

HYPERPARAMETERS = {
    "max_iter": "30",
    "learning_rate": "0.1",
    "max_leaf_nodes": "15",
    "min_samples_leaf": "20",
    "l2_regularization": "1.0",
}


MANIFEST = "a" * 64


@pytest.fixture
def trained(base: Path, rows: pd.DataFrame) -> Path:
    """A model where Evaluate finds it, with the code and the data of one run."""
    aside = prepare.held_out(rows)
    for folder in (container.channel("code"), container.processing("code")):
        folder.mkdir(parents=True)
        (folder / "train.py").write_text("pass\n", encoding="utf-8")
    here = origin.origin_of(container.channel("code"), MANIFEST)
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
            packed.add(path, path.name)
    return container.processing("model") / "model.tar.gz"


def evaluated(monkeypatch: pytest.MonkeyPatch, manifest: str = MANIFEST) -> dict:
    """What evaluation.json holds after evaluating."""
    monkeypatch.setattr(sys, "argv", ["evaluate.py", "--metric", "auc", "--manifest-sha256", manifest])
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
