"""EC2: ids that somebody else's network has, for what is made in the current account and region."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from mlops_stages.local.server.engine import ministack


def has_network_part(id: str) -> bool:
    """Say whether there is a VPC or a subnet of that id."""
    return id in ministack.ec2._vpcs or id in ministack.ec2._subnets


@contextmanager
def next_network_id(wanted: str) -> Generator[None]:
    """Let ministack take `wanted` as the id of the VPC or subnet that is made inside."""
    maker = f"_new_{wanted.partition('-')[0]}_id"
    original: Any = getattr(ministack.ec2, maker)
    setattr(ministack.ec2, maker, lambda: wanted)
    try:
        yield
    finally:
        setattr(ministack.ec2, maker, original)
