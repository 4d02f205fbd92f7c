"""The checks that every template must pass."""

import sys
from functools import cache

from aws_cdk import App, CloudFormationValidatePlugin, IPolicyValidationPlugin, Validations
from cdk_nag import AwsSolutionsChecks, HIPAASecurityChecks, NIST80053R5Checks, PCIDSS321Checks

CHECKS = (AwsSolutionsChecks, NIST80053R5Checks, HIPAASecurityChecks, PCIDSS321Checks)
"""The packs of cdk-nag, which come on top of CloudFormation's own rules."""


@cache
def cloudformation_rules() -> IPolicyValidationPlugin:
    """CloudFormation's own rules, loaded once a process: natively, or where that library is missing, in the CDK's node.

    The findings are the same; the CDK's own takes about as long again as an empty app, which standard error says.
    """
    try:
        from stacks.native_rules import NativeRules
    except (ImportError, OSError, RuntimeError) as error:  # not installed, built for another libc, or another processor
        sys.stderr.write(
            f"CloudFormation's rules run in the CDK's own engine, which is slower: {error}. Where Linux has glibc 2.34 "
            f"or later, and on macOS and Windows: {sys.executable} -m pip install -r requirements-native.lock\n"
        )
        return CloudFormationValidatePlugin()
    return NativeRules()


def add_checks(app: App) -> None:
    """Let no synth succeed that has a finding which is not acknowledged.

    The app must be made with `builtin_cloud_formation_validation=False`: the rules are these.
    """
    Validations.of(app).add_plugins(cloudformation_rules(), *(check() for check in CHECKS))
