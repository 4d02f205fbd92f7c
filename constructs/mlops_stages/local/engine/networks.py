"""EC2: a VPC and subnets under ids that somebody else's network has."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from mlops_stages.local.engine import ministack, services


def add_vpc(vpc_id: str, cidr: str) -> None:
    """Make a VPC of that id in the current account and region, unless it is there."""
    if vpc_id not in ministack.ec2._vpcs:
        with _next_id("_new_vpc_id", vpc_id):
            services.call("ec2", "create_vpc", CidrBlock=cidr)


def add_subnet(subnet_id: str, vpc_id: str, cidr: str, zone: str) -> None:
    """Make a subnet of that id, unless it is there."""
    if subnet_id not in ministack.ec2._subnets:
        with _next_id("_new_subnet_id", subnet_id):
            services.call("ec2", "create_subnet", VpcId=vpc_id, CidrBlock=cidr, AvailabilityZone=zone)


@contextmanager
def _next_id(maker: str, wanted: str) -> Generator[None]:
    """Let ministack take `wanted` as the id of what it makes inside."""
    original: Any = getattr(ministack.ec2, maker)
    setattr(ministack.ec2, maker, lambda: wanted)
    try:
        yield
    finally:
        setattr(ministack.ec2, maker, original)
