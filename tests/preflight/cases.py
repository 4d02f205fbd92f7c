"""Each fault, seeded: a world in which a check says nothing, and what makes it say something."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mlops_stages.platform import IdentityCenterSignIn, ImportedNetwork, Purpose
from mlops_stages.preflight.checks.imported_network import NEEDED
from tests.local.clients import policy
from tests.preflight.world import Answer, World, new_id

SCP = "SERVICE_CONTROL_POLICY"


@dataclass(frozen=True, kw_only=True)
class Fine:
    """Nothing is found."""

    world: World | None = None
    answer: Answer | None = None


@dataclass(frozen=True, kw_only=True)
class Found:
    """This is found, in the account of a purpose, at a place that holds these words."""

    purpose: str
    place: str
    message: str
    world: World | None = None
    answer: Answer | None = None


Steps = Iterator[Fine | Found]


@dataclass(frozen=True, kw_only=True)
class Case:
    """The steps of a case; `only` are words of what its check looks at, where others have the same code."""

    code: str
    organization: str
    only: str
    steps: Callable[[World], Steps]


CASES: list[Case] = []


def case(
    code: str, organization: str = "reference", *, only: str = ""
) -> Callable[[Callable[[World], Steps]], Callable[[World], Steps]]:
    """Add the steps of a case to CASES."""

    def add(steps: Callable[[World], Steps]) -> Callable[[World], Steps]:
        CASES.append(Case(code=code, organization=organization, only=only, steps=steps))
        return steps

    return add


# The organization


@case("PRE-010")
def a_mistyped_organization(world: World) -> Steps:
    world.join()
    yield Fine()
    right = world.plan.platform.organization_id
    wrong = world.changed("^organization_id: .*", "organization_id: o-mistyped000")
    yield Found(purpose="data", place="o-mistyped000", message=f"is in organization {right}", world=wrong)


@case("PRE-010")
def an_account_of_no_organization(world: World) -> Steps:
    world.join()
    yield Fine()
    data = world.account("data")
    world.client("organizations", "management").remove_account_from_organization(AccountId=data)
    world.join(without=[data])
    yield Found(purpose="data", place="organization_id", message="is in no organization")


@case("PRE-011", "one_account")
def an_organization_left_out(world: World) -> Steps:
    yield Fine()
    world.join()
    yield Found(purpose="experimentation", place="organization_id", message="platform.yaml names none")


@case("PRE-012")
def another_management_account(world: World) -> Steps:
    member = new_id()
    world.join(member)
    yield Fine()
    right = world.account("management")
    wrong = world.changed(f'management_account: "{right}"', f'management_account: "{member}"')
    yield Found(purpose="management", place="guardrails.management_account", message=right, world=wrong)


@case("PRE-013")
def consolidated_billing_only(world: World) -> Steps:
    world.join()
    yield Fine()

    def billing(operation: str, said: Mapping[str, Any]) -> object:
        if operation != "DescribeOrganization" or not said:
            return None
        return {**said, "Organization": {**said["Organization"], "FeatureSet": "CONSOLIDATED_BILLING"}}

    organization = world.plan.platform.organization_id or ""
    yield Found(purpose="management", place=organization, message="consolidated billing only", answer=billing)


@case("PRE-014")
def an_account_of_a_stack_that_is_no_member(world: World) -> Steps:
    world.join()
    yield Fine()
    data = world.account("data")
    world.client("organizations", "management").remove_account_from_organization(AccountId=data)
    yield Found(purpose="management", place=f"account {data} (data)", message="is not in the organization")


@case("PRE-019", "repeatable")
def an_account_named_ahead(world: World) -> Steps:
    world.join(world.account("staging"), world.account("production"), world.account("governance"))
    yield Fine()
    staging = world.account("staging")
    world.client("organizations", "management").remove_account_from_organization(AccountId=staging)
    yield Found(purpose="management", place=f"account {staging} (staging)", message="is not in the organization")


@case("PRE-015")
def another_root(world: World) -> Steps:
    world.join()
    yield Fine()
    wrong = world.changed("root_id: .*", "root_id: r-zzzz")
    yield Found(purpose="management", place="guardrails.root_id", message="not r-zzzz", world=wrong)


@case("PRE-016")
def policies_that_are_not_enabled(world: World) -> Steps:
    world.join()
    yield Fine()
    guardrails = world.plan.platform.guardrails
    assert guardrails is not None
    organizations = world.client("organizations", "management")
    organizations.disable_policy_type(RootId=guardrails.root_id, PolicyType=SCP)
    yield Found(purpose="management", place=f"root {guardrails.root_id}", message="are not enabled")


@case("PRE-017")
def sharing_that_is_not_enabled(world: World) -> Steps:
    world.join()
    yield Fine()
    organizations = world.client("organizations", "management")
    organizations.disable_aws_service_access(ServicePrincipal="ram.amazonaws.com")
    yield Found(purpose="management", place="acme-arrivals-public-features", message="is not enabled in AWS RAM")
    world.client("ram", "management").enable_sharing_with_aws_organization()
    yield Fine()


@case("PRE-018")
def too_many_policies_on_an_account(world: World) -> Steps:
    world.join()
    yield Fine()
    organizations = world.client("organizations", "management")
    account = world.account("data")
    for number in range(2):
        content = policy({"Effect": "Deny", "Action": "iam:CreateUser", "Resource": "*"})
        made = organizations.create_policy(Name=f"theirs-{number}", Description="", Type=SCP, Content=content)
        organizations.attach_policy(PolicyId=made["Policy"]["PolicySummary"]["Id"], TargetId=account)
    yield Found(purpose="management", place=f"account {account} (data)", message="theirs-0, theirs-1")


# What exists already


@case("PRE-020")
def an_oidc_provider(world: World) -> Steps:
    yield Fine()
    iam = world.client("iam", "tooling")
    iam.create_open_id_connect_provider(Url="https://gitlab.com", ClientIDList=["sts.amazonaws.com"])
    yield Found(purpose="tooling", place="OIDC provider gitlab.com", message="has a provider of this URL already")


def _trail(world: World, name: str) -> None:
    bucket = f"{name}-{world.account('data')}"
    s3 = world.client("s3", "data")
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": world.plan.region})
    world.client("cloudtrail", "data").create_trail(Name=name, S3BucketName=bucket)


@case("PRE-021")
def an_oidc_provider_that_is_not_there(world: World) -> Steps:
    iam = world.client("iam", "tooling")
    named = world.changed("^code_hosts:", "existing_oidc_providers: [gitlab]\ncode_hosts:")
    yield Found(
        purpose="tooling", place="existing_oidc_providers gitlab", message="no provider gitlab.com", world=named
    )
    made = iam.create_open_id_connect_provider(Url="https://gitlab.com", ClientIDList=["https://gitlab.com"])
    arn = made["OpenIDConnectProviderArn"]
    yield Found(purpose="tooling", place="existing_oidc_providers gitlab", message="audiences are https", world=named)
    iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    iam.create_open_id_connect_provider(Url="https://gitlab.com", ClientIDList=["sts.amazonaws.com"])
    yield Fine(world=named)


@case("PRE-025")
def a_trail_of_the_same_name(world: World) -> Steps:
    yield Fine()
    _trail(world, "acme-audit")
    yield Found(purpose="data", place="trail acme-audit", message="has a trail of this name already")


@case("PRE-026")
def no_room_for_a_trail(world: World) -> Steps:
    for number in range(4):
        _trail(world, f"theirs-{number}")
    yield Fine()
    _trail(world, "theirs-4")
    yield Found(purpose="data", place="trails of eu-west-1", message="5 trails are in force")


@case("PRE-027")
def another_trail(world: World) -> Steps:
    yield Fine()
    _trail(world, "theirs")
    yield Found(purpose="data", place="trails of eu-west-1", message="(theirs)")


def _monitor(world: World) -> str:
    monitor = {"MonitorName": "Default-Services-Monitor", "MonitorType": "DIMENSIONAL", "MonitorDimension": "SERVICE"}
    made = world.client("ce", "experimentation").create_anomaly_monitor(AnomalyMonitor=monitor)
    return str(made["MonitorArn"])


@case("PRE-030")
def a_monitor_of_services(world: World) -> Steps:
    yield Fine()
    _monitor(world)
    yield Found(
        purpose="experimentation", place="monitor Default-Services-Monitor", message="monitor of SERVICE already"
    )


@case("PRE-031")
def a_monitor_that_is_gone(world: World) -> Steps:
    arn = _monitor(world)
    named = world.changed("^code_hosts:", f"cost_anomalies: {{monitor_arn: {arn}}}\ncode_hosts:")
    yield Fine(world=named)
    world.client("ce", "experimentation").delete_anomaly_monitor(MonitorArn=arn)
    yield Found(purpose="experimentation", place=f"monitor {arn}", message="no such monitor", world=named)


# Identity Center


@case("PRE-035", "identity_center")
def an_instance_in_the_region(world: World) -> Steps:
    management = new_id()
    told = {"id": world.plan.platform.organization_id, "accounts": list(world.plan.accounts), "management": management}
    assert world.aws.ask("POST", "/_mlops-stages/organization", told)[0] == 200
    yield Found(purpose="experimentation", place=f"region {world.plan.region}", message="no instance")
    world.aws.client("sso-admin", management, region=world.plan.region).create_instance(Name="theirs")
    yield Fine()


def _instance(world: World) -> tuple[Any, str, str]:
    """Identity Center's client, instance and identity store: the management account's, once it has named it."""
    client = world.client("sso-admin", "management")
    sign_in = world.plan.platform.sign_in
    assert isinstance(sign_in, IdentityCenterSignIn)
    arn = str(sign_in.instance_arn)
    client.list_permission_sets(InstanceArn=arn)
    return client, arn, client.list_instances()["Instances"][0]["IdentityStoreId"]


@case("PRE-036", "several_accounts")
def another_instance(world: World) -> Steps:
    yield Found(purpose="management", place="sign_in.instance_arn", message="is not an instance of region eu-west-1")
    _instance(world)
    yield Fine()


@case("PRE-037", "several_accounts")
def attributes_that_are_configured(world: World) -> Steps:
    client, arn, _ = _instance(world)
    yield Fine()
    client.create_instance_access_control_attribute_configuration(
        InstanceArn=arn,
        InstanceAccessControlAttributeConfiguration={
            "AccessControlAttributes": [{"Key": "department", "Value": {"Source": ["${path:enterprise.department}"]}}]
        },
    )
    yield Found(purpose="management", place=arn, message="configured already: department")


@case("PRE-038", "several_accounts")
def a_group_that_is_missing(world: World) -> Steps:
    *_, store = _instance(world)
    directory = world.client("identitystore", "management")
    planned = {str(each.text("PrincipalId")) for each in world.plan.of_type("AWS::SSO::Assignment")}
    made = {
        group: directory.create_group(IdentityStoreId=store, DisplayName=group)["GroupId"] for group in sorted(planned)
    }
    there = world.with_properties("AWS::SSO::Assignment", PrincipalId=made)
    yield Fine(world=there)
    gone = made[min(planned)]
    directory.delete_group(IdentityStoreId=store, GroupId=gone)
    yield Found(purpose="management", place=f"group {gone}", message="no group of this id", world=there)


@case("PRE-039", "several_accounts")
def a_user_that_is_missing(world: World) -> Steps:
    *_, store = _instance(world)
    directory = world.client("identitystore", "management")
    users = {str(each.text("SingleSignOnUserValue")) for each in world.plan.of_type("AWS::SageMaker::UserProfile")}
    named = {"Formatted": "A", "GivenName": "A", "FamilyName": "B"}
    made = {
        user: directory.create_user(IdentityStoreId=store, UserName=user, DisplayName=user, Name=named)["UserId"]
        for user in sorted(users)
    }
    ids = {str(each.text("PrincipalId")) for each in world.plan.of_type("AWS::SSO::ApplicationAssignment")}
    there = world.with_properties(
        "AWS::SSO::ApplicationAssignment", PrincipalId=dict(zip(sorted(ids), made.values(), strict=False))
    )
    yield Fine(world=there)
    yield Found(purpose="management", place=f"user {min(ids)}", message="no such user")
    directory.delete_user(IdentityStoreId=store, UserId=made["dee@harbor.example"])
    yield Found(purpose="management", place="user dee@harbor.example", message="no such user", world=there)


@case("PRE-090", "several_accounts", only="AWS::SSO::PermissionSet")
def a_taken_permission_set(world: World) -> Steps:
    client, arn, _ = _instance(world)
    world.join()
    yield Fine()
    client.create_permission_set(InstanceArn=arn, Name="harbor-auditor")
    yield Found(purpose="management", place="permission set harbor-auditor", message="exists already")


# Glue's catalog


@case("PRE-040")
def a_catalog_that_is_encrypted(world: World) -> Steps:
    yield Fine()
    settings = {"EncryptionAtRest": {"CatalogEncryptionMode": "SSE-KMS", "SseAwsKmsKeyId": "alias/theirs"}}
    glue = world.client("glue", "data")
    glue.put_data_catalog_encryption_settings(DataCatalogEncryptionSettings=settings)
    yield Found(purpose="data", place="acme-data/", message="(SSE-KMS) under alias/theirs")


@case("PRE-041")
def databases_of_others(world: World) -> Steps:
    yield Fine()
    world.client("glue", "data").create_database(DatabaseInput={"Name": "sales"})
    yield Found(purpose="data", place="databases sales", message="not of the platform")


@case("PRE-042")
def a_catalog_under_another_key(world: World) -> Steps:
    account = world.account("data")
    keys = [f"arn:aws:kms:eu-west-1:{account}:key/01234567-89ab-cdef-0123-{number:012x}" for number in range(2)]
    left = "data_catalog: {encryption: account%s}\nteams:"
    kept = world.changed("^teams:", left % "")
    named = world.changed("^teams:", left % f", key_arn: {keys[0]}")
    yield Fine(world=kept)
    yield Found(purpose="data", place=f"data_catalog.key_arn {keys[0]}", message="is not encrypted", world=named)
    glue = world.client("glue", "data")
    for key in keys:
        settings = {"EncryptionAtRest": {"CatalogEncryptionMode": "SSE-KMS", "SseAwsKmsKeyId": key}}
        glue.put_data_catalog_encryption_settings(DataCatalogEncryptionSettings=settings)
        if key == keys[0]:
            yield Fine(world=named)
            yield Found(purpose="data", place="data_catalog.key_arn", message=f"under {key}", world=kept)
    yield Found(purpose="data", place=f"data_catalog.key_arn {keys[0]}", message=f"is under {keys[1]}", world=named)


# Roles that AWS makes, and the bootstrap


@case("PRE-045")
def a_service_linked_role(world: World) -> Steps:
    role = "AWSServiceRoleForAmazonSageMakerNotebooks"
    yield Found(purpose="experimentation", place=f"role {role}", message="does not exist")
    trust = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
    world.client("iam", "experimentation").create_role(
        RoleName=role, Path="/aws-service-role/sagemaker.amazonaws.com/", AssumeRolePolicyDocument=policy(trust)
    )
    yield Fine()


def _parameter(world: World, version: str) -> None:
    for account in world.plan.accounts:
        ssm = world.aws.client("ssm", account, region=world.plan.region)
        ssm.put_parameter(Name="/cdk-bootstrap/hnb659fds/version", Type="String", Value=version, Overwrite=True)


@case("PRE-050")
def no_bootstrap(world: World) -> Steps:
    yield Found(purpose="data", place="/cdk-bootstrap/hnb659fds/version", message="is not bootstrapped")
    _parameter(world, "30")
    yield Fine()


@case("PRE-051")
def an_old_bootstrap(world: World) -> Steps:
    _parameter(world, "6")
    yield Fine()
    _parameter(world, "5")
    yield Found(purpose="data", place="/cdk-bootstrap/hnb659fds/version", message="is version 5, the stacks need 6")


def _bootstrap_role(world: World, kind: str, trusted: str, *policies: str) -> None:
    account = world.account("data")
    iam = world.client("iam", "data")
    name = f"cdk-hnb659fds-{kind}-role-{account}-{world.plan.region}"
    trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{trusted}:root"}, "Action": "sts:AssumeRole"}
    try:
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy(trust))
    except iam.exceptions.EntityAlreadyExistsException:
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=policy(trust))
    for arn in policies:
        iam.attach_role_policy(RoleName=name, PolicyArn=arn)


@case("PRE-052")
def a_bootstrap_without_trust(world: World) -> Steps:
    _bootstrap_role(world, "deploy", world.account("tooling"))
    yield Fine()
    _bootstrap_role(world, "deploy", world.account("data"))
    yield Found(purpose="data", place="deploy-role", message=f"{world.account('tooling')} is not trusted")


@case("PRE-053")
def a_bootstrap_without_policy(world: World) -> Steps:
    yield Fine()
    _bootstrap_role(world, "cfn-exec", world.account("data"))
    yield Found(purpose="data", place="cfn-exec-role", message="has no policy")


@case("PRE-054")
def a_bootstrap_that_may_do_anything(world: World) -> Steps:
    _bootstrap_role(world, "cfn-exec", world.account("data"), "arn:aws:iam::aws:policy/ReadOnlyAccess")
    yield Fine()
    _bootstrap_role(world, "cfn-exec", world.account("data"), "arn:aws:iam::aws:policy/AdministratorAccess")
    yield Found(purpose="data", place="cfn-exec-role", message="AdministratorAccess")


# Zones: the local AWS has three, with every service in each, so that AWS's other answers are told on the wire


def _services(change: Callable[[dict[str, Any]], dict[str, Any] | None]) -> Answer:
    def answer(operation: str, said: Mapping[str, Any]) -> object:
        if operation != "DescribeVpcEndpointServices" or not said:
            return None
        return {
            **said,
            "ServiceDetails": [kept for each in said["ServiceDetails"] if (kept := change(each)) is not None],
        }

    return answer


class _Any(dict[Any, Any]):
    """Gives one value for every key."""

    def __init__(self, value: object) -> None:
        super().__init__()
        self._value = value

    def __missing__(self, key: object) -> object:
        return self._value


_MLFLOW = "aws.sagemaker.eu-west-1.experiments"


@case("PRE-055")
def a_service_that_the_region_lacks(world: World) -> Steps:
    yield Fine()
    gone = _services(lambda each: None if each["ServiceName"] == _MLFLOW else each)
    yield Found(purpose="experimentation", place=_MLFLOW, message="no such service", answer=gone)


@case("PRE-056")
def too_few_zones(world: World) -> Steps:
    yield Fine()

    def one(operation: str, said: Mapping[str, Any]) -> object:
        if operation != "DescribeAvailabilityZones" or not said:
            return None
        return {**said, "AvailabilityZones": said["AvailabilityZones"][:1]}

    yield Found(purpose="data", place="acme-data/", message="sees 1 zones", answer=one)
    named = world.with_properties("AWS::EC2::Subnet", AvailabilityZone=_Any("eu-west-1b"))
    yield Fine(world=named)
    yield Found(purpose="data", place="acme-data/", message="has no zone eu-west-1b", world=named, answer=one)
    with_id = world.with_properties("AWS::EC2::Subnet", AvailabilityZone=_Any({}), AvailabilityZoneId=_Any("euw1-az9"))
    yield Found(purpose="data", place="acme-data/", message="has no zone euw1-az9", world=with_id)


@case("PRE-056")
def a_default_vpc_with_one_subnet(world: World) -> Steps:
    """Where there is a default VPC, Fn::GetAZs gives the zones of its default subnets alone."""
    yield Fine()

    def one(operation: str, said: Mapping[str, Any]) -> object:
        if operation != "DescribeSubnets" or not said:
            return None
        return {**said, "Subnets": [{"AvailabilityZone": "eu-west-1c", "DefaultForAz": True}]}

    yield Found(purpose="data", place="acme-data/", message="sees 1 zones in this account: eu-west-1c", answer=one)


@case("PRE-057")
def a_zone_without_a_service(world: World) -> Steps:
    yield Fine()

    def without(each: dict[str, Any]) -> dict[str, Any]:
        zones = ["eu-west-1a", "eu-west-1c"] if each["ServiceName"] == _MLFLOW else each["AvailabilityZones"]
        return {**each, "AvailabilityZones": zones}

    yield Found(
        purpose="experimentation",
        place="zone eu-west-1b",
        message=f"not in this zone: {_MLFLOW}",
        answer=_services(without),
    )


@case("PRE-058")
def a_name_of_mlflow_that_is_missing(world: World) -> Steps:
    yield Fine()

    def renamed(name: str, wanted: str) -> Answer:
        def named(each: dict[str, Any]) -> dict[str, Any]:
            private = "*.experiments.sagemaker.eu-west-1.app.aws" if each["ServiceName"] == _MLFLOW else wanted
            if each["ServiceName"] not in (_MLFLOW, name):
                return each
            return {**each, "PrivateDnsName": private, "PrivateDnsNames": [{"PrivateDnsName": private}]}

        return _services(named)

    gone = renamed("", "")
    yield Found(purpose="experimentation", place=_MLFLOW, message="mlflow.sagemaker.eu-west-1.app.aws", answer=gone)
    elsewhere = renamed("com.amazonaws.eu-west-1.sts", "mlflow.sagemaker.eu-west-1.app.aws")
    seen = world.check("PRE-058", answer=elsewhere)
    assert ["com.amazonaws.eu-west-1.sts" in finding.fix for finding in seen.findings] == [True]


# A network that exists


def _network(world: World, *, zones: str = "ab") -> World:
    ec2 = world.client("ec2", "experimentation")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.9.{number}.0/24", AvailabilityZone=f"{world.plan.region}{zone}")[
            "Subnet"
        ]["SubnetId"]
        for number, zone in enumerate(zones)
    ]
    there = world.changed("vpc_id: .*", f"vpc_id: {vpc}")
    return there.changed("subnet_ids: .*", f"subnet_ids: [{', '.join(subnets)}]")


def _imported(world: World) -> ImportedNetwork:
    network = world.plan.platform.network
    assert isinstance(network, ImportedNetwork)
    return network


@case("PRE-060", "imported_network")
def a_vpc_that_does_not_exist(world: World) -> Steps:
    yield Fine(world=_network(world))
    yield Found(purpose="experimentation", place="vpc-0a1b2c3d4e5f60718", message="no such VPC")


@case("PRE-061", "imported_network")
def a_subnet_that_does_not_exist(world: World) -> Steps:
    there = _network(world)
    yield Fine(world=there)
    wrong = there.changed(r"subnet_ids: \[[^,]*", "subnet_ids: [subnet-0a1b2c3d4e5f60718")
    yield Found(purpose="experimentation", place="subnet-0a1b2c3d4e5f60718", message="no such subnet", world=wrong)


@case("PRE-061", "imported_network")
def a_subnet_of_another_vpc(world: World) -> Steps:
    there, other = _network(world), _network(world)
    yield Fine(world=there)
    foreign = _imported(other).subnet_ids[0]
    wrong = there.changed(r"subnet_ids: \[[^,]*", f"subnet_ids: [{foreign}")
    yield Found(purpose="experimentation", place=foreign, message="the subnet is in vpc-", world=wrong)


@case("PRE-061", "imported_network")
def subnets_of_one_zone(world: World) -> Steps:
    yield Fine(world=_network(world))
    yield Found(
        purpose="experimentation", place="vpc-", message="all subnets are in zone", world=_network(world, zones="aa")
    )


@case("PRE-062", "imported_network")
def a_vpc_without_host_names(world: World) -> Steps:
    there = _network(world)
    yield Fine(world=there)
    vpc = _imported(there).vpc_id
    world.client("ec2", "experimentation").modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": False})
    yield Found(purpose="experimentation", place=vpc, message="enableDnsHostnames is off", world=there)


@case("PRE-063", "imported_network")
def a_vpc_without_an_endpoint(world: World) -> Steps:
    there = _network(world)
    vpc = _imported(there).vpc_id
    ec2 = world.client("ec2", "experimentation")
    made: dict[str, str] = {}
    for service in NEEDED[Purpose.EXPERIMENTATION]:
        name = service.format(region=world.plan.region)
        kind = "Gateway" if name.endswith(".s3") else "Interface"
        endpoint = ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=name, VpcEndpointType=kind)
        made[name] = endpoint["VpcEndpoint"]["VpcEndpointId"]
    yield Fine(world=there)
    kms = f"com.amazonaws.{world.plan.region}.kms"
    ec2.delete_vpc_endpoints(VpcEndpointIds=[made[kms]])
    yield Found(purpose="experimentation", place=vpc, message=f"not there: {kms}", world=there)


# What platform.yaml says that it exists


@case("PRE-065", "control_tower")
def a_boundary_that_is_missing(world: World) -> Steps:
    for account in world.plan.accounts[1:]:
        _boundary(world, account)
    yield Found(purpose="experimentation", place="policy/controltower/bank-boundary", message="no such policy")
    _boundary(world, world.plan.accounts[0])
    yield Fine()


def _boundary(world: World, account: str) -> None:
    document = policy({"Effect": "Allow", "Action": "*", "Resource": "*"})
    world.aws.client("iam", account).create_policy(
        PolicyName="bank-boundary", Path="/controltower/", PolicyDocument=document
    )


def _log_bucket(world: World) -> str:
    name = world.plan.platform.access_log_bucket
    assert name is not None
    where = {"LocationConstraint": world.plan.region}
    world.client("s3", "experimentation").create_bucket(Bucket=name, CreateBucketConfiguration=where)
    return name


@case("PRE-066", "control_tower")
def a_log_bucket_that_is_missing(world: World) -> Steps:
    yield Found(purpose="experimentation", place="access-logs", message="no such bucket")
    _log_bucket(world)
    yield Fine()


@case("PRE-066", "control_tower")
def a_log_bucket_under_a_key(world: World) -> Steps:
    name = _log_bucket(world)
    yield Fine()
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}
    world.client("s3", "experimentation").put_bucket_encryption(
        Bucket=name, ServerSideEncryptionConfiguration={"Rules": [rule]}
    )
    yield Found(purpose="experimentation", place=f"bucket {name}", message="aws:kms")


@case("PRE-067", "control_tower")
def a_saml_provider_that_is_missing(world: World) -> Steps:
    yield Found(purpose="experimentation", place="saml-provider/bank-adfs", message="no such SAML provider")
    metadata = f'<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata">{"x" * 1000}</EntityDescriptor>'
    world.client("iam", "experimentation").create_saml_provider(Name="bank-adfs", SAMLMetadataDocument=metadata)
    yield Fine()


# Quotas


def _quota(world: World, purpose: str, service: str, code: str, value: float) -> None:
    region = "us-east-1" if service == "s3" else world.plan.region
    quotas = world.lent("service-quotas", world.aws.root(world.account(purpose)), region)
    quotas.request_service_quota_increase(ServiceCode=service, QuotaCode=code, DesiredValue=value)


@case("PRE-070", only="VPCs per Region")
def no_room_for_a_vpc(world: World) -> Steps:
    yield Fine(answer=_with_quotas)
    ec2 = world.client("ec2", "development")
    for number in range(5):
        ec2.create_vpc(CidrBlock=f"10.{number}.0.0/16")
    yield Found(
        purpose="development", place="VPCs per Region (vpc, L-F678F1CE)", message="the quota is 5", answer=_with_quotas
    )


def _counted(name: str, purpose: str, service: str, code: str, value: float) -> None:
    def steps(world: World) -> Steps:
        yield Fine(answer=_with_quotas)
        _quota(world, purpose, service, code, value)
        yield Found(purpose=purpose, place=code, message=f"the quota is {value:g}", answer=_with_quotas)

    steps.__name__ = f"a_quota_of_{name}"
    case("PRE-070", only=code)(steps)


_counted("buckets", "data", "s3", "L-DC2B2D3D", 3)
_counted("keys", "data", "kms", "L-C2F1777E", 3)
_counted("domains", "experimentation", "sagemaker", "L-B683BCB0", 0)
_counted("profiles", "experimentation", "sagemaker", "L-AC46C40F", 5)
_counted("pipelines", "development", "sagemaker", "L-E8EADE50", 0)
_counted("package_groups", "tooling", "sagemaker", "L-BC8DC54C", 1)


@case("PRE-070", only="Interface VPC endpoints")
def a_quota_of_endpoints(world: World) -> Steps:
    yield Fine(answer=_with_quotas)
    _quota(world, "data", "vpc", "L-29B6F2EB", 9)
    yield Found(purpose="data", place="network of acme-data", message="it has 10, the quota is 9", answer=_with_quotas)


def _more_quotas(mlflow: float, groups: float) -> Answer:
    """The quotas that the local AWS does not list, since their codes are not known."""

    def answer(operation: str, said: Mapping[str, Any]) -> object:
        if operation != "ListServiceQuotas" or not said or "NextToken" in said:
            return None
        more = [
            {"QuotaName": "Maximum number of MLflow Apps", "Value": mlflow},
            {"QuotaName": "Maximum number of feature groups", "Value": groups},
        ]
        return {**said, "Quotas": [*said["Quotas"], *more]}

    return answer


_with_quotas = _more_quotas(100, 100)


@case("PRE-070", only="MLflow app")
def a_quota_of_mlflow_apps(world: World) -> Steps:
    yield Fine(answer=_with_quotas)
    yield Found(purpose="experimentation", place="MLflow app", message="the quota is 2", answer=_more_quotas(2, 100))


@case("PRE-070", only="feature group")
def a_quota_of_feature_groups(world: World) -> Steps:
    yield Fine(answer=_with_quotas)
    yield Found(purpose="data", place="feature group", message="the quota is 0", answer=_more_quotas(100, 0))


def _summary(**quotas: int) -> Answer:
    def answer(operation: str, said: Mapping[str, Any]) -> object:
        if operation == "GetAccountSummary" and said:
            return {**said, "SummaryMap": {**said["SummaryMap"], **quotas}}
        return _with_quotas(operation, said)

    return answer


@case("PRE-070", only="Roles per account")
def a_quota_of_roles(world: World) -> Steps:
    yield Fine(answer=_with_quotas)
    yield Found(purpose="data", place="L-FE177D64", message="the quota is 3", answer=_summary(RolesQuota=3))


@case("PRE-070", only="Customer managed policies")
def a_quota_of_policies(world: World) -> Steps:
    yield Fine(answer=_with_quotas)
    yield Found(purpose="data", place="L-E95E4862", message="the quota is 3", answer=_summary(PoliciesQuota=3))


@case("PRE-070", only="Managed policies per role")
def a_quota_of_policies_on_a_role(world: World) -> Steps:
    yield Fine(answer=_with_quotas)
    few = _summary(AttachedPoliciesPerRoleQuota=3)
    yield Found(purpose="experimentation", place="/Team", message="5 managed policies, the quota is 3", answer=few)


def _instances(world: World, purpose: str, name: str, value: float) -> None:
    listed = (
        world.client("service-quotas", purpose).get_paginator("list_service_quotas").paginate(ServiceCode="sagemaker")
    )
    (code,) = [quota["QuotaCode"] for page in listed for quota in page["Quotas"] if quota["QuotaName"] == name]
    _quota(world, purpose, "sagemaker", code, value)


@case("PRE-071")
def no_machine_for_a_pipeline(world: World) -> Steps:
    yield Fine()
    _instances(world, "development", "ml.m5.large for training job usage", 0)
    yield Found(purpose="development", place="arrivals/late-arrival, step Train", message="is 0, the step needs 1")


@case("PRE-072")
def no_machine_for_studio(world: World) -> Steps:
    yield Fine()
    _instances(world, "experimentation", "Studio JupyterLab Apps running on ml.t3.medium instances", 0)
    yield Found(purpose="experimentation", place="studio.instance_types ml.t3.medium", message="is 0")


@case("PRE-073")
def no_machine_of_an_approved_type(world: World) -> Steps:
    yield Found(purpose="development", place="approved instance types", message="ml.g4dn.xlarge, ml.g5.xlarge")
    for kind in ("ml.g4dn.xlarge", "ml.g5.xlarge"):
        _instances(world, "development", f"{kind} for training job usage", 1)
    yield Fine()


@case("PRE-074")
def no_machine_for_an_endpoint(world: World) -> Steps:
    yield Fine()
    _instances(world, "production", "ml.m5.large for endpoint usage", 11)
    yield Found(purpose="production", place="endpoints of ml.m5.large", message="is 11, endpoints need 12")


@case("PRE-075")
def no_machine_for_a_rollout(world: World) -> Steps:
    yield Fine()
    _instances(world, "production", "ml.m5.large for endpoint usage", 15)
    told = "is 15; 12 serve, and a rollout starts 10 beside them"
    yield Found(purpose="production", place="endpoints of ml.m5.large", message=told)


@case("PRE-076", "staging_with_production")
def no_machine_for_a_transform(world: World) -> Steps:
    yield Fine()
    _instances(world, "staging", "ml.m5.xlarge for transform job usage", 0)
    yield Found(purpose="staging", place="berths/overnight", message="is 0, a job needs 1")


# Leftovers


def _in_state(state: str) -> Answer:
    def answer(operation: str, said: Mapping[str, Any]) -> object:
        if operation != "DescribeStacks" or not said:
            return None
        return {**said, "Stacks": [{**stack, "StackStatus": state} for stack in said["Stacks"]]}

    return answer


def _whole_stack(world: World, *, protected: bool = False) -> None:
    cloudformation = world.client("cloudformation", "data")
    topic = {"Resources": {"A": {"Type": "AWS::SNS::Topic"}}}
    cloudformation.create_stack(
        StackName="acme-data", TemplateBody=json.dumps(topic), EnableTerminationProtection=protected
    )
    cloudformation.get_waiter("stack_create_complete").wait(StackName="acme-data", WaiterConfig={"Delay": 1})


def _state(code: str, state: str, message: str, *, protected: bool = False) -> None:
    def steps(world: World) -> Steps:
        _whole_stack(world, protected=protected)
        yield Fine()
        yield Found(purpose="data", place="stack acme-data", message=message, answer=_in_state(state))

    steps.__name__ = f"a_stack_in_{state.lower()}"
    case(code)(steps)


_state("PRE-080", "ROLLBACK_COMPLETE", "never completed (ROLLBACK_COMPLETE)", protected=True)
_state("PRE-080", "REVIEW_IN_PROGRESS", "never completed (REVIEW_IN_PROGRESS)", protected=True)
_state("PRE-081", "ROLLBACK_FAILED", "could not be deleted")
_state("PRE-081", "DELETE_FAILED", "could not be deleted")
_state("PRE-082", "UPDATE_ROLLBACK_FAILED", "is in UPDATE_ROLLBACK_FAILED")
_state("PRE-083", "UPDATE_IN_PROGRESS", "is in UPDATE_IN_PROGRESS")
_state("PRE-084", "ROLLBACK_COMPLETE", "never completed (ROLLBACK_COMPLETE)")


# People


@case("PRE-086")
def a_person_who_leaves_with_spaces(world: World) -> Steps:
    sagemaker, role = world.client("sagemaker", "experimentation"), f"arn:aws:iam::{new_id()}:role/any"
    domain = sagemaker.create_domain(
        DomainName="acme-experimentation", AuthMode="IAM", DefaultUserSettings={"ExecutionRole": role}
    )["DomainArn"].rpartition("/")[2]
    template = {
        "Resources": {
            "Gone": {
                "Type": "AWS::SageMaker::UserProfile",
                "Properties": {"DomainId": domain, "UserProfileName": "fraud-gone"},
            }
        }
    }
    cloudformation = world.client("cloudformation", "experimentation")
    stack = "acme-experimentation-team-fraud"
    cloudformation.create_stack(StackName=stack, TemplateBody=json.dumps(template))
    cloudformation.get_waiter("stack_create_complete").wait(StackName=stack, WaiterConfig={"Delay": 1})
    yield Fine()
    sagemaker.create_space(
        DomainId=domain,
        SpaceName="fraud-gone-lab",
        OwnershipSettings={"OwnerUserProfileName": "fraud-gone"},
        SpaceSharingSettings={"SharingType": "Private"},
    )
    yield Found(purpose="experimentation", place="Studio profile fraud-gone", message="has spaces: fraud-gone-lab")
