"""RepositoryRole: what a team's CI may do, and whose jobs become it."""

from dataclasses import replace
from typing import Any

import pytest
from aws_cdk import Stack

from mlops_stages.repeatable import RepositoryRole
from mlops_stages.repeatable.tooling_account import actions_in_use
from tests.foundation.built import Built, Json, built, refused
from tests.foundation.judge import Caller
from tests.repeatable.tooling import ADDRESSES, BOUNDARY, BUCKET, HERE, KEY, REPOSITORY, TOOLING, a_store, named

ECR = "arn:aws:ecr:eu-west-1:333333333333:repository"
PACKAGES = "arn:aws:codeartifact:eu-west-1:333333333333:package/acme/shared/pypi//"
PUBLISH = "codeartifact:PublishPackageVersion"


def a_role(stack: Stack, **options: Any) -> RepositoryRole:  # noqa: ANN401  # each test names a real option
    given: dict[str, Any] = {"repository": REPOSITORY, **options}
    return RepositoryRole(
        stack,
        "Ci",
        perimeter=HERE,
        addresses=ADDRESSES,
        team="arrivals",
        artifacts=a_store(stack),
        permissions_boundary_arn=BOUNDARY,
        **given,
    )


@pytest.fixture(scope="module")
def found() -> Built:
    return built(a_role)


@pytest.fixture(scope="module")
def ci(found: Built) -> Caller:
    document: Json = named(found, found.one("AWS::IAM::ManagedPolicy")["PolicyDocument"])
    return Caller(policies=[document], account=TOOLING)


def test_it_has_the_name_that_development_trusts_and_the_boundary(found: Built) -> None:
    role = found.one("AWS::IAM::Role")
    assert (role["Path"], role["RoleName"]) == ("/acme/arrivals/", "acme-arrivals.ci")
    assert role["PermissionsBoundary"] == BOUNDARY
    assert role["MaxSessionDuration"] == 3600


def test_it_trusts_one_branch_of_one_repository_by_equality(found: Built) -> None:
    (trust,) = found.one("AWS::IAM::Role")["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Action"] == ["sts:AssumeRoleWithWebIdentity"]
    assert trust["Principal"] == {
        "Federated": ["arn:aws:iam::333333333333:oidc-provider/token.actions.githubusercontent.com"]
    }
    assert trust["Condition"] == {
        "StringEquals": {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": "repo:acme/late-arrival:ref:refs/heads/main",
        }
    }


def test_a_project_of_gitlab_is_trusted_alike() -> None:
    role = built(lambda stack: a_role(stack, repository=replace(REPOSITORY, provider="gitlab"))).one("AWS::IAM::Role")
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Federated": ["arn:aws:iam::333333333333:oidc-provider/gitlab.com"]}
    assert set(trust["Condition"]) == {"StringEquals"}


def test_a_repository_that_lets_others_in_is_refused_before_anything_is_created() -> None:
    wide = replace(REPOSITORY, name="*")
    message, created = refused(lambda stack: a_role(stack, repository=wide))
    assert message.startswith("REP-030")
    assert not [path for path in created if path.startswith("Alone/Ci")]
    message, _ = refused(lambda stack: a_role(stack, allowed_owners=["acme-labs"]))
    assert message.startswith("REP-031")


def test_ci_pushes_the_teams_images_and_no_others(ci: Caller) -> None:
    for action in ("ecr:InitiateLayerUpload", "ecr:UploadLayerPart", "ecr:CompleteLayerUpload", "ecr:PutImage"):
        assert ci.may(action, f"{ECR}/acme/arrivals/late-arrival")
        assert not ci.may(action, f"{ECR}/acme/fraud/card-fraud")
    assert ci.may("ecr:GetAuthorizationToken")
    assert not ci.may("ecr:BatchDeleteImage", f"{ECR}/acme/arrivals/late-arrival")
    assert not ci.may("ecr:PutImageTagMutability", f"{ECR}/acme/arrivals/late-arrival")


def test_ci_publishes_under_the_teams_name_only(ci: Caller) -> None:
    assert ci.may(PUBLISH, f"{PACKAGES}acme-arrivals")
    assert ci.may(PUBLISH, f"{PACKAGES}acme-arrivals-features")
    for other in ("acme", "acme-fraud", "acme-arrivalsx", "numpy"):
        assert not ci.may(PUBLISH, f"{PACKAGES}{other}")
    assert not ci.may(PUBLISH, f"{PACKAGES}acme-arrivals".replace("/shared/", "/pypi-store/"))


def test_ci_installs_packages_by_a_token_for_that_alone(ci: Caller) -> None:
    repository = "arn:aws:codeartifact:eu-west-1:333333333333:repository/acme/shared"
    assert ci.may("codeartifact:ReadFromRepository", repository)
    assert not ci.may("codeartifact:ReadFromRepository", repository.replace("shared", "pypi-store"))
    assert ci.may("sts:GetServiceBearerToken", sts__AWSServiceName="codeartifact.amazonaws.com")
    assert not ci.may("sts:GetServiceBearerToken", sts__AWSServiceName="codeartifact.amazonaws.com.evil")


def test_ci_uploads_code_and_writes_no_model(ci: Caller) -> None:
    assert ci.may("s3:PutObject", f"{BUCKET}/code/abc/train.py")
    assert ci.may("kms:GenerateDataKey", KEY)
    assert not ci.may("s3:PutObject", f"{BUCKET}/models/late-arrival/model.tar.gz")
    assert not ci.may("s3:GetObject", f"{BUCKET}/evaluations/late-arrival/1/evaluation.json")
    assert not ci.may("s3:DeleteObject", f"{BUCKET}/code/abc/train.py")


def test_ci_goes_on_to_its_own_teams_delivery_only(ci: Caller) -> None:
    assert ci.may("sts:AssumeRole", "arn:aws:iam::222222222222:role/acme/arrivals/acme-arrivals.deliver")
    assert not ci.may("sts:AssumeRole", "arn:aws:iam::222222222222:role/acme/fraud/acme-fraud.deliver")
    assert not ci.may("sts:AssumeRole", "arn:aws:iam::333333333333:role/acme/arrivals/acme-late-arrival.approve")


def test_ci_neither_registers_nor_approves(ci: Caller) -> None:
    version = "arn:aws:sagemaker:eu-west-1:333333333333:model-package/arrivals-late-arrival/1"
    assert not ci.may("sagemaker:CreateModelPackage", version)
    assert not ci.may("sagemaker:UpdateModelPackage", version)


def test_all_that_it_does_is_within_the_accounts_boundary(found: Built) -> None:
    statements = found.one("AWS::IAM::ManagedPolicy")["PolicyDocument"]["Statement"]
    assert {action for each in statements for action in each["Action"]} <= set(actions_in_use())


def test_the_packs_find_nothing(found: Built) -> None:
    assert found.findings == ()
