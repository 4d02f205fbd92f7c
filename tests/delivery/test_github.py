"""The workflow at GitHub that delivers the infrastructure."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from mlops_stages.delivery import deploying, workflow
from mlops_stages.delivery.steps import PRODUCTION, REVIEW, STAGING
from mlops_stages.errors import UserError
from mlops_stages.platform import Platform, load
from mlops_stages.reliable import delivery as constructs
from tests.conftest import ROOT

PINNED = re.compile(r"[\w-]+/[\w-]+@[0-9a-f]{40}")


@pytest.fixture(scope="module")
def platform(platform_file: Callable[[str], Path]) -> Platform:
    given = load(platform_file("reference")).model_dump()
    repository = {"provider": "github", "owner": "acme", "name": "platform"}
    return Platform.model_validate({**given, "delivery": {"repository": repository, "approvers": "approvers"}})


@pytest.fixture(scope="module")
def jobs(platform: Platform) -> dict[str, Any]:
    return yaml.safe_load(workflow(platform))["jobs"]


def runs(job: dict[str, Any]) -> str:
    return "\n".join(step["run"] for step in job["steps"] if "run" in step)


def role(job: dict[str, Any]) -> str | None:
    found = [step["with"]["role-to-assume"] for step in job["steps"] if "role-to-assume" in step.get("with", {})]
    return found[0].rpartition("/")[2] if found else None


def test_every_action_is_named_by_its_commit(jobs: dict[str, Any]) -> None:
    used = [step["uses"] for job in jobs.values() for step in job["steps"] if "uses" in step]
    assert used
    assert [name for name in used if not PINNED.fullmatch(name)] == []


def test_the_steps_are_those_of_the_roles_that_the_stack_makes() -> None:
    assert (REVIEW, STAGING, PRODUCTION) == (constructs.REVIEW, constructs.STAGING, constructs.PRODUCTION)


def test_each_job_takes_the_role_of_its_step_in_the_environment_that_the_role_trusts(jobs: dict[str, Any]) -> None:
    found = {name: (role(job), job.get("environment")) for name, job in jobs.items()}
    assert found == {
        "check": (None, None),
        "permissions": ("acme-platform.review", None),
        "agree": (None, "permissions"),
        "staging": ("acme-platform.deliver-staging", "staging"),
        "smoke": ("acme-platform.review", None),
        "production": ("acme-platform.deliver-production", "production"),
        "verify": ("acme-platform.review", None),
        "tell": ("acme-platform.review", None),
    }
    signs_in = {name for name, job in jobs.items() if "id-token" in job.get("permissions", {})}
    assert signs_in == {name for name, (taken, _) in found.items() if taken is not None}


def test_staging_waits_for_the_gate_and_for_an_agreement_where_something_is_broader(jobs: dict[str, Any]) -> None:
    assert jobs["agree"]["if"] == "needs.permissions.outputs.broader == '1'"
    assert jobs["staging"]["needs"] == ["permissions", "agree"]
    said = " ".join(jobs["staging"]["if"].split())
    assert "needs.permissions.result == 'success'" in said
    assert "(needs.agree.result == 'skipped' && needs.permissions.outputs.broader == '0')" in said
    order = {name: jobs[name]["needs"] for name in ("permissions", "smoke", "production", "verify")}
    assert order == {"permissions": "check", "smoke": "staging", "production": "smoke", "verify": "production"}


def test_what_was_compared_is_what_is_deployed(jobs: dict[str, Any]) -> None:
    for name in ("staging", "production"):
        assert "cdk deploy --app cdk.out --require-approval never" in runs(jobs[name])
        assert "synth" not in runs(jobs[name])
    assert runs(jobs["staging"]).strip().endswith("acme-staging 'acme-staging-*'")
    assert runs(jobs["production"]).strip().endswith("--all")


def test_a_pull_request_is_checked_and_gets_no_role(jobs: dict[str, Any]) -> None:
    assert "if" not in jobs["check"]
    assert jobs["permissions"]["if"] == "github.event_name == 'push'"
    assert jobs["tell"]["if"].endswith("github.event_name == 'push'")


def test_it_has_no_pipeline_of_its_own_that_deploys(platform: Platform) -> None:
    with pytest.raises(UserError) as refused:
        deploying(platform, 1, asks=True)
    assert (refused.value.code, refused.value.where) == ("DLV-021", "--deploying")


def test_any_job_that_fails_is_told(jobs: dict[str, Any], platform: Platform) -> None:
    assert set(jobs["tell"]["needs"]) == set(jobs) - {"tell"}
    assert f"--topic-arn {platform.addresses.delivery_topic}" in runs(jobs["tell"])


def test_nothing_of_an_event_gets_into_a_shell(jobs: dict[str, Any]) -> None:
    assert [name for name, job in jobs.items() if "${{" in runs(job)] == []


def test_a_platform_that_is_delivered_by_hand_has_no_workflow() -> None:
    with pytest.raises(UserError) as refused:
        workflow(load(ROOT / "platform.yaml"))
    assert (refused.value.code, refused.value.where) == ("DLV-020", "delivery")
