"""What platform.yaml imports has a stand-in of the same id in the local AWS."""

from __future__ import annotations

from typing import Any

import pytest

from mlops_stages.errors import UserError
from mlops_stages.local.client.stand_ins import stand_in
from mlops_stages.platform import load, loads
from tests.conftest import ORGANIZATIONS
from tests.local.clients import REGION, LocalAws

VPC = "vpc-0a1b2c3d4e5f60718"
SUBNETS = ["subnet-0a1b2c3d4e5f60718", "subnet-0a1b2c3d4e5f60719"]


def test_a_network_that_is_imported_is_there_under_its_own_ids(local_aws: LocalAws, account: str) -> None:
    platform = loads(
        (ORGANIZATIONS / "imported_network.yaml")
        .read_text("utf-8")
        .replace("131313131313", account)
        .replace("eu-west-2", REGION)
    )
    made = stand_in(local_aws.endpoint, platform)
    assert [(each.account, each.id) for each in made] == [(account, each) for each in (VPC, *SUBNETS)]
    assert stand_in(local_aws.endpoint, platform) == made  # said again, nothing more is made
    ec2 = local_aws.client("ec2", account)
    assert [vpc["VpcId"] for vpc in ec2.describe_vpcs(VpcIds=[VPC])["Vpcs"]] == [VPC]
    subnets = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [VPC]}])["Subnets"]
    assert sorted(subnet["SubnetId"] for subnet in subnets) == SUBNETS
    assert len({subnet["AvailabilityZone"] for subnet in subnets}) == len({s["CidrBlock"] for s in subnets}) == 2
    other = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    assert other != VPC


def test_a_boundary_and_a_log_bucket_that_are_imported_are_there(local_aws: LocalAws, account: str) -> None:
    text = (ORGANIZATIONS / "control_tower.yaml").read_text("utf-8").replace("151515151515", account)
    platform = loads(text.replace("bank-", f"bank-{account[:6]}-"))
    made = stand_in(local_aws.endpoint, platform)
    assert stand_in(local_aws.endpoint, platform) == made
    assert {each.account for each in made} == set(platform.accounts_in_use)
    arn = platform.permissions_boundary_in(account)
    assert local_aws.client("iam", account).get_policy(PolicyArn=arn)["Policy"]["Path"] == "/controltower/"
    assert platform.access_log_bucket is not None
    local_aws.client("s3", account).head_bucket(Bucket=platform.access_log_bucket)


def test_a_monitor_of_cost_anomalies_that_is_imported_is_there(local_aws: LocalAws, account: str) -> None:
    text = (ORGANIZATIONS / "comprehensive.yaml").read_text("utf-8").replace("101010101010", account)
    platform = loads(text.replace("everything-access", f"everything-{account}"))
    assert stand_in(local_aws.endpoint, platform) == stand_in(local_aws.endpoint, platform)
    monitors = local_aws.client("ce", account).get_anomaly_monitors()["AnomalyMonitors"]
    assert [monitor["MonitorArn"] for monitor in monitors] == [platform.cost_anomalies.monitor_arn]


def test_an_oidc_provider_that_exists_is_there_with_the_audience_of_aws(local_aws: LocalAws, account: str) -> None:
    text = (ORGANIZATIONS / "one_account.yaml").read_text("utf-8").replace("121212121212", account)
    platform = loads(f"{text}existing_oidc_providers: [github]\n")
    (made,) = stand_in(local_aws.endpoint, platform)
    assert stand_in(local_aws.endpoint, platform) == (made,)
    assert (made.account, made.id) == (
        account,
        f"arn:aws:iam::{account}:oidc-provider/token.actions.githubusercontent.com",
    )
    found = local_aws.client("iam", account).get_open_id_connect_provider(OpenIDConnectProviderArn=made.id)
    assert found["ClientIDList"] == ["sts.amazonaws.com"]


def test_a_platform_that_imports_nothing_needs_no_stand_in(local_aws: LocalAws) -> None:
    assert stand_in(local_aws.endpoint, load(ORGANIZATIONS / "one_account.yaml")) == ()


@pytest.mark.parametrize(
    "wrong",
    [
        {"vpc": "vpc-1"},
        {"vpc": VPC, "subnets": ["subnet-x"]},
        {"vpc": VPC, "subnets": [f"subnet-{number:017x}" for number in range(17)]},
        {"policy": "no-slash"},
        {"bucket": "A"},
        {"monitor": "1"},
        {"provider": "https://gitlab.com"},
        {"region": "mars"},
        {"account": "1"},
    ],
)
def test_what_is_no_id_is_a_bad_request(local_aws: LocalAws, account: str, wrong: dict[str, Any]) -> None:
    status, _ = local_aws.ask("POST", "/_mlops-stages/imported", {"account": account, "region": REGION, **wrong})
    assert status == 400


def test_a_bucket_that_another_account_has_is_told(local_aws: LocalAws, account: str) -> None:
    text = (ORGANIZATIONS / "control_tower.yaml").read_text("utf-8").replace("151515151515", account)
    platform = loads(text.replace("bank-", f"bank-{account[6:]}-"))
    assert platform.access_log_bucket is not None
    other = local_aws.client("s3", str(int(account) + 1))
    other.create_bucket(Bucket=platform.access_log_bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    with pytest.raises(UserError) as told:
        stand_in(local_aws.endpoint, platform)
    assert (told.value.code, told.value.where) == ("LOC-112", platform.access_log_bucket)
