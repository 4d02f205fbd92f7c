"""IsolatedNetwork and ImportedNetwork: no way out, whichever owns the VPC."""

import pytest
from aws_cdk import Stack

from mlops_stages.foundation import ImportedNetwork, IsolatedNetwork
from tests.foundation.built import BOUNDARY, HERE, Built, a_key, built, refused

ACTIONS = ("s3:GetObject", "kms:Decrypt", "sagemaker:CreateTrainingJob")


def own(stack: Stack, cidr: str = "10.20.0.0/16", zones: int = 2) -> IsolatedNetwork:
    return IsolatedNetwork(
        stack,
        "Network",
        cidr=cidr,
        availability_zones=zones,
        perimeter=HERE,
        endpoint_actions=ACTIONS,
        flow_log_key=a_key(stack),
        permissions_boundary_arn=BOUNDARY,
    )


@pytest.fixture(scope="module")
def found() -> Built:
    return built(own)


@pytest.mark.parametrize(
    "type",
    [
        "AWS::EC2::EIP",
        "AWS::EC2::EgressOnlyInternetGateway",
        "AWS::EC2::InternetGateway",
        "AWS::EC2::NatGateway",
        "AWS::EC2::Route",
        "AWS::EC2::TransitGatewayAttachment",
        "AWS::EC2::VPCGatewayAttachment",
        "AWS::EC2::VPCPeeringConnection",
        "AWS::EC2::VPNGateway",
    ],
)
def test_there_is_no_way_out(found: Built, type: str) -> None:
    found.template.resource_count_is(type, 0)


def test_each_subnet_is_private_in_a_zone_of_its_own(found: Built) -> None:
    subnets = found.all("AWS::EC2::Subnet")
    assert [s["CidrBlock"] for s in subnets] == ["10.20.0.0/18", "10.20.64.0/18"]
    assert [s["AvailabilityZone"]["Fn::Select"][0] for s in subnets] == [0, 1]
    assert {s["MapPublicIpOnLaunch"] for s in subnets} == {False}


def zoned(stack: Stack, *zones: str, count: int | None = None) -> IsolatedNetwork:
    return IsolatedNetwork(
        stack,
        "Network",
        cidr="10.20.0.0/16",
        availability_zones=count,
        zones=zones,
        perimeter=HERE,
        endpoint_actions=ACTIONS,
        flow_log_key=a_key(stack),
        permissions_boundary_arn=BOUNDARY,
    )


def test_zones_are_those_that_are_named() -> None:
    by_id = built(lambda stack: zoned(stack, "euw1-az2", "euw1-az3")).all("AWS::EC2::Subnet")
    assert [subnet["AvailabilityZoneId"] for subnet in by_id] == ["euw1-az2", "euw1-az3"]
    assert not any("AvailabilityZone" in subnet for subnet in by_id)
    by_name = built(lambda stack: zoned(stack, "eu-west-1a", "eu-west-1c", "eu-west-1b")).all("AWS::EC2::Subnet")
    assert [subnet["AvailabilityZone"] for subnet in by_name] == ["eu-west-1a", "eu-west-1c", "eu-west-1b"]
    assert not any("AvailabilityZoneId" in subnet for subnet in by_name)


@pytest.mark.parametrize(("zones", "count"), [(("euw1-az1", "euw1-az1"), None), (("euw1-az1", "euw1-az2"), 2)])
def test_zones_named_twice_or_counted_too_are_refused(zones: tuple[str, ...], count: int | None) -> None:
    message, created = refused(lambda stack: zoned(stack, *zones, count=count))
    assert message.startswith("FND-022: Network: ")
    assert created == ["Alone/GivenKey", "Alone/GivenKey/Resource", "Alone/GivenKey/Alias"]


def test_every_subnet_has_the_one_route_table(found: Built) -> None:
    (table,) = found.resources("AWS::EC2::RouteTable")
    associated = {
        a["SubnetId"]["Ref"]: a["RouteTableId"]["Ref"] for a in found.all("AWS::EC2::SubnetRouteTableAssociation")
    }
    assert associated == dict.fromkeys(found.resources("AWS::EC2::Subnet"), table)


def test_names_resolve_inside_the_vpc(found: Built) -> None:
    vpc = found.one("AWS::EC2::VPC")
    assert vpc["CidrBlock"] == "10.20.0.0/16"
    assert vpc["EnableDnsHostnames"] is vpc["EnableDnsSupport"] is True


def test_its_traffic_is_recorded(found: Built) -> None:
    (vpc,) = found.resources("AWS::EC2::VPC")
    assert found.one("AWS::EC2::FlowLog")["ResourceId"] == {"Ref": vpc}


def test_adding_a_zone_moves_no_subnet() -> None:
    three = [s["CidrBlock"] for s in built(lambda stack: own(stack, zones=3)).all("AWS::EC2::Subnet")]
    assert three == ["10.20.0.0/18", "10.20.64.0/18", "10.20.128.0/18"]


def test_the_packs_find_nothing(found: Built) -> None:
    assert found.findings == ()


@pytest.mark.parametrize(
    ("cidr", "zones"),
    [
        ("10.20.0.0/27", 2),
        ("10.0.0.0/8", 2),
        ("10.20.0.0/16", 1),
        ("10.20.0.0/16", 0),
        ("10.20.0.1/16", 2),
        ("ten", 2),
        ("", 2),
        ("2001:db8::/56", 2),
    ],
)
def test_a_range_that_cannot_be_split_is_refused_before_anything_is_created(cidr: str, zones: int) -> None:
    message, created = refused(lambda stack: own(stack, cidr, zones))
    assert message.startswith("FND-020: Network")
    assert "/16" in message
    assert not [path for path in created if path.startswith("Alone/Network")]


@pytest.mark.parametrize("cidr", ["10.20.0.0/24", "172.16.0.0/20", "100.64.0.0/16"])
def test_ranges_from_16_to_24_are_taken(cidr: str) -> None:
    assert built(lambda stack: own(stack, cidr)).one("AWS::EC2::VPC")["CidrBlock"] == cidr


def test_an_imported_network_makes_the_workloads_group_only() -> None:
    def make(stack: Stack) -> None:
        network = ImportedNetwork(
            stack, "Network", vpc_id="vpc-0123456789abcdef0", subnet_ids=["subnet-a", "subnet-b"]
        ).network
        assert (network.vpc_id, list(network.subnet_ids)) == ("vpc-0123456789abcdef0", ["subnet-a", "subnet-b"])

    found = built(make)
    assert set(found.types) == {
        "AWS::EC2::SecurityGroup",
        "AWS::EC2::SecurityGroupIngress",
        "AWS::EC2::SecurityGroupEgress",
    }
    assert found.one("AWS::EC2::SecurityGroup")["VpcId"] == "vpc-0123456789abcdef0"
    assert found.findings == ()


@pytest.mark.parametrize("subnets", [[], ["subnet-a"], ["subnet-a", "subnet-a"]])
def test_an_imported_network_needs_two_subnets(subnets: list[str]) -> None:
    message, created = refused(
        lambda stack: ImportedNetwork(stack, "Network", vpc_id="vpc-0123456789abcdef0", subnet_ids=subnets)
    )
    assert message.startswith("FND-021")
    assert created == []
