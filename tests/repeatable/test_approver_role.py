"""ApproverRole: a model's owner and the team's leads decide about it, and can do nothing else."""

from typing import Any

import pytest
from aws_cdk import Stack

from mlops_stages.foundation import SamlSignIn
from mlops_stages.repeatable import ApproverRole
from mlops_stages.repeatable.tooling_account import actions_in_use
from tests.foundation.built import Built, Json, built, refused
from tests.foundation.judge import Caller
from tests.repeatable.tooling import ADDRESSES, BOUNDARY, BUCKET, HERE, KEY, SIGN_IN, TOOLING, a_store, named

SAGEMAKER = "arn:aws:sagemaker:eu-west-1:333333333333"
VERSION = f"{SAGEMAKER}:model-package/arrivals-late-arrival/1"
UPDATE = "sagemaker:UpdateModelPackage"


def a_role(stack: Stack, **options: Any) -> ApproverRole:  # noqa: ANN401  # each test names a real option
    people = ["omar@acme.example", "lena@acme.example", "omar@acme.example"]
    given: dict[str, Any] = {"model": "late-arrival", "approvers": people, "sign_in": SIGN_IN, **options}
    return ApproverRole(
        stack,
        "Approve",
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
def lena(found: Built) -> Caller:
    document: Json = named(found, found.one("AWS::IAM::ManagedPolicy")["PolicyDocument"])
    return Caller(policies=[document], account=TOOLING)


def test_each_approver_comes_in_by_the_platforms_sign_in_once(found: Built) -> None:
    role = found.one("AWS::IAM::Role")
    assert role["RoleName"] == "acme-late-arrival.approve"
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Condition"]["StringEquals"]["aws:PrincipalTag/email"] == ["lena@acme.example", "omar@acme.example"]
    assert trust["Condition"]["Bool"] == {"aws:MultiFactorAuthPresent": "true"}


def test_they_come_from_the_company_directory_too() -> None:
    saml = SamlSignIn(provider_arn="arn:aws:iam::111111111111:saml-provider/acme")
    (trust,) = built(lambda stack: a_role(stack, sign_in=saml)).one("AWS::IAM::Role")["AssumeRolePolicyDocument"][
        "Statement"
    ]
    assert trust["Principal"] == {"Federated": ["arn:aws:iam::333333333333:saml-provider/acme"]}


def test_without_anybody_it_is_refused_before_anything_is_created() -> None:
    message, created = refused(lambda stack: a_role(stack, approvers=[]))
    assert message.startswith("REP-036")
    assert not [path for path in created if path.startswith("Alone/Approve")]


@pytest.mark.parametrize("status", ["Approved", "Rejected"])
def test_an_approver_decides(lena: Caller, status: str) -> None:
    assert lena.may(UPDATE, VERSION, sagemaker__ModelApprovalStatus=status)


def test_an_approver_changes_nothing_else(lena: Caller) -> None:
    assert not lena.may(UPDATE, VERSION)
    assert not lena.may(UPDATE, VERSION, sagemaker__ModelApprovalStatus="PendingManualApproval")
    approval: dict[str, Any] = {"sagemaker__ModelApprovalStatus": "Approved"}
    assert not lena.may(UPDATE, VERSION, **approval, **{"sagemaker__CustomerMetadataProperties/commit": "another"})
    assert not lena.may(UPDATE, VERSION, **approval, sagemaker__CustomerMetadataPropertiesToRemove=["note"])


def test_an_approver_does_not_register(lena: Caller) -> None:
    assert not lena.may("sagemaker:CreateModelPackage", VERSION)
    assert not lena.may("sagemaker:DeleteModelPackage", VERSION)


def test_an_approver_sees_the_own_teams_versions_only(lena: Caller) -> None:
    assert lena.may("sagemaker:DescribeModelPackage", VERSION)
    assert lena.may("sagemaker:DescribeModelPackageGroup", f"{SAGEMAKER}:model-package-group/arrivals-late-arrival")
    assert not lena.may("sagemaker:DescribeModelPackage", VERSION.replace("arrivals-", "fraud-"))
    assert not lena.may(UPDATE, VERSION.replace("arrivals-", "fraud-"), sagemaker__ModelApprovalStatus="Approved")


@pytest.mark.parametrize("other", ["crew-demand", "late-arrival-at-night", "late"])
def test_an_approver_of_one_model_has_nothing_to_do_with_the_teams_others(lena: Caller, other: str) -> None:
    version = VERSION.replace("late-arrival", other)
    assert not lena.may(UPDATE, version, sagemaker__ModelApprovalStatus="Approved")
    assert not lena.may("sagemaker:DescribeModelPackage", version)
    assert not lena.may("sagemaker:DescribeModelPackageGroup", f"{SAGEMAKER}:model-package-group/arrivals-{other}")
    for kind in ("evaluations", "models"):
        assert not lena.may("s3:GetObject", f"{BUCKET}/{kind}/{other}/1/x")
    assert not lena.may("ecr:DescribeImages", f"arn:aws:ecr:eu-west-1:333333333333:repository/acme/arrivals/{other}")


REGISTERED = ("evaluations/late-arrival/1/evaluation.json", "models/late-arrival/model.tar.gz", "code/abc/train.py")


def test_an_approver_compares_what_was_registered_and_writes_nothing_of_it(lena: Caller) -> None:
    assert lena.may("kms:Decrypt", KEY)
    for key in REGISTERED:
        assert lena.may("s3:GetObject", f"{BUCKET}/{key}")
        assert not lena.may("s3:PutObject", f"{BUCKET}/{key}")
    assert not lena.may("s3:GetObject", f"{BUCKET}/other/x")
    images = "arn:aws:ecr:eu-west-1:333333333333:repository/acme"
    assert lena.may("ecr:DescribeImages", f"{images}/arrivals/late-arrival")
    assert not lena.may("ecr:DescribeImages", f"{images}/fraud/card-fraud")
    assert not lena.may("ecr:PutImage", f"{images}/arrivals/late-arrival")


@pytest.mark.parametrize("key", ["sagemaker__ModelLifeCycle/Stage", "sagemaker__ModelLifeCycle:Stage"])
def test_an_approver_moves_no_version_along_a_life_cycle(lena: Caller, key: str) -> None:
    assert not lena.may(UPDATE, VERSION, sagemaker__ModelApprovalStatus="Approved", **{key: "Production"})


@pytest.mark.parametrize("key", ["model-sha256", "image-digest", "evaluation-sha256", "code-sha256", "execution"])
def test_an_approver_changes_no_digest(lena: Caller, key: str) -> None:
    changed: dict[str, Any] = {f"sagemaker__CustomerMetadataProperties/{key}": "another"}
    assert not lena.may(UPDATE, VERSION, sagemaker__ModelApprovalStatus="Approved", **changed)


def test_all_that_they_do_is_within_the_accounts_boundary(found: Built) -> None:
    statements = found.one("AWS::IAM::ManagedPolicy")["PolicyDocument"]["Statement"]
    assert {action for each in statements for action in each["Action"]} <= set(actions_in_use())


def test_the_packs_find_nothing(found: Built) -> None:
    assert found.findings == ()
