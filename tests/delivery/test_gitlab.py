"""The pipelines at GitLab that deliver the infrastructure."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from mlops_stages.delivery import deploying, path_of, workflow
from mlops_stages.platform import Platform, load
from mlops_stages.platform.token_subject import DEPLOYS_AT_GITLAB
from mlops_stages.reliable.delivery import DeliveringRepository

IMAGE = f"registry.gitlab.com/acme/ci@sha256:{'0123456789abcdef' * 4}"
PUSHED = '$CI_PIPELINE_SOURCE == "push"'
SIGNS_IN = 'printf %s "$AWS_TOKEN" > "$AWS_WEB_IDENTITY_TOKEN_FILE"'
WORDS = {"workflow", "stages", "default"}


@pytest.fixture(scope="module")
def platform(platform_file: Callable[[str], Path]) -> Platform:
    given = load(platform_file("reference")).model_dump()
    numbers = {"owner_id": "31", "repository_id": "32"}
    repository = {"provider": "gitlab", "owner": "acme/risk", "name": "platform", **numbers}
    delivery = {"repository": repository, "approvers": "acme/approvers", "image": IMAGE}
    return Platform.model_validate({**given, "delivery": delivery})


@pytest.fixture(scope="module")
def pipeline(platform: Platform) -> dict[str, Any]:
    return yaml.safe_load(workflow(platform))


@pytest.fixture(scope="module", params=[True, False], ids=["somebody may do more", "nobody may do more"])
def deploys(request: pytest.FixtureRequest, platform: Platform) -> dict[str, Any]:
    return yaml.safe_load(deploying(platform, 574, asks=request.param))


def jobs(pipeline: Mapping[str, Any]) -> dict[str, Any]:
    return {name: job for name, job in pipeline.items() if name not in WORDS}


def runs(job: Mapping[str, Any]) -> str:
    return "\n".join([*job.get("before_script", []), *job.get("script", [])])


def role(job: Mapping[str, Any]) -> str | None:
    found = job.get("variables", {}).get("AWS_ROLE_ARN")
    return found.rpartition("/")[2] if found else None


def test_it_is_where_gitlab_looks_for_it(platform: Platform, pipeline: dict[str, Any]) -> None:
    assert path_of(platform) == ".gitlab-ci.yml"
    assert "delivery workflow | diff - .gitlab-ci.yml" in runs(pipeline["check"])


def test_jobs_run_in_the_image_of_the_digest_alone(pipeline: dict[str, Any], deploys: dict[str, Any]) -> None:
    for each in (pipeline, deploys):
        assert each["default"] == {"image": IMAGE}
        assert [name for name, job in jobs(each).items() if "image" in job or "services" in job] == []


def test_nothing_is_taken_from_other_projects(pipeline: dict[str, Any], deploys: dict[str, Any]) -> None:
    assert "include" not in {**pipeline, **deploys}
    assert jobs(pipeline)["deploy"]["trigger"] == {
        "include": [{"artifact": "deploy.yml", "job": "permissions"}],
        "strategy": "depend",
    }


def test_each_job_takes_the_role_of_its_step_in_the_environment_that_the_role_trusts(
    pipeline: dict[str, Any], deploys: dict[str, Any]
) -> None:
    all_jobs = {**jobs(pipeline), **jobs(deploys)}
    found = {name: (role(job), job.get("environment", {}).get("name")) for name, job in all_jobs.items()}
    gate = {"agree": (None, "permissions")} if "agree" in found else {"unchanged": ("acme-platform.review", "review")}
    assert found == {
        "check": (None, None),
        "permissions": ("acme-platform.review", "review"),
        "deploy": (None, None),
        **gate,
        "staging": ("acme-platform.deliver-staging", "staging"),
        "smoke": ("acme-platform.review", "review"),
        "production": ("acme-platform.deliver-production", "production"),
        "verify": ("acme-platform.review", "review"),
        "tell": ("acme-platform.review", "review"),
    }
    signs_in = {name for name, job in all_jobs.items() if "id_tokens" in job}
    assert signs_in == {name for name, job in all_jobs.items() if SIGNS_IN in runs(job)}
    assert signs_in == {name for name, (taken, _) in found.items() if taken is not None}
    assert {str(all_jobs[name]["id_tokens"]) for name in signs_in} == {"{'AWS_TOKEN': {'aud': 'sts.amazonaws.com'}}"}


def test_the_tier_of_each_environment_is_the_one_in_the_subject_that_the_role_trusts(
    pipeline: dict[str, Any], deploys: dict[str, Any]
) -> None:
    repository = DeliveringRepository(
        provider="gitlab", owner="acme/risk", name="platform", owner_id="31", repository_id="32"
    )
    for job in {**jobs(pipeline), **jobs(deploys)}.values():
        if role(job) is not None:
            at = job["environment"]
            trusted = repository.claims(None if at["name"] == "review" else at["name"])
            subject = str(trusted["gitlab.com:sub"])
            protected = "true" if DEPLOYS_AT_GITLAB[at["name"]].is_protected else "false"
            assert subject.endswith(f":environment_protected:{protected}:deployment_tier:{at['deployment_tier']}")


def test_only_deployments_are_listed_as_such(pipeline: dict[str, Any], deploys: dict[str, Any]) -> None:
    at = {name: job["environment"] for name, job in {**jobs(pipeline), **jobs(deploys)}.items() if "environment" in job}
    assert {name for name, each in at.items() if "action" not in each} == {"agree", "staging", "production"} & set(at)


def test_staging_waits_for_an_agreement_where_somebody_may_do_more(platform: Platform) -> None:
    asks = yaml.safe_load(deploying(platform, 574, asks=True))
    assert asks["staging"]["needs"] == ["agree", {"pipeline": "574", "job": "check"}]
    assert asks["agree"]["environment"]["name"] == "permissions"
    assert "when" not in asks["agree"]
    assert "allow_failure" not in asks["agree"]


def test_where_nobody_may_it_is_compared_again_before_staging(platform: Platform) -> None:
    quiet = yaml.safe_load(deploying(platform, 574, asks=False))
    assert quiet["staging"]["needs"] == ["unchanged", {"pipeline": "574", "job": "check"}]
    assert runs(quiet["unchanged"]).rstrip().endswith('test "$code" -eq 0')


def test_each_job_waits_for_the_one_before_it(pipeline: dict[str, Any], deploys: dict[str, Any]) -> None:
    order = {name: deploys[name]["needs"][0] for name in ("smoke", "production", "verify")}
    assert order == {"smoke": "staging", "production": "smoke", "verify": "production"}
    assert (pipeline["permissions"]["needs"], pipeline["deploy"]["needs"]) == (["check"], ["permissions"])
    forgiving = {"allow_failure", "retry", "when"}
    assert [name for name, job in {**jobs(pipeline), **jobs(deploys)}.items() if forgiving & set(job)] == []


def test_one_delivery_goes_at_a_time(pipeline: dict[str, Any]) -> None:
    assert pipeline["deploy"]["resource_group"] == "delivery"


def test_what_was_compared_is_what_is_deployed(deploys: dict[str, Any]) -> None:
    for name in ("staging", "production"):
        assert {"pipeline": "574", "job": "check"} in deploys[name]["needs"]
        assert "cdk deploy --app cdk.out --require-approval never" in runs(deploys[name])
        assert "synth" not in runs(deploys[name])
    assert runs(deploys["staging"]).strip().endswith("acme-staging 'acme-staging-*'")
    assert runs(deploys["production"]).strip().endswith("--all")


def test_a_merge_request_is_checked_and_gets_no_token(pipeline: dict[str, Any], deploys: dict[str, Any]) -> None:
    assert [rule["if"] for rule in pipeline["workflow"]["rules"]] == [
        '$CI_PIPELINE_SOURCE == "merge_request_event"',
        f'{PUSHED} && $CI_COMMIT_BRANCH == "main"',
    ]
    unruled = {name for name, job in jobs(pipeline).items() if "rules" not in job}
    assert unruled == {"check"}
    assert "id_tokens" not in pipeline["check"]
    assert {rule["if"] for name, job in jobs(pipeline).items() if name != "check" for rule in job["rules"]} == {PUSHED}
    assert [rule["if"] for rule in deploys["workflow"]["rules"]] == ['$CI_PIPELINE_SOURCE == "parent_pipeline"']


def test_any_job_that_fails_is_told(pipeline: dict[str, Any], platform: Platform) -> None:
    assert pipeline["tell"]["rules"] == [{"if": PUSHED, "when": "on_failure"}]
    assert pipeline["tell"]["stage"] == pipeline["stages"][-1]
    assert "needs" not in pipeline["tell"]
    assert f"--topic-arn {platform.addresses.delivery_topic}" in runs(pipeline["tell"])


def test_nothing_that_somebody_names_gets_into_a_shell(pipeline: dict[str, Any], deploys: dict[str, Any]) -> None:
    """Of GitLab's variables only its own numbers, hashes and addresses are read; none holds a title, branch or name."""
    for name, job in {**jobs(pipeline), **jobs(deploys)}.items():
        known = {"$CI_PIPELINE_ID", "$CI_PIPELINE_URL", "$CI_COMMIT_SHA"}
        words = {word.strip('"') for word in runs(job).split() if "$CI_" in word}
        assert words <= known, name


@pytest.mark.parametrize(("code", "written"), [(0, "--deploying 574"), (1, "--deploying 574 --asks"), (2, None)])
def test_only_a_comparison_that_found_nothing_goes_without_being_asked(
    pipeline: dict[str, Any], tmp_path: Path, code: int, written: str | None
) -> None:
    """The job's own script, run by a shell, with a command that says how the comparison ended."""
    command = tmp_path / ".venv" / "bin" / "mlops-stages"
    command.parent.mkdir(parents=True)
    command.write_text(f'#!/bin/sh\n[ "$1" = permissions ] && exit {code}\necho "$@"\n')
    command.chmod(0o755)
    shell = shutil.which("bash") or "sh"
    done = subprocess.run(
        [shell, "-e", "-c", "\n".join(pipeline["permissions"]["script"])],
        cwd=tmp_path,
        env={"CI_PIPELINE_ID": "574", "PATH": "/usr/bin:/bin"},
        check=False,
    )
    deploy = tmp_path / "deploy.yml"
    if written is None:
        assert (done.returncode, deploy.exists()) == (1, False)
    else:
        assert (done.returncode, deploy.read_text()) == (0, f"delivery workflow {written}\n")
