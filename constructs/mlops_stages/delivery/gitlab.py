"""The pipelines at GitLab that deliver the infrastructure: one that checks and compares, and the one that it starts.

GitLab decides which jobs a pipeline has before the first runs. So the job that compares writes the pipeline that
deploys: with a job that asks where somebody may do more than before, without it where nobody may.

Source: https://docs.gitlab.com/ci/pipelines/downstream_pipelines/
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from mlops_stages.delivery.rendering import indented, rendered
from mlops_stages.delivery.steps import INSTALL, Job, Step, jobs_of
from mlops_stages.platform import Delivery, Platform
from mlops_stages.platform.token_subject import DEPLOYS_AT_GITLAB

PIPELINE = ".gitlab-ci.yml"
"""Where GitLab looks for it."""

_WRITES = (
    'case "$code" in 0) asks= ;; *) asks=--asks ;; esac',
    '.venv/bin/mlops-stages delivery workflow --deploying "$CI_PIPELINE_ID" $asks > deploy.yml',
)
"""What follows the comparison: the pipeline that deploys. Only a 0 goes without being asked."""


def pipeline(platform: Platform, delivery: Delivery) -> str:
    """The pipeline of a platform whose repository is at GitLab."""
    return rendered("gitlab.yml.jinja", _given(platform, delivery))


def deploying(platform: Platform, delivery: Delivery, pipeline: int, *, asks: bool) -> str:
    """The pipeline that deploys what the one of this number synthesized and compared."""
    return rendered("gitlab-deploy.yml.jinja", {**_given(platform, delivery), "pipeline": pipeline, "asks": asks})


def _given(platform: Platform, delivery: Delivery) -> Mapping[str, object]:
    jobs = jobs_of(platform, written_to=PIPELINE, link="$CI_PIPELINE_URL", commit="$CI_COMMIT_SHA")
    (compare,) = jobs["permissions"].steps

    def signs_in(job: Job, *, install: bool = True) -> str:
        return _signs_in(job, platform.region, install=install)

    return {
        "branch": delivery.repository.branch,
        "approvers": delivery.approvers,
        "image": delivery.image,
        "jobs": jobs,
        "install": INSTALL,
        "steps": _steps,
        "compare": _script(Step(says=compare.says, run=(*compare.run, *_WRITES))),
        "compare_again": _script(Step(says=compare.says, run=(*compare.run, 'test "$code" -eq 0'))),
        "signs_in": signs_in,
        "environment": _environment,
    }


def _steps(job: Job) -> str:
    return "\n".join(map(_script, job.steps))


def _script(step: Step) -> str:
    """A step as one entry of a job's script."""
    lines = f"- {step.run[0]}" if len(step.run) == 1 else f"- |\n{indented(step.run, 6)}"
    return f"    # {step.says}\n    {lines}"


def _environment(name: str) -> str:
    """A job's environment, its tier written out: the token names the tier, and AWS compares it."""
    at = DEPLOYS_AT_GITLAB[name]
    told = f"  environment:\n    name: {at.name}\n    deployment_tier: {at.tier}"
    return told if at.is_deployed_to else f"{told}\n    action: access"


def _signs_in(job: Job, region: str, *, install: bool) -> str:
    """The token of a job, the role that it is exchanged for, and where AWS's clients find both.

    Source: https://docs.gitlab.com/ci/cloud_services/aws/
    """
    file = '"$AWS_WEB_IDENTITY_TOKEN_FILE"'
    return f"""\
  id_tokens:
    AWS_TOKEN:
      aud: sts.amazonaws.com
  variables:
    AWS_REGION: {json.dumps(region)}
    AWS_ROLE_ARN: {json.dumps(job.role)}
    AWS_ROLE_SESSION_NAME: gitlab-$CI_PROJECT_ID-$CI_PIPELINE_ID
    AWS_WEB_IDENTITY_TOKEN_FILE: $CI_PROJECT_DIR.tmp/aws-token
  before_script:
{f"    - {INSTALL}" if install else "    # The AWS CLI is in the image."}
    - install -D -m 600 /dev/null {file}
    - printf %s "$AWS_TOKEN" > {file}"""
