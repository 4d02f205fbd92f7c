"""PlatformDelivery: which jobs become which role, and what it leads to."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from aws_cdk import Stack

from mlops_stages.reliable.delivery import Bootstrap, DeliveringRepository, PlatformDelivery, delivery_actions
from mlops_stages.repeatable.tooling_account import actions_in_use
from tests.foundation.built import Built, built, refused
from tests.repeatable.tooling import ADDRESSES, BOUNDARY, HERE

HOST = "token.actions.githubusercontent.com"
REPOSITORY = DeliveringRepository(provider="github", owner="acme", name="platform", owner_id="1", repository_id="9")
AT_GITLAB = DeliveringRepository(
    provider="gitlab", owner="acme/risk", name="platform", owner_id="31", repository_id="32"
)
ACCOUNTS = ("111111111111", "333333333333", "555555555555", "666666666666")
SERVED = replace(ADDRESSES, staging="555555555555", production="666666666666")


def a_delivery(stack: Stack, **options: Any) -> PlatformDelivery:  # noqa: ANN401  # each test names a real option
    given: dict[str, Any] = {"repository": REPOSITORY, **options}
    return PlatformDelivery(
        stack,
        "Delivery",
        perimeter=HERE,
        addresses=SERVED,
        bootstrap=Bootstrap(qualifier="hnb659fds", partition="aws", region="eu-west-1"),
        accounts=ACCOUNTS,
        owner="platform@acme.example",
        permissions_boundary_arn=BOUNDARY,
        **given,
    )


@pytest.fixture(scope="module")
def found() -> Built:
    return built(a_delivery)


@pytest.fixture(scope="module")
def at_gitlab() -> Built:
    return built(lambda stack: a_delivery(stack, repository=AT_GITLAB))


def roles(found: Built) -> dict[str, dict[str, Any]]:
    resources = found.body["Resources"].values()
    return {
        each["Properties"]["RoleName"]: each["Properties"] for each in resources if each["Type"] == "AWS::IAM::Role"
    }


def reached(found: Built, role: str) -> dict[str, list[str]]:
    """What a role may do, by action: the resources."""
    (ref,) = roles(found)[role]["ManagedPolicyArns"]
    document = found.body["Resources"][ref["Ref"]]["Properties"]["PolicyDocument"]
    told: dict[str, list[str]] = {}
    for statement in document["Statement"]:
        assert statement["Effect"] == "Allow"
        resources = statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]
        for action in [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]:
            told.setdefault(action, []).extend(resources)
    return told


def test_there_are_three_roles_under_the_boundary(found: Built) -> None:
    assert set(roles(found)) == {
        "acme-platform.review",
        "acme-platform.deliver-staging",
        "acme-platform.deliver-production",
    }
    assert {each["PermissionsBoundary"] for each in roles(found).values()} == {BOUNDARY}
    assert {each["Path"] for each in roles(found).values()} == {"/acme/platform/"}


@pytest.mark.parametrize(
    ("role", "job"),
    [
        ("review", "ref:refs/heads/main"),
        ("deliver-staging", "environment:staging"),
        ("deliver-production", "environment:production"),
    ],
)
def test_each_trusts_one_kind_of_job_of_the_one_branch(found: Built, role: str, job: str) -> None:
    (trust,) = roles(found)[f"acme-platform.{role}"]["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Action"] == ["sts:AssumeRoleWithWebIdentity"]
    assert trust["Condition"] == {
        "StringEquals": {
            f"{HOST}:aud": "sts.amazonaws.com",
            f"{HOST}:sub": [f"repo:acme/platform:{job}", f"repo:acme@1/platform@9:{job}"],
            f"{HOST}:repository_id": "9",
            f"{HOST}:ref": "refs/heads/main",
        }
    }


@pytest.mark.parametrize(
    ("role", "at", "sources"),
    [
        ("review", "environment_protected:false:deployment_tier:development", ["push", "parent_pipeline"]),
        ("deliver-staging", "environment_protected:false:deployment_tier:staging", "parent_pipeline"),
        ("deliver-production", "environment_protected:true:deployment_tier:production", "parent_pipeline"),
    ],
)
def test_at_gitlab_each_trusts_one_kind_of_environment_of_the_protected_branch_of_one_project(
    at_gitlab: Built, role: str, at: str, sources: object
) -> None:
    (trust,) = roles(at_gitlab)[f"acme-platform.{role}"]["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"]["Federated"] == ["arn:aws:iam::333333333333:oidc-provider/gitlab.com"]
    assert trust["Condition"] == {
        "StringEquals": {
            "gitlab.com:aud": "sts.amazonaws.com",
            "gitlab.com:sub": f"project_path:acme/risk/platform:ref_type:branch:ref:main:{at}",
            "gitlab.com:namespace_id": "31",
            "gitlab.com:project_id": "32",
            "gitlab.com:ref_protected": "true",
            "gitlab.com:pipeline_source": sources,
        }
    }


def test_at_gitlab_the_roles_may_what_they_may_at_github(found: Built, at_gitlab: Built) -> None:
    for role in roles(found):
        assert reached(at_gitlab, role) == reached(found, role)


def test_review_takes_on_lookup_roles_alone_and_tells_the_owner(found: Built) -> None:
    may = reached(found, "acme-platform.review")
    assert may["sts:AssumeRole"] == [
        f"arn:aws:iam::{account}:role/cdk-hnb659fds-lookup-role-{account}-eu-west-1" for account in ACCOUNTS
    ]
    assert set(may) == {"sts:AssumeRole", "sns:Publish", "kms:Decrypt", "kms:GenerateDataKey"}


def test_staging_is_deployed_by_the_bootstraps_roles_of_that_account_alone(found: Built) -> None:
    assert reached(found, "acme-platform.deliver-staging") == {
        "sts:AssumeRole": [
            f"arn:aws:iam::555555555555:role/cdk-hnb659fds-{kind}-555555555555-eu-west-1"
            for kind in ("deploy-role", "file-publishing-role")
        ]
    }


def test_production_is_deployed_by_the_bootstraps_roles_of_every_account(found: Built) -> None:
    may = reached(found, "acme-platform.deliver-production")
    assert set(may) == {"sts:AssumeRole"}
    assert len(may["sts:AssumeRole"]) == 2 * len(ACCOUNTS)
    assert not [arn for arn in may["sts:AssumeRole"] if "*" in arn or "cfn-exec" in arn]


def test_the_boundary_of_the_account_holds_each_action_where_the_delivery_is_named() -> None:
    assert set(delivery_actions()) - set(actions_in_use()) == {"sns:Publish"}


def test_the_owner_is_told_by_a_topic_that_the_workflow_can_name(found: Built) -> None:
    topic = found.one("AWS::SNS::Topic")
    assert topic["TopicName"] == SERVED.delivery_topic.rpartition(":")[2] == "acme-delivery"
    assert found.one("AWS::SNS::Subscription")["Endpoint"] == "platform@acme.example"


@pytest.mark.parametrize("change", [{"owner": "acme/*"}, {"name": "*"}, {"branch": "release/*"}, {"owner_id": None}])
def test_a_repository_that_would_let_others_in_is_refused(change: dict[str, Any]) -> None:
    code = "REP-032" if "owner_id" in change else "REP-030"
    said, made = refused(lambda stack: a_delivery(stack, repository=replace(REPOSITORY, **change)))
    assert (said.partition(":")[0], made) == (code, [])


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"owner": "acme/*"}, "REP-030"),
        ({"branch": "release/*"}, "REP-030"),
        ({"owner_id": None}, "REL-049"),
        ({"owner_id": None, "repository_id": None}, "REL-049"),
        ({"repository_id": "3*"}, "REL-049"),
    ],
)
def test_a_project_at_gitlab_that_would_let_others_in_is_refused(change: dict[str, Any], code: str) -> None:
    said, made = refused(lambda stack: a_delivery(stack, repository=replace(AT_GITLAB, **change)))
    assert (said.partition(":")[0], made) == (code, [])
