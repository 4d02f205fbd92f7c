"""What guardrails may exempt: the role of one deployer, and none that somebody else may have."""

import pytest

from mlops_stages.platform.role_patterns import is_of_the_platform, is_too_wide


@pytest.mark.parametrize(
    "pattern",
    [
        "AWSControlTowerExecution",
        "stacksets-exec-*",
        "AWSAccelerator-*",
        "cdk-accel-cfn-exec-role-*",
        "automation/terraform-deploy",
        "automation/terraform-*",
        "tf",
        "aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_CloudAdmin_*",
        "acme-terraform",
    ],
)
def test_the_role_of_one_deployer_may_be_exempt(pattern: str) -> None:
    assert not is_too_wide(pattern)
    assert not is_of_the_platform(pattern, "acme")


@pytest.mark.parametrize(
    "pattern",
    [
        "*",
        "tf-*",
        "automation/*",
        "*-deploy",
        "a*b",
        "terra*/deploy",
        "AWSReservedSSO_*",
        "AWSReservedSSO_Ad*",
        "x/y/short-*",
    ],
)
def test_a_wildcard_that_says_too_little_is_refused(pattern: str) -> None:
    assert is_too_wide(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        "acme-*",
        "acme-fraud-*",
        "acme-experimentation-Account*",
        "acme/*",
        "acme/fraud/acme-fraud-ann-lee",
        "a*",
        "ac*",
        "AWSReservedSSO_acme-data-scientist_*",
        "aws-reserved/sso.amazonaws.com/AWSReservedSSO_acme-auditor_0123456789abcdef",
        "AWSReservedSSO_ac*",
    ],
)
def test_what_could_be_a_role_of_the_platform_is_refused(pattern: str) -> None:
    assert is_of_the_platform(pattern, "acme")
