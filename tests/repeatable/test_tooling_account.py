"""ToolingAccount and TeamTooling: what an account has once, and what each team has in it."""

from dataclasses import replace
from typing import Any

import pytest
from aws_cdk import Stack

from mlops_stages.foundation.statement import MANAGED_POLICY_MAX_CHARACTERS, size_in_iam
from mlops_stages.initial import GivenFromOutside
from mlops_stages.repeatable import ToolingAccount
from mlops_stages.repeatable.tooling_account import actions_in_use
from tests.foundation.built import Built, built, refused
from tests.repeatable.tooling import (
    ADDRESSES,
    ALONE,
    CREW_DEMAND,
    HERE,
    LATE_ARRIVAL,
    ONE_ACCOUNT,
    REPOSITORY,
    STAGING,
    TOOLING,
    a_team,
)


def an_account(stack: Stack, **options: Any) -> ToolingAccount:  # noqa: ANN401  # each test names a real option
    given: dict[str, Any] = {"perimeter": HERE, "addresses": ADDRESSES, "providers": ["github"], **options}
    return ToolingAccount(stack, "Account", owner="olga@acme.example", **given)


@pytest.fixture(scope="module")
def account() -> Built:
    return built(an_account)


@pytest.fixture(scope="module")
def team() -> Built:
    return built(lambda stack: a_team(stack, models=[LATE_ARRIVAL, CREW_DEMAND]))


def test_an_account_has_boundary_trail_alarms_packages_and_trust_in_ci(account: Built) -> None:
    expected = {
        "AWS::CloudTrail::Trail": 1,
        "AWS::CodeArtifact::Domain": 1,
        "AWS::IAM::OIDCProvider": 1,
        "AWS::SNS::Topic": 1,
    }
    assert expected.items() <= account.types.items()
    (boundary,) = (
        policy
        for policy in account.all("AWS::IAM::ManagedPolicy")
        if policy.get("ManagedPolicyName") == "acme-tooling-boundary"
    )
    assert size_in_iam(boundary["PolicyDocument"]) < MANAGED_POLICY_MAX_CHARACTERS / 2


def test_the_boundary_names_what_the_duties_need_and_no_more() -> None:
    actions = actions_in_use()
    assert not [action for action in actions if "*" in action or action.startswith("iam:")]
    assert {"ecr:PutImage", "sts:AssumeRole", "sagemaker:UpdateModelPackage"} <= set(actions)
    assert not {"sagemaker:CreateModelPackage", "s3:DeleteObject", "kms:ScheduleKeyDeletion"} & set(actions)


def test_an_account_with_a_trail_gets_no_second_one() -> None:
    types = built(lambda stack: an_account(stack, with_audit_trail=False)).types
    assert "AWS::CloudTrail::Trail" not in types


def test_what_a_landing_zone_gives_is_used() -> None:
    given = GivenFromOutside(permissions_boundary_arn="arn:aws:iam::333333333333:policy/own", access_log_bucket="logs")
    found = built(lambda stack: an_account(stack, given=given))
    assert not [p for p in found.all("AWS::IAM::ManagedPolicy") if p.get("ManagedPolicyName")]
    assert {role["PermissionsBoundary"] for role in found.all("AWS::IAM::Role")} == {
        "arn:aws:iam::333333333333:policy/own"
    }


def test_providers_and_connections_are_made_once_each() -> None:
    made = built(
        lambda stack: an_account(stack, providers=["gitlab", "github", "gitlab"], connections=["github", "github"])
    )
    assert made.types["AWS::IAM::OIDCProvider"] == 2
    assert made.types["AWS::CodeConnections::Connection"] == 1


def test_accounts_without_an_organization_share_nothing() -> None:
    for make in (an_account, a_team):
        message, created = refused(lambda stack, make=make: make(stack, perimeter=ALONE))
        assert message.startswith("REP-037")
        assert not [path for path in created if path.startswith(("Alone/Account", "Alone/Team"))]


def test_one_account_for_all_purposes_needs_no_organization() -> None:
    found = built(lambda stack: an_account(stack, perimeter=ALONE, addresses=ONE_ACCOUNT))
    domain = found.one("AWS::CodeArtifact::Domain")["PermissionsPolicyDocument"]["Statement"][0]
    assert domain["Principal"] == {"AWS": [f"arn:aws:iam::{TOOLING}:root"]}
    assert "Condition" not in domain
    assert found.findings == ()
    team = built(lambda stack: a_team(stack, perimeter=ALONE, addresses=ONE_ACCOUNT, readers=[TOOLING]))
    assert team.findings == ()


def test_a_team_has_one_store_and_for_each_model_images_and_a_group(team: Built) -> None:
    assert team.types == {
        "AWS::CloudWatch::Alarm": 2,
        "AWS::ECR::Repository": 2,
        "AWS::Events::Rule": 2,
        "AWS::IAM::ManagedPolicy": 3,
        "AWS::IAM::Role": 3,
        "AWS::KMS::Alias": 1,
        "AWS::KMS::Key": 1,
        "AWS::S3::Bucket": 1,
        "AWS::S3::BucketPolicy": 1,
        "AWS::SNS::Subscription": 2,
        "AWS::SNS::Topic": 2,
        "AWS::SNS::TopicPolicy": 2,
        "AWS::SageMaker::ModelPackageGroup": 2,
    }


def test_what_serves_a_model_says_so_and_how_sensitive_it_is(team: Built) -> None:
    tags = {
        group["ModelPackageGroupName"]: {tag["Key"]: tag["Value"] for tag in group["Tags"]}
        for group in team.all("AWS::SageMaker::ModelPackageGroup")
    }
    assert tags == {
        "arrivals-crew-demand": {
            "data-classification": "confidential",
            "model": "crew-demand",
            "owner": "omar@acme.example",
        },
        "arrivals-late-arrival": {
            "data-classification": "internal",
            "model": "late-arrival",
            "owner": "lena@acme.example",
        },
    }
    (bucket,) = team.all("AWS::S3::Bucket")
    assert {"Key": "data-classification", "Value": "confidential"} in bucket["Tags"]


def test_a_team_without_a_repository_has_no_ci() -> None:
    roles = built(lambda stack: a_team(stack, repository=None)).all("AWS::IAM::Role")
    assert [role["RoleName"] for role in roles] == ["acme-late-arrival.approve"]


def test_a_team_without_models_has_nobody_to_approve_them() -> None:
    found = built(lambda stack: a_team(stack, models=[]))
    assert [role["RoleName"] for role in found.all("AWS::IAM::Role")] == ["acme-arrivals.ci"]
    assert found.findings == ()


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"models": [replace(LATE_ARRIVAL, approvers=[])]}, "REP-036"),
        ({"repository": replace(REPOSITORY, owner="acme*")}, "REP-030"),
        ({"allowed_owners": ["other"]}, "REP-031"),
        ({"repository": replace(REPOSITORY, repository_id="1")}, "REP-032"),
    ],
)
def test_what_a_team_may_not_be_given_is_refused_before_anything_is_created(options: dict[str, Any], code: str) -> None:
    message, created = refused(lambda stack: a_team(stack, **options))
    assert message.startswith(code)
    assert not [path for path in created if path.startswith("Alone/Team")]


def test_each_model_has_approvers_of_its_own(team: Built) -> None:
    who = {
        role["RoleName"]: role["AssumeRolePolicyDocument"]["Statement"][0]["Condition"]["StringEquals"][
            "aws:PrincipalTag/email"
        ]
        for role in team.all("AWS::IAM::Role")
        if role["RoleName"].endswith(".approve")
    }
    assert who == {
        "acme-crew-demand.approve": ["olga@acme.example", "omar@acme.example"],
        "acme-late-arrival.approve": ["lena@acme.example", "olga@acme.example"],
    }


def test_another_model_changes_nothing_of_the_first() -> None:
    one, two = (
        built(lambda stack, models=models: a_team(stack, models=models))
        for models in ([LATE_ARRIVAL], [LATE_ARRIVAL, replace(CREW_DEMAND, classification=LATE_ARRIVAL.classification)])
    )
    for kind in ("AWS::ECR::Repository", "AWS::SageMaker::ModelPackageGroup", "AWS::IAM::ManagedPolicy"):
        assert one.resources(kind).items() <= two.resources(kind).items()


def test_further_accounts_that_run_models_are_let_in() -> None:
    found = built(lambda stack: an_account(stack, readers=[STAGING]))
    statement = found.one("AWS::CodeArtifact::Domain")["PermissionsPolicyDocument"]["Statement"][0]
    assert f"arn:aws:iam::{STAGING}:root" in statement["Principal"]["AWS"]


def test_the_packs_find_nothing(account: Built, team: Built) -> None:
    assert account.findings == team.findings == ()
