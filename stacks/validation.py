"""The checks that every template must pass."""

from aws_cdk import App, Validations
from cdk_nag import AwsSolutionsChecks, HIPAASecurityChecks, NIST80053R5Checks, PCIDSS321Checks

CHECKS = (AwsSolutionsChecks, NIST80053R5Checks, HIPAASecurityChecks, PCIDSS321Checks)
"""The packs of cdk-nag; the CDK's own validation against CloudFormation's schemas is always on."""


def add_checks(app: App) -> None:
    """Let no synth succeed that has a finding which is not acknowledged."""
    Validations.of(app).add_plugins(*(check() for check in CHECKS))
