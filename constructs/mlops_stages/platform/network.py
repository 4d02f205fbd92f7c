"""The network that people and jobs work in: one made for them, or one that exists."""

import ipaddress
from typing import Annotated

from pydantic import Discriminator, Field, Tag

from mlops_stages.platform.errors import shown
from mlops_stages.platform.section import Section
from mlops_stages.platform.text import Text, fault


def _is_private_range(value: str) -> None:
    fix = "Write a private range of /16 to /24, such as '10.20.0.0/16'."
    network = _ipv4(value, fix)
    if not any(network.subnet_of(private) for private in _PRIVATE):
        raise fault("PLT-213", f"{shown(value)} is not in a private range (RFC 1918, RFC 6598).", fix)
    if not 16 <= network.prefixlen <= 24:
        raise fault("PLT-213", f"{shown(value)} has a size of /{network.prefixlen}.", fix)
    if network.overlaps(_TAKEN_BY_DOCKER):
        raise fault("PLT-213", f"{shown(value)} overlaps {_TAKEN_BY_DOCKER}, which SageMaker itself uses.", fix)


def _ipv4(value: str, fix: str) -> ipaddress.IPv4Network:
    try:
        return ipaddress.IPv4Network(value)
    except ValueError:
        pass
    try:
        right = ipaddress.IPv4Network(value, strict=False)
    except ValueError:
        raise fault("PLT-213", f"{shown(value)} is no IPv4 network.", fix) from None
    raise fault("PLT-213", f"{shown(value)} names an address inside a network.", f"Write '{right}'.")


_PRIVATE = tuple(
    ipaddress.IPv4Network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")
)
# https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html: SageMaker and Cloud9 use it themselves
_TAKEN_BY_DOCKER = ipaddress.IPv4Network("172.17.0.0/16")

_RANGE = r"[0-9]{1,3}(\.[0-9]{1,3}){3}/[0-9]{1,2}"
DEFAULT_ZONES = 2
ZONE_NAME = r"[a-z]{2,4}(-[a-z]{2,10}){1,3}-[0-9]{1,2}[a-z]"
ZONE_ID = r"[a-z]{2,10}[0-9]{1,2}-az[0-9]{1,2}"
_ID = r"-([0-9a-f]{8}|[0-9a-f]{17})"


PrivateRange = Annotated[
    str,
    Text(
        code="PLT-213",
        noun="an IPv4 network",
        rule="a private range of /16 to /24",
        pattern=_RANGE,
        example="10.20.0.0/16",
        test=_is_private_range,
    ),
]
VpcId = Annotated[
    str,
    Text("PLT-214", "the id of a VPC", "`vpc-` and 8 or 17 of 0-9 and a-f", rf"vpc{_ID}", "vpc-0123456789abcdef0"),
]
SubnetId = Annotated[
    str,
    Text(
        "PLT-214",
        "the id of a subnet",
        "`subnet-` and 8 or 17 of 0-9 and a-f",
        rf"subnet{_ID}",
        "subnet-0123456789abcdef0",
    ),
]


Zone = Annotated[
    str,
    Text(
        "PLT-330",
        "the name or id of an availability zone",
        "its name, as `eu-west-1a`, or its id, as `euw1-az1`",
        rf"{ZONE_NAME}|{ZONE_ID}",
        "euw1-az1",
    ),
]


class OwnNetwork(Section):
    """A VPC that the platform makes: without any route to the internet, with endpoints for what AWS work needs."""

    cidr: PrivateRange = Field(
        default="10.20.0.0/16",
        description="Its range: private IPv4 (RFC 1918 or RFC 6598), /16 to /24; no other network of yours has it. "
        "Chosen once: AWS refuses another while stacks of teams use the network ([how to change "
        "it](network-and-costs.md#another-range)).",
        examples=["10.20.0.0/16"],
    )
    availability_zones: int | None = Field(
        default=None,
        ge=2,
        le=3,
        description="In how many zones it has a subnet, 2 or 3: the account's first ones. Left out: 2, or as many as "
        "`zones` names.",
        examples=[2],
    )
    zones: tuple[Zone, ...] | None = Field(
        default=None,
        min_length=2,
        max_length=3,
        description="The zones themselves, 2 or 3, all by name or all by id, instead of `availability_zones`: not "
        "every zone has every endpoint service ([how to see](network-and-costs.md#the-zones)). Choose before the first "
        "deploy: a subnet does not move.",
        examples=[["euw1-az1", "euw1-az2"]],
    )

    @property
    def zone_count(self) -> int:
        """In how many zones it has a subnet."""
        if self.zones is not None:
            return len(self.zones)
        return self.availability_zones if self.availability_zones is not None else DEFAULT_ZONES


class ImportedNetwork(Section):
    """A VPC that the network team gives, without a route to the internet; its endpoints are the network team's."""

    vpc_id: VpcId = Field(description="The VPC.", examples=["vpc-0123456789abcdef0"])
    subnet_ids: tuple[SubnetId, ...] = Field(
        min_length=2,
        max_length=16,
        description="Its private subnets to work in, 2 to 16, in different zones.",
        examples=[["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]],
    )


OWN = "own network"
IMPORTED = "imported network"
SIGNS_OF_IMPORT = frozenset({"vpc_id", "subnet_ids"})
"""The keys by which a network is known to be one that exists."""


def _which(value: object) -> str:
    if isinstance(value, dict):
        return IMPORTED if SIGNS_OF_IMPORT & value.keys() else OWN
    return IMPORTED if isinstance(value, ImportedNetwork) else OWN


Network = Annotated[
    Annotated[OwnNetwork, Tag(OWN)] | Annotated[ImportedNetwork, Tag(IMPORTED)],
    Discriminator(_which),
]


class Networks(Section):
    """The networks of accounts where theirs is another than that of experimentation."""

    development: Network | None = Field(
        default=None,
        description="The network that pipelines run in. Left out: one of its own, with the range and zones of "
        "`network` where that is an own one too.",
        examples=[{"cidr": "10.21.0.0/16", "availability_zones": 2}],
    )
    data: Network | None = Field(
        default=None,
        description="The network that data jobs run in. Left out: as for development.",
        examples=[{"cidr": "10.22.0.0/16", "availability_zones": 2}],
    )
    staging: Network | None = Field(
        default=None,
        description="The network in which versions are tried. Left out: as for development.",
        examples=[{"cidr": "10.23.0.0/16", "availability_zones": 2}],
    )
    production: Network | None = Field(
        default=None,
        description="The network in which models serve. Left out: as for development.",
        examples=[{"cidr": "10.24.0.0/16", "availability_zones": 3}],
    )
