"""An organization whose accounts are guarded, for tests."""

from aws_cdk import Stack

from mlops_stages.platform import Purpose
from mlops_stages.repeatable.guardrails import DEPLOYMENT_ROLES
from mlops_stages.repeatable.organization_guardrails import OrganizationGuardrails

ACCOUNTS = {purpose: str(digit) * 12 for digit, purpose in enumerate(Purpose, 1)}
GUARDED_REGION = "eu-west-1"
EXEMPT = ("AWSControlTowerExecution", "automation/terraform-*")
TYPES = ("ml.g4dn.xlarge", "ml.m5.large", "ml.t3.medium")


def guardrails(stack: Stack, *, accounts: dict[Purpose, str] | None = None) -> OrganizationGuardrails:
    """The guardrails of an organization with an account for each purpose."""
    return OrganizationGuardrails(
        stack,
        "Guardrails",
        platform="acme",
        partition="aws",
        root_id="r-a1b2",
        accounts=ACCOUNTS if accounts is None else accounts,
        regions=[GUARDED_REGION, "eu-central-1"],
        instance_types=TYPES,
        deployment_roles=(*DEPLOYMENT_ROLES, *EXEMPT),
    )
