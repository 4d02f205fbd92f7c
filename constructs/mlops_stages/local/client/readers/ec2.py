"""Reading EC2's network types back, each kind from one listing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mlops_stages.local.client.readers.api import Api, Part, Properties, Reader, Resource, picked
from mlops_stages.local.client.readers.compare import log_group_arn, policy, tags

_Item = Mapping[str, Any]


def _lister(operation: str, items: str, id: str) -> Callable[[Api, Resource], Properties]:
    def find(api: Api, resource: Resource) -> Properties:
        return dict(api.listed("ec2", operation, items, id).get(resource.physical_id, {}))

    return find


_vpc = _lister("describe_vpcs", "Vpcs", "VpcId")
_subnet = _lister("describe_subnets", "Subnets", "SubnetId")
_route_table = _lister("describe_route_tables", "RouteTables", "RouteTableId")
_found_endpoint = _lister("describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointId")
_found_flow_log = _lister("describe_flow_logs", "FlowLogs", "FlowLogId")
_found_group = _lister("describe_security_groups", "SecurityGroups", "GroupId")
_found_rule = _lister("describe_security_group_rules", "SecurityGroupRules", "SecurityGroupRuleId")


def _dns(api: Api, resource: Resource) -> Properties:
    found: Properties = {}
    for attribute, name in (("enableDnsSupport", "EnableDnsSupport"), ("enableDnsHostnames", "EnableDnsHostnames")):
        answer = api.call("ec2", "describe_vpc_attribute", VpcId=resource.physical_id, Attribute=attribute)
        found[name] = answer[name]["Value"]
    return found


def _association(api: Api, resource: Resource) -> Properties:
    for table in api.listed("ec2", "describe_route_tables", "RouteTables", "RouteTableId").values():
        for item in table.get("Associations") or ():
            if item["RouteTableAssociationId"] == resource.physical_id:
                return picked(item, "RouteTableId", "SubnetId")
    return {}


def _endpoint(api: Api, resource: Resource) -> Properties:
    found = _found_endpoint(api, resource)
    groups: list[_Item] = found.get("Groups") or []
    return {**found, "SecurityGroupIds": [group["GroupId"] for group in groups]}


def _flow_log(api: Api, resource: Resource) -> Properties:
    found = _found_flow_log(api, resource)
    kinds = {"vpc": "VPC", "subnet": "Subnet", "eni": "NetworkInterface", "tgw": "TransitGateway"}
    kind = kinds.get(str(found.get("ResourceId", "")).partition("-")[0])
    return {**found, **({"ResourceType": kind} if kind else {})}


def _group(api: Api, resource: Resource) -> Properties:
    found = _found_group(api, resource)
    return {
        **picked(found, "GroupName", "VpcId", "Tags"),
        **({"GroupDescription": found["Description"]} if "Description" in found else {}),
        "SecurityGroupIngress": _rules(found.get("IpPermissions") or [], "Source"),
        "SecurityGroupEgress": _rules(found.get("IpPermissionsEgress") or [], "Destination"),
    }


def _rules(permissions: list[_Item], side: str) -> list[Properties]:
    """Return permissions as a template has them: one rule for each other side."""
    rules: list[Properties] = []
    for permission in permissions:
        ports = picked(permission, "IpProtocol", "FromPort", "ToPort")
        for member, of, to in (
            ("IpRanges", "CidrIp", "CidrIp"),
            ("Ipv6Ranges", "CidrIpv6", "CidrIpv6"),
            ("PrefixListIds", "PrefixListId", f"{side}PrefixListId"),
            ("UserIdGroupPairs", "GroupId", f"{side}SecurityGroupId"),
        ):
            rules.extend(
                {**ports, to: item.get(of), **picked(item, "Description")} for item in permission.get(member) or ()
            )
    return rules


def _rule(side: str) -> Callable[[Api, Resource], Properties]:
    def read(api: Api, resource: Resource) -> Properties:
        found = _found_rule(api, resource)
        group: _Item = found.get("ReferencedGroupInfo") or {}
        return {
            **picked(found, "GroupId", "IpProtocol", "FromPort", "ToPort", "Description"),
            **({"CidrIp": found["CidrIpv4"]} if "CidrIpv4" in found else {}),
            **({"CidrIpv6": found["CidrIpv6"]} if "CidrIpv6" in found else {}),
            **({f"{side}PrefixListId": found["PrefixListId"]} if "PrefixListId" in found else {}),
            **({f"{side}SecurityGroupId": group["GroupId"]} if "GroupId" in group else {}),
            **({f"{side}SecurityGroupOwnerId": group["UserId"]} if "UserId" in group else {}),
        }

    return read


_RULE = ("GroupId", "IpProtocol", "FromPort", "ToPort", "CidrIp", "CidrIpv6", "Description")

READERS = (
    Reader(
        type="AWS::EC2::VPC",
        parts=(
            Part(properties=("CidrBlock", "InstanceTenancy", "Tags"), read=_vpc),
            Part(properties=("EnableDnsSupport", "EnableDnsHostnames"), read=_dns),
        ),
        canonical={"Tags": tags},
    ),
    Reader(
        type="AWS::EC2::Subnet",
        parts=(
            Part(
                properties=(
                    "VpcId",
                    "CidrBlock",
                    "AvailabilityZone",
                    "AvailabilityZoneId",
                    "MapPublicIpOnLaunch",
                    "PrivateDnsNameOptionsOnLaunch",
                    "EnableDns64",
                    "AssignIpv6AddressOnCreation",
                    "Tags",
                ),
                read=_subnet,
            ),
        ),
        canonical={"Tags": tags},
    ),
    Reader(
        type="AWS::EC2::RouteTable",
        parts=(Part(properties=("VpcId", "Tags"), read=_route_table),),
        canonical={"Tags": tags},
    ),
    Reader(
        type="AWS::EC2::SubnetRouteTableAssociation",
        parts=(Part(properties=("RouteTableId", "SubnetId"), read=_association),),
    ),
    Reader(
        type="AWS::EC2::VPCEndpoint",
        parts=(
            Part(
                properties=(
                    "VpcId",
                    "ServiceName",
                    "VpcEndpointType",
                    "SubnetIds",
                    "RouteTableIds",
                    "SecurityGroupIds",
                    "PrivateDnsEnabled",
                    "PolicyDocument",
                    "IpAddressType",
                    "DnsOptions",
                    "Tags",
                ),
                read=_endpoint,
            ),
        ),
        canonical={"PolicyDocument": policy, "Tags": tags},
    ),
    Reader(
        type="AWS::EC2::SecurityGroup",
        parts=(
            Part(
                properties=(
                    "GroupName",
                    "GroupDescription",
                    "VpcId",
                    "SecurityGroupIngress",
                    "SecurityGroupEgress",
                    "Tags",
                ),
                read=_group,
            ),
        ),
        canonical={"Tags": tags},
    ),
    Reader(
        type="AWS::EC2::SecurityGroupIngress",
        parts=(
            Part(
                properties=(*_RULE, "SourcePrefixListId", "SourceSecurityGroupId", "SourceSecurityGroupOwnerId"),
                read=_rule("Source"),
            ),
        ),
    ),
    Reader(
        type="AWS::EC2::SecurityGroupEgress",
        parts=(
            Part(
                properties=(*_RULE, "DestinationPrefixListId", "DestinationSecurityGroupId"),
                read=_rule("Destination"),
            ),
        ),
    ),
    Reader(
        type="AWS::EC2::FlowLog",
        parts=(
            Part(
                properties=(
                    "ResourceId",
                    "ResourceType",
                    "TrafficType",
                    "LogDestination",
                    "LogDestinationType",
                    "LogGroupName",
                    "LogFormat",
                    "DeliverLogsPermissionArn",
                    "DeliverCrossAccountRole",
                    "DestinationOptions",
                    "MaxAggregationInterval",
                    "Tags",
                ),
                read=_flow_log,
            ),
        ),
        canonical={"LogDestination": log_group_arn, "Tags": tags},
    ),
)
