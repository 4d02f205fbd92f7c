"""A template names the accounts that the platform's stage deploys, and no account that need not exist yet."""

import json
import re

from mlops_stages.foundation.sagemaker_registries import registries_of
from mlops_stages.platform import IamSignIn, Platform, load
from tests.invariants.conftest import Organization

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
ACCOUNT = re.compile(r"(?<![0-9A-Za-z-])[0-9]{12}(?![0-9A-Za-z])|(?<=-)[0-9]{12}(?=[-/\"])")


def known(platform: Platform) -> set[str]:
    """The accounts that exist when the platform is deployed."""
    elsewhere = {platform.sign_in.account} if isinstance(platform.sign_in, IamSignIn) else set[str | None]()
    return {account for account in (*platform.accounts_deployed_to, *elsewhere) if account is not None}


def test_no_account_that_is_named_ahead_of_its_stage_is_in_a_template(organization: Organization) -> None:
    platform = load(organization.assembly.platform_file)
    named = {account for account in platform.accounts.model_dump().values() if account is not None}
    ahead = named - known(platform)
    for stack, template in organization.templates.items():
        text = json.dumps(template)
        assert [account for account in sorted(ahead) if account in text] == [], stack


def test_every_account_in_a_template_is_one_that_the_platform_deploys_to_or_signs_in_from(
    organization: Organization,
) -> None:
    """Or one of AWS's registries of SageMaker's images in the region, which the image's pull and its endpoint name."""
    platform = load(organization.assembly.platform_file)
    of_aws = set(registries_of(platform.region))
    for stack, template in organization.templates.items():
        text = UUID.sub("", json.dumps(template))
        assert set(ACCOUNT.findall(text)) <= known(platform) | of_aws, stack


def test_every_stack_is_in_an_account_of_the_stage(organization: Organization) -> None:
    platform = load(organization.assembly.platform_file)
    assert {account for account, _ in organization.assembly.environments.values()} <= set(platform.accounts_deployed_to)
