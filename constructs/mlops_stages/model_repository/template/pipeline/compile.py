"""Compile: turn pipeline.py into pipeline/definition.json and definition.lock.

pipeline.py runs in a process of its own that can reach nothing: no network, no credentials, no telemetry, and no longer
than a time limit. What it writes is sorted, so that the same source is the same bytes.
"""

import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import check

SECONDS = 120
SHOWN_LINES = 12
SHOWN_BYTES = 16_384
# Importing the SDK makes a client, which needs a region; making a trainer asks IAM about the role unless told not to.
ENVIRONMENT = {
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "SAGEMAKER_ADMIN_CONFIG_OVERRIDE": os.devnull,
    "SAGEMAKER_USER_CONFIG_OVERRIDE": os.devnull,
    "SAGEMAKER_VALIDATE_ROLE": "false",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONHASHSEED": "0",
}
NO_TELEMETRY = {"SchemaVersion": "1.0", "SageMaker": {"PythonSDK": {"Modules": {"TelemetryOptOut": True}}}}


class CompileError(Exception):
    """Why there is no new definition; the old one is kept."""


def compile_pipeline(root: Path, seconds: float) -> None:
    """Write the definition and its lock, both or neither."""
    with tempfile.TemporaryDirectory() as folder:
        output, said = Path(folder, "definition.json"), Path(folder, "said.txt")
        command = [sys.executable, str(root / "pipeline" / "compile.py"), "--inside", str(output)]
        code = _run(command, folder, said, seconds)
        if code is None:
            raise CompileError(
                f"MDL-103 pipeline/pipeline.py: it did not end within {seconds:g} seconds\n{_last(said)}"
                "  fix: let it describe steps only; work belongs into steps/"
            )
        if code or not output.exists():
            raise CompileError(
                f"MDL-102 pipeline/pipeline.py: it cannot be compiled\n{_last(said)}"
                "  fix: mend the line named last, then run `make compile` again"
            )
        definition = json.loads(output.read_text("utf-8"))
    text = json.dumps(definition, indent=1, sort_keys=True) + "\n"
    (root / check.DEFINITION).write_text(text, encoding="utf-8")
    (root / check.LOCK).write_text(check.lock(root), encoding="utf-8")


def _run(command: list[str], folder: str, said: Path, seconds: float) -> int | None:
    """Run a command with an environment of ours; return its exit code, None if it and its children had to be ended."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    with said.open("wb") as stream:
        started = subprocess.Popen(
            command,
            env=kept | ENVIRONMENT,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=stream,
            start_new_session=True,
        )
        try:
            return started.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(started.pid, signal.SIGKILL)
            started.wait()


def finished(definition: dict[str, Any], training_entrypoint: list[str]) -> dict[str, Any]:
    """The SDK's definition without what it adds unasked, and with what it cannot say.

    It has no field for the entrypoint of a training image whose code is already in S3. It sets variables of its own
    serving stack, and empty or null fields, which mean nothing.
    """
    for step in _steps(definition["Steps"]):
        arguments = step["Arguments"]
        if step["Type"] == "Training":
            arguments["AlgorithmSpecification"]["ContainerEntrypoint"] = training_entrypoint
        if step["Type"] == "RegisterModel":
            arguments.pop("SkipModelValidation", None)
            for container in arguments["InferenceSpecification"]["Containers"]:
                variables = container.pop("Environment", {})
                own = {name: value for name, value in variables.items() if not name.startswith("SAGEMAKER_")}
                if own:
                    container["Environment"] = own
            metrics = arguments["ModelMetrics"]
            arguments["ModelMetrics"] = {name: value for name, value in metrics.items() if value}
    return {name: value for name, value in definition.items() if value not in (None, {})}


def _steps(steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """All steps, those inside conditions too."""
    found: list[dict[str, Any]] = []
    for step in steps:
        found.append(step)
        if step["Type"] == "Condition":
            found += _steps(step["Arguments"]["IfSteps"]) + _steps(step["Arguments"]["ElseSteps"])
    return found


def _inside(output: Path) -> None:
    """What the process of its own does."""
    import logging
    import socket
    import warnings

    attempts: list[object] = []

    def refuse(*arguments: object, **_: object) -> None:
        attempts.append(arguments)
        raise OSError("pipeline.py must reach nothing")

    socket.getaddrinfo = refuse  # type: ignore[assignment]
    socket.create_connection = refuse  # type: ignore[assignment]
    socket.socket.connect = refuse  # type: ignore[assignment]
    logging.disable(logging.WARNING)
    warnings.simplefilter("ignore")

    import boto3
    import pipeline
    from sagemaker.core.workflow.pipeline_context import PipelineSession

    session = PipelineSession(boto_session=boto3.Session(), default_bucket="not-used", sagemaker_config=NO_TELEMETRY)
    session._default_bucket = "not-used"  # private; else `register` asks S3 whether the bucket is there
    definition = json.loads(pipeline.pipeline(session).definition())
    if attempts:  # also where someone swallowed the error
        raise OSError(f"pipeline.py must reach nothing, and tried to: {attempts[0]}")
    output.write_text(json.dumps(finished(definition, pipeline.TRAINING_ENTRYPOINT)), encoding="utf-8")


def _last(said: Path) -> str:
    """The last lines of what the process said, which may be endless."""
    with said.open("rb") as stream:
        stream.seek(-min(SHOWN_BYTES, said.stat().st_size), os.SEEK_END)
        lines = stream.read().decode("utf-8", "replace").rstrip().splitlines()
    return "".join(f"  {line}\n" for line in lines[-SHOWN_LINES:])


def main() -> int:
    """Compile, say what came of it, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="the time limit")
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.inside:
        _inside(given.inside)
        return 0
    try:
        compile_pipeline(check.ROOT, given.seconds)
    except CompileError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"wrote {check.DEFINITION} and {check.LOCK}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
