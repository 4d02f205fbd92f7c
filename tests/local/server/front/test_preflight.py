"""What a preflight asks that no emulator had: quotas, endpoint services, trusted services, instances."""

from __future__ import annotations

import secrets

import pytest

from tests.local.clients import LocalAws, allow, refusal

SCP = "SERVICE_CONTROL_POLICY"


def test_a_quota_is_granted_at_once_in_its_account_and_region(local_aws: LocalAws, account: str) -> None:
    quotas = local_aws.client("service-quotas", account)
    vpcs = {"ServiceCode": "vpc", "QuotaCode": "L-F678F1CE"}
    assert quotas.get_service_quota(**vpcs)["Quota"]["Value"] == 5
    asked = quotas.request_service_quota_increase(**vpcs, DesiredValue=20)["RequestedQuota"]
    assert (asked["Status"], asked["DesiredValue"]) == ("APPROVED", 20)
    assert quotas.get_service_quota(**vpcs)["Quota"]["Value"] == 20
    assert quotas.get_aws_default_service_quota(**vpcs)["Quota"]["Value"] == 5
    elsewhere = local_aws.client("service-quotas", account, region="us-east-1")
    assert elsewhere.get_service_quota(**vpcs)["Quota"]["Value"] == 5


def test_quotas_are_listed_in_pages(local_aws: LocalAws, account: str) -> None:
    pages = local_aws.client("service-quotas", account).get_paginator("list_service_quotas")
    listed = [quota["QuotaName"] for page in pages.paginate(ServiceCode="sagemaker") for quota in page["Quotas"]]
    assert len(listed) == len(set(listed)) > 100
    assert "ml.m5.large for training job usage" in listed


@pytest.mark.parametrize(("service", "code"), [("vpc", "L-00000000"), ("nothing", "L-F678F1CE")])
def test_an_unknown_quota_is_told(local_aws: LocalAws, account: str, service: str, code: str) -> None:
    quotas = local_aws.client("service-quotas", account)
    assert refusal(
        lambda: quotas.get_service_quota(ServiceCode=service, QuotaCode=code), code="NoSuchResourceException"
    )


def test_quotas_are_authorized(local_aws: LocalAws, account: str) -> None:
    reader = local_aws.as_role(account, allow("servicequotas:GetServiceQuota"))
    quotas = local_aws.client("service-quotas", reader)
    assert quotas.get_service_quota(ServiceCode="vpc", QuotaCode="L-F678F1CE")
    assert refusal(lambda: quotas.list_service_quotas(ServiceCode="vpc"), code="AccessDenied")


def test_endpoint_services_of_sagemaker_are_described_in_every_zone(local_aws: LocalAws, account: str) -> None:
    ec2 = local_aws.client("ec2", account)
    name = "aws.sagemaker.eu-west-1.experiments"
    (service,) = ec2.describe_vpc_endpoint_services(ServiceNames=[name])["ServiceDetails"]
    assert service["AvailabilityZones"] == ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
    assert service["PrivateDnsName"] == "mlflow.sagemaker.eu-west-1.app.aws"
    assert service["PrivateDnsNames"] == [{"PrivateDnsName": service["PrivateDnsName"]}]
    assert service["ServiceType"] == [{"ServiceType": "Interface"}]
    whole = ec2.describe_vpc_endpoint_services()
    assert {name, "com.amazonaws.eu-west-1.s3", "com.amazonaws.eu-west-1.glue"} <= set(whole["ServiceNames"])
    assert {each["ServiceName"] for each in whole["ServiceDetails"]} == set(whole["ServiceNames"])


def test_a_role_may_describe_alarms_where_its_policy_lets_it(local_aws: LocalAws, account: str) -> None:
    reader = local_aws.as_role(account, allow("cloudwatch:DescribeAlarms"))
    assert local_aws.client("cloudwatch", reader).describe_alarms()["MetricAlarms"] == []
    assert refusal(lambda: local_aws.client("cloudwatch", reader).list_metrics(), code="AccessDenied")


@pytest.fixture
def management(local_aws: LocalAws, account: str) -> str:
    member = str(100_000_000_000 + secrets.randbelow(800_000_000_000))
    told = {"id": f"o-{secrets.token_hex(6)}", "accounts": [member], "management": account, "root": "r-root"}
    assert local_aws.ask("POST", "/_mlops-stages/organization", told)[0] == 200
    return account


def test_a_type_of_policies_that_is_off_cannot_be_attached(local_aws: LocalAws, management: str) -> None:
    organizations = local_aws.client("organizations", management)
    content = '{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}}'
    made = organizations.create_policy(Name="a", Description="", Type=SCP, Content=content)["Policy"]["PolicySummary"]
    organizations.disable_policy_type(RootId="r-root", PolicyType=SCP)
    assert organizations.list_roots()["Roots"][0]["PolicyTypes"] == []
    assert refusal(
        lambda: organizations.attach_policy(PolicyId=made["Id"], TargetId="r-root"),
        code="PolicyTypeNotEnabledException",
    )
    organizations.enable_policy_type(RootId="r-root", PolicyType=SCP)
    organizations.attach_policy(PolicyId=made["Id"], TargetId="r-root")
    assert refusal(
        lambda: organizations.enable_policy_type(RootId="r-root", PolicyType=SCP),
        code="PolicyTypeAlreadyEnabledException",
    )


def test_sharing_that_is_off_makes_accounts_strangers(local_aws: LocalAws, management: str) -> None:
    organizations = local_aws.client("organizations", management)
    owner = next(each["Id"] for each in organizations.list_accounts()["Accounts"] if each["Id"] != management)
    ram = local_aws.client("ram", owner)
    share = {"name": "features", "principals": [management], "allowExternalPrincipals": False}
    organizations.disable_aws_service_access(ServicePrincipal="ram.amazonaws.com")
    assert organizations.list_aws_service_access_for_organization()["EnabledServicePrincipals"] == []
    assert refusal(lambda: ram.create_resource_share(**share), code="OperationNotPermittedException")
    assert refusal(lambda: ram.enable_sharing_with_aws_organization(), code="OperationNotPermittedException")
    local_aws.client("ram", management).enable_sharing_with_aws_organization()
    assert ram.create_resource_share(**share)["resourceShare"]["status"] == "ACTIVE"


def test_an_instance_of_identity_center_is_seen_by_its_organization_in_its_region(
    local_aws: LocalAws, management: str
) -> None:
    sso = local_aws.client("sso-admin", management)
    arn = sso.create_instance(Name="people")["InstanceArn"]
    assert refusal(lambda: sso.create_instance(Name="more"), code="ConflictException")
    members = [each["Id"] for each in local_aws.client("organizations", management).list_accounts()["Accounts"]]
    for member in members:
        (seen,) = local_aws.client("sso-admin", member).list_instances()["Instances"]
        assert (seen["InstanceArn"], seen["OwnerAccountId"], seen["Status"]) == (arn, management, "ACTIVE")
        assert local_aws.client("sso-admin", member, region="us-east-1").list_instances()["Instances"] == []


def test_an_organization_without_a_management_account_has_an_id(local_aws: LocalAws, account: str) -> None:
    own = f"o-{secrets.token_hex(6)}"
    assert local_aws.ask("POST", "/_mlops-stages/organization", {"id": own, "accounts": [account]})[0] == 200
    organizations = local_aws.client("organizations", account)
    assert organizations.describe_organization()["Organization"]["Id"] == own
    assert refusal(lambda: organizations.list_roots(), code="AWSOrganizationsNotInUseException")
