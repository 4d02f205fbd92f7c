"""A rendered repository does in an empty directory what its README says: `make test`, `make train`, and its refusals.

What it needs is installed once a session, into one repository's own environment, which the others share by a link
(tests/conftest.py).
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest
from filelock import FileLock

from mlops_stages.model_repository import answers_for, write_new
from mlops_stages.platform import Platform
from mlops_stages.runtime import dataset_manifest
from tests.docs.pages import blocks

REFUSED = 3


def make(directory: Path, *targets: str) -> subprocess.CompletedProcess[str]:
    """Run make as its team would: with nothing of this environment on the path but Python."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "MAKE"))}
    return subprocess.run(
        ["make", *targets], cwd=directory, env=environment, capture_output=True, text=True, check=False
    )


def run(directory: Path) -> subprocess.CompletedProcess[str]:
    """Run the pipeline of a repository whose dataset is there."""
    return subprocess.run(
        [".venv/bin/python", "local/run.py"], cwd=directory, capture_output=True, text=True, check=False
    )


def without_seconds(text: str) -> list[str]:
    """The lines of an output, however long its steps took."""
    return re.sub(r"\d+\.\d s", "N s", text).splitlines()


@pytest.fixture(scope="session")
def trained(model_repository: Path) -> Path:
    """The reference model's repository after `make test` and `make train`; made once a session."""
    out = model_repository / "out"
    with FileLock(f"{model_repository}-trained.lock"):
        for target in ("test", "train"):
            if not (out / f"{target}.txt").exists():
                done = make(model_repository, target)
                out.mkdir(exist_ok=True)
                (out / f"{target}.txt").write_text(f"{done.returncode}\n{done.stdout}{done.stderr}", encoding="utf-8")
    return model_repository


@pytest.fixture
def copied(trained: Path, tmp_path: Path) -> Path:
    """A copy to spoil, with the same environment."""
    shutil.copytree(trained, tmp_path / "copy", symlinks=True, ignore=shutil.ignore_patterns(".venv", "s3", ".git"))
    (tmp_path / "copy" / ".venv").symlink_to(trained / ".venv")
    return tmp_path / "copy"


@pytest.mark.parametrize("target", ["test", "train"])
def test_make_ends_well_in_an_empty_directory(trained: Path, target: str) -> None:
    told = (trained / "out" / f"{target}.txt").read_text("utf-8")
    assert told.startswith("0\n"), told


def test_train_prints_what_the_page_shows(trained: Path) -> None:
    (shown,) = (block.text for block in blocks("", "model-repository.md") if "Prepare: done" in block.text)
    printed = without_seconds((trained / "out" / "train.txt").read_text("utf-8"))
    assert [line for line in without_seconds(shown) if line not in printed] == []


def test_train_leaves_the_model_its_metrics_its_manifest_and_its_registration(trained: Path) -> None:
    out = trained / "out"
    quality = json.loads((out / "evaluation.json").read_text("utf-8"))["quality"]
    assert quality["metric"] == "auc"
    assert 0.69 < quality["value"] < 0.72
    assert quality["interval"]["low"] < quality["value"] < quality["interval"]["high"]
    manifest = dataset_manifest.load(out / "manifest.json")
    assert (manifest.dataset, manifest.team, len(manifest.objects)) == ("flights", "arrivals", 4)
    with tarfile.open(out / "model.tar.gz") as packed:
        assert packed.getnames() == ["model.joblib", "origin.json"]
    registration = json.loads((out / "registration.json").read_text("utf-8"))
    assert registration["group"] == "arrivals-late-arrival"
    assert registration["approval"] == "PendingManualApproval"
    assert registration["dataset-manifest-sha256"] == manifest.sha256
    assert registration["model-sha256"] == dataset_manifest.file_checksum(out / "model.tar.gz")
    assert registration["metrics"] == quality
    assert registration["commit"]


def test_what_is_made_is_not_part_of_the_repository(trained: Path) -> None:
    ignored = (trained / ".gitignore").read_text("utf-8").split()
    assert {"/out/", "/.venv"} <= set(ignored)


def test_the_same_work_done_by_someone_else_has_the_same_result(trained: Path, copied: Path) -> None:
    done = run(copied)
    assert done.returncode == 0, done.stderr
    for name in ("model.tar.gz", "evaluation.json", "manifest.json"):
        assert (copied / "out" / name).read_bytes() == (trained / "out" / name).read_bytes(), name


def test_a_model_that_misses_its_bound_is_refused(copied: Path) -> None:
    definition = copied / "pipeline" / "definition.json"
    text = definition.read_text("utf-8")
    definition.write_text(text.replace("0.66", "0.92"), encoding="utf-8")
    done = run(copied)
    assert done.returncode == REFUSED
    assert done.stderr.startswith("warning: pipeline/definition.json has changed, and what runs is the compiled one")
    assert "MDL-105 The model's auc misses the bound of 0.92" in done.stderr
    assert "nothing is registered" in done.stderr
    assert not (copied / "out" / "registration.json").exists()
    assert (copied / "out" / "evaluation.json").exists()


def test_a_dataset_whose_bytes_differ_from_its_manifest_is_refused(copied: Path) -> None:
    file = next((copied / "out" / "curated").rglob("flights-2013-01.csv"))
    content = file.read_bytes()
    file.write_bytes(content.replace(b"2013-01-01", b"2013-01-02", 1))
    done = run(copied)
    assert done.returncode == 1
    assert "MDL-104 Prepare failed: DatasetManifestError: DAT-006" in done.stderr
    assert f"the dataset's bytes differ from the manifest: {file.name} has other bytes" in done.stderr
    shown = next(block.text for block in blocks("", "model-repository.md") if "MDL-104" in block.text)
    assert done.stderr.endswith(shown)
    made = {path.name for path in (copied / "out").iterdir()}
    assert not made & {"registration.json", "model.tar.gz", "evaluation.json", "manifest.json"}


def test_another_models_repository_starts_on_the_reference_data_under_its_own_bound(
    platform: Platform, trained: Path, tmp_path: Path
) -> None:
    write_new(answers_for(platform, "pricing/loan-price"), tmp_path / "loan-price")
    (tmp_path / "loan-price" / ".venv").symlink_to(trained / ".venv")
    (trained / ".venv" / ".installed").touch()  # newer than the requirements, which are the same
    assert make(tmp_path / "loan-price", "check").returncode == 0
    done = make(tmp_path / "loan-price", "train")
    assert "MDL-105 The model's rmse misses the bound of 0.35" in done.stderr
    assert json.loads((tmp_path / "loan-price" / "out" / "manifest.json").read_text("utf-8"))["team"] == "pricing"


def test_a_stale_definition_fails_the_check(copied: Path) -> None:
    source = copied / "pipeline" / "pipeline.py"
    source.write_text(source.read_text("utf-8").replace("P30D", "P60D"), encoding="utf-8")
    done = make(copied, "check")
    assert done.returncode != 0
    assert "MDL-101 pipeline/definition.json" in done.stderr
    assert "pipeline/pipeline.py has changed" in done.stderr
    assert "fix: make compile" in done.stderr
