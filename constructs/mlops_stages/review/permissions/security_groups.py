"""What the rules of security groups let through.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-securitygroup.html
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from mlops_stages.review.permissions.texts import Texts

_ANY, _WITH_PORTS = "-1", ("tcp", "udp", "6", "17")
_EVERYWHERE = ({"IpProtocol": _ANY, "CidrIp": "0.0.0.0/0"}, {"IpProtocol": _ANY, "CidrIpv6": "::/0"})
"""What a security group lets out that says nothing of it."""


@dataclass(frozen=True)
class Rule:
    """A rule of a security group."""

    direction: str
    protocol: str
    first: int
    last: int
    peer: str

    def covers(self, other: Rule) -> bool:
        """Whether whatever passes by the other passes by this one."""
        return (
            self.direction == other.direction
            and _peer(self.peer, other.peer)
            and (self.protocol == _ANY or (self.protocol == other.protocol and self._has_ports_of(other)))
        )

    def _has_ports_of(self, other: Rule) -> bool:
        # Only of TCP and UDP are the two a range: of ICMP they are a type and a code.
        if self.protocol in _WITH_PORTS:
            return self.first <= other.first and other.last <= self.last
        return (self.first, self.last) == (other.first, other.last)

    def says(self) -> str:
        """The rule in words."""
        ports = "all" if self.protocol == _ANY else f"{self.first} to {self.last}"
        return f"{self.direction}: protocol {self.protocol}, ports {ports}, {self.peer}"


def _peer(wide: str, narrow: str) -> bool:
    if wide == narrow:
        return True
    try:
        return ipaddress.ip_network(narrow).subnet_of(cast("Any", ipaddress.ip_network(wide)))
    except (TypeError, ValueError):
        return False


def rules_in(group: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    """The rules that stand in a security group's own properties, each with its direction."""
    for direction, unsaid in (("Ingress", ()), ("Egress", _EVERYWHERE)):
        listed: object = group.get(f"SecurityGroup{direction}", [*unsaid])
        for rule in cast("list[object]", listed) if isinstance(listed, list) else [listed]:
            yield direction, rule


def group_named_by(value: object) -> str | None:
    """The logical id of the group that a rule's `GroupId` is an attribute of; None where it is no attribute."""
    attribute: object = cast("dict[str, object]", value).get("Fn::GetAtt") if isinstance(value, dict) else None
    if isinstance(attribute, str):
        return attribute.split(".")[0]
    parts = cast("list[object]", attribute) if isinstance(attribute, list) else []
    return parts[0] if parts and isinstance(parts[0], str) else None


def rules_of(direction: str, rule: object, texts: Texts) -> list[Rule]:
    """A rule as written, once for each peer that it names; none where it cannot be read."""
    body = cast("dict[str, Any]", rule) if isinstance(rule, dict) else {}
    first, last = body.get("FromPort", 0), body.get("ToPort", 65535)
    if not (isinstance(first, int) and isinstance(last, int)):
        return []
    protocol = texts.of(body.get("IpProtocol", _ANY)).lower()
    return [
        Rule(direction, protocol, first, last, texts.of(peer))
        for name, peer in body.items()
        if name.startswith(("Cidr", "Source", "Destination")) and name != "SourceSecurityGroupOwnerId"
    ]
