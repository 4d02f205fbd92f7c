"""SageMaker's types through CloudFormation."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.local.clients import LocalAws
from tests.local.stacks import RefusedStackError, Stack, att, changed, network, ref, resource, role

TAGS = [{"Key": "team", "Value": "fraud"}]


@pytest.fixture
def stack(local_aws: LocalAws, account: str) -> Stack:
    return Stack(local_aws, account)


def idle(minutes: int | str) -> dict[str, Any]:
    settings = {"LifecycleManagement": "ENABLED", "IdleTimeoutInMinutes": minutes}
    return {"JupyterLabAppSettings": {"AppLifecycleManagement": {"IdleSettings": settings}}}


def studio() -> dict[str, Any]:
    settings = {"ExecutionRole": att("Role", "Arn"), "SecurityGroups": [ref("Group")], **idle("60")}
    return {
        **network(),
        "Role": role(),
        "Key": resource("AWS::KMS::Key", KeyPolicy={"Version": "2012-10-17", "Statement": []}),
        "Domain": resource(
            "AWS::SageMaker::Domain",
            DomainName="acme",
            AuthMode="IAM",
            AppNetworkAccessType="VpcOnly",
            VpcId=ref("Vpc"),
            SubnetIds=[ref("Subnet")],
            KmsKeyId=ref("Key"),
            DefaultUserSettings=settings,
            Tags=TAGS,
        ),
        "Ann": resource(
            "AWS::SageMaker::UserProfile",
            DomainId=ref("Domain"),
            UserProfileName="ann",
            UserSettings={"ExecutionRole": att("Role", "Arn")},
            Tags=TAGS,
        ),
        "Tracking": resource(
            "AWS::SageMaker::MlflowApp",
            Name="tracking",
            ArtifactStoreUri="s3://acme-data/mlflow",
            RoleArn=att("Role", "Arn"),
            Tags=TAGS,
        ),
    }


def described(stack: Stack) -> dict[str, Any]:
    found: dict[str, Any] = stack.client("sagemaker").describe_domain(DomainId=stack.id_of("Domain"))
    return {name: value for name, value in found.items() if name != "ResponseMetadata"}


def test_a_domain_is_described_as_its_template_declares_it(stack: Stack) -> None:
    out = stack.create(studio(), Ref=ref("Domain"), Arn=att("Domain", "DomainArn"), Key=ref("Key"))
    found = described(stack)
    assert (found["DomainId"], found["DomainArn"]) == (out["Ref"], out["Arn"])
    assert (found["AppNetworkAccessType"], found["KmsKeyId"]) == ("VpcOnly", out["Key"])
    lab = found["DefaultUserSettings"]["JupyterLabAppSettings"]["AppLifecycleManagement"]["IdleSettings"]
    assert lab == {"LifecycleManagement": "ENABLED", "IdleTimeoutInMinutes": 60}
    assert stack.client("sagemaker").list_tags(ResourceArn=out["Arn"])["Tags"] == TAGS


@pytest.mark.parametrize(
    "attribute", ["DomainId", "DomainArn", "HomeEfsFileSystemId", "SecurityGroupIdForDomainBoundary", "Url"]
)
def test_a_domain_has_the_attributes_that_aws_documents(stack: Stack, attribute: str) -> None:
    out = stack.create(studio(), Value=att("Domain", attribute))
    found = described(stack)
    assert out["Value"] == found[attribute]


def test_a_domain_changes_in_place(stack: Stack) -> None:
    resources = studio()
    stack.create(resources)
    before = described(stack)
    settings = {**resources["Domain"]["Properties"]["DefaultUserSettings"], **idle(120)}
    stack.update(changed(resources, "Domain", DefaultUserSettings=settings, Tags=[{"Key": "team", "Value": "credit"}]))
    after = described(stack)
    assert after["DomainId"] == before["DomainId"]
    lab = after["DefaultUserSettings"]["JupyterLabAppSettings"]["AppLifecycleManagement"]
    assert lab["IdleSettings"]["IdleTimeoutInMinutes"] == 120
    tags = stack.client("sagemaker").list_tags(ResourceArn=after["DomainArn"])["Tags"]
    assert tags == [{"Key": "team", "Value": "credit"}]


def test_a_domain_of_a_fixed_name_cannot_be_replaced(stack: Stack) -> None:
    resources = studio()
    stack.create(resources)
    before = described(stack)
    with pytest.raises(RefusedStackError, match="already exists"):
        stack.update(changed(resources, "Domain", KmsKeyId=None))
    assert described(stack) == before


def test_a_domain_of_another_name_is_another_domain(stack: Stack) -> None:
    resources = {name: item for name, item in studio().items() if name != "Ann"}
    stack.create(resources)
    first = stack.id_of("Domain")
    stack.update(changed(resources, "Domain", DomainName="acme-two"))
    domains = stack.client("sagemaker").list_domains()["Domains"]
    assert [domain["DomainName"] for domain in domains] == ["acme-two"]
    assert domains[0]["DomainId"] != first


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        ({"AuthMode": "LDAP"}, "AuthMode"),
        ({"DefaultUserSettings": None}, "DefaultUserSettings"),
        ({"Colour": "red"}, "unsupported property Colour"),
        ({"SubnetIds": None}, "SubnetIds"),
        ({"DefaultUserSettings": {"ExecutionRole": "no-arn"}}, "ExecutionRole"),
    ],
)
def test_a_domain_that_aws_would_refuse_is_refused(stack: Stack, properties: dict[str, Any], reason: str) -> None:
    with pytest.raises(RefusedStackError, match=reason):
        stack.create(changed(studio(), "Domain", **properties))
    assert stack.client("sagemaker").list_domains()["Domains"] == []


@pytest.mark.parametrize(
    ("logical_id", "properties"),
    [
        ("Domain", {"SubnetIds": ["subnet-00000000000000000"]}),
        ("Domain", {"VpcId": "vpc-00000000000000000"}),
        ("Domain", {"KmsKeyId": "11111111-2222-3333-4444-555555555555"}),
        ("Ann", {"UserSettings": {"ExecutionRole": "arn:aws:iam::{account}:role/nobody"}}),
        ("Ann", {"UserSettings": {"SecurityGroups": ["sg-00000000000000000"]}}),
        ("Ann", {"UserSettings": {"ExecutionRole": "arn:aws:iam::222222222222:role/elsewhere"}}),
        ("Tracking", {"RoleArn": "arn:aws:iam::{account}:role/nobody"}),
    ],
)
def test_what_studio_refers_to_must_exist(stack: Stack, logical_id: str, properties: dict[str, Any]) -> None:
    named = json.loads(json.dumps(properties).replace("{account}", stack.account))
    with pytest.raises(RefusedStackError, match="does not exist"):
        stack.create(changed(studio(), logical_id, **named))


def test_a_profile_keeps_its_own_role(stack: Stack) -> None:
    resources = {**studio(), "Own": role()}
    resources = changed(resources, "Ann", UserSettings={"ExecutionRole": att("Own", "Arn")})
    out = stack.create(resources, Arn=att("Ann", "UserProfileArn"), Role=att("Own", "Arn"))
    domain = stack.id_of("Domain")
    found = stack.client("sagemaker").describe_user_profile(DomainId=domain, UserProfileName="ann")
    assert found["UserSettings"]["ExecutionRole"] == out["Role"]
    assert found["UserProfileArn"] == out["Arn"]
    assert stack.id_of("Ann") == f"ann|{domain}"
    stack.update(changed(resources, "Ann", UserSettings={"ExecutionRole": att("Role", "Arn")}))
    again = stack.client("sagemaker").describe_user_profile(DomainId=domain, UserProfileName="ann")
    assert again["UserSettings"]["ExecutionRole"] != out["Role"]


def test_an_mlflow_app_has_the_attributes_that_aws_documents(stack: Stack) -> None:
    names = ("Arn", "MlflowAppId", "MlflowVersion", "Status", "CreationTime", "LastModifiedTime")
    out = stack.create(studio(), Ref=ref("Tracking"), **{name: att("Tracking", name) for name in names})
    assert out["Ref"] == out["Arn"]
    assert out["Arn"].endswith(out["MlflowAppId"])
    assert out["Status"] == "Created"
    found = stack.client("sagemaker").describe_mlflow_app(Arn=out["Arn"])
    assert (found["Name"], found["ArtifactStoreUri"]) == ("tracking", "s3://acme-data/mlflow")


def test_an_mlflow_app_moves_its_artifacts_in_place(stack: Stack) -> None:
    resources = studio()
    stack.create(resources)
    arn = stack.id_of("Tracking")
    stack.update(changed(resources, "Tracking", ArtifactStoreUri="s3://acme-data/elsewhere"))
    assert stack.id_of("Tracking") == arn
    found = stack.client("sagemaker").describe_mlflow_app(Arn=arn)
    assert found["ArtifactStoreUri"] == "s3://acme-data/elsewhere"


def test_an_mlflow_app_takes_no_property_that_cloudformation_lacks(stack: Stack) -> None:
    with pytest.raises(RefusedStackError, match="unsupported property KmsKeyId"):
        stack.create(changed(studio(), "Tracking", KmsKeyId="key"))


def test_a_deleted_stack_leaves_nothing_of_studio(stack: Stack) -> None:
    stack.create(studio())
    stack.delete()
    sagemaker = stack.client("sagemaker")
    assert sagemaker.list_domains()["Domains"] == []
    assert sagemaker.list_user_profiles()["UserProfiles"] == []
    assert sagemaker.list_mlflow_apps()["Summaries"] == []
