"""The definitions that a platform.yaml names are checked without the CDK, all of them at once."""

import json
import os
from pathlib import Path

import pytest

from mlops_stages.pipeline_definition import check_pipelines
from mlops_stages.platform import Platform, load
from tests.pipeline_definition.given import REFERENCE, Json, arguments, changed

TEXT = """
name: acme
region: eu-west-1
organization_id: o-a1b2c3d4e5
stage: repeatable
owner: platform@acme.example
cost_center: "1000"
accounts:
  experimentation: "111111111111"
  development: "222222222222"
  tooling: "333333333333"
  data: "444444444444"
people: {platform_engineers: [paula@acme.example]}
teams:
  - name: arrivals
    stage: repeatable
    cost_center: "4713"
    budget: {monthly_usd: 800, notify: [flora@acme.example]}
    people: {ml_engineers: [zoe@acme.example]}
    repository: {provider: github, owner: acme, name: late-arrival}
    models:
      - name: late-arrival
        owner: hugo@acme.example
        data_classification: internal
        pipeline: pipelines/late-arrival.json
      - {name: no-pipeline-yet, owner: hugo@acme.example, data_classification: internal}
"""


@pytest.fixture
def platform(tmp_path: Path) -> Platform:
    """A platform whose one model names a definition."""
    path = tmp_path / "platform.yaml"
    path.write_text(TEXT, "utf-8")
    (tmp_path / "pipelines").mkdir()
    return load(path)


def test_the_reference_is_in_order(platform: Platform, tmp_path: Path) -> None:
    (tmp_path / "pipelines" / "late-arrival.json").write_text(REFERENCE.read_text("utf-8"), "utf-8")
    assert check_pipelines(platform, tmp_path) == ()


def test_a_missing_definition_is_told_by_the_name_in_the_file(platform: Platform, tmp_path: Path) -> None:
    (error,) = check_pipelines(platform, tmp_path)
    assert str(error).startswith("PIP-001: pipelines/late-arrival.json\n")


def test_form_and_decisions_are_told_at_once(platform: Platform, tmp_path: Path) -> None:
    def change(document: Json) -> None:
        arguments(document, "Train")["RoleArn"] = "arn:aws:iam::222222222222:role/admin"
        arguments(document, "Train")["ResourceConfig"]["InstanceType"] = "ml.p5.48xlarge"
        arguments(document, "Prepare")["StopingCondition"] = {}

    (tmp_path / "pipelines" / "late-arrival.json").write_text(json.dumps(changed(change)), "utf-8")
    found = [(error.code, error.step, error.field) for error in check_pipelines(platform, tmp_path)]
    assert found == [
        ("PIP-030", "Prepare", "Arguments.StopingCondition"),
        ("PIP-040", "Train", "Arguments.RoleArn"),
        ("PIP-049", "Train", "Arguments.ResourceConfig.InstanceType"),
    ]


def test_definitions_that_one_template_does_not_hold_together_are_told_with_their_files(tmp_path: Path) -> None:
    other = TEXT.replace("no-pipeline-yet,", "crew-demand, pipeline: pipelines/crew-demand.json,")
    (tmp_path / "platform.yaml").write_text(other, "utf-8")
    (tmp_path / "pipelines").mkdir()

    def change(document: Json) -> None:
        arguments(document, "Train")["HyperParameters"] = {f"h{n}": '"' * 2500 for n in range(48)}

    text = json.dumps(changed(change))
    for name in ("late-arrival", "crew-demand"):
        (tmp_path / "pipelines" / f"{name}.json").write_text(text.replace("late-arrival", name), "utf-8")
    (error,) = check_pipelines(load(tmp_path / "platform.yaml"), tmp_path)
    assert (error.code, error.step, error.field) == ("PIP-003", None, "")
    assert error.file == "pipelines/late-arrival.json, pipelines/crew-demand.json"
    assert "team arrivals" in error.message


def test_a_link_within_the_platforms_folder_is_followed_and_no_other(platform: Platform, tmp_path: Path) -> None:
    place = tmp_path / "pipelines" / "late-arrival.json"
    (tmp_path / "compiled.json").write_text(REFERENCE.read_text("utf-8"), "utf-8")
    place.symlink_to("../compiled.json")
    assert check_pipelines(platform, tmp_path) == ()
    place.unlink()
    place.symlink_to(REFERENCE)
    (error,) = check_pipelines(platform, tmp_path)
    assert (error.code, error.file) == ("PIP-002", "pipelines/late-arrival.json")
    assert "leads out" in error.message


def test_a_fifo_in_the_place_of_a_definition_is_refused_at_once(platform: Platform, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipelines" / "late-arrival.json")
    (error,) = check_pipelines(platform, tmp_path)
    assert (error.code, error.message) == ("PIP-002", "It is a FIFO.")
