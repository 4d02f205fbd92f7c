"""Stacks under a service role: what the role lacks fails the resource, and the role stays with the stack."""

from __future__ import annotations

import pytest

from tests.local.change_sets import Release, version
from tests.local.change_sets import released as template_of
from tests.local.clients import LocalAws, allow, deny, refusal
from tests.local.stacks import RefusedStackError, Stack, ref, resource, trust

FORMATION = trust("cloudformation.amazonaws.com")["Statement"][0]


@pytest.fixture
def release(local_aws: LocalAws, account: str) -> Release:
    return Release(Stack(local_aws, account))


def released(**more: object) -> dict[str, object]:
    """The template, with a package group, which takes its name from the release."""
    group = resource("AWS::SageMaker::ModelPackageGroup", ModelPackageGroupName=ref("ConfigName"), **more)
    return template_of(Group={**group, "Condition": "Serving"})


def service_role(release: Release, *statements: dict[str, object]) -> str:
    return release.stack.aws.role(release.stack.account, *statements, trust=FORMATION)


def may_group(release: Release, *names: str, actions: tuple[str, ...] = ("sagemaker:*ModelPackageGroup",)) -> str:
    prefix = f"arn:aws:sagemaker:eu-west-1:{release.stack.account}:model-package-group"
    return service_role(release, allow(*actions, on=[f"{prefix}/{name}" for name in names]))


def role_of(release: Release) -> str | None:
    stacks = release.stack.client("cloudformation").describe_stacks(StackName=release.stack.name)["Stacks"]
    found: str | None = stacks[0].get("RoleARN")
    return found


def groups(release: Release) -> set[str]:
    found = release.stack.client("sagemaker").list_model_package_groups()["ModelPackageGroupSummaryList"]
    return {each["ModelPackageGroupName"] for each in found}


def test_a_resource_fails_where_the_role_lacks_its_action(release: Release) -> None:
    role = may_group(release, "v1")
    release.deploy(released(), create=True, RoleARN=role)
    release.deploy(parameters=version(1))
    name = role.rpartition("/")[2]
    with pytest.raises(RefusedStackError, match=rf"{name}/AWSCloudFormation is not authorized to perform: sagemaker:C"):
        release.deploy(parameters=version(2))
    assert groups(release) == {"v1"}


def test_the_role_stays_with_the_stack_until_another_is_given(release: Release) -> None:
    first, second = may_group(release, "v1"), may_group(release, "v*")
    release.deploy(released(), create=True, RoleARN=first)
    assert role_of(release) == first
    release.deploy(parameters=version(1))
    assert role_of(release) == first
    release.deploy(parameters=version(2), RoleARN=second)
    assert role_of(release) == second


def test_a_change_set_that_is_not_executed_leaves_the_stacks_role(release: Release) -> None:
    first, second = may_group(release, "v1"), may_group(release, "v*")
    release.deploy(released(), create=True, RoleARN=first)
    release.propose(parameters=version(1), RoleARN=second)
    assert role_of(release) == first


def test_an_update_is_rolled_back_under_the_role_too(release: Release) -> None:
    role = service_role(release, allow("sagemaker:*"), deny("sagemaker:DeleteModelPackageGroup"))
    release.deploy(released(), create=True, parameters=version(1), RoleARN=role)
    release.deploy(parameters={"Package": "", "ConfigName": ""})
    assert groups(release) == {"v1"}
    events = release.stack.client("cloudformation").describe_stack_events(StackName=release.stack.name)["StackEvents"]
    failed = [each for each in events if each["ResourceStatus"] == "DELETE_FAILED"]
    assert "explicit deny" in failed[0]["ResourceStatusReason"]


def test_a_role_that_may_not_read_what_it_made_fails_too(release: Release) -> None:
    role = may_group(release, "v1", actions=("sagemaker:CreateModelPackageGroup", "sagemaker:DeleteModelPackageGroup"))
    release.deploy(released(), create=True, RoleARN=role)
    with pytest.raises(RefusedStackError, match="sagemaker:DescribeModelPackageGroup"):
        release.deploy(parameters=version(1))


def test_what_ministack_makes_is_made_without_asking(release: Release) -> None:
    keys = {"AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}]}
    recovery = {"PointInTimeRecoveryEnabled": True}
    table = resource(
        "AWS::DynamoDB::Table",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        PointInTimeRecoverySpecification=recovery,
        **keys,
    )
    release.deploy({"Resources": {"Table": table}}, create=True, RoleARN=service_role(release))
    name = release.stack.id_of("Table")
    found = release.stack.client("dynamodb").describe_continuous_backups(TableName=name)
    told = found["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    assert told["PointInTimeRecoveryStatus"] == "ENABLED"


def test_without_a_role_nothing_is_asked(release: Release) -> None:
    release.deploy(released(), create=True, parameters=version(1))
    assert (role_of(release), groups(release)) == (None, {"v1"})


def test_a_role_that_cloudformation_cannot_take_on_is_refused(release: Release, account: str) -> None:
    missing = f"arn:aws:iam::{account}:role/none"
    others = release.stack.aws.role(account)
    for role in (missing, others):
        said = refusal(lambda role=role: release.propose(released(), create=True, RoleARN=role), code="ValidationError")
        assert said == f"Role {role} is invalid or cannot be assumed"
    named = refusal(lambda: release.propose(released(), create=True, RoleARN="a" * 20), code="ValidationError")
    assert "is not a valid RoleARN" in named
    stacks = release.stack.client("cloudformation").describe_stacks()["Stacks"]
    assert stacks == []


def test_a_role_of_another_account_is_refused(release: Release) -> None:
    foreign = f"arn:aws:iam::{release.stack.account[::-1]}:role/service"
    said = refusal(lambda: release.propose(released(), create=True, RoleARN=foreign))
    assert said == "Cross-account pass role is not allowed."


def test_policies_see_the_role_and_the_change_set_that_a_request_names(release: Release, account: str) -> None:
    role, other = may_group(release, "v*"), may_group(release, "v1")
    release.deploy(released(), create=True, RoleARN=role)
    stack = f"arn:aws:cloudformation:eu-west-1:{account}:stack/{release.stack.name}/*"
    caller = release.stack.aws.as_role(
        account,
        allow("cloudformation:CreateChangeSet", on=stack, when={"ArnEquals": {"cloudformation:RoleArn": role}}),
        allow("cloudformation:DescribeChangeSet", "cloudformation:ExecuteChangeSet", on=stack),
        allow(
            "iam:PassRole",
            on=[role, other],
            when={"StringEquals": {"iam:PassedToService": "cloudformation.amazonaws.com"}},
        ),
    )
    formation = release.stack.aws.client("cloudformation", caller)
    given = {
        "StackName": release.stack.name,
        "ChangeSetName": "one",
        "UsePreviousTemplate": True,
        "Parameters": [{"ParameterKey": name, "ParameterValue": value} for name, value in version(1).items()],
    }
    refusal(lambda: formation.create_change_set(**given))
    refusal(lambda: formation.create_change_set(**given, RoleARN=other))
    made = formation.create_change_set(**given, RoleARN=role)
    assert formation.describe_change_set(ChangeSetName=made["Id"])["ExecutionStatus"] == "AVAILABLE"
    formation.execute_change_set(ChangeSetName=made["Id"])
    release.stack.settled(made["StackId"])
    assert groups(release) == {"v1"}


def test_a_change_set_of_another_stack_is_out_of_reach_by_its_id_alone(release: Release, account: str) -> None:
    release.deploy(released(), create=True)
    proposed = release.propose(parameters=version(1))
    stack = f"arn:aws:cloudformation:eu-west-1:{account}:stack/another/*"
    caller = release.stack.aws.as_role(account, allow("cloudformation:ExecuteChangeSet", on=stack))
    formation = release.stack.aws.client("cloudformation", caller)
    refusal(lambda: formation.execute_change_set(ChangeSetName=proposed["ChangeSetId"]))
