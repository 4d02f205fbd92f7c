"""WorkloadSecurityGroup: peers and HTTPS, and nothing in from elsewhere."""

import pytest

from mlops_stages.foundation import WorkloadSecurityGroup
from tests.foundation.built import NETWORK, Built, built


@pytest.fixture(scope="module")
def found() -> Built:
    return built(lambda stack: WorkloadSecurityGroup(stack, "Workload", vpc_id=NETWORK.vpc_id))


def test_nothing_comes_in_but_from_peers(found: Built) -> None:
    assert "SecurityGroupIngress" not in found.one("AWS::EC2::SecurityGroup")
    (group,) = found.resources("AWS::EC2::SecurityGroup")
    own = {"Fn::GetAtt": [group, "GroupId"]}
    rule = found.one("AWS::EC2::SecurityGroupIngress")
    assert rule["GroupId"] == rule["SourceSecurityGroupId"] == own
    assert (rule["IpProtocol"], rule["FromPort"], rule["ToPort"]) == ("tcp", 1024, 65535)
    assert not {"CidrIp", "CidrIpv6", "SourcePrefixListId"} & rule.keys()


def test_only_https_and_peers_go_out(found: Built) -> None:
    (https,) = found.one("AWS::EC2::SecurityGroup")["SecurityGroupEgress"]
    assert (https["IpProtocol"], https["FromPort"], https["ToPort"]) == ("tcp", 443, 443)
    peers = found.one("AWS::EC2::SecurityGroupEgress")
    assert peers["GroupId"] == peers["DestinationSecurityGroupId"]
    assert not {"CidrIp", "CidrIpv6"} & peers.keys()


def test_every_rule_says_what_it_is_for(found: Built) -> None:
    rules = [
        *found.one("AWS::EC2::SecurityGroup")["SecurityGroupEgress"],
        *found.all("AWS::EC2::SecurityGroupIngress"),
        *found.all("AWS::EC2::SecurityGroupEgress"),
    ]
    assert all(rule["Description"] for rule in rules)


def test_the_packs_find_nothing(found: Built) -> None:
    assert found.findings == ()
