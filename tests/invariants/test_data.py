"""Invariants 4 and 5: encrypted, in transit and at rest; nothing public; what holds data stays."""

import json

import pytest

from tests.invariants.conftest import Organization, Placed, Resource
from tests.invariants.statements import statements
from tests.templates import references

HOLDS_DATA = (
    "AWS::CloudTrail::Trail",
    "AWS::KMS::Key",
    "AWS::Logs::LogGroup",
    "AWS::S3::Bucket",
    "AWS::S3::BucketPolicy",
    "AWS::SageMaker::Domain",
    "AWS::CodeArtifact::Domain",
    "AWS::CodeArtifact::Repository",
    "AWS::DynamoDB::Table",
    "AWS::ECR::Repository",
    "AWS::Glue::Database",
    "AWS::SageMaker::FeatureGroup",
    "AWS::SageMaker::EndpointConfig",
    "AWS::SageMaker::MlflowApp",
    "AWS::SageMaker::Model",
    "AWS::SageMaker::ModelPackageGroup",
)


def holds_data(resource: Placed) -> bool:
    """Whether it is more than can be made again, which a database of tables over rows elsewhere is not."""
    return resource.type != "AWS::Glue::Database" or "LocationUri" in resource.properties["DatabaseInput"]


WAYS_OUT = (
    "AWS::EC2::CarrierGateway",
    "AWS::EC2::EgressOnlyInternetGateway",
    "AWS::EC2::EIP",
    "AWS::EC2::InternetGateway",
    "AWS::EC2::NatGateway",
    "AWS::EC2::Route",
    "AWS::EC2::TransitGatewayAttachment",
    "AWS::EC2::VPCGatewayAttachment",
    "AWS::EC2::VPCPeeringConnection",
    "AWS::EC2::VPNGateway",
)
KEY_PROPERTY = {
    "AWS::Logs::LogGroup": "KmsKeyId",
    "AWS::SNS::Topic": "KmsMasterKeyId",
    "AWS::SageMaker::Domain": "KmsKeyId",
    "AWS::CloudTrail::Trail": "KMSKeyId",
    "AWS::CodeArtifact::Domain": "EncryptionKey",
}


def receives_access_logs(organization: Organization, bucket: Placed) -> bool:
    """Whether other buckets log to this one: S3 delivers their logs only to SSE-S3."""
    exports = {
        output["Export"]["Name"]
        for output in organization.templates[bucket.stack].get("Outputs", {}).values()
        if output["Value"] == {"Ref": bucket.logical_id} and "Export" in output
    }
    for other in organization.resources("AWS::S3::Bucket"):
        target = other.properties.get("LoggingConfiguration", {}).get("DestinationBucketName")
        own = other.stack == bucket.stack and target == {"Ref": bucket.logical_id}
        if own or target in [{"Fn::ImportValue": name} for name in exports]:
            return True
    return False


def test_buckets_are_under_a_customer_managed_key(organization: Organization) -> None:
    for bucket in organization.resources("AWS::S3::Bucket"):
        (rule,) = bucket.properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        default = rule["ServerSideEncryptionByDefault"]
        if receives_access_logs(organization, bucket):
            assert default == {"SSEAlgorithm": "AES256"}, f"{bucket}"
        else:
            assert default["SSEAlgorithm"] == "aws:kms", f"{bucket}"
            assert "Fn::GetAtt" in default["KMSMasterKeyID"], f"{bucket}"
            assert rule["BucketKeyEnabled"] is True, f"{bucket}"


def test_at_most_one_bucket_of_an_accounts_purpose_is_the_exception(organization: Organization) -> None:
    exceptions = [b.stack for b in organization.resources("AWS::S3::Bucket") if receives_access_logs(organization, b)]
    assert len(exceptions) == len(set(exceptions))


@pytest.mark.parametrize(("type_name", "name"), KEY_PROPERTY.items())
def test_what_can_be_encrypted_is_under_a_key_of_ours(organization: Organization, type_name: str, name: str) -> None:
    for resource in organization.resources(type_name):
        _, value = organization.imported(resource.stack, resource.properties[name])
        assert "Fn::GetAtt" in value, f"{resource}"


def test_keys_rotate_and_are_not_deleted_in_a_hurry(organization: Organization) -> None:
    for key in organization.resources("AWS::KMS::Key"):
        # KMS rotates no key that signs: what it signed is verified for years.
        assert key.properties.get("EnableKeyRotation") is (None if "KeySpec" in key.properties else True), f"{key}"
        assert key.properties["PendingWindowInDays"] == 30, f"{key}"


def test_every_bucket_refuses_plain_http(organization: Organization) -> None:
    policies = {
        json.dumps(policy.properties["Bucket"]): policy for policy in organization.resources("AWS::S3::BucketPolicy")
    }
    for bucket in organization.resources("AWS::S3::Bucket"):
        policy = policies[json.dumps({"Ref": bucket.logical_id})] if bucket.stack else None
        assert policy is not None
        (refusal,) = (s for s in statements(policy.properties) if s["Sid"] == "RefusePlainHttp")
        assert refusal["Effect"] == "Deny"
        assert refusal["Principal"] == "*"
        assert refusal["Action"] == ["s3:*"]
        assert refusal["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_no_bucket_is_public(organization: Organization) -> None:
    for bucket in organization.resources("AWS::S3::Bucket"):
        block = bucket.properties["PublicAccessBlockConfiguration"]
        assert set(block.values()) == {True}, f"{bucket}"
        assert len(block) == 4, f"{bucket}"
    for policy in organization.resources("AWS::S3::BucketPolicy", "AWS::SNS::TopicPolicy"):
        for statement in statements(policy.properties):
            assert statement["Effect"] == "Deny" or statement["Principal"] != "*", f"{policy}"


def test_no_subnet_has_a_way_to_the_internet(organization: Organization) -> None:
    assert [str(resource) for resource in organization.resources(*WAYS_OUT)] == []
    for subnet in organization.resources("AWS::EC2::Subnet"):
        assert subnet.properties["MapPublicIpOnLaunch"] is False, f"{subnet}"
    for domain in organization.resources("AWS::SageMaker::Domain"):
        assert domain.properties["AppNetworkAccessType"] == "VpcOnly", f"{domain}"


def test_no_security_group_lets_strangers_in(organization: Organization) -> None:
    for group in organization.resources("AWS::EC2::SecurityGroup"):
        for rule in group.properties.get("SecurityGroupIngress", []):
            assert rule["CidrIp"].split("/")[0] != "0.0.0.0", f"{group}"
    for rule in organization.resources("AWS::EC2::SecurityGroupIngress"):
        assert "SourceSecurityGroupId" in rule.properties, f"{rule}"


def test_what_holds_data_is_retained(organization: Organization) -> None:
    held = [each for each in organization.resources(*HOLDS_DATA) if holds_data(each)]
    assert held
    for resource in held:
        assert resource.body.get("DeletionPolicy") == "RetainExceptOnCreate", f"{resource}"
        assert resource.body.get("UpdateReplacePolicy") == "Retain", f"{resource}"


def test_nothing_is_left_behind_by_a_create_that_failed(organization: Organization) -> None:
    """`Retain` holds when a create is rolled back, too: what has a fixed name would then block the next one."""
    policies = {
        f"{r}": (r.body.get("DeletionPolicy"), r.body.get("UpdateReplacePolicy")) for r in organization.resources()
    }
    kept = {resource: policy for resource, policy in policies.items() if policy != (None, None)}
    allowed = {("RetainExceptOnCreate", "Retain"), ("Delete", "Delete")}
    assert {resource: policy for resource, policy in kept.items() if policy not in allowed} == {}


QUICK = ("AWS::IAM::ManagedPolicy", "AWS::IAM::Policy", "AWS::IAM::Role")
"""Made in seconds and at the start: they have failed, if they fail, long before a trail that waits for a network."""


def test_what_a_rollback_cannot_take_back_is_created_last(organization: Organization) -> None:
    """A trail writes objects under a lock, a Studio domain leaves a file system that keeps the network in use."""
    for stack, template in organization.templates.items():
        resources: dict[str, Resource] = template["Resources"]
        for trail in (name for name, body in resources.items() if body["Type"] == "AWS::CloudTrail::Trail"):
            later = resources.keys() - before(resources, trail) - {trail}
            after = {name for name in later if trail in before(resources, name)}
            assert {resources[name]["Type"] for name in later - after} <= set(QUICK), stack
            domains = {name for name, body in resources.items() if body["Type"] == "AWS::SageMaker::Domain"}
            assert domains <= after, stack


def before(resources: dict[str, Resource], name: str) -> set[str]:
    """What CloudFormation creates before a resource: all that it refers to or depends on, and so on."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        body = resources[waiting.pop()]
        direct = {*references(body.get("Properties", {})), *body.get("DependsOn", [])} & resources.keys()
        waiting += direct - found
        found |= direct
    return found


def test_buckets_keep_versions(organization: Organization) -> None:
    for bucket in organization.resources("AWS::S3::Bucket"):
        assert bucket.properties["VersioningConfiguration"] == {"Status": "Enabled"}, f"{bucket}"


def test_a_stack_that_was_never_created_is_not_protected(organization: Organization) -> None:
    """The CDK CLI sets protection before it executes the change set, and then cannot delete what a failed one left."""
    artifacts = organization.assembly.manifest["artifacts"].values()
    stacks = [a for a in artifacts if a["type"] == "aws:cloudformation:stack"]
    assert stacks
    assert [s for s in stacks if s["properties"].get("terminationProtection")] == []
