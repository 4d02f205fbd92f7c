"""The checks that every template must pass."""

from functools import cache

from aws_cdk import App, CloudFormationValidatePlugin, Validations
from cdk_nag import AwsSolutionsChecks, HIPAASecurityChecks, NIST80053R5Checks, PCIDSS321Checks

CHECKS = (AwsSolutionsChecks, NIST80053R5Checks, HIPAASecurityChecks, PCIDSS321Checks)
"""The packs of cdk-nag, which come on top of CloudFormation's own rules."""


@cache
def cloudformation_rules() -> CloudFormationValidatePlugin:
    """CloudFormation's own rules, once a process: to load them takes most of a second."""
    return CloudFormationValidatePlugin()


def add_checks(app: App) -> None:
    """Let no synth succeed that has a finding which is not acknowledged."""
    Validations.of(app).add_plugins(cloudformation_rules(), *(check() for check in CHECKS))
