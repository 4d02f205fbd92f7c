"""ImageRegistry: a tag never changes, each image is scanned, CI alone pushes."""

import json

import pytest
from aws_cdk import Stack

from mlops_stages.repeatable import ImageRegistry
from tests.foundation.built import Built, Json, a_key, built
from tests.foundation.judge import Caller
from tests.repeatable.tooling import ADDRESSES, DEVELOPMENT, HERE, PRODUCTION, STRANGER, TOOLING

CI = {"aws__PrincipalArn": "arn:aws:iam::333333333333:role/acme/arrivals/acme-arrivals.ci"}
OTHER_CI = {"aws__PrincipalArn": "arn:aws:iam::333333333333:role/acme/fraud/acme-fraud.ci"}


def images(stack: Stack) -> ImageRegistry:
    return ImageRegistry(
        stack,
        "Images",
        perimeter=HERE,
        addresses=ADDRESSES,
        team="arrivals",
        model="late-arrival",
        key=a_key(stack),
        readers=[PRODUCTION],
    )


@pytest.fixture(scope="module")
def found() -> Built:
    return built(images)


@pytest.fixture(scope="module")
def policy(found: Built) -> Json:
    return found.one("AWS::ECR::Repository")["RepositoryPolicyText"]


def test_a_tag_never_changes_its_image(found: Built) -> None:
    assert found.one("AWS::ECR::Repository")["ImageTagMutability"] == "IMMUTABLE"


def test_images_are_scanned_when_they_come_and_are_under_the_key(found: Built) -> None:
    repository = found.one("AWS::ECR::Repository")
    (key,) = found.resources("AWS::KMS::Key")
    assert repository["ImageScanningConfiguration"] == {"ScanOnPush": True}
    assert repository["EncryptionConfiguration"] == {"EncryptionType": "KMS", "KmsKey": {"Fn::GetAtt": [key, "Arn"]}}


def test_it_has_the_name_that_other_accounts_know_and_outlives_the_stack(found: Built) -> None:
    assert found.one("AWS::ECR::Repository")["RepositoryName"] == "acme/arrivals/late-arrival"
    (repository,) = found.resources("AWS::ECR::Repository").values()
    assert (repository["DeletionPolicy"], repository["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")


def test_only_untagged_images_expire_as_any_other_may_be_a_registered_models(found: Built) -> None:
    """CI pushes each image with its commit as tag, and a version is registered with the image by digest."""
    repository = found.one("AWS::ECR::Repository")
    (rule,) = json.loads(repository["LifecyclePolicy"]["LifecyclePolicyText"])["rules"]
    assert (rule["selection"]["tagStatus"], rule["selection"]["countNumber"]) == ("untagged", 14)


PIPELINE = f"arn:aws:iam::{DEVELOPMENT}:role/acme/arrivals/acme-late-arrival.pipeline"


SERVES = f"arn:aws:iam::{PRODUCTION}:role/acme/arrivals/acme-late-arrival.serve-production"


def test_roles_of_the_team_pull_and_so_does_what_serves_the_model(policy: Json) -> None:
    for action in ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"):
        assert Caller(account=DEVELOPMENT).passes(policy, action, aws__PrincipalArn=PIPELINE) == "Allow"
        assert Caller(account=PRODUCTION).passes(policy, action, aws__PrincipalArn=SERVES) == "Allow"
        for other in (SERVES.replace("late-arrival", "crew-demand"), SERVES.replace("serve", "deploy")):
            assert Caller(account=PRODUCTION).passes(policy, action, aws__PrincipalArn=other) == "ImplicitDeny"
        assert Caller(account=PRODUCTION).passes(policy, action) == "ImplicitDeny"


def test_another_teams_role_pulls_nothing(policy: Json) -> None:
    here = Caller(account=DEVELOPMENT)
    for role in (PIPELINE.replace("/arrivals/", "/fraud/"), f"arn:aws:iam::{DEVELOPMENT}:role/Admin"):
        assert here.passes(policy, "ecr:BatchGetImage", aws__PrincipalArn=role) == "ImplicitDeny"


def test_strangers_and_accounts_that_left_do_not_pull(policy: Json) -> None:
    assert Caller(account=STRANGER).passes(policy, "ecr:BatchGetImage") == "ImplicitDeny"
    left = Caller(account=DEVELOPMENT, organization="o-left00000")
    assert left.passes(policy, "ecr:BatchGetImage", aws__PrincipalArn=PIPELINE) == "ImplicitDeny"


def test_only_the_teams_ci_pushes(policy: Json) -> None:
    here = Caller(account=TOOLING)
    assert here.passes(policy, "ecr:PutImage", **CI) == "ImplicitDeny"  # by its own policy
    assert here.passes(policy, "ecr:PutImage", **OTHER_CI) == "Deny"
    assert here.passes(policy, "ecr:PutImage", aws__PrincipalArn="arn:aws:iam::333333333333:role/Admin") == "Deny"
    assert Caller(account=DEVELOPMENT).passes(policy, "ecr:PutImage") == "Deny"


def test_its_policy_names_no_resource_which_ecr_would_refuse(policy: Json) -> None:
    assert not any("Resource" in each for each in policy["Statement"])


def test_the_packs_find_nothing(found: Built) -> None:
    assert found.findings == ()
