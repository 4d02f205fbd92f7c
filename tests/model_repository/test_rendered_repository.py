"""A rendered repository does in an empty directory what its README says: `make test`, `make train`, and its refusals.

What it needs is installed once a session, into one repository's own environment, which the others share by a link
(tests/conftest.py).
"""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tarfile
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest
from filelock import FileLock

from mlops_stages.model_repository import answers_for, write_new
from mlops_stages.platform import Platform
from mlops_stages.runtime import dataset_manifest
from mlops_stages.runtime.decisions.database import connected
from mlops_stages.runtime.monitors import baseline
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
        code = [f"code/{path.name}" for path in sorted((trained / "serving").glob("*.py"))]
        assert packed.getnames() == [*code, "model.joblib", "origin.json", "schema.json"]
    evaluation = json.loads((out / "evaluation.json").read_text("utf-8"))
    for key, file in (("golden", "golden.jsonl"), ("baseline", "baseline.csv")):
        assert evaluation[key]["sha256"] == dataset_manifest.file_checksum(out / file)
    registration = json.loads((out / "registration.json").read_text("utf-8"))
    assert registration["group"] == "arrivals-late-arrival"
    assert registration["approval"] == "PendingManualApproval"
    assert registration["dataset-manifest-sha256"] == manifest.sha256
    assert registration["model-sha256"] == dataset_manifest.file_checksum(out / "model.tar.gz")
    assert registration["metrics"] == quality
    assert registration["commit"]


def test_the_monitors_read_the_baseline_that_train_leaves(platform: Platform, trained: Path, tmp_path: Path) -> None:
    (model,) = (each for team in platform.teams for each in team.models if each.name == "late-arrival")
    evaluation = json.loads((trained / "out" / "evaluation.json").read_text("utf-8"))
    connection = connected(tmp_path)
    rows = baseline.load(connection, trained / "out" / "baseline.csv", {each.name: each.type for each in model.inputs})
    assert rows == evaluation["baseline"]["rows"] == evaluation["counts"]["rows"]
    ((mean,),) = connection.execute("SELECT avg(score) FROM baseline").fetchall()
    assert mean == pytest.approx(evaluation["calibration"]["predicted"])


def test_what_is_made_is_not_part_of_the_repository(trained: Path) -> None:
    ignored = (trained / ".gitignore").read_text("utf-8").split()
    assert {"/out/", "/.venv"} <= set(ignored)


def test_the_same_work_done_by_someone_else_has_the_same_result(trained: Path, copied: Path) -> None:
    done = run(copied)
    assert done.returncode == 0, done.stderr
    for name in ("model.tar.gz", "evaluation.json", "golden.jsonl", "baseline.csv", "manifest.json"):
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


def test_what_make_serve_answers_is_what_the_evaluation_registered(trained: Path) -> None:
    """By the code that lies in model.tar.gz, as its container would; the golden records as CSV and as JSON lines."""
    golden = [json.loads(line) for line in (trained / "out" / "golden.jsonl").read_text("utf-8").splitlines()]
    with tarfile.open(trained / "out" / "model.tar.gz") as packed:
        content = packed.extractfile("schema.json")
        assert content is not None
        names = [field["name"] for field in json.load(content)["fields"]]
    lines = "".join(json.dumps(each["record"]) + "\n" for each in golden)
    cells = [[each["record"][name] for name in ("decision_id", *names)] for each in golden]
    rows = "".join(",".join("" if cell is None else str(cell) for cell in row) + "\n" for row in cells)
    with serving(trained) as call:
        as_json = [json.loads(line) for line in call(lines, "application/jsonlines").splitlines()]
        as_csv = [line.split(",") for line in call(rows, "text/csv").splitlines()]
        refused = json.loads(call("UA,SFO,IAH" + "," * 14, "text/csv"))
    assert [each["decision_id"] for each in as_json] == [each["record"]["decision_id"] for each in golden]
    assert [each["score"] for each in as_json] == pytest.approx([each["score"] for each in golden], abs=1e-9)
    assert [(each["decision_id"], each["score"]) for each in as_json] == [(row[0], float(row[1])) for row in as_csv]
    assert {(each["row"], each["field"]) for each in refused["faults"]} >= {(1, "origin"), (1, "hour")}


@contextmanager
def serving(repository: Path) -> Generator[Callable[[str, str], str]]:
    """`make serve` on a free port; calls it with a body and its type, and returns the answer's body."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    def call(body: str, content_type: str, path: str = "/invocations") -> str:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        with closing(connection):
            connection.request("POST" if body else "GET", path, body or None, {"Content-Type": content_type})
            return connection.getresponse().read().decode()

    (repository / ".venv" / ".installed").touch()
    words = ["make", "--silent", "serve", f"ARGS=--port {port} --workers 1"]
    server = subprocess.Popen(words, cwd=repository, stdout=subprocess.PIPE, text=True, start_new_session=True)
    try:
        assert server.stdout is not None
        told = iter(server.stdout.readline, "")
        assert any("Booting worker" in json.loads(line)["message"] for line in told)
        yield call
        os.killpg(server.pid, signal.SIGTERM)
        last = [json.loads(line) for line in told]  # to its end
        assert last[-1]["message"].startswith("Shutting down")
    finally:
        with suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def test_make_load_compares_what_it_measures_with_the_promise(trained: Path) -> None:
    (trained / ".venv" / ".installed").touch()
    done = make(trained, "load", "ARGS=--seconds 1 --clients 2")
    assert done.returncode == 0, done.stdout + done.stderr
    measured = re.sub(r"[0-9.]+", "N", done.stdout).replace("missed", "kept").splitlines()
    assert measured == [
        "N clients, N rows a request",
        "N requests in N s: N a second",
        "pN N ms",
        "pN N ms, promised N ms: kept",
        "errors N %, allowed N %: kept",
    ]
    (shown,) = (block.text for block in blocks("", "model-repository.md") if "a second" in block.text)
    assert re.sub(r"[0-9.]+", "N", shown).splitlines() == measured


def test_a_load_whose_answers_are_other_scores_than_registered_is_told(copied: Path) -> None:
    golden = copied / "out" / "golden.jsonl"
    lines = [json.loads(line) for line in golden.read_text("utf-8").splitlines()]
    golden.write_text("".join(json.dumps({**each, "score": 0.999}) + "\n" for each in lines), encoding="utf-8")
    done = subprocess.run(
        [".venv/bin/python", "local/load.py", "--seconds", "0.5"],
        cwd=copied,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "times other scores than registered" in done.stdout


@pytest.mark.parametrize("program", ["serve", "load"])
def test_without_a_model_there_is_nothing_to_serve(copied: Path, program: str) -> None:
    shutil.rmtree(copied / "out")
    words = [".venv/bin/python", f"local/{program}.py"]
    done = subprocess.run(words, cwd=copied, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("MDL-109 out/")
    assert "fix: make train" in done.stderr


def test_an_archive_that_leads_elsewhere_is_not_unpacked(copied: Path) -> None:
    archive = copied / "out" / "model.tar.gz"
    with tarfile.open(archive, "w:gz") as packed:
        packed.add(copied / "README.md", "code/../../../outside")
    done = subprocess.run(
        [".venv/bin/python", "local/serve.py"], cwd=copied, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "is not a file of a model" in done.stderr
    assert not (copied / "outside").exists()
