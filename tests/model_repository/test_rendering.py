"""What is rendered: the same bytes for the same model, names everywhere, secrets nowhere."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from mlops_stages.local.client.model_runs.repository import DELIVERED
from mlops_stages.model_repository import Answers, answers_for, rendered, write_new
from mlops_stages.model_repository.rendering import LOCKS, checking, write
from mlops_stages.pipeline_definition import check_pipelines
from mlops_stages.pipeline_definition.registration import ORIGIN
from mlops_stages.platform import Platform
from mlops_stages.repeatable import package_registry
from mlops_stages.repeatable.model_package_group import MADE_BY
from mlops_stages.runtime import dataset_manifest
from tests.conftest import ROOT

MODELS = ("arrivals/late-arrival", "fraud/card-fraud", "pricing/loan-price")
PINNED = re.compile(r"uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")


def yaml(text: str) -> dict[str, Any]:
    reader: Any = YAML(typ="safe")
    return reader.load(text)


@pytest.fixture(params=MODELS)
def of_each(request: pytest.FixtureRequest, platform: Platform) -> dict[str, str]:
    """The repository of each model of the reference organization."""
    return rendered(answers_for(platform, request.param))


def test_the_same_answers_are_the_same_bytes(answers: Answers, files: dict[str, str]) -> None:
    assert rendered(answers) == files
    assert list(files) == sorted(files)


def test_no_expression_is_left(of_each: dict[str, str]) -> None:
    for name, text in of_each.items():
        assert "[%" not in text, name
        assert not re.search(r"\[\[ [a-z_]+( \|.*)? \]\]", text), name


def test_the_reference_models_definition_is_the_one_that_the_platform_deploys(files: dict[str, str]) -> None:
    assert files["pipeline/definition.json"] == (ROOT / "pipelines" / "late-arrival.json").read_text("utf-8")


def test_a_rendered_definition_is_locked_to_its_sources(of_each: dict[str, str], tmp_path: Path) -> None:
    write(tmp_path, of_each)
    assert checking().differences(tmp_path) == []


def test_the_definition_names_the_models_own_places(platform: Platform) -> None:
    told = rendered(answers_for(platform, "pricing/loan-price"))["pipeline/definition.json"]
    definition = json.loads(told)
    assert json.dumps(definition, indent=1, sort_keys=True) + "\n" == told
    assert "arrival" not in told
    gate = definition["Steps"][-1]["Arguments"]
    assert gate["Conditions"][0]["Type"] == "LessThanOrEqualTo"
    assert gate["IfSteps"][0]["Arguments"]["ModelPackageGroupName"] == "pricing-loan-price"
    assert gate["Conditions"][0]["RightValue"] == 0.35
    assert [each["Name"] for each in definition["Parameters"]] == [
        "Commit",
        "ImageDigest",
        "DatasetUri",
        "DatasetManifestUri",
        "DatasetManifestSha256",
        "Author",
        "StartedBy",
        "TrainBefore",
        "RequestsUri",
    ]


def test_the_platform_takes_every_rendered_definition(platform: Platform, tmp_path: Path) -> None:
    for name in MODELS:
        write(tmp_path, {f"{name}.json": rendered(answers_for(platform, name))["pipeline/definition.json"]})
    teams = tuple(
        team.model_copy(
            update={
                "models": tuple(
                    model.model_copy(update={"pipeline": f"{team.name}/{model.name}.json"}) for model in team.models
                )
            }
        )
        for team in platform.teams
    )
    assert check_pipelines(platform.model_copy(update={"teams": teams}), tmp_path) == ()


def test_security_is_left_to_the_platform(files: dict[str, str]) -> None:
    told = files["pipeline/definition.json"]
    assert set(re.findall(r'"arn:[^"]+"', told)) == {'"arn:aws:iam::000000000000:role/injected-by-the-platform"'}
    for field in ("VpcConfig", "KmsKeyId", "NetworkConfig", "EnableNetworkIsolation", "Tags"):
        assert field not in told


def test_a_package_is_registered_with_its_origin_digests_and_metrics_and_waits_for_approval(
    files: dict[str, str],
) -> None:
    definition = json.loads(files["pipeline/definition.json"])
    registered = definition["Steps"][-1]["Arguments"]["IfSteps"][0]["Arguments"]
    assert registered["CustomerMetadataProperties"].keys() == {*ORIGIN, *MADE_BY, "dataset", "requests", "train-before"}
    assert registered["ModelApprovalStatus"] == "PendingManualApproval"
    assert registered["ModelMetrics"]["ModelQuality"]["Statistics"]["ContentType"] == "application/json"


def test_every_step_runs_its_own_script(files: dict[str, str]) -> None:
    prepare, train, evaluate, _ = json.loads(files["pipeline/definition.json"])["Steps"]
    for step, script in ((prepare, "prepare"), (evaluate, "evaluate")):
        entrypoint = step["Arguments"]["AppSpecification"]["ContainerEntrypoint"]
        assert entrypoint == ["python3", "-B", f"/opt/ml/processing/code/{script}.py"]
    entrypoint = train["Arguments"]["AlgorithmSpecification"]["ContainerEntrypoint"]
    assert entrypoint == ["python3", "-B", "/opt/ml/input/data/code/train.py"]
    assert all(step["CacheConfig"]["Enabled"] for step in (prepare, train))


def test_names_that_are_words_of_yaml_stay_names(answers: Answers) -> None:
    awkward = answers.model_copy(update={"team": "null", "model": "yes", "branch": "on", "bound": 1e-05})
    files = rendered(awkward)
    model = yaml(files["model.yaml"])
    assert (model["team"], model["model"], float(model["quality"]["minimum"])) == ("null", "yes", 1e-05)
    assert yaml(files[".github/workflows/ci.yml"])["on"]["push"]["branches"] == ["on"]


def test_each_provider_gets_its_own_workflow_only(platform: Platform) -> None:
    at_github, at_gitlab = (
        rendered(answers_for(platform, name)) for name in ("fraud/card-fraud", "pricing/loan-price")
    )
    assert ".github/workflows/ci.yml" in at_github
    assert ".gitlab-ci.yml" not in at_github
    assert ".gitlab-ci.yml" in at_gitlab
    assert not [name for name in at_gitlab if name.startswith(".github")]


def test_a_pull_request_gets_no_token_and_the_branch_takes_the_ci_role(files: dict[str, str], answers: Answers) -> None:
    workflow = yaml(files[".github/workflows/ci.yml"])
    assert workflow["permissions"] == {"contents": "read"}
    test, deliver = workflow["jobs"]["test"], workflow["jobs"]["deliver"]
    assert "permissions" not in test
    assert deliver["permissions"] == {"contents": "read", "id-token": "write"}
    assert deliver["if"] == "github.event_name == 'push'"
    assert [
        step["with"]["role-to-assume"] for step in deliver["steps"] if "role-to-assume" in step.get("with", {})
    ] == [answers.ci_role]
    assert "environment" not in deliver


def test_an_environment_that_the_trust_asks_for_is_the_jobs_own(answers: Answers) -> None:
    files = rendered(answers.model_copy(update={"environment": "production"}))
    assert yaml(files[".github/workflows/ci.yml"])["jobs"]["deliver"]["environment"] == "production"


def test_every_action_is_pinned_by_its_commit(files: dict[str, str]) -> None:
    used = [line.strip(" -") for line in files[".github/workflows/ci.yml"].splitlines() if "uses:" in line]
    assert len(used) == 6
    assert all(PINNED.fullmatch(each) for each in used)


def test_no_script_of_the_workflow_holds_words_that_others_may_write(files: dict[str, str]) -> None:
    jobs = yaml(files[".github/workflows/ci.yml"])["jobs"]
    scripts = [step["run"] for job in jobs.values() for step in job["steps"] if "run" in step]
    assert scripts
    assert not [script for script in scripts if "${{" in script]


def test_at_gitlab_the_token_is_for_aws_alone(platform: Platform) -> None:
    answers = answers_for(platform, "pricing/loan-price")
    deliver = yaml(rendered(answers)[".gitlab-ci.yml"])["deliver"]
    assert deliver["id_tokens"] == {"AWS_TOKEN": {"aud": "sts.amazonaws.com"}}
    assert deliver["variables"]["AWS_ROLE_ARN"] == answers.ci_role
    assert deliver["rules"] == [{"if": '$CI_COMMIT_BRANCH == "main"'}]


def test_no_secret_is_stored_anywhere(of_each: dict[str, str]) -> None:
    for name, text in of_each.items():
        assert not re.search(r"secrets\.|AKIA[0-9A-Z]{16}|aws_secret_access_key\s*=\s*\S{20}", text), name


def test_the_image_has_no_default_base_and_the_registrys_token_stays_out_of_its_layers(files: dict[str, str]) -> None:
    dockerfile = files["Dockerfile"]
    assert "\nARG BASE_IMAGE\nFROM ${BASE_IMAGE} AS image\n" in dockerfile
    assert "RUN --mount=type=secret,id=pip_index_url" in dockerfile
    assert "ARG PIP" not in dockerfile
    assert not [line for line in dockerfile.splitlines() if line.startswith("ENV") and "PIP" in line]


def test_packages_come_from_the_platforms_registry(platform: Platform, files: dict[str, str]) -> None:
    script = files["delivery/deliver.sh"]
    assert f'--domain "{package_registry.domain_name(platform.name)}"' in script
    assert f"--repository {package_registry.SHARED} " in script


def test_the_manifests_code_is_the_librarys_own(files: dict[str, str]) -> None:
    assert files["steps/dataset_manifest.py"] == Path(dataset_manifest.__file__).read_text("utf-8")


def test_what_is_delivered_goes_into_one_folder_without_a_clash(files: dict[str, str]) -> None:
    names = [Path(name).name for name in files if name.startswith(tuple(f"{folder}/" for folder in DELIVERED))]
    assert len(names) == len(set(names))


def test_the_image_has_the_program_that_sagemaker_runs_and_lets_steps_bring_their_own(files: dict[str, str]) -> None:
    dockerfile = files["Dockerfile"]
    assert "\nCOPY --chmod=755 serving/serve /usr/local/bin/serve\n" in dockerfile
    assert not re.search(r"^(ENTRYPOINT|CMD)", dockerfile, re.MULTILINE)
    assert "!serving/serve" in files[".dockerignore"].splitlines()
    assert files["serving/serve"].startswith("#!/bin/sh\n")


def test_the_registry_says_what_the_serving_code_takes_and_gives(files: dict[str, str]) -> None:
    definition = json.loads(files["pipeline/definition.json"])
    registered = definition["Steps"][-1]["Arguments"]["IfSteps"][0]["Arguments"]["InferenceSpecification"]
    for name in ("SupportedContentTypes", "SupportedResponseMIMETypes"):
        assert registered[name] == ["text/csv", "application/jsonlines", "application/json"]


def test_a_models_promise_is_in_its_repository_where_there_is_one(answers: Answers, files: dict[str, str]) -> None:
    assert yaml(files["model.yaml"])["sla"] == {"availability_percent": 99.5, "p99_latency_ms": 2000}
    without = answers.model_copy(update={"sla_availability_percent": None, "sla_p99_latency_ms": None})
    assert "sla" not in yaml(rendered(without)["model.yaml"])


def test_the_sdk_is_the_one_of_the_ml_extra(files: dict[str, str]) -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    (wanted,) = (line for line in files["requirements-pipeline.txt"].splitlines() if not line.startswith("#"))
    assert extras["ml"] == [wanted]


def test_every_requirement_is_pinned(files: dict[str, str]) -> None:
    lines = [
        line
        for name in (lock.replace(".lock", ".txt") for lock in LOCKS)
        for line in files[name].splitlines()
        if not line.startswith(("#", "-r "))
    ]
    assert all(re.fullmatch(r"[a-z0-9-]+==[0-9][0-9a-z.]*( +# .+)?", line) for line in lines)


def test_files_are_short_enough_to_read(files: dict[str, str]) -> None:
    for name, text in files.items():
        if name.endswith((".py", ".sh", ".yml", ".md", "Makefile")):
            assert len(text.splitlines()) <= 310, name


def test_a_new_repository_is_one_commit_of_all_of_it(answers: Answers, files: dict[str, str], tmp_path: Path) -> None:
    names = {"GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"}
    with pytest.MonkeyPatch.context() as patch:
        for name in names:
            patch.setenv(name, "someone")
        assert write_new(answers, tmp_path / "new")
    git = ["git", "-C", str(tmp_path / "new")]
    listed = subprocess.run([*git, "ls-tree", "-r", "--name-only", "HEAD"], capture_output=True, text=True, check=True)
    assert set(listed.stdout.splitlines()) == {*files, ".mlops-stages.json"}
    assert not subprocess.run([*git, "status", "--porcelain"], capture_output=True, check=True).stdout


def test_without_git_the_files_are_there_all_the_same(
    answers: Answers, files: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not write_new(answers, tmp_path / "new")
    assert not (tmp_path / "new" / ".git").exists()
    assert all((tmp_path / "new" / name).read_text("utf-8") == text for name, text in files.items())


def test_where_git_does_not_know_who_commits_the_files_are_there_all_the_same(
    answers: Answers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"):
        monkeypatch.setenv(name, "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "user.useConfigOnly")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "true")
    for name in ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL", "EMAIL"):
        monkeypatch.delenv(name, raising=False)
    assert not write_new(answers, tmp_path / "new")
    assert (tmp_path / "new" / "model.yaml").exists()
