"""The network that people and jobs work in: one made for them, or one that exists."""

from typing import Annotated

from pydantic import Discriminator, Field, Tag

from mlops_stages.platform.section import Section
from mlops_stages.platform.text import PrivateRange, RouteTableId, SubnetId, VpcId, VpcRange


class OwnNetwork(Section):
    """A VPC that the platform makes: without any route to the internet, with endpoints for what AWS work needs."""

    cidr: PrivateRange = Field(
        default="10.20.0.0/16",
        description="Its range: private IPv4 (RFC 1918 or RFC 6598), /16 to /24; no other network of yours has it.",
        examples=["10.20.0.0/16"],
    )
    availability_zones: int = Field(
        default=2, ge=2, le=3, description="In how many zones it has a subnet, 2 or 3.", examples=[2]
    )


class ImportedNetwork(Section):
    """A VPC that the network team gives, without a route to the internet; its endpoints are the network team's."""

    vpc_id: VpcId = Field(description="The VPC.", examples=["vpc-0123456789abcdef0"])
    subnet_ids: tuple[SubnetId, ...] = Field(
        min_length=2,
        max_length=16,
        description="Its private subnets to work in, 2 to 16, in different zones.",
        examples=[["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]],
    )
    route_table_ids: tuple[RouteTableId, ...] = Field(
        default=(), description="The route tables of those subnets.", examples=[["rtb-0123456789abcdef0"]]
    )
    cidr: VpcRange = Field(description="The VPC's range; traffic stays within it.", examples=["10.20.0.0/16"])


OWN = "own network"
IMPORTED = "imported network"


def _which(value: object) -> str:
    if isinstance(value, dict):
        return IMPORTED if {"vpc_id", "subnet_ids", "route_table_ids"} & value.keys() else OWN
    return IMPORTED if isinstance(value, ImportedNetwork) else OWN


Network = Annotated[
    Annotated[OwnNetwork, Tag(OWN)] | Annotated[ImportedNetwork, Tag(IMPORTED)],
    Discriminator(_which),
]
