"""FlowLog: every connection, written by a role that can write this and nothing else."""

import pytest

from mlops_stages.foundation import FlowLog
from tests.foundation.built import BOUNDARY, HERE, Built, a_key, built
from tests.foundation.judge import Service

FLOW_LOGS = "vpc-flow-logs.amazonaws.com"


@pytest.fixture(scope="module")
def found() -> Built:
    return built(
        lambda stack: FlowLog(
            stack,
            "FlowLog",
            perimeter=HERE,
            vpc_id="vpc-1",
            key=a_key(stack),
            permissions_boundary_arn=BOUNDARY,
        )
    )


def test_all_traffic_of_the_vpc_is_recorded_each_minute(found: Built) -> None:
    log = found.one("AWS::EC2::FlowLog")
    assert (log["ResourceType"], log["ResourceId"], log["TrafficType"]) == ("VPC", "vpc-1", "ALL")
    assert log["MaxAggregationInterval"] == 60


def test_it_goes_to_an_encrypted_group_that_stays(found: Built) -> None:
    ((name, group),) = found.resources("AWS::Logs::LogGroup").items()
    assert found.one("AWS::EC2::FlowLog")["LogGroupName"] == {"Ref": name}
    assert "KmsKeyId" in group["Properties"]
    assert group["DeletionPolicy"] == "RetainExceptOnCreate"


def test_the_role_writes_to_that_group_only_and_under_the_boundary(found: Built) -> None:
    (group,) = found.resources("AWS::Logs::LogGroup")
    (statement,) = found.one("AWS::IAM::ManagedPolicy")["PolicyDocument"]["Statement"]
    assert statement["Action"] == ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    assert statement["Resource"] == [{"Fn::GetAtt": [group, "Arn"]}]
    assert found.one("AWS::IAM::Role")["PermissionsBoundary"] == BOUNDARY


def test_only_flow_logs_of_this_account_take_the_role(found: Built) -> None:
    trust = found.one("AWS::IAM::Role")["AssumeRolePolicyDocument"]
    own = {"aws__SourceArn": "arn:aws:ec2:eu-west-1:111111111111:vpc-flow-log/fl-1"}
    service = Service(principal=FLOW_LOGS)
    assert service.passes(trust, "sts:AssumeRole", **own) == "Allow"
    assert service.passes(trust, "sts:AssumeRole") == "ImplicitDeny"
    foreign = {"aws__SourceArn": own["aws__SourceArn"].replace("111111111111", "999999999999")}
    assert service.passes(trust, "sts:AssumeRole", **foreign) == "ImplicitDeny"
    stranger = Service(principal=FLOW_LOGS, account="999999999999")
    assert stranger.passes(trust, "sts:AssumeRole", **own) == "ImplicitDeny"


def test_the_packs_find_nothing(found: Built) -> None:
    assert found.findings == ()
