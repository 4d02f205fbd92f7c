"""Run the pipeline here: the definition that AWS runs, its very steps in order, without Docker, AWS or the SDK.

A bucket is a folder of out/s3, a container is a process with SAGEMAKER_BASE_DIR in place of /opt/ml. What came of it:
out/model.tar.gz, out/evaluation.json, out/golden.jsonl, out/baseline.csv, out/manifest.json, with requests
out/challenge.csv and, if the gate let the model pass, out/registration.json.
"""

import argparse
import gzip
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "local"), str(ROOT / "pipeline"), str(ROOT / "steps")]

import check
import definition as pipeline
import yaml

OUT = ROOT / "out"
DEFINITION = ROOT / "pipeline" / "definition.json"
BESIDE_EVALUATION = ("golden.jsonl", "baseline.csv", "challenge.csv")
REFUSED = 3  # exit code: all steps ran, the gate refused the model


class RefusedError(Exception):
    """The gate did not let the model pass."""


def place(uri: str) -> Path:
    """The file or folder here that an S3 URI, or a path of this repository, stands for."""
    return OUT / "s3" / uri.removeprefix("s3://") if uri.startswith("s3://") else ROOT / uri


def commit() -> str:
    """The commit that is checked out, with `-changed` if files differ from it; `none` outside git."""
    git = ["git", "-C", str(ROOT)]
    try:
        head = subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, text=True, check=True).stdout.strip()
        changed = subprocess.run([*git, "status", "--porcelain"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return "none"
    return f"{head}-changed" if changed else head


def upload(commit: str) -> None:
    """Put the code of a commit where CI puts it."""
    bucket = yaml.safe_load((ROOT / "model.yaml").read_text("utf-8"))["stores"]["artifacts_bucket"]
    for folder in ("steps", "data", "serving"):
        for path in (ROOT / folder).glob("*.py"):
            copy(path, place(f"s3://{bucket}/code/{commit}"))


def run_step(step: dict[str, Any], values: pipeline.Values) -> None:
    """Run one step; errors: StepError with the reason that AWS would show, RefusedError by the gate."""
    started = time.monotonic()
    match step["Type"]:
        case "Processing":
            process(step, values)
        case "Training":
            train(step, values)
        case "Condition":
            passed = all(pipeline.holds(each, values) for each in step["Arguments"]["Conditions"])
            for inner in step["Arguments"]["IfSteps" if passed else "ElseSteps"]:
                run_step(inner, values)
            return
        case "RegisterModel":
            register(values.resolve(step["Arguments"]))
        case "Fail":
            raise RefusedError(values.resolve(step["Arguments"]["ErrorMessage"]))
        case other:
            raise pipeline.StepError(f"{step['Name']}: steps of type {other} are not known here")
    print(f"{step['Name']}: done in {time.monotonic() - started:.1f} s", flush=True)


def process(step: dict[str, Any], values: pipeline.Values) -> None:
    """Run a processing job."""
    arguments = values.resolve(step["Arguments"])
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        for each in arguments["ProcessingInputs"]:
            copy(place(each["S3Input"]["S3Uri"]), inside(base, each["S3Input"]["LocalPath"]))
        program = arguments["AppSpecification"]
        execute(step["Name"], base, program["ContainerEntrypoint"] + program.get("ContainerArguments", []))
        for each in arguments["ProcessingOutputConfig"]["Outputs"]:
            uri = each["S3Output"]["S3Uri"]
            copy(inside(base, each["S3Output"]["LocalPath"]), place(uri))
            values.outputs[step["Name"], each["OutputName"]] = uri
    for each in step.get("PropertyFiles", []):
        written = place(values.outputs[step["Name"], each["OutputName"]]) / each["FilePath"]
        values.property_files[f"Steps.{step['Name']}.PropertyFiles.{each['PropertyFileName']}"] = written


def train(step: dict[str, Any], values: pipeline.Values) -> None:
    """Run a training job."""
    arguments = values.resolve(step["Arguments"])
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        for each in arguments["InputDataConfig"]:
            copy(place(each["DataSource"]["S3DataSource"]["S3Uri"]), base / "input" / "data" / each["ChannelName"])
        config = base / "input" / "config" / "hyperparameters.json"
        config.parent.mkdir(parents=True)
        config.write_text(json.dumps(arguments.get("HyperParameters", {})), encoding="utf-8")
        execute(step["Name"], base, arguments["AlgorithmSpecification"]["ContainerEntrypoint"])
        uri = f"{arguments['OutputDataConfig']['S3OutputPath']}/{values.execution['PipelineExecutionId']}/model.tar.gz"
        pack(base / "model", place(uri))
    values.artifacts[step["Name"]] = uri


def register(arguments: dict[str, Any]) -> None:
    """Write what the registry would hold."""
    evaluation = place(arguments["ModelMetrics"]["ModelQuality"]["Statistics"]["S3Uri"])
    (container,) = arguments["InferenceSpecification"]["Containers"]
    record = {
        "group": arguments["ModelPackageGroupName"],
        "approval": arguments["ModelApprovalStatus"],
        **arguments["CustomerMetadataProperties"],
        "model": container["ModelDataUrl"],
        "metrics": json.loads(evaluation.read_text("utf-8"))["quality"],
    }
    (OUT / "registration.json").write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


def execute(name: str, base: Path, command: list[str]) -> None:
    """Run a step's program as its container would, with `base` in place of /opt/ml."""
    words = [sys.executable if word == "python3" else word.replace("/opt/ml", str(base), 1) for word in command]
    variables = {
        variable: value for variable, value in os.environ.items() if not variable.startswith(("AWS_", "SAGEMAKER_"))
    }
    done = subprocess.run(
        words, env=variables | {"SAGEMAKER_BASE_DIR": str(base), "PYTHONDONTWRITEBYTECODE": "1"}, check=False
    )
    if done.returncode:
        failure = base / "output" / "failure"
        reason = failure.read_text("utf-8") if failure.exists() else f"exit code {done.returncode}"
        raise pipeline.StepError(f"{name} failed: {reason}")


def inside(base: Path, path: str) -> Path:
    """A container's path, below the folder that stands for /opt/ml."""
    return base / Path(path).relative_to("/opt/ml")


def copy(source: Path, target: Path) -> None:
    """Copy a folder's files, or one file into a folder."""
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    elif source.is_file():
        target.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)
    else:
        raise pipeline.StepError(f"{source.relative_to(ROOT)} does not exist")


def pack(folder: Path, target: Path) -> None:
    """Make the archive of a model: of the same files, the same bytes."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with (
        target.open("wb") as raw,
        gzip.GzipFile(fileobj=raw, mode="wb", filename="", mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w") as archive,
    ):
        for path in sorted(each for each in folder.rglob("*") if each.is_file()):
            entry = archive.gettarinfo(path, path.relative_to(folder).as_posix())
            entry.mtime = entry.uid = entry.gid = 0
            entry.uname = entry.gname = ""
            with path.open("rb") as content:
                archive.addfile(entry, content)


def show(values: pipeline.Values) -> None:
    """Put what the run made where it is found easily."""
    made = {"manifest.json": place(values.parameters["DatasetManifestUri"])}
    for path in (*map(place, values.artifacts.values()), *values.property_files.values()):
        made |= {path.name: path}
        made |= {name: path.parent / name for name in BESIDE_EVALUATION if (path.parent / name).exists()}
    for name, path in made.items():
        shutil.copy(path, OUT / name)


def main() -> int:
    """Run the definition with the dataset that `make data` made; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dataset", type=Path, default=OUT / "dataset.json", help="what data/curate.py printed")
    parser.add_argument("--train-before", metavar="DAY", help="leave out rows of this day and later, as 2013-04-01")
    parser.add_argument("--requests", type=Path, help="requests of production that are scored: a requests.csv.gz")
    given = parser.parse_args()
    if given.requests and not given.requests.is_file():
        parser.error(f"{given.requests} is no file")
    for name in ("model.tar.gz", "evaluation.json", *BESIDE_EVALUATION, "manifest.json", "registration.json"):
        (OUT / name).unlink(missing_ok=True)  # nothing of an earlier run is taken for one of this
    shutil.rmtree(OUT / "s3", ignore_errors=True)

    for each in check.differences(ROOT):
        print(f"warning: {each}, and what runs is the compiled one: make compile", file=sys.stderr, flush=True)
    document = json.loads(DEFINITION.read_text("utf-8"))
    parameters = {each["Name"]: each.get("DefaultValue") for each in document["Parameters"]}
    parameters |= json.loads(given.dataset.read_text("utf-8"))
    parameters |= {"Commit": commit(), "ImageDigest": "this-environment"}
    parameters["RequestsUri"] = str(given.requests.resolve()) if given.requests else parameters["DatasetManifestUri"]
    if given.train_before:
        parameters["TrainBefore"] = given.train_before
    upload(parameters["Commit"])
    values = pipeline.Values(parameters, {"PipelineExecutionId": "local", "PipelineExecutionArn": "local"})
    try:
        for step in document["Steps"]:
            run_step(step, values)
    except pipeline.StepError as error:
        print(f"MDL-104 {error}\n  nothing is registered", file=sys.stderr)
        return 1
    except RefusedError as refusal:
        show(values)
        print(f"MDL-105 {refusal}: see out/evaluation.json\n  nothing is registered", file=sys.stderr)
        return REFUSED
    show(values)
    print("out/registration.json: what the registry would hold")
    return 0


if __name__ == "__main__":
    sys.exit(main())
