"""Jobs where containers are off or cannot be made, and the end of a local AWS whose jobs still run."""

from __future__ import annotations

import json
import secrets
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlops_stages.local import containers, images
from mlops_stages.local.client import inventory, process
from tests.local.clients import LocalAws
from tests.local.laboratory import IMAGE, Laboratory, until


@pytest.fixture
def uncontained(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, account: str) -> Iterator[Laboratory]:
    """An account of a local AWS whose user has turned containers off."""
    monkeypatch.setenv(containers.SETTING, "off")
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


def test_where_containers_are_off_a_directory_stands_for_opt_ml_and_the_log_says_so(
    uncontained: Laboratory, tmp_path: Path
) -> None:
    code = (
        "import json, os, sys\n"
        "base = os.environ['SAGEMAKER_BASE_DIR']\n"
        "seen = [sys.argv[1:], base, os.environ['DATA'], open(base + '/processing/raw/a').read()]\n"
        "json.dump(seen, open(base + '/processing/out/said.json', 'w'))"
    )
    uncontained.put("raw/a", "here")
    parameters = uncontained.processing(
        code,
        "--raw=/opt/ml/processing/raw",
        inputs={"raw": uncontained.uri("raw")},
        Environment={"DATA": "/opt/ml/processing/raw"},
    )
    job = uncontained.process(parameters)
    assert job["ProcessingJobStatus"] == "Completed", job.get("FailureReason")
    uri = job["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"]
    arguments, base, data, text = json.loads(uncontained.get(f"{uri}/said.json"))
    assert (arguments, data, text) == ([f"--raw={base}/processing/raw"], f"{base}/processing/raw", "here")
    assert not Path(base).exists()
    assert "NOT CONTAINED" in uncontained.log("Processing", job["ProcessingJobName"])[0]
    told = inventory.containers(uncontained.aws.endpoint)
    assert (told["run_in"], told["warning"]) == ("off", containers.OFF)
    ends_with_the_server(uncontained, tmp_path)


def test_a_daemon_that_holds_the_pipe_does_not_keep_an_uncontained_job_running(uncontained: Laboratory) -> None:
    code = "import subprocess, sys\nsubprocess.Popen(['sleep', '30'], start_new_session=True)"
    parameters = uncontained.processing(code, StoppingCondition={"MaxRuntimeInSeconds": 20})
    assert uncontained.process(parameters)["ProcessingJobStatus"] == "Completed"


def test_where_no_container_can_be_made_no_job_runs_and_its_reason_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, account: str
) -> None:
    monkeypatch.setenv(containers.SETTING, "nothing-that-there-is")
    running = process.start(tmp_path, 0)
    images.name(tmp_path, IMAGE, Path(sys.executable))
    laboratory = Laboratory(LocalAws(running.endpoint), account)
    job = laboratory.process(laboratory.processing("open('/opt/ml/processing/out/ran', 'w')"))
    assert (job["ProcessingJobStatus"], laboratory.keys("out")) == ("Failed", [])
    assert containers.REFUSED in job["FailureReason"]
    assert inventory.containers(running.endpoint)["warning"] == containers.REFUSED
    process.stop(tmp_path)


def test_the_end_of_the_local_aws_is_the_end_of_its_steps(tmp_path: Path, account: str) -> None:
    running = process.start(tmp_path, 0)
    images.name(tmp_path, IMAGE, Path(sys.executable))
    ends_with_the_server(Laboratory(LocalAws(running.endpoint), account), tmp_path)
