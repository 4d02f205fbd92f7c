"""The definition is what its sources compile to, and what it says is what runs here."""

import json
import shutil
from pathlib import Path

import check
import compile as compiling
import definition as local
import parameters
import pytest
from conftest import ROOT


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A copy of this repository's pipeline."""
    shutil.copytree(ROOT / "pipeline", tmp_path / "pipeline", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("model.yaml", "requirements-pipeline.txt"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def edit(path: Path, before: str, after: str) -> None:
    text = path.read_text("utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")


def test_the_definition_is_up_to_date() -> None:
    assert check.differences(ROOT) == []


def test_a_definition_older_than_its_source_is_refused(copied: Path) -> None:
    edit(copied / "pipeline" / "pipeline.py", '"Prepare"', '"Split"')
    assert check.differences(copied) == ["pipeline/pipeline.py has changed"]


def test_a_definition_edited_by_hand_is_refused(copied: Path) -> None:
    edit(copied / "pipeline" / "definition.json", "PendingManualApproval", "Approved")
    assert check.differences(copied) == ["pipeline/definition.json has changed"]


def test_a_definition_without_its_lock_is_refused(copied: Path) -> None:
    (copied / "pipeline" / "definition.lock").unlink()
    assert check.differences(copied) == ["pipeline/definition.lock is missing"]


def test_a_pipeline_that_raises_is_told_by_its_own_error_and_the_definition_is_kept(copied: Path) -> None:
    (copied / "pipeline" / "boto3.py").write_text("raise RuntimeError('my own mistake')\n", encoding="utf-8")
    before = (copied / "pipeline" / "definition.json").read_bytes()
    with pytest.raises(compiling.CompileError, match=r"MDL-102(.|\n)*my own mistake"):
        compiling.compile_pipeline(copied, seconds=60)
    assert (copied / "pipeline" / "definition.json").read_bytes() == before


def test_a_pipeline_that_never_ends_is_stopped(copied: Path) -> None:
    (copied / "pipeline" / "boto3.py").write_text("while True: pass\n", encoding="utf-8")
    with pytest.raises(compiling.CompileError, match=r"MDL-103(.|\n)*within 0\.5 seconds"):
        compiling.compile_pipeline(copied, seconds=0.5)


def test_what_the_sdk_adds_unasked_is_left_out_and_the_entrypoint_is_there() -> None:
    container = {"Image": "i", "Environment": {"SAGEMAKER_PROGRAM": "", "OURS": "1"}}
    metrics = {"ModelQuality": {"Statistics": {}}, "Bias": {}}
    registered = {
        "SkipModelValidation": "None",
        "InferenceSpecification": {"Containers": [container]},
        "ModelMetrics": metrics,
    }
    gate = {"IfSteps": [{"Type": "RegisterModel", "Arguments": registered}], "ElseSteps": []}
    training = {"Type": "Training", "Arguments": {"AlgorithmSpecification": {}}}
    whole = {"Metadata": {}, "MlflowConfig": None, "Steps": [training, {"Type": "Condition", "Arguments": gate}]}
    done = compiling.finished(whole, ["python3", "train.py"])
    assert done.keys() == {"Steps"}
    assert training["Arguments"]["AlgorithmSpecification"]["ContainerEntrypoint"] == ["python3", "train.py"]
    assert registered.keys() == {"InferenceSpecification", "ModelMetrics"}
    assert registered["ModelMetrics"].keys() == {"ModelQuality"}
    assert container["Environment"] == {"OURS": "1"}


@pytest.mark.parametrize(("measured", "passes"), [(0.65, False), (0.66, True), (0.67, True)])
def test_the_gate_lets_a_model_pass_from_the_bound_on(measured: float, passes: bool, tmp_path: Path) -> None:
    file = tmp_path / "evaluation.json"
    file.write_text(json.dumps({"quality": {"value": measured}}), encoding="utf-8")
    values = local.Values({}, {}, property_files={"Steps.Evaluate.PropertyFiles.Evaluation": file})
    read = {
        "Std:JsonGet": {"PropertyFile": {"Get": "Steps.Evaluate.PropertyFiles.Evaluation"}, "Path": "quality.value"}
    }
    condition = {"Type": "GreaterThanOrEqualTo", "LeftValue": read, "RightValue": 0.66}
    assert local.holds(condition, values) is passes


def test_nobody_who_starts_a_run_chooses_the_bound_or_the_code() -> None:
    document = json.loads((ROOT / "pipeline" / "definition.json").read_text("utf-8"))
    names = {each["Name"] for each in document["Parameters"]}
    others = {"Author", "Commit", "ImageDigest", "RequestsUri", "StartedBy", "TrainBefore"}
    assert names == {*others, *parameters.NEEDED}
    (gate,) = [each for each in document["Steps"] if each["Type"] == "Condition"]
    assert isinstance(gate["Arguments"]["Conditions"][0]["RightValue"], float)


def test_ci_passes_every_parameter_that_has_no_default() -> None:
    document = json.loads((ROOT / "pipeline" / "definition.json").read_text("utf-8"))
    needed = {each["Name"] for each in document["Parameters"] if "DefaultValue" not in each}
    dataset = dict.fromkeys(parameters.NEEDED, "x")
    assert {each["Name"] for each in parameters.parameters("c", "i", dataset, "ann", "ben")} == needed


def test_ci_has_no_requests_and_trains_on_all_days() -> None:
    given = parameters.parameters("c", "i", {name: f"s3://{name}" for name in parameters.NEEDED}, "ann", "ben")
    values = {each["Name"]: each["Value"] for each in given}
    assert values["RequestsUri"] == values["DatasetManifestUri"] == "s3://DatasetManifestUri"
    document = json.loads((ROOT / "pipeline" / "definition.json").read_text("utf-8"))
    assert {each["Name"]: each.get("DefaultValue") for each in document["Parameters"]}["TrainBefore"] == "9999-12-31"


def test_a_dataset_that_is_not_named_fully_is_refused() -> None:
    with pytest.raises(SystemExit, match=r"dataset\.json must hold"):
        parameters.parameters("c", "i", {"DatasetUri": "x"}, "ann", "ben")


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("ann@acme.example", "ann@acme.example"),
        ("Ann Lee <ann@acme.example>", "ann@acme.example"),
        ("ann-lee", "ann-lee"),
    ],
)
def test_who_wrote_the_commit_and_who_started_the_run_are_told_by_address_or_login(said: str, name: str) -> None:
    assert parameters.person(said, "AUTHOR") == name


@pytest.mark.parametrize("said", ["", " ", "<>", "--"])
def test_a_run_of_nobody_is_refused(said: str) -> None:
    with pytest.raises(SystemExit, match="AUTHOR must say who it was"):
        parameters.person(said, "AUTHOR")
