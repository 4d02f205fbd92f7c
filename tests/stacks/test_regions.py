"""The regions offered are those where CloudFormation has every type of resource that the stacks use."""

from collections.abc import Callable

from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

from mlops_stages.platform import OFFER
from mlops_stages.platform.regions import PARTITIONS
from tests.conftest import Assembly

WITH_EVERY_TYPE = "us-east-1"


def types_in(region: str) -> frozenset[str]:
    return frozenset(PROVIDER_SCHEMA_MANAGER.get_resource_types(region))


def regions_with_data() -> set[str]:
    """For some regions cfn-lint has no list of its own and takes that of us-east-1."""
    everything = types_in(WITH_EVERY_TYPE)
    return {region for region in PARTITIONS if region == WITH_EVERY_TYPE or types_in(region) != everything}


def test_the_regions_offered_are_all_that_have_every_type(assembly: Callable[[str], Assembly]) -> None:
    # What comprehensive is given from outside, minimal makes itself.
    used = {
        resource["Type"]
        for organization in ("comprehensive", "minimal")
        for template in assembly(organization).templates.values()
        for resource in template["Resources"].values()
    }
    assert {"AWS::Budgets::Budget", "AWS::SageMaker::MlflowApp"} <= used
    assert {region for region in regions_with_data() if used <= types_in(region)} == OFFER.regions


def test_the_regions_that_cfn_lint_knows_nothing_of_are_few_and_not_offered() -> None:
    assert not OFFER.regions - regions_with_data()
    assert len(regions_with_data()) > len(PARTITIONS) * 3 / 4
