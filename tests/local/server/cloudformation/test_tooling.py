"""Package registries, connections, OIDC providers and image repositories through CloudFormation."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mlops_stages.local.client import honesty
from tests.local.clients import LocalAws, refusal
from tests.local.stacks import RefusedStackError, Stack, after, att, changed, ref, resource

TAGS = [{"Key": "team", "Value": "fraud"}]
ANYONE = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "codeartifact:ReadFromRepository", "Resource": "*"}],
}
BLOCK = {"RestrictionMode": "BLOCK"}


@pytest.fixture
def stack(local_aws: LocalAws, account: str) -> Stack:
    return Stack(local_aws, account)


def key(account: str) -> dict[str, Any]:
    root = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": "kms:*", "Resource": "*"}
    return resource("AWS::KMS::Key", KeyPolicy={"Version": "2012-10-17", "Statement": [root]})


def packages(account: str) -> dict[str, Any]:
    """A domain under a key with two repositories, one upstream of the other, and rules for own names."""
    own = {"Publish": {"RestrictionMode": "ALLOW_SPECIFIC_REPOSITORIES", "Repositories": ["shared"]}}
    return {
        "Key": key(account),
        "Domain": resource(
            "AWS::CodeArtifact::Domain",
            DomainName="acme",
            EncryptionKey=att("Key", "Arn"),
            PermissionsPolicyDocument=ANYONE,
            Tags=TAGS,
        ),
        "Store": resource(
            "AWS::CodeArtifact::Repository",
            DomainName=att("Domain", "Name"),
            RepositoryName="pypi-store",
            ExternalConnections=["public:pypi"],
        ),
        "Shared": resource(
            "AWS::CodeArtifact::Repository",
            DomainName=att("Domain", "Name"),
            RepositoryName="shared",
            Description="install from here",
            Upstreams=[att("Store", "Name")],
            PermissionsPolicyDocument=ANYONE,
            Tags=TAGS,
        ),
        "Own": after(
            "Shared",
            resource(
                "AWS::CodeArtifact::PackageGroup",
                DomainName="acme",
                Pattern="/pypi//acme~",
                Description="ours",
                ContactInfo="olga@acme.example",
                OriginConfiguration={"Restrictions": {**own, "ExternalUpstream": BLOCK, "InternalUpstream": BLOCK}},
                Tags=TAGS,
            ),
        ),
    }


def code(account: str) -> dict[str, Any]:
    """A provider, a connection and an image repository."""
    pull = {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "ecr:BatchGetImage"}
    expire = {
        "rulePriority": 1,
        "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 5},
        "action": {"type": "expire"},
    }
    return {
        "Key": key(account),
        "Provider": resource(
            "AWS::IAM::OIDCProvider", Url="https://gitlab.com", ClientIdList=["sts.amazonaws.com"], Tags=TAGS
        ),
        "Connection": resource(
            "AWS::CodeConnections::Connection", ConnectionName="acme-github", ProviderType="GitHub", Tags=TAGS
        ),
        "Images": resource(
            "AWS::ECR::Repository",
            RepositoryName="acme/fraud/card-fraud",
            ImageTagMutability="IMMUTABLE",
            ImageScanningConfiguration={"ScanOnPush": True},
            EncryptionConfiguration={"EncryptionType": "KMS", "KmsKey": att("Key", "Arn")},
            LifecyclePolicy={"LifecyclePolicyText": json.dumps({"rules": [expire]})},
            RepositoryPolicyText={"Version": "2012-10-17", "Statement": [pull]},
            Tags=TAGS,
        ),
    }


def faults(stack: Stack) -> list[str]:
    """What of this account's declared properties the APIs do not describe as declared."""
    resources = [found for found in honesty.declared(stack.aws.endpoint) if found.account == stack.account]
    report = honesty.Comparison(stack.aws.endpoint).compare(resources)
    return [f"{each}" for each in (*report.accepted, *report.unchecked)]


def group(stack: Stack, package: str) -> dict[str, Any]:
    found: dict[str, Any] = stack.client("codeartifact").get_associated_package_group(
        domain="acme", format="pypi", package=package
    )["packageGroup"]
    return found


def test_what_a_template_declares_of_packages_is_what_the_api_describes(stack: Stack) -> None:
    outputs = stack.create(
        packages(stack.account),
        Domain=ref("Domain"),
        Owner=att("Domain", "Owner"),
        Shared=ref("Shared"),
        Group=att("Own", "Arn"),
    )
    prefix = f"arn:aws:codeartifact:eu-west-1:{stack.account}"
    assert outputs == {
        "Domain": f"{prefix}:domain/acme",
        "Owner": stack.account,
        "Shared": f"{prefix}:repository/acme/shared",
        "Group": f"{prefix}:package-group/acme/pypi//acme~",
    }
    assert faults(stack) == []


def test_packages_change_and_go_with_their_template(stack: Stack) -> None:
    template = packages(stack.account)
    stack.create(template)
    rules = {"Restrictions": {"Publish": {"RestrictionMode": "ALLOW"}}}
    stack.update(
        changed(
            changed(template, "Own", OriginConfiguration=rules, Tags=[{"Key": "team", "Value": "other"}]),
            "Shared",
            Description="from here",
            PermissionsPolicyDocument=None,
            Upstreams=None,
            Tags=None,
        )
    )
    assert faults(stack) == []
    client = stack.client("codeartifact")
    assert group(stack, "acme")["originConfiguration"]["restrictions"]["EXTERNAL_UPSTREAM"]["effectiveMode"] == "ALLOW"
    allowed = client.list_allowed_repositories_for_group(
        domain="acme", packageGroup="/pypi//acme~", originRestrictionType="PUBLISH"
    )
    assert allowed["allowedRepositories"] == []
    assert client.describe_repository(domain="acme", repository="shared")["repository"]["upstreams"] == []
    refusal(
        lambda: client.get_repository_permissions_policy(domain="acme", repository="shared"),
        code="ResourceNotFoundException",
    )
    stack.delete()
    assert client.list_domains()["domains"] == []


@pytest.mark.parametrize(
    ("package", "pattern"),
    [("acme", "/pypi//acme~"), ("acme_x", "/pypi//acme~"), ("acmex", "/*"), ("numpy", "/*")],
)
def test_a_package_belongs_to_the_closest_group_by_whole_words(stack: Stack, package: str, pattern: str) -> None:
    stack.create(packages(stack.account))
    assert group(stack, package)["pattern"] == pattern


@pytest.mark.parametrize(
    ("name", "properties", "reason"),
    [
        ("Own", {"Pattern": "/pypi/acme"}, "no pattern"),
        ("Own", {"OriginConfiguration": {"Restrictions": {"Publish": {"RestrictionMode": "NEVER"}}}}, "enum value set"),
        (
            "Own",
            {
                "OriginConfiguration": {
                    "Restrictions": {
                        "Publish": {"RestrictionMode": "ALLOW_SPECIFIC_REPOSITORIES", "Repositories": ["none"]}
                    }
                }
            },
            "does not exist",
        ),
        ("Shared", {"Upstreams": ["none"]}, "does not exist"),
        ("Shared", {"ExternalConnections": ["public:pypi"]}, "not both"),
        ("Store", {"ExternalConnections": ["private:pypi"]}, "no external connection"),
        ("Domain", {"EncryptionKey": "arn:aws:kms:eu-west-1:111111111111:key/none"}, "cannot be used"),
        ("Domain", {"DomainName": "Acme"}, "pattern"),
        ("Domain", {"Secret": "x"}, "unsupported property"),
    ],
)
def test_what_aws_refuses_of_packages_fails_the_stack(
    stack: Stack, name: str, properties: dict[str, Any], reason: str
) -> None:
    with pytest.raises(RefusedStackError, match=reason):
        stack.create(changed(packages(stack.account), name, **properties))
    assert stack.client("codeartifact").list_domains()["domains"] == []


def test_what_a_template_declares_of_code_is_what_the_api_describes(stack: Stack) -> None:
    outputs = stack.create(
        code(stack.account),
        Provider=att("Provider", "Arn"),
        Status=att("Connection", "ConnectionStatus"),
        Images=att("Images", "RepositoryUri"),
    )
    assert outputs == {
        "Provider": f"arn:aws:iam::{stack.account}:oidc-provider/gitlab.com",
        "Status": "PENDING",
        "Images": f"{stack.account}.dkr.ecr.eu-west-1.amazonaws.com/acme/fraud/card-fraud",
    }
    assert faults(stack) == []


def test_code_changes_and_goes_with_its_template(stack: Stack) -> None:
    template = code(stack.account)
    stack.create(template)
    more = changed(template, "Provider", ClientIdList=["sts.amazonaws.com", "other"], Tags=None)
    stack.update(changed(more, "Connection", Tags=[{"Key": "team", "Value": "other"}]))
    assert faults(stack) == []
    found = stack.client("iam").get_open_id_connect_provider(OpenIDConnectProviderArn=stack.id_of("Provider"))
    assert found["ClientIDList"] == ["sts.amazonaws.com", "other"]
    stack.delete()
    assert stack.client("codeconnections").list_connections()["Connections"] == []
    assert stack.client("iam").list_open_id_connect_providers()["OpenIDConnectProviderList"] == []


@pytest.mark.parametrize(
    ("name", "properties", "reason"),
    [
        ("Provider", {"Url": "http://gitlab.com"}, "https://"),
        ("Provider", {"Url": None}, "https://"),
        ("Connection", {"ProviderType": "Sourceforge"}, "enum value set"),
        ("Connection", {"ConnectionName": "c" * 33}, "length"),
        ("Images", {"RepositoryPolicyText": {"Statement": [{"Resource": "*"}]}}, "Invalid repository policy"),
        ("Images", {"LifecyclePolicy": {"LifecyclePolicyText": "{}"}}, "LifecyclePolicyText"),
        ("Images", {"LifecyclePolicy": {"LifecyclePolicyText": "nonsense"}}, "not JSON"),
        ("Images", {"EncryptionConfiguration": {"EncryptionType": "KMS", "KmsKey": "none"}}, "none"),
    ],
)
def test_what_aws_refuses_of_code_fails_the_stack(
    stack: Stack, name: str, properties: dict[str, Any], reason: str
) -> None:
    with pytest.raises(RefusedStackError, match=reason):
        stack.create(changed(code(stack.account), name, **properties))


def test_a_second_provider_connection_or_repository_of_a_name_is_refused(stack: Stack) -> None:
    template = code(stack.account)
    stack.create(template)
    for name in ("Provider", "Connection", "Images"):
        other = {"Key": template["Key"], name: template[name]}
        with pytest.raises(RefusedStackError, match="already exists"):
            Stack(stack.aws, stack.account).create(other)
    assert stack.client("ecr").describe_repositories(repositoryNames=["acme/fraud/card-fraud"])["repositories"]


def test_tags_of_the_tooling_types_are_read_by_the_api(stack: Stack) -> None:
    stack.create(packages(stack.account))
    client, arn = stack.client("codeartifact"), stack.id_of("Shared")
    client.tag_resource(resourceArn=arn, tags=[{"key": "more", "value": "1"}])
    tags = {tag["key"]: tag["value"] for tag in client.list_tags_for_resource(resourceArn=arn)["tags"]}
    assert tags["team"] == "fraud"
    assert tags["more"] == "1"
    client.untag_resource(resourceArn=arn, tagKeys=["more"])
    assert "more" not in {tag["key"] for tag in client.list_tags_for_resource(resourceArn=arn)["tags"]}
    refusal(lambda: client.list_tags_for_resource(resourceArn=f"{arn}x"), code="ResourceNotFoundException")


def test_an_operation_that_nobody_answers_is_said_to_be_missing(stack: Stack) -> None:
    stack.create(packages(stack.account))
    client = stack.client("codeartifact")
    refusal(lambda: client.list_packages(domain="acme", repository="shared"), code="NotImplemented")
