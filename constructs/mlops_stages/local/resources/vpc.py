"""EC2's network types: flow logs and security group rules, which ministack's CloudFormation lacks, and what it drops
of endpoints, VPCs and subnets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mlops_stages.local import engine
from mlops_stages.local.resources.api import ApiType, Properties, Refused, TagApi, call, given, gone
from mlops_stages.local.services import current_scope
from mlops_stages.local.services.ec2_details import details, set_endpoint

VPC = "AWS::EC2::VPC"
SUBNET = "AWS::EC2::Subnet"
ENDPOINT = "AWS::EC2::VPCEndpoint"

_FLOW_LOG = (
    "DeliverCrossAccountRole",
    "DeliverLogsPermissionArn",
    "DestinationOptions",
    "LogDestination",
    "LogDestinationType",
    "LogFormat",
    "LogGroupName",
    "MaxAggregationInterval",
    "ResourceType",
    "TrafficType",
)


def _flow_log_request(properties: Properties) -> Properties:
    to_logs = properties.get("LogDestinationType", "cloud-watch-logs") == "cloud-watch-logs"
    if to_logs and not properties.get("DeliverLogsPermissionArn"):
        raise Refused(
            "AWS::EC2::FlowLog: DeliverLogsPermissionArn can't be empty if LogDestinationType is cloud-watch-logs"
        )
    if not to_logs and not properties.get("LogDestination"):
        raise Refused("AWS::EC2::FlowLog: LogDestination can't be empty if LogDestinationType is not cloud-watch-logs")
    request = {**given(properties, *_FLOW_LOG), "ResourceIds": [properties["ResourceId"]]}
    if properties.get("Tags"):
        request["TagSpecifications"] = [{"ResourceType": "vpc-flow-log", "Tags": properties["Tags"]}]
    return request


FLOW_LOG = ApiType(
    type="AWS::EC2::FlowLog",
    service="ec2",
    properties=(*_FLOW_LOG, "ResourceId", "Tags"),
    required=("ResourceId", "ResourceType"),
    create_only=(*_FLOW_LOG, "ResourceId"),
    create="CreateFlowLogs",
    delete="DeleteFlowLogs",
    request=_flow_log_request,
    physical_id=lambda parameters, answer: answer["FlowLogIds"][0],
    identity=lambda physical_id: {"FlowLogIds": [physical_id]},
    describe=lambda physical_id: {"Id": physical_id},
    arn=lambda physical_id: physical_id,
    missing=("InvalidFlowLogId.NotFound",),
    tags=TagApi(add="CreateTags", remove="DeleteTags", arn="Resources", keys="Tags", keys_are_tags=True, listed=True),
)

TYPES = (FLOW_LOG,)


@dataclass(frozen=True, kw_only=True)
class GroupRule:
    """AWS::EC2::SecurityGroupIngress or AWS::EC2::SecurityGroupEgress: one rule of a group."""

    type: str
    authorize: str
    revoke: str
    describe_again: str
    other: str  # "Source" or "Destination": how the properties name the other side
    egress: bool

    def permission(self, properties: Properties) -> Properties:
        """The rule as the API has it; Refused when it names no other side, or several."""
        described = given(properties, "Description")
        sides: dict[str, Any] = {}
        if properties.get("CidrIp"):
            sides["IpRanges"] = [{"CidrIp": properties["CidrIp"], **described}]
        if properties.get("CidrIpv6"):
            sides["Ipv6Ranges"] = [{"CidrIpv6": properties["CidrIpv6"], **described}]
        if properties.get(f"{self.other}PrefixListId"):
            sides["PrefixListIds"] = [{"PrefixListId": properties[f"{self.other}PrefixListId"], **described}]
        if properties.get(f"{self.other}SecurityGroupId"):
            owner = (
                {"UserId": properties["SourceSecurityGroupOwnerId"]}
                if "SourceSecurityGroupOwnerId" in properties
                else {}
            )
            sides["UserIdGroupPairs"] = [{"GroupId": properties[f"{self.other}SecurityGroupId"], **owner, **described}]
        if len(sides) != 1:
            raise Refused(
                f"{self.type}: exactly one of CidrIp, CidrIpv6, {self.other}PrefixListId and {self.other}SecurityGroupId must be given"
            )
        return {**given(properties, "IpProtocol", "FromPort", "ToPort"), **sides}

    def create(self, logical_id: str, properties: Properties, stack_name: str) -> tuple[str, Properties]:
        """Authorize the rule; Refused when the group has it already, as AWS refuses."""
        del logical_id, stack_name
        if not properties.get("GroupId"):
            raise Refused(f"{self.type}: Property GroupId cannot be empty")
        request = {"GroupId": properties["GroupId"], "IpPermissions": [self.permission(properties)]}
        before = self._ids(properties["GroupId"])
        answer = call("ec2", self.authorize, request)
        id = str(answer["SecurityGroupRules"][0]["SecurityGroupRuleId"])
        if id in before:
            raise Refused(
                f"{self.type}: the specified rule already exists (Service: ec2; Error Code: InvalidPermission.Duplicate)"
            )
        return id, {"Id": id}

    def update(self, id: str, old: Properties, new: Properties, stack_name: str) -> tuple[str, Properties]:
        """Change the description in place; anything else is another rule."""
        if {**old, "Description": None} != {**new, "Description": None}:
            return self.create("", new, stack_name)
        call("ec2", self.describe_again, {"GroupId": new["GroupId"], "IpPermissions": [self.permission(new)]})
        return id, {"Id": id}

    def delete(self, id: str, properties: Properties) -> None:
        """Revoke the rule; one that is gone, with or without its group, is no fault."""
        try:
            call("ec2", self.revoke, {"GroupId": properties["GroupId"], "SecurityGroupRuleIds": [id]})
        except Refused as error:
            if not gone(
                error, "InvalidGroup.NotFound", "InvalidSecurityGroupRuleId.NotFound", "InvalidPermission.NotFound"
            ):
                raise

    def _ids(self, group: str) -> set[str]:
        found = call("ec2", "DescribeSecurityGroupRules", {"Filters": [{"Name": "group-id", "Values": [group]}]})
        return {str(rule["SecurityGroupRuleId"]) for rule in found["SecurityGroupRules"]}

    def resource_type(self) -> engine.ResourceType:
        """The handlers that CloudFormation calls."""
        return engine.ResourceType(create=self.create, update=self.update, delete=self.delete)


GROUP_RULES = (
    GroupRule(
        type="AWS::EC2::SecurityGroupIngress",
        authorize="AuthorizeSecurityGroupIngress",
        revoke="RevokeSecurityGroupIngress",
        describe_again="UpdateSecurityGroupRuleDescriptionsIngress",
        other="Source",
        egress=False,
    ),
    GroupRule(
        type="AWS::EC2::SecurityGroupEgress",
        authorize="AuthorizeSecurityGroupEgress",
        revoke="RevokeSecurityGroupEgress",
        describe_again="UpdateSecurityGroupRuleDescriptionsEgress",
        other="Destination",
        egress=True,
    ),
)


def _vpc_attributes(id: str, properties: Properties) -> Properties:
    del properties
    vpc = call("ec2", "DescribeVpcs", {"VpcIds": [id]})["Vpcs"][0]
    blocks = vpc.get("CidrBlockAssociationSet") or []
    return {
        "CidrBlock": vpc["CidrBlock"],
        "CidrBlockAssociations": [block["AssociationId"] for block in blocks],
        "Ipv6CidrBlocks": [block["Ipv6CidrBlock"] for block in vpc.get("Ipv6CidrBlockAssociationSet") or []],
    }


def _subnet_attributes(id: str, properties: Properties) -> Properties:
    subnet = call("ec2", "DescribeSubnets", {"SubnetIds": [id]})["Subnets"][0]
    return {
        "CidrBlock": subnet["CidrBlock"],
        "VpcId": subnet["VpcId"],
        "AvailabilityZoneId": subnet.get("AvailabilityZoneId", ""),
        "OutpostArn": properties.get("OutpostArn", ""),
        "Ipv6CidrBlocks": [],
    }


def _set_endpoint(id: str, properties: Properties) -> None:
    interface = properties.get("VpcEndpointType", "Gateway") == "Interface"
    wrong = ("RouteTableIds",) if interface else ("SubnetIds", "SecurityGroupIds", "PrivateDnsEnabled")
    misplaced = [name for name in wrong if properties.get(name)]
    if misplaced:
        kind = "Interface" if interface else "Gateway"
        raise Refused(f"{ENDPOINT}: {', '.join(misplaced)} cannot be set for a {kind} endpoint")
    if str(properties.get("PrivateDnsEnabled")).lower() == "true":
        _check_private_dns(id, properties)
    policy = properties.get("PolicyDocument")
    kept: dict[str, Any] = {"PrivateDnsEnabled": str(properties.get("PrivateDnsEnabled")).lower() == "true"}
    if policy:
        kept["PolicyDocument"] = policy if isinstance(policy, str) else json.dumps(policy)
    kept |= given(properties, "IpAddressType")
    groups, subnets = properties.get("SecurityGroupIds") or [], properties.get("SubnetIds") or []
    set_endpoint(details, current_scope(), id, kept, list(groups), list(subnets))


def _check_private_dns(id: str, properties: Properties) -> None:
    vpc = properties["VpcId"]
    for attribute, member in (("enableDnsSupport", "EnableDnsSupport"), ("enableDnsHostnames", "EnableDnsHostnames")):
        found = call("ec2", "DescribeVpcAttribute", {"VpcId": vpc, "Attribute": attribute})
        if not found[member]["Value"]:
            raise Refused(
                f"{ENDPOINT}: Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for {vpc}"
            )
    for other in call("ec2", "DescribeVpcEndpoints", {})["VpcEndpoints"]:
        same: Mapping[str, Any] = other
        if (
            same["VpcEndpointId"] != id
            and (same["VpcId"], same["ServiceName"]) == (vpc, properties.get("ServiceName"))
            and same.get("PrivateDnsEnabled")
        ):
            raise Refused(
                f"{ENDPOINT}: private-dns-enabled cannot be set because there is already a conflicting DNS domain for {same['ServiceName']} in the VPC {vpc}"
            )


def _endpoint_attributes(id: str, properties: Properties) -> Properties:
    kept = details.of(current_scope(), id)
    service = str(properties.get("ServiceName", "")).rpartition(".")[2]
    interface = properties.get("VpcEndpointType") == "Interface"
    zone = "Z" + id[5:].upper()
    name = f"{id}-{id[5:13]}.{service}.{engine.region()}.vpce.amazonaws.com"
    return {
        "NetworkInterfaceIds": list(kept.get("NetworkInterfaceIds", [])),
        "DnsEntries": [f"{zone}:{name}"] if interface else [],
    }


def register() -> None:
    """Add the types that are no API in another dress, and mend the others."""
    for rule in GROUP_RULES:
        engine.add_resource_type(rule.type, rule.resource_type())
    engine.mend_resource_type(VPC, attributes=_vpc_attributes)
    engine.mend_resource_type(SUBNET, attributes=_subnet_attributes)
    engine.mend_resource_type("AWS::EC2::SubnetRouteTableAssociation", attributes=lambda id, _properties: {"Id": id})
    engine.mend_resource_type("AWS::EC2::SecurityGroup", attributes=lambda id, _properties: {"Id": id})
    engine.mend_resource_type(
        ENDPOINT,
        after_create=lambda id, properties, _stack: _set_endpoint(id, properties),
        after_update=lambda id, _old, new, _stack: _set_endpoint(id, new),
        before_delete=lambda id, _properties: details.drop(current_scope(), id),
        attributes=_endpoint_attributes,
    )
