"""WorkloadSecurityGroup: peers and HTTPS, and nothing in from elsewhere."""

import pytest

from mlops_stages.foundation import WorkloadSecurityGroup
from tests.foundation.built import NETWORK, Built, Json, built


@pytest.fixture(scope="module")
def found() -> Built:
    return built(lambda stack: WorkloadSecurityGroup(stack, "Workload", vpc_id=NETWORK.vpc_id))


PEERS = {("tcp", 1024, 65535), ("udp", 500, 500), ("50", None, None)}


def spoken(rules: list[Json]) -> set[tuple[str, int | None, int | None]]:
    return {(rule["IpProtocol"], rule.get("FromPort"), rule.get("ToPort")) for rule in rules}


def test_nothing_comes_in_but_from_peers(found: Built) -> None:
    assert "SecurityGroupIngress" not in found.one("AWS::EC2::SecurityGroup")
    (group,) = found.resources("AWS::EC2::SecurityGroup")
    own = {"Fn::GetAtt": [group, "GroupId"]}
    rules = found.all("AWS::EC2::SecurityGroupIngress")
    assert spoken(rules) == PEERS
    for rule in rules:
        assert rule["GroupId"] == rule["SourceSecurityGroupId"] == own
        assert not {"CidrIp", "CidrIpv6", "SourcePrefixListId"} & rule.keys()


def test_only_https_and_peers_go_out(found: Built) -> None:
    (https,) = found.one("AWS::EC2::SecurityGroup")["SecurityGroupEgress"]
    assert (https["IpProtocol"], https["FromPort"], https["ToPort"]) == ("tcp", 443, 443)
    peers = found.all("AWS::EC2::SecurityGroupEgress")
    assert spoken(peers) == PEERS
    for rule in peers:
        assert rule["GroupId"] == rule["DestinationSecurityGroupId"]
        assert not {"CidrIp", "CidrIpv6", "DestinationPrefixListId"} & rule.keys()


def test_instances_of_a_job_exchange_keys_and_encrypted_traffic_in_both_directions(found: Built) -> None:
    """Without IKE and ESP a job of several instances with encrypted traffic never starts."""
    for type_name in ("AWS::EC2::SecurityGroupIngress", "AWS::EC2::SecurityGroupEgress"):
        assert {("udp", 500, 500), ("50", None, None)} <= spoken(found.all(type_name))


def test_every_rule_says_what_it_is_for(found: Built) -> None:
    rules = [
        *found.one("AWS::EC2::SecurityGroup")["SecurityGroupEgress"],
        *found.all("AWS::EC2::SecurityGroupIngress"),
        *found.all("AWS::EC2::SecurityGroupEgress"),
    ]
    assert all(rule["Description"] for rule in rules)


def test_the_packs_find_nothing(found: Built) -> None:
    assert found.findings == ()
