"""The organization's stack: its guardrails let the roles of the platform's own bootstrap through."""

import json
from pathlib import Path

from aws_cdk import App
from aws_cdk.assertions import Template

from mlops_stages.platform import load
from stacks.organization import OrganizationStack
from tests.conftest import ROOT


def test_guardrails_exempt_the_roles_of_the_bootstrap_in_use_and_no_other() -> None:
    platform = load(Path(ROOT / "platform.yaml"))
    assert platform.guardrails is not None
    stack = OrganizationStack(App(), platform, platform.guardrails, qualifier="corpqual")
    policies = json.dumps(Template.from_stack(stack).find_resources("AWS::Organizations::Policy"))
    assert "role/cdk-corpqual-cfn-exec-role-*" in policies
    assert "hnb659fds" not in policies
