"""VPCs, subnets and endpoints: the attributes that templates read, and what ministack drops of endpoints."""

from __future__ import annotations

import json
from typing import Any

from mlops_stages.local.json_values import listed
from mlops_stages.local.server import engine
from mlops_stages.local.server.api.records import current_scope
from mlops_stages.local.server.cloudformation.api_types import Properties, RefusedError, call, given
from mlops_stages.local.server.ec2.details import details, set_endpoint

VPC = "AWS::EC2::VPC"
SUBNET = "AWS::EC2::Subnet"
ENDPOINT = "AWS::EC2::VPCEndpoint"


def _vpc_attributes(vpc_id: str, properties: Properties) -> Properties:
    del properties
    vpc = call("ec2", "DescribeVpcs", {"VpcIds": [vpc_id]})["Vpcs"][0]
    return {
        "CidrBlock": vpc["CidrBlock"],
        "CidrBlockAssociations": [block["AssociationId"] for block in listed(vpc.get("CidrBlockAssociationSet"))],
        "Ipv6CidrBlocks": [block["Ipv6CidrBlock"] for block in listed(vpc.get("Ipv6CidrBlockAssociationSet"))],
    }


def _subnet_attributes(subnet_id: str, properties: Properties) -> Properties:
    subnet = call("ec2", "DescribeSubnets", {"SubnetIds": [subnet_id]})["Subnets"][0]
    return {
        "CidrBlock": subnet["CidrBlock"],
        "VpcId": subnet["VpcId"],
        "AvailabilityZoneId": subnet.get("AvailabilityZoneId", ""),
        "OutpostArn": properties.get("OutpostArn", ""),
        "Ipv6CidrBlocks": [],
    }


def _set_endpoint(endpoint: str, properties: Properties) -> None:
    interface = properties.get("VpcEndpointType", "Gateway") == "Interface"
    wrong = ("RouteTableIds",) if interface else ("SubnetIds", "SecurityGroupIds", "PrivateDnsEnabled")
    misplaced = [name for name in wrong if properties.get(name)]
    if misplaced:
        kind = "Interface" if interface else "Gateway"
        raise RefusedError(f"{ENDPOINT}: {', '.join(misplaced)} cannot be set for a {kind} endpoint")
    if str(properties.get("PrivateDnsEnabled")).lower() == "true":
        _check_private_dns(endpoint, properties)
    policy = properties.get("PolicyDocument")
    kept: dict[str, Any] = {"PrivateDnsEnabled": str(properties.get("PrivateDnsEnabled")).lower() == "true"}
    if policy:
        kept["PolicyDocument"] = policy if isinstance(policy, str) else json.dumps(policy)
    kept |= given(properties, "IpAddressType")
    groups, subnets = listed(properties.get("SecurityGroupIds")), listed(properties.get("SubnetIds"))
    set_endpoint(details, current_scope(), endpoint, kept, groups, subnets)


def _check_private_dns(endpoint: str, properties: Properties) -> None:
    vpc = properties["VpcId"]
    for attribute, member in (("enableDnsSupport", "EnableDnsSupport"), ("enableDnsHostnames", "EnableDnsHostnames")):
        found = call("ec2", "DescribeVpcAttribute", {"VpcId": vpc, "Attribute": attribute})
        if not found[member]["Value"]:
            needs = "enableDnsSupport and enableDnsHostnames VPC attributes set to true"
            raise RefusedError(f"{ENDPOINT}: Enabling private DNS requires both {needs} for {vpc}")
    service = properties.get("ServiceName")
    for other in call("ec2", "DescribeVpcEndpoints", {})["VpcEndpoints"]:
        same = (other["VpcId"], other["ServiceName"]) == (vpc, service) and other["VpcEndpointId"] != endpoint
        if same and details.of(current_scope(), other["VpcEndpointId"]).get("PrivateDnsEnabled"):
            taken = f"there is already a conflicting DNS domain for {service} in the VPC {vpc}"
            raise RefusedError(f"{ENDPOINT}: private-dns-enabled cannot be set because {taken}")


def _endpoint_attributes(endpoint: str, properties: Properties) -> Properties:
    kept = details.of(current_scope(), endpoint)
    service = str(properties.get("ServiceName", "")).rpartition(".")[2]
    interface = properties.get("VpcEndpointType") == "Interface"
    zone = "Z" + endpoint[5:].upper()
    name = f"{endpoint}-{endpoint[5:13]}.{service}.{engine.region()}.vpce.amazonaws.com"
    return {
        "NetworkInterfaceIds": list(kept.get("NetworkInterfaceIds", [])),
        "DnsEntries": [f"{zone}:{name}"] if interface else [],
    }


def register() -> None:
    """Mend the types."""
    engine.mend_resource_type(VPC, attributes=_vpc_attributes)
    engine.mend_resource_type(SUBNET, attributes=_subnet_attributes)
    engine.mend_resource_type(
        "AWS::EC2::SubnetRouteTableAssociation", attributes=lambda physical_id, _properties: {"Id": physical_id}
    )
    engine.mend_resource_type(
        "AWS::EC2::SecurityGroup", attributes=lambda physical_id, _properties: {"Id": physical_id}
    )
    engine.mend_resource_type(
        ENDPOINT,
        after_create=lambda physical_id, properties, _stack: _set_endpoint(physical_id, properties),
        after_update=lambda physical_id, _old, new, _stack: _set_endpoint(physical_id, new),
        before_delete=lambda physical_id, _properties: details.drop(current_scope(), physical_id),
        attributes=_endpoint_attributes,
    )
