"""EC2's network types through CloudFormation."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.local.clients import REGION, LocalAws
from tests.local.stacks import RefusedStackError, Stack, Value, att, changed, network, ref, resource, role, trust

POLICY: dict[str, Value] = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sagemaker:*", "Resource": "*"}],
}
SERVICE = f"com.amazonaws.{REGION}.sagemaker.api"


@pytest.fixture
def stack(local_aws: LocalAws, account: str) -> Stack:
    return Stack(local_aws, account)


def with_endpoint(**more: Value) -> dict[str, Any]:
    given = {
        "VpcId": ref("Vpc"),
        "ServiceName": SERVICE,
        "VpcEndpointType": "Interface",
        "SubnetIds": [ref("Subnet")],
        "SecurityGroupIds": [ref("Group")],
        "PrivateDnsEnabled": True,
        "PolicyDocument": POLICY,
        **more,
    }
    return {**network(), "Endpoint": resource("AWS::EC2::VPCEndpoint", **given)}


def endpoint(stack: Stack) -> dict[str, Any]:
    ids = [stack.id_of("Endpoint")]
    found: dict[str, Any] = stack.client("ec2").describe_vpc_endpoints(VpcEndpointIds=ids)["VpcEndpoints"][0]
    return found


def test_an_endpoint_keeps_policy_groups_and_private_names(stack: Stack) -> None:
    out = stack.create(
        with_endpoint(), Group=ref("Group"), Eni={"Fn::Select": [0, att("Endpoint", "NetworkInterfaceIds")]}
    )
    found = endpoint(stack)
    assert json.loads(found["PolicyDocument"]) == POLICY
    assert [group["GroupId"] for group in found["Groups"]] == [out["Group"]]
    assert found["PrivateDnsEnabled"] is True
    assert found["NetworkInterfaceIds"] == [out["Eni"]]


def test_an_endpoints_policy_changes_in_place_and_falls_back_to_the_open_one(stack: Stack) -> None:
    resources = with_endpoint()
    stack.create(resources)
    before = stack.id_of("Endpoint")
    narrowed: dict[str, Value] = {
        **POLICY,
        "Statement": [{**POLICY["Statement"][0], "Action": "sagemaker:CreateTrainingJob"}],
    }
    stack.update(changed(resources, "Endpoint", PolicyDocument=narrowed, PrivateDnsEnabled=False))
    assert (stack.id_of("Endpoint"), json.loads(endpoint(stack)["PolicyDocument"])) == (before, narrowed)
    assert endpoint(stack)["PrivateDnsEnabled"] is False
    stack.update(changed(resources, "Endpoint", PolicyDocument=None))
    assert json.loads(endpoint(stack)["PolicyDocument"])["Statement"][0]["Action"] == "*"


def test_an_endpoint_that_the_api_changes_is_described_so(stack: Stack) -> None:
    stack.create(with_endpoint())
    ec2, changing = stack.client("ec2"), stack.id_of("Endpoint")
    other = ec2.create_security_group(GroupName="other", Description="x", VpcId=stack.id_of("Vpc"))["GroupId"]
    ec2.modify_vpc_endpoint(
        VpcEndpointId=changing,
        AddSecurityGroupIds=[other],
        RemoveSecurityGroupIds=[stack.id_of("Group")],
        PrivateDnsEnabled=False,
        ResetPolicy=True,
    )
    found = endpoint(stack)
    assert [group["GroupId"] for group in found["Groups"]] == [other]
    assert found["PrivateDnsEnabled"] is False
    assert json.loads(found["PolicyDocument"])["Statement"][0]["Action"] == "*"


def test_an_endpoint_made_by_the_api_is_described_as_it_was_made(stack: Stack) -> None:
    stack.create(network())
    ec2, group = stack.client("ec2"), stack.id_of("Group")
    made = ec2.create_vpc_endpoint(
        VpcId=stack.id_of("Vpc"),
        ServiceName=SERVICE,
        VpcEndpointType="Interface",
        SubnetIds=[stack.id_of("Subnet")],
        SecurityGroupIds=[group],
        PolicyDocument=json.dumps(POLICY),
    )["VpcEndpoint"]["VpcEndpointId"]
    found = ec2.describe_vpc_endpoints(VpcEndpointIds=[made])["VpcEndpoints"][0]
    assert json.loads(found["PolicyDocument"]) == POLICY
    assert [item["GroupId"] for item in found["Groups"]] == [group]


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        ({"VpcEndpointType": "Gateway"}, "SubnetIds, SecurityGroupIds, PrivateDnsEnabled"),
        ({"RouteTableIds": ["rtb-1"]}, "RouteTableIds"),
    ],
)
def test_an_endpoint_that_mixes_its_kinds_is_refused(stack: Stack, properties: dict[str, Any], reason: str) -> None:
    with pytest.raises(RefusedStackError, match=reason):
        stack.create(with_endpoint(**properties))


def test_private_names_need_the_networks_dns(stack: Stack) -> None:
    with pytest.raises(RefusedStackError, match="enableDnsHostnames"):
        stack.create(changed(with_endpoint(), "Vpc", EnableDnsHostnames=False))


def test_two_endpoints_of_one_service_cannot_both_have_private_names(stack: Stack) -> None:
    resources = with_endpoint()
    with pytest.raises(RefusedStackError, match="conflicting DNS domain"):
        stack.create({**resources, "Second": {**resources["Endpoint"], "DependsOn": "Endpoint"}})


@pytest.mark.parametrize(
    ("attribute", "value"),
    [(("Vpc", "CidrBlock"), "10.0.0.0/16"), (("Subnet", "CidrBlock"), "10.0.0.0/24"), (("Group", "GroupId"), "sg-")],
)
def test_the_network_has_the_attributes_that_templates_read(
    stack: Stack, attribute: tuple[str, str], value: str
) -> None:
    assert stack.create(network(), Value=att(*attribute))["Value"].startswith(value)


def test_a_vpc_names_its_default_security_group(stack: Stack) -> None:
    out = stack.create(network(), Group=att("Vpc", "DefaultSecurityGroup"), Vpc=att("Subnet", "VpcId"))
    groups = stack.client("ec2").describe_security_groups(GroupIds=[out["Group"]])["SecurityGroups"]
    assert (groups[0]["GroupName"], groups[0]["VpcId"]) == ("default", out["Vpc"])


def ruled() -> dict[str, Any]:
    https = {"GroupId": ref("Group"), "IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
    return {
        **network(),
        "In": resource(
            "AWS::EC2::SecurityGroupIngress", **https, SourceSecurityGroupId=ref("Group"), Description="https"
        ),
        "Out": resource("AWS::EC2::SecurityGroupEgress", **https, CidrIp=att("Vpc", "CidrBlock")),
    }


def rules(stack: Stack) -> dict[str, dict[str, Any]]:
    where = [{"Name": "group-id", "Values": [stack.id_of("Group")]}]
    found = stack.client("ec2").describe_security_group_rules(Filters=where)["SecurityGroupRules"]
    return {rule["SecurityGroupRuleId"]: rule for rule in found}


def test_rules_of_their_own_are_rules_of_the_group(stack: Stack) -> None:
    out = stack.create(ruled(), In=att("In", "Id"))
    found = rules(stack)
    inbound, outbound = found[stack.id_of("In")], found[stack.id_of("Out")]
    assert out["In"] == stack.id_of("In")
    assert (inbound["IsEgress"], inbound["FromPort"], inbound["Description"]) == (False, 443, "https")
    assert inbound["ReferencedGroupInfo"]["GroupId"] == stack.id_of("Group")
    assert (outbound["IsEgress"], outbound["CidrIpv4"]) == (True, "10.0.0.0/16")


def test_a_rules_description_changes_in_place_and_its_port_does_not(stack: Stack) -> None:
    resources = ruled()
    stack.create(resources)
    before = stack.id_of("In")
    stack.update(changed(resources, "In", Description="inside"))
    assert (stack.id_of("In"), rules(stack)[before]["Description"]) == (before, "inside")
    stack.update(changed(resources, "In", FromPort=8443, ToPort=8443))
    assert stack.id_of("In") != before
    assert before not in rules(stack)


def test_a_rule_twice_or_of_two_sides_is_refused(stack: Stack) -> None:
    resources = ruled()
    with pytest.raises(RefusedStackError, match="already exists"):
        stack.create({**resources, "Again": {**resources["In"], "DependsOn": "In"}})
    with pytest.raises(RefusedStackError, match="exactly one of"):
        Stack(stack.aws, stack.account).create(changed(ruled(), "In", CidrIp="10.0.0.0/8"))


def test_a_rule_leaves_the_group_with_its_stacks_resource(stack: Stack) -> None:
    resources = ruled()
    stack.create(resources)
    inbound = stack.id_of("In")
    stack.update({name: item for name, item in resources.items() if name != "In"})
    assert inbound not in rules(stack)


def watched(**more: Value) -> dict[str, Any]:
    given = {
        "ResourceId": ref("Vpc"),
        "ResourceType": "VPC",
        "TrafficType": "ALL",
        "LogGroupName": ref("Logs"),
        "DeliverLogsPermissionArn": att("Role", "Arn"),
        "MaxAggregationInterval": 60,
        "Tags": [{"Key": "team", "Value": "fraud"}],
        **more,
    }
    return {
        **network(),
        "Role": changed({"Role": role()}, "Role", AssumeRolePolicyDocument=trust("vpc-flow-logs.amazonaws.com"))[
            "Role"
        ],
        "Logs": resource("AWS::Logs::LogGroup", RetentionInDays=30),
        "Flow": resource("AWS::EC2::FlowLog", **{name: value for name, value in given.items() if value is not None}),
    }


def flow_logs(stack: Stack) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = stack.client("ec2").describe_flow_logs()["FlowLogs"]
    return found


def test_a_flow_log_is_described_as_declared(stack: Stack) -> None:
    out = stack.create(watched(), Role=att("Role", "Arn"), Logs=ref("Logs"), Vpc=ref("Vpc"), Id=att("Flow", "Id"))
    (found,) = flow_logs(stack)
    assert (found["FlowLogId"], found["ResourceId"]) == (out["Id"], out["Vpc"])
    assert (found["DeliverLogsPermissionArn"], found["LogGroupName"]) == (out["Role"], out["Logs"])
    assert (found["MaxAggregationInterval"], found["TrafficType"]) == (60, "ALL")
    assert found["Tags"] == [{"Key": "team", "Value": "fraud"}]


def test_a_flow_log_is_replaced_but_for_its_tags(stack: Stack) -> None:
    resources = watched()
    stack.create(resources)
    before = stack.id_of("Flow")
    stack.update(changed(resources, "Flow", Tags=[{"Key": "team", "Value": "credit"}]))
    assert stack.id_of("Flow") == before
    assert flow_logs(stack)[0]["Tags"] == [{"Key": "team", "Value": "credit"}]
    stack.update(changed(resources, "Flow", TrafficType="REJECT"))
    assert [(found["FlowLogId"] == before, found["TrafficType"]) for found in flow_logs(stack)] == [(False, "REJECT")]


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        ({"DeliverLogsPermissionArn": None}, "DeliverLogsPermissionArn"),
        ({"TrafficType": "SOME"}, "TrafficType"),
        ({"LogDestinationType": "s3"}, "LogDestination"),
    ],
)
def test_a_flow_log_that_aws_would_refuse_is_refused(stack: Stack, properties: dict[str, Any], reason: str) -> None:
    with pytest.raises(RefusedStackError, match=reason):
        stack.create(watched(**properties))


def test_a_deleted_stack_leaves_no_flow_log_and_no_endpoint(stack: Stack) -> None:
    stack.create({**watched(), **with_endpoint()})
    stack.delete()
    assert flow_logs(stack) == []
    assert stack.client("ec2").describe_vpc_endpoints()["VpcEndpoints"] == []
