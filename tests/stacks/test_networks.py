"""What platform.yaml says of zones and endpoints reaches the templates, of the account that it is said for alone."""

import json
from collections.abc import Callable
from typing import Any

from tests.conftest import Assembly

Resource = dict[str, Any]


def properties(assembly: Assembly, stack: str, type_name: str) -> list[Resource]:
    resources = assembly.templates[stack]["Resources"].values()
    return [resource["Properties"] for resource in resources if resource["Type"] == type_name]


def test_subnets_are_in_the_zones_that_are_named(assembly: Callable[[str], Assembly]) -> None:
    several = assembly("several_accounts")
    named = properties(several, "harbor-data", "AWS::EC2::Subnet")
    assert [subnet["AvailabilityZoneId"] for subnet in named] == ["euw1-az1", "euw1-az3"]
    counted = properties(several, "harbor-experimentation", "AWS::EC2::Subnet")
    assert [subnet["AvailabilityZone"]["Fn::Select"][0] for subnet in counted] == [0, 1, 2]


def test_the_stacks_of_teams_use_as_many_subnets_as_zones_are_named(assembly: Callable[[str], Assembly]) -> None:
    text = json.dumps(assembly("several_accounts").templates["harbor-data-team-berths"])
    assert "harbor-data-Subnet2" in text
    assert "harbor-data-Subnet3" not in text


def test_mlflow_is_reached_by_the_service_that_the_file_names(assembly: Callable[[str], Assembly]) -> None:
    endpoints = properties(assembly("comprehensive"), "everything-experimentation", "AWS::EC2::VPCEndpoint")
    services = {endpoint["ServiceName"] for endpoint in endpoints}
    assert "aws.sagemaker.us-west-2.mlflow-app" in services
    assert "aws.sagemaker.us-west-2.experiments" not in services
