"""Steps on a machine without namespaces, and the end of a local AWS whose steps still run."""

from __future__ import annotations

import json
import secrets
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mlops_stages.local import images, process
from mlops_stages.local.jobs import container
from mlops_stages.local.jobs.container import Container
from tests.local.clients import LocalAws
from tests.local.laboratory import IMAGE, Laboratory, until


@pytest.fixture
def directories(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, account: str) -> Iterator[Laboratory]:
    """An account of a local AWS that may not use namespaces."""
    monkeypatch.setenv(container.FALLBACK, "directory")
    running = process.start(tmp_path, 0)
    images.name(tmp_path, IMAGE, Path(sys.executable))
    yield Laboratory(LocalAws(running.endpoint), account)
    process.stop(tmp_path)


def commands() -> list[str]:
    """The command lines of all processes of this machine."""
    found: list[str] = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(path.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace"))
        except OSError:
            continue
    return found


def ends_with_the_server(laboratory: Laboratory, directory: Path) -> None:
    """Begin a step that never ends, stop the local AWS, and see that nothing of the step is left."""
    mark = f"mark-{secrets.token_hex(8)}"
    parameters = laboratory.processing("import time\nwhile True: time.sleep(1)", mark)
    laboratory.sagemaker.create_processing_job(ProcessingJobName="endless", **parameters)
    until(lambda: any("main.py" in command and mark in command for command in commands()))
    process.stop(directory)
    until(lambda: not any(mark in command for command in commands()))


def test_without_namespaces_the_base_directory_is_a_variable(directories: Laboratory, tmp_path: Path) -> None:
    code = (
        "import json, os, sys\n"
        "base = os.environ['SAGEMAKER_BASE_DIR']\n"
        "seen = [sys.argv[1:], base, os.environ['DATA'], open(base + '/processing/raw/a').read()]\n"
        "json.dump(seen, open(base + '/processing/out/said.json', 'w'))"
    )
    directories.put("raw/a", "here")
    parameters = directories.processing(
        code,
        "--raw=/opt/ml/processing/raw",
        inputs={"raw": directories.uri("raw")},
        Environment={"DATA": "/opt/ml/processing/raw"},
    )
    job = directories.process(parameters)
    assert job["ProcessingJobStatus"] == "Completed", job.get("FailureReason")
    uri = job["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"]
    arguments, base, data, text = json.loads(directories.get(f"{uri}/said.json"))
    assert (arguments, data, text) == ([f"--raw={base}/processing/raw"], f"{base}/processing/raw", "here")
    assert not Path(base).exists()
    assert "This machine gives no namespaces" in directories.log("Processing", job["ProcessingJobName"])[0]
    assert directories.aws.ask("GET", "/_mlops-stages/steps") == (200, {"run_in": "directories"})
    ends_with_the_server(directories, tmp_path)


def test_the_end_of_the_local_aws_is_the_end_of_its_steps(tmp_path: Path, account: str) -> None:
    running = process.start(tmp_path, 0)
    images.name(tmp_path, IMAGE, Path(sys.executable))
    ends_with_the_server(Laboratory(LocalAws(running.endpoint), account), tmp_path)


@pytest.mark.parametrize("gives", [True, False])
def test_a_containers_paths_are_those_of_the_step(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, gives: bool) -> None:
    monkeypatch.setattr(container, "namespaces", lambda: gives)
    place = Container(tmp_path, Path("/image/bin/python"), isolated=True)
    words = ["python3", "/opt/ml/processing/code/main.py"]
    command, environment = place.command(words), place.environment({"DATA": "/opt/ml/input"})
    assert environment["PATH"].startswith("/image/bin:")
    if gives:
        assert command[-2:] == words
        assert {"unshare", "--net", "--pid", "--mount"} <= set(command)
        assert environment["DATA"] == "/opt/ml/input"
        assert "SAGEMAKER_BASE_DIR" not in environment
    else:
        assert command[-2:] == ["python3", f"{tmp_path}/ml/processing/code/main.py"]
        assert environment["DATA"] == f"{tmp_path}/ml/input"
        assert environment["SAGEMAKER_BASE_DIR"] == f"{tmp_path}/ml"


def test_nothing_of_a_step_is_left_behind(local_aws: LocalAws, account: str, image: str) -> None:
    laboratory = Laboratory(local_aws, account)
    seen: dict[str, Any] = laboratory.process(
        laboratory.processing("import os, sys\nprint(os.environ['HOME'])\nos.makedirs('/opt/ml/processing/out/deep')")
    )
    home = laboratory.log("Processing", seen["ProcessingJobName"])[-1]
    assert image
    assert not Path(home).exists()
