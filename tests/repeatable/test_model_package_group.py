"""ModelPackageGroup: registered by its own pipeline with its origin, read where models run, by nobody else."""

import json
from dataclasses import replace
from typing import Any

import pytest
from aws_cdk import Stack

from mlops_stages.foundation import policy_document
from mlops_stages.pipeline_definition import registration
from mlops_stages.repeatable import ModelPackageGroup, model_package_group
from tests.foundation.built import Built, Json, built, refused
from tests.foundation.judge import Caller
from tests.repeatable.tooling import (
    ADDRESSES,
    ALONE,
    DEVELOPMENT,
    EXPERIMENTATION,
    HERE,
    ONE_ACCOUNT,
    PRODUCTION,
    STAGING,
    STRANGER,
    TOOLING,
)

SAGEMAKER = "arn:aws:sagemaker:eu-west-1:333333333333"
GROUP = f"{SAGEMAKER}:model-package-group/arrivals-late-arrival"
VERSION = f"{SAGEMAKER}:model-package/arrivals-late-arrival/1"
IN_DEVELOPMENT = "arn:aws:iam::222222222222:role/acme/arrivals"
PIPELINE = {"aws__PrincipalArn": f"{IN_DEVELOPMENT}/acme-late-arrival.pipeline"}
PROPERTIES = "sagemaker__CustomerMetadataProperties/"
ORIGIN = {
    f"{PROPERTIES}code-sha256": "ab" * 32,
    f"{PROPERTIES}commit": "0a1b2c3",
    f"{PROPERTIES}dataset-manifest": "s3://data/manifests/flights.json",
    f"{PROPERTIES}dataset-manifest-sha256": "ab" * 32,
    f"{PROPERTIES}evaluation": "s3://artifacts/evaluations/1/evaluation.json",
    f"{PROPERTIES}evaluation-sha256": "ab" * 32,
    f"{PROPERTIES}execution": "arn:aws:sagemaker:eu-west-1:222222222222:pipeline/arrivals-late-arrival/execution/1",
    f"{PROPERTIES}image-digest": f"sha256:{'ab' * 32}",
    f"{PROPERTIES}model-sha256": "ab" * 32,
}
REGISTRATION = {**ORIGIN, "sagemaker__ModelApprovalStatus": "PendingManualApproval"}
READS = ["sagemaker:DescribeModelPackage", "sagemaker:ListModelPackages"]


def a_group(stack: Stack, **options: Any) -> ModelPackageGroup:  # noqa: ANN401  # each test names a real option
    given: dict[str, Any] = {"perimeter": HERE, "addresses": ADDRESSES, "readers": [STAGING, PRODUCTION], **options}
    return ModelPackageGroup(stack, "Group", team="arrivals", model="late-arrival", owner="lena@acme.example", **given)


@pytest.fixture(scope="module")
def found() -> Built:
    return built(a_group)


@pytest.fixture(scope="module")
def policy(found: Built) -> Json:
    return found.one("AWS::SageMaker::ModelPackageGroup")["ModelPackageGroupPolicy"]


def register(policy: Json, account: str = DEVELOPMENT, **context: str) -> str:
    return Caller(account=account).passes(policy, "sagemaker:CreateModelPackage", VERSION, **context)


def test_the_group_has_the_name_that_other_accounts_know_and_says_its_owner(found: Built) -> None:
    group = found.one("AWS::SageMaker::ModelPackageGroup")
    assert group["ModelPackageGroupName"] == "arrivals-late-arrival"
    assert group["Tags"] == [{"Key": "owner", "Value": "lena@acme.example"}]


def test_another_owner_does_not_replace_it(found: Built) -> None:
    assert "ModelPackageGroupDescription" not in found.one("AWS::SageMaker::ModelPackageGroup")


def test_it_outlives_the_stack(found: Built) -> None:
    (group,) = found.resources("AWS::SageMaker::ModelPackageGroup").values()
    assert (group["DeletionPolicy"], group["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")


def test_the_models_own_pipeline_registers_with_its_origin_pending_approval(policy: Json) -> None:
    for resource in (VERSION, GROUP):
        asked = Caller(account=DEVELOPMENT).passes(
            policy, "sagemaker:CreateModelPackage", resource, **PIPELINE, **REGISTRATION
        )
        assert asked == "Allow"


@pytest.mark.parametrize("missing", sorted(ORIGIN))
def test_a_version_without_any_part_of_its_origin_is_refused_to_everybody(policy: Json, missing: str) -> None:
    told = {key: value for key, value in REGISTRATION.items() if key != missing}
    assert register(policy, **PIPELINE, **told) == "Deny"
    administrator = {"aws__PrincipalArn": f"arn:aws:iam::{TOOLING}:role/Administrator"}
    assert register(policy, TOOLING, **administrator, **told) == "Deny"


@pytest.mark.parametrize("status", ["Approved", "Rejected", None])
def test_a_version_that_is_not_said_to_be_pending_is_refused_to_everybody(policy: Json, status: str | None) -> None:
    told = {**ORIGIN, **({} if status is None else {"sagemaker__ModelApprovalStatus": status})}
    assert register(policy, **PIPELINE, **told) == "Deny"
    assert register(policy, TOOLING, **told) == "Deny"


@pytest.mark.parametrize(
    "role",
    [
        f"{IN_DEVELOPMENT}/acme-crew-demand.pipeline",
        f"{IN_DEVELOPMENT}/acme-arrivals.train",
        "arn:aws:iam::222222222222:role/acme/fraud/acme-late-arrival.pipeline",
        "arn:aws:iam::222222222222:role/acme-late-arrival.pipeline",
    ],
)
def test_no_other_role_of_development_registers(policy: Json, role: str) -> None:
    assert register(policy, aws__PrincipalArn=role, **REGISTRATION) == "ImplicitDeny"


@pytest.mark.parametrize("account", [EXPERIMENTATION, STAGING, PRODUCTION, STRANGER])
def test_no_other_account_registers(policy: Json, account: str) -> None:
    assert register(policy, account, **REGISTRATION) == "ImplicitDeny"


def test_an_account_that_left_the_organization_registers_nothing(policy: Json) -> None:
    left = Caller(account=DEVELOPMENT, organization="o-left00000")
    asked = left.passes(policy, "sagemaker:CreateModelPackage", VERSION, **PIPELINE, **REGISTRATION)
    assert asked == "ImplicitDeny"


RELEASES = {
    STAGING: f"arn:aws:iam::{STAGING}:role/acme/arrivals/acme-late-arrival.cloudformation-staging",
    PRODUCTION: f"arn:aws:iam::{PRODUCTION}:role/acme/arrivals/acme-late-arrival.cloudformation-production",
}
DEPLOYER = f"arn:aws:iam::{PRODUCTION}:role/cdk-hnb659fds-cfn-exec-role-{PRODUCTION}-eu-west-1"


@pytest.mark.parametrize("account", [STAGING, PRODUCTION])
@pytest.mark.parametrize("action", ["sagemaker:CreateModel", "sagemaker:DescribeModelPackage"])
def test_the_releases_of_the_model_make_models_of_its_versions(policy: Json, account: str, action: str) -> None:
    by_release = {"aws__PrincipalArn": RELEASES[account]}
    assert Caller(account=account).passes(policy, action, VERSION, **by_release) == "Allow"
    other = VERSION.replace("late-arrival", "crew-demand")
    assert Caller(account=account).passes(policy, action, other, **by_release) == "ImplicitDeny"
    left = Caller(account=account, organization="o-left00000")
    assert left.passes(policy, action, VERSION, **by_release) == "ImplicitDeny"


def test_so_do_the_deployments_that_are_named() -> None:
    found = built(lambda stack: a_group(stack, deployers=[DEPLOYER]))
    policy = found.one("AWS::SageMaker::ModelPackageGroup")["ModelPackageGroupPolicy"]
    by_deployment = {"aws__PrincipalArn": DEPLOYER}
    assert Caller(account=PRODUCTION).passes(policy, "sagemaker:CreateModel", VERSION, **by_deployment) == "Allow"


@pytest.mark.parametrize("account", [STAGING, PRODUCTION])
@pytest.mark.parametrize("action", ["sagemaker:CreateModel", *READS])
def test_nobody_else_in_staging_and_production_reads_or_serves_them(policy: Json, account: str, action: str) -> None:
    another = RELEASES[account].replace("late-arrival", "crew-demand")
    for principal in (None, DEPLOYER, another):
        who = {} if principal is None else {"aws__PrincipalArn": principal}
        assert Caller(account=account).passes(policy, action, VERSION, **who) == "ImplicitDeny"


def test_readers_that_the_addresses_do_not_name_are_refused() -> None:
    message, created = refused(lambda stack: a_group(stack, readers=[STRANGER]))
    assert message.startswith("REP-038: ")
    assert created == []


@pytest.mark.parametrize("account", [EXPERIMENTATION, DEVELOPMENT, STRANGER])
def test_nobody_else_makes_models_of_them(policy: Json, account: str) -> None:
    assert Caller(account=account).passes(policy, "sagemaker:CreateModel", VERSION) == "ImplicitDeny"


@pytest.mark.parametrize("account", [EXPERIMENTATION, DEVELOPMENT, STRANGER])
def test_nobody_else_reads(policy: Json, account: str) -> None:
    assert Caller(account=account).passes(policy, "sagemaker:DescribeModelPackage", VERSION) == "ImplicitDeny"


@pytest.mark.parametrize("account", [DEVELOPMENT, STAGING, PRODUCTION, STRANGER])
@pytest.mark.parametrize(
    "action", ["sagemaker:UpdateModelPackage", "sagemaker:DeleteModelPackage", "sagemaker:DeleteModelPackageGroup"]
)
def test_no_other_account_approves_or_deletes(policy: Json, account: str, action: str) -> None:
    approval = {"sagemaker__ModelApprovalStatus": "Approved"}
    assert Caller(account=account).passes(policy, action, VERSION, **PIPELINE, **approval) != "Allow"


@pytest.mark.parametrize("key", sorted(ORIGIN))
def test_the_origin_is_never_changed_nor_forgotten(policy: Json, key: str) -> None:
    here, update = Caller(account=TOOLING), "sagemaker:UpdateModelPackage"
    assert here.passes(policy, update, VERSION, **{key: "another"}) == "Deny"
    removed: dict[str, Any] = {"sagemaker__CustomerMetadataPropertiesToRemove": [key.removeprefix(PROPERTIES)]}
    assert here.passes(policy, update, VERSION, **removed) == "Deny"
    assert here.passes(policy, update, VERSION, sagemaker__ModelApprovalStatus="Approved") == "ImplicitDeny"


def test_in_one_account_no_account_is_named_twice() -> None:
    group = built(lambda stack: a_group(stack, perimeter=ALONE, addresses=ONE_ACCOUNT, readers=[TOOLING, TOOLING]))
    policy = group.one("AWS::SageMaker::ModelPackageGroup")["ModelPackageGroupPolicy"]
    assert {tuple(each["Principal"]["AWS"]) for each in policy["Statement"]} == {("arn:aws:iam::333333333333:root",)}


STAGES = ("sagemaker__ModelLifeCycle/Stage", "sagemaker__ModelLifeCycle:Stage")


@pytest.mark.parametrize("key", STAGES)
def test_nobody_puts_a_version_into_a_life_cycle(policy: Json, key: str) -> None:
    stage: dict[str, Any] = {key: "Production"}
    assert register(policy, **PIPELINE, **REGISTRATION, **stage) == "Deny"
    approval = {"sagemaker__ModelApprovalStatus": "Approved"}
    here = Caller(account=TOOLING)
    assert here.passes(policy, "sagemaker:UpdateModelPackage", VERSION, **approval, **stage) == "Deny"


def test_the_definitions_checker_asks_for_the_same_origin() -> None:
    assert {each.removeprefix(PROPERTIES) for each in ORIGIN} == set(registration.ORIGIN)
    assert set(model_package_group.ORIGIN) == set(registration.ORIGIN)


def test_the_policy_fits_sagemakers_limit_for_the_longest_names() -> None:
    longest = replace(ADDRESSES, platform="a" * 20)
    here = replace(HERE, region="ap-southeast-1")
    accounts, deployers = [STAGING, PRODUCTION], [f"arn:aws-us-gov:iam::{STAGING}:role/{'d' * 64}"] * 2
    statements = model_package_group._policy(  # pyright: ignore[reportPrivateUsage]
        here,
        longest,
        "b" * 20,
        "c" * 24,
        accounts,
        deployers,
        is_released=True,
        is_compared=True,
        is_retrained=True,
    )
    assert len(json.dumps(policy_document(statements))) < 20480


def test_the_packs_find_nothing(found: Built) -> None:
    assert found.findings == ()


RELEASER = "arn:aws:iam::333333333333:role/acme/arrivals/acme-late-arrival.release"


@pytest.mark.parametrize("key", STAGES)
def test_a_released_models_life_cycle_is_moved_by_its_releaser_alone(key: str) -> None:
    group = built(lambda stack: a_group(stack, is_released=True)).one("AWS::SageMaker::ModelPackageGroup")
    policy, here = group["ModelPackageGroupPolicy"], Caller(account=TOOLING)
    stage: dict[str, Any] = {key: "Production"}
    update, releaser = "sagemaker:UpdateModelPackage", {"aws__PrincipalArn": RELEASER}
    assert here.passes(policy, update, VERSION, **stage, **releaser) == "ImplicitDeny"
    for other in ("approve", "promote", "release-2"):
        another = {"aws__PrincipalArn": RELEASER.replace("release", other)}
        assert here.passes(policy, update, VERSION, **stage, **another) == "Deny"
    assert here.passes(policy, update, VERSION, **stage) == "Deny"
    assert register(policy, **releaser, **REGISTRATION, **stage) == "Deny"
    assert register(policy, **PIPELINE, **REGISTRATION, **stage) == "Deny"


def test_who_compares_decisions_with_baselines_looks_versions_up_and_decides_nothing(policy: Json) -> None:
    compared = built(lambda stack: a_group(stack, is_compared=True))
    allowed = compared.one("AWS::SageMaker::ModelPackageGroup")["ModelPackageGroupPolicy"]
    role = f"arn:aws:iam::{PRODUCTION}:role/acme/arrivals/acme-late-arrival.monitor-production"
    who = {"aws__PrincipalArn": role, "aws__PrincipalOrgID": str(HERE.organization_id)}
    production = Caller(account=PRODUCTION)
    assert production.passes(allowed, "sagemaker:DescribeModelPackage", VERSION, **who) == "Allow"
    assert production.passes(allowed, "sagemaker:UpdateModelPackage", VERSION, **who) != "Allow"
    assert production.passes(policy, "sagemaker:DescribeModelPackage", VERSION, **who) != "Allow"
    assert production.passes(allowed, "sagemaker:ListModelPackages", GROUP, **who) != "Allow"


def test_who_judges_candidates_lists_the_versions_of_its_model_too(policy: Json) -> None:
    retrained = built(lambda stack: a_group(stack, is_compared=True, is_retrained=True))
    allowed = retrained.one("AWS::SageMaker::ModelPackageGroup")["ModelPackageGroupPolicy"]
    roles = f"arn:aws:iam::{PRODUCTION}:role/acme/arrivals"
    organization = {"aws__PrincipalOrgID": str(HERE.organization_id)}
    judge, another = (
        {"aws__PrincipalArn": f"{roles}/acme-{model}.monitor-production", **organization}
        for model in ("late-arrival", "crew-demand")
    )
    production = Caller(account=PRODUCTION)
    for action, resource in zip(READS, (VERSION, GROUP), strict=True):
        assert production.passes(allowed, action, resource, **judge) == "Allow"
        assert production.passes(allowed, action, resource, **another) != "Allow"
    assert production.passes(allowed, "sagemaker:DescribeModelPackageGroup", GROUP, **judge) != "Allow"
    assert production.passes(policy, "sagemaker:ListModelPackages", GROUP, **judge) != "Allow"
