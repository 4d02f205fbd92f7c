"""AWS::EC2::SecurityGroupIngress and SecurityGroupEgress, which ministack's CloudFormation lacks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mlops_stages.local.server import engine
from mlops_stages.local.server.cloudformation.api_types import Properties, RefusedError, call, given, gone

_GONE = ("InvalidGroup.NotFound", "InvalidSecurityGroupRuleId.NotFound", "InvalidPermission.NotFound")


@dataclass(frozen=True, kw_only=True)
class GroupRule:
    """AWS::EC2::SecurityGroupIngress or AWS::EC2::SecurityGroupEgress: one rule of a group."""

    type: str
    authorize: str
    revoke: str
    other: str  # "Source" or "Destination": how the properties name the other side

    @property
    def _group(self) -> str:
        return f"{self.other}SecurityGroupId"

    def permission(self, properties: Properties) -> Properties:
        """Return the rule as the API has it; RefusedError when it names no other side, or several."""
        described = given(properties, "Description")
        sides: dict[str, Any] = {}
        if properties.get("CidrIp"):
            sides["IpRanges"] = [{"CidrIp": properties["CidrIp"], **described}]
        if properties.get("CidrIpv6"):
            sides["Ipv6Ranges"] = [{"CidrIpv6": properties["CidrIpv6"], **described}]
        prefix_list, other_group = (
            properties.get(f"{self.other}{side}") for side in ("PrefixListId", "SecurityGroupId")
        )
        if prefix_list:
            sides["PrefixListIds"] = [{"PrefixListId": prefix_list, **described}]
        if other_group:
            group = {"GroupId": other_group, **described}
            if properties.get("SourceSecurityGroupOwnerId"):
                group["UserId"] = properties["SourceSecurityGroupOwnerId"]
            sides["UserIdGroupPairs"] = [group]
        if len(sides) != 1:
            choice = f"CidrIp, CidrIpv6, {self.other}PrefixListId and {self.other}SecurityGroupId"
            raise RefusedError(f"{self.type}: exactly one of {choice} must be given")
        return {**given(properties, "IpProtocol", "FromPort", "ToPort"), **sides}

    def create(self, logical_id: str, properties: Properties, stack_name: str) -> tuple[str, Properties]:
        """Authorize the rule; RefusedError when the group has it already, as AWS refuses."""
        del logical_id, stack_name
        if not properties.get("GroupId"):
            raise RefusedError(f"{self.type}: Property GroupId cannot be empty")
        request = {"GroupId": properties["GroupId"], "IpPermissions": [self.permission(properties)]}
        before = self._ids(properties["GroupId"])
        answer = call("ec2", self.authorize, request)
        rule = str(answer["SecurityGroupRules"][0]["SecurityGroupRuleId"])
        if rule in before:
            raise RefusedError(
                f"{self.type}: the specified rule already exists (Error Code: InvalidPermission.Duplicate)"
            )
        return rule, {"Id": rule}

    def update(self, physical_id: str, old: Properties, new: Properties, stack_name: str) -> tuple[str, Properties]:
        """Change the description in place; anything else is another rule."""
        if {**old, "Description": None} != {**new, "Description": None}:
            return self.create("", new, stack_name)
        rule = {
            **given(new, "IpProtocol", "FromPort", "ToPort", "CidrIpv6", "Description"),
            **({"CidrIpv4": new["CidrIp"]} if new.get("CidrIp") else {}),
            **({"PrefixListId": new[f"{self.other}PrefixListId"]} if new.get(f"{self.other}PrefixListId") else {}),
            **({"ReferencedGroupId": new[self._group]} if new.get(self._group) else {}),
        }
        rules = [{"SecurityGroupRuleId": physical_id, "SecurityGroupRule": {"Description": "", **rule}}]
        call("ec2", "ModifySecurityGroupRules", {"GroupId": new["GroupId"], "SecurityGroupRules": rules})
        return physical_id, {"Id": physical_id}

    def delete(self, physical_id: str, properties: Properties) -> None:
        """Revoke the rule; one that is gone, with or without its group, is no fault."""
        try:
            call("ec2", self.revoke, {"GroupId": properties["GroupId"], "SecurityGroupRuleIds": [physical_id]})
        except RefusedError as error:
            if not gone(error, *_GONE):
                raise

    def _ids(self, group: str) -> set[str]:
        found = call("ec2", "DescribeSecurityGroupRules", {"Filters": [{"Name": "group-id", "Values": [group]}]})
        return {str(rule["SecurityGroupRuleId"]) for rule in found["SecurityGroupRules"]}

    def resource_type(self) -> engine.ResourceType:
        """Return the handlers that CloudFormation calls."""
        return engine.ResourceType(create=self.create, update=self.update, delete=self.delete)


RULES = (
    GroupRule(
        type="AWS::EC2::SecurityGroupIngress",
        authorize="AuthorizeSecurityGroupIngress",
        revoke="RevokeSecurityGroupIngress",
        other="Source",
    ),
    GroupRule(
        type="AWS::EC2::SecurityGroupEgress",
        authorize="AuthorizeSecurityGroupEgress",
        revoke="RevokeSecurityGroupEgress",
        other="Destination",
    ),
)


def register() -> None:
    """Add the types."""
    for rule in RULES:
        engine.add_resource_type(rule.type, rule.resource_type())
