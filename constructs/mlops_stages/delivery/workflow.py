"""The workflow that delivers the infrastructure, rendered from platform.yaml."""

from __future__ import annotations

import json
from pathlib import Path

from mlops_stages.errors import UserError
from mlops_stages.platform import Delivery, Platform

WORKFLOW = ".github/workflows/deploy.yml"
"""Where GitHub looks for it."""

REVIEW, STAGING, PRODUCTION = "review", "deliver-staging", "deliver-production"
"""The steps that have a role of their own; the stack `PLATFORM-delivery` makes them."""

_TEMPLATE = Path(__file__).with_name("github.yml.jinja")
_ACTIONS = {
    "checkout": "actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2",
    "python": "actions/setup-python@a26af69be951a213d495a4c3e4e4022e16d87065 # v5.6.0",
    "upload": "actions/upload-artifact@ea165f8d65b6e75b540449e92b4886f43607fa02 # v4.6.2",
    "download": "actions/download-artifact@d3f86a106a0bac45b974a628896c90dbdf5c8093 # v4.3.0",
    "credentials": "aws-actions/configure-aws-credentials@b47578312673ae6fa5b5096b330d9fbac3d116df # v4.2.1",
}
"""Each by its commit, which nobody can move; the comment is its version."""


def workflow(platform: Platform) -> str:
    """Return the workflow of a platform's repository; the same platform is the same text.

    Raises:
        UserError: `DLV-020` for a platform whose delivery does not act.
    """
    from jinja2 import StrictUndefined
    from jinja2.sandbox import SandboxedEnvironment

    delivery = acting(platform)
    addresses = platform.addresses
    environment = SandboxedEnvironment(
        undefined=StrictUndefined,
        autoescape=False,  # YAML; platform.yaml's names hold no special character
        variable_start_string="[[",  # `${{` belongs to GitHub
        variable_end_string="]]",
        block_start_string="[%",
        block_end_string="%]",
        comment_start_string="[#",
        comment_end_string="#]",
        keep_trailing_newline=True,
    )
    environment.filters["quoted"] = json.dumps
    name = f"{platform.name}-staging"

    def signed_in(role: str) -> str:
        return _signed_in(role, platform.region)

    return environment.from_string(_TEMPLATE.read_text("utf-8")).render(
        {
            **_ACTIONS,
            "branch": delivery.repository.branch,
            "approvers": delivery.approvers,
            "workflow": WORKFLOW,
            "review": addresses.delivery_role(REVIEW),
            "staging": addresses.delivery_role(STAGING),
            "production": addresses.delivery_role(PRODUCTION),
            "topic": addresses.delivery_topic,
            "staging_stacks": f"{name} '{name}-*'",
            "installed": _INSTALLED,
            "signed_in": signed_in,
        }
    )


def acting(platform: Platform) -> Delivery:
    """The delivery of a platform. Error: DLV-020 where there is none, or not yet."""
    if platform.delivered is None:
        raise UserError(
            "DLV-020",
            "delivery",
            "the platform's infrastructure is delivered by hand",
            "add `delivery:` to platform.yaml, at stage reliable",
        )
    return platform.delivered


_INSTALLED = f"""\
      - uses: {_ACTIONS["checkout"]}
        with:
          persist-credentials: false
      - uses: {_ACTIONS["python"]}
        with:
          python-version: "3.11"
      - name: Install
        run: make setup
      - uses: {_ACTIONS["download"]}
        with:
          name: cdk.out
          path: cdk.out"""


def _signed_in(role: str, region: str) -> str:
    return f"""\
      - uses: {_ACTIONS["credentials"]}
        with:
          role-to-assume: {json.dumps(role)}
          aws-region: {json.dumps(region)}"""
