"""The workflow at GitHub that delivers the infrastructure."""

from __future__ import annotations

import json

from mlops_stages.delivery.rendering import indented, rendered
from mlops_stages.delivery.steps import INSTALL, Job, jobs_of
from mlops_stages.platform import Delivery, Platform

WORKFLOW = ".github/workflows/deploy.yml"
"""Where GitHub looks for it."""

_ACTIONS = {
    "checkout": "actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2",
    "python": "actions/setup-python@a26af69be951a213d495a4c3e4e4022e16d87065 # v5.6.0",
    "upload": "actions/upload-artifact@ea165f8d65b6e75b540449e92b4886f43607fa02 # v4.6.2",
    "download": "actions/download-artifact@d3f86a106a0bac45b974a628896c90dbdf5c8093 # v4.3.0",
    "credentials": "aws-actions/configure-aws-credentials@b47578312673ae6fa5b5096b330d9fbac3d116df # v4.2.1",
}
"""Each by its commit, which nobody can move; the comment is its version."""

_SUMMARY = (
    """{ echo '```'; cat permissions.txt; echo '```'; } >> "$GITHUB_STEP_SUMMARY\"""",
    'echo "broader=$code" >> "$GITHUB_OUTPUT"',
)


def workflow(platform: Platform, delivery: Delivery) -> str:
    """The workflow of a platform whose repository is at GitHub."""
    jobs = jobs_of(
        platform,
        written_to=WORKFLOW,
        link="$GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID",
        commit="$GITHUB_SHA",
    )

    def signed_in(job: Job) -> str:
        return _signed_in(job, platform.region)

    return rendered(
        "github.yml.jinja",
        {
            **_ACTIONS,
            "branch": delivery.repository.branch,
            "approvers": delivery.approvers,
            "jobs": jobs,
            "install": INSTALL,
            "installed": _INSTALLED,
            "signed_in": signed_in,
            "steps": _steps,
            "compared": indented([*jobs["permissions"].steps[0].run, *_SUMMARY], 10),
        },
    )


_INSTALLED = f"""\
      - uses: {_ACTIONS["checkout"]}
        with:
          persist-credentials: false
      - uses: {_ACTIONS["python"]}
        with:
          python-version: "3.11"
      - name: Install
        run: {INSTALL}
      - uses: {_ACTIONS["download"]}
        with:
          name: cdk.out
          path: cdk.out"""


def _signed_in(job: Job, region: str) -> str:
    return f"""\
      - uses: {_ACTIONS["credentials"]}
        with:
          role-to-assume: {json.dumps(job.role)}
          aws-region: {json.dumps(region)}"""


def _steps(job: Job) -> str:
    """Each step by its name, a single line as it is and several as a block."""
    return "\n".join(
        f"      - name: {step.says}\n        run: "
        + (step.run[0] if len(step.run) == 1 else f"|\n{indented(step.run, 10)}")
        for step in job.steps
    )
