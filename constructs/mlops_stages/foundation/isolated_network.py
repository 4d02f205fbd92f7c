"""A VPC without a way to the internet, or one that exists already."""

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import Fn, Token
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from mlops_stages.foundation.acknowledge import acknowledge
from mlops_stages.foundation.customer_managed_key import CustomerManagedKey
from mlops_stages.foundation.flow_log import FlowLog
from mlops_stages.foundation.perimeter import Perimeter
from mlops_stages.foundation.private_endpoints import PrivateEndpoints
from mlops_stages.foundation.workload_security_group import WorkloadSecurityGroup

FEWEST_ZONES = 2
# Prefix lengths: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html
LARGEST_VPC, SMALLEST_SUBNET = 16, 28
DEFAULT_GROUP_REASON = (
    "CloudFormation cannot close a VPC's default security group without a custom resource, and this toolkit uses none. "
    "Nothing is attached to it: every interface here names its group."
)


@dataclass(frozen=True, kw_only=True)
class Network:
    """Where SageMaker apps and jobs run; owned and imported networks look alike."""

    vpc_id: str
    subnet_ids: Sequence[str]
    workload_security_group_id: str


class IsolatedNetwork(Construct):
    """A VPC with private subnets only: no internet gateway, no NAT, no default route.

    AWS is reached through endpoints, each narrowed to the given actions of this account's principals on the platform's
    resources. All traffic is recorded in flow logs.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/infrastructure-give-access.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        cidr: str,
        availability_zones: int | None = None,
        zones: Sequence[str] | None = None,
        tracking_service: str | None = None,
        perimeter: Perimeter,
        endpoint_actions: Sequence[str],
        flow_log_key: CustomerManagedKey,
        permissions_boundary_arn: str,
    ) -> None:
        """Create the network.

        Args:
            scope: the parent.
            id: the construct's id in it.
            cidr: IPv4 range of the VPC, /16 to /24.
            availability_zones: number of subnets, each in a zone of its own, the account's first ones; 2 if not given.
            zones: the zones themselves, by name or by id, instead of their number.
            tracking_service: the endpoint service of MLflow apps, where it is not `aws.sagemaker.REGION.experiments`.
            perimeter: the account whose principals pass the endpoints, and the accounts whose resources do.
            endpoint_actions: the IAM actions that pass; an endpoint for which none is given is not created.
            flow_log_key: encrypts the flow logs; its policy must hold `logs_may_encrypt`.
            permissions_boundary_arn: for the role that writes the flow logs.

        Raises:
            ValueError: `FND-020` for a range that cannot be split into that many subnets; `FND-022` for zones that are
                counted and named, are one text, or are named twice.
        """
        count = _count(id, availability_zones, zones)
        blocks = _split(id, cidr, count)
        super().__init__(scope, id)
        vpc = ec2.CfnVPC(self, "Vpc", cidr_block=cidr, enable_dns_hostnames=True, enable_dns_support=True)
        acknowledge(vpc, "VPCDefaultSecurityGroupClosed", DEFAULT_GROUP_REASON)
        routes = ec2.CfnRouteTable(self, "Routes", vpc_id=vpc.ref)
        subnets = [
            self._subnet(vpc.ref, number, block, routes, None if zones is None else zones[number])
            for number, block in enumerate(blocks)
        ]
        workload = WorkloadSecurityGroup(self, "Workload", vpc_id=vpc.ref)
        PrivateEndpoints(
            self,
            "Endpoints",
            vpc_id=vpc.ref,
            cidr=cidr,
            subnet_ids=subnets,
            route_table_ids=[routes.ref],
            perimeter=perimeter,
            actions=endpoint_actions,
            tracking_service=tracking_service,
        )
        FlowLog(
            self,
            "FlowLog",
            perimeter=perimeter,
            vpc_id=vpc.ref,
            key=flow_log_key,
            permissions_boundary_arn=permissions_boundary_arn,
        )
        self.network = Network(vpc_id=vpc.ref, subnet_ids=subnets, workload_security_group_id=workload.group_id)
        """What SageMaker is told."""

    def _subnet(self, vpc_id: str, number: int, block: str, routes: ec2.CfnRouteTable, zone: str | None) -> str:
        by_id = zone is not None and re.search(r"-az\d+$", zone) is not None
        subnet = ec2.CfnSubnet(
            self,
            f"Subnet{number}",
            vpc_id=vpc_id,
            cidr_block=block,
            availability_zone=None if by_id else zone if zone is not None else Fn.select(number, Fn.get_azs()),
            availability_zone_id=zone if by_id else None,
            map_public_ip_on_launch=False,
        )
        ec2.CfnSubnetRouteTableAssociation(
            self, f"Subnet{number}Routes", subnet_id=subnet.ref, route_table_id=routes.ref
        )
        return subnet.ref


class ImportedNetwork(Construct):
    """A VPC that a network team owns, with its endpoints, routes and flow logs; only the workloads' group is ours."""

    def __init__(self, scope: Construct, id: str, *, vpc_id: str, subnet_ids: Sequence[str]) -> None:
        """Create the workloads' security group in an existing VPC.

        Args:
            scope: the parent.
            id: the construct's id in it.
            vpc_id: the VPC.
            subnet_ids: private subnets in at least two zones.

        Raises:
            ValueError: `FND-021` for fewer than two subnets.
        """
        if len(set(subnet_ids)) < FEWEST_ZONES and not Token.is_unresolved(subnet_ids):
            message = f"FND-021: {id}: an imported network needs subnets in two zones, got {len(set(subnet_ids))}"
            raise ValueError(message)
        super().__init__(scope, id)
        workload = WorkloadSecurityGroup(self, "Workload", vpc_id=vpc_id)
        self.network = Network(vpc_id=vpc_id, subnet_ids=list(subnet_ids), workload_security_group_id=workload.group_id)
        """What SageMaker is told."""


def _count(id: str, count: int | None, zones: Sequence[str] | None) -> int:
    if zones is None:
        return count if count is not None else FEWEST_ZONES
    if count is not None or isinstance(zones, str) or len(set(zones)) < len(zones):
        message = f"FND-022: {id}: zones {zones!r} do not fit; give their number, or a list of different zones"
        raise ValueError(message)
    return len(zones)


def _split(id: str, cidr: str, zones: int) -> list[str]:
    try:
        whole = ipaddress.IPv4Network(cidr)
    except ValueError as error:
        message = f"FND-020: {id}: {cidr!r} is not an IPv4 range; write one such as 10.20.0.0/16"
        raise ValueError(message) from error
    # At least four blocks, so that a third zone can be added later without renumbering the first two.
    bits = max(2, (zones - 1).bit_length())
    if zones < FEWEST_ZONES or whole.prefixlen < LARGEST_VPC or whole.prefixlen + bits > SMALLEST_SUBNET:
        message = f"FND-020: {id}: {cidr} cannot hold {zones} subnets; give at least 2 zones and a range of /16 to /24"
        raise ValueError(message)
    blocks = whole.subnets(prefixlen_diff=bits)
    return [str(next(blocks)) for _ in range(zones)]
