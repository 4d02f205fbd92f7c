"""What policies are asked about an operation: action, resources and condition keys, to the letter."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from mlops_stages.local.server import engine
from mlops_stages.local.server.api import calls
from mlops_stages.local.server.api.operations import Operation
from mlops_stages.local.server.front import authorization
from mlops_stages.local.server.front.authorization import Check

ACCOUNT = "111111111111"
JOB = f"arn:aws:sagemaker:eu-west-1:{ACCOUNT}:training-job/fraud-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/acme/fraud/jobs"
OTHER_ROLE = f"arn:aws:iam::{ACCOUNT}:role/other"
BUDGET = f"arn:aws:budgets::{ACCOUNT}:budget/fraud"
TAGS = [{"Key": "team", "Value": "fraud"}]


@pytest.fixture(autouse=True)
def served() -> Iterator[None]:
    with engine.within(ACCOUNT, "eu-west-1"):
        yield


@pytest.fixture
def described(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What calls of the local AWS answer, by operation; one that is not here fails."""
    answers: dict[str, Any] = {}

    def call(_: str, operation: str, **parameters: Any) -> Any:  # noqa: ANN401
        answers.setdefault("asked", []).append((operation, parameters))
        return answers[operation]

    monkeypatch.setattr(calls, "call", call)
    return answers


def checks(service: str, name: str, /, **parameters: Any) -> tuple[Check, ...]:  # noqa: ANN401
    return authorization.checks(Operation(service, name, parameters), with_lookups=False)


def asked(service: str, name: str, /, **parameters: Any) -> tuple[Check, ...]:  # noqa: ANN401
    return authorization.checks(Operation(service, name, parameters))


def passes(role: str, service: str) -> Check:
    return Check("iam:PassRole", role, {"iam:PassedToService": service})


def test_a_budget_is_viewed_or_modified_by_its_arn() -> None:
    assert checks("budgets", "DescribeBudget", BudgetName="fraud") == (Check("budgets:ViewBudget", BUDGET),)
    assert checks("budgets", "DeleteBudget", BudgetName="fraud") == (Check("budgets:ModifyBudget", BUDGET),)
    named = checks("budgets", "CreateBudget", AccountId="222222222222", Budget={"BudgetName": "fraud"})
    assert named == (Check("budgets:ModifyBudget", BUDGET.replace(ACCOUNT, "222222222222")),)
    assert checks("budgets", "DescribeBudgets") == (
        Check("budgets:ViewBudget", f"arn:aws:budgets::{ACCOUNT}:budget/*"),
    )


@pytest.mark.parametrize("name", ["ListTagsForResource", "TagResource", "UntagResource"])
def test_tagging_a_budget_has_its_own_action(name: str) -> None:
    assert checks("budgets", name, ResourceARN=BUDGET) == (Check(f"budgets:{name}", BUDGET),)


def test_a_job_with_tags_is_created_and_tagged_under_the_name_of_its_creation() -> None:
    tags = {"aws:RequestTag/team": "fraud", "aws:TagKeys": ["team"]}
    assert checks("sagemaker", "CreateTrainingJob", TrainingJobName="fraud-1", Tags=TAGS) == (
        Check("sagemaker:CreateTrainingJob", JOB, tags),
        Check("sagemaker:AddTags", JOB, {**tags, "sagemaker:TaggingAction": "CreateTrainingJob"}),
    )


def test_a_job_without_tags_is_created_alone() -> None:
    created = (Check("sagemaker:CreateTrainingJob", JOB),)
    assert checks("sagemaker", "CreateTrainingJob", TrainingJobName="fraud-1") == created
    assert checks("sagemaker", "CreateTrainingJob", TrainingJobName="fraud-1", Tags=[]) == created


def test_tags_that_are_added_later_are_no_creation() -> None:
    added = checks("sagemaker", "AddTags", ResourceArn=JOB, Tags=TAGS)
    assert added == (Check("sagemaker:AddTags", JOB, {"aws:RequestTag/team": "fraud", "aws:TagKeys": ["team"]}),)


def test_another_services_creation_asks_for_no_tagging_of_sagemaker() -> None:
    (check,) = checks("codeartifact", "CreateDomain", domain="acme", tags=[{"key": "a", "value": "b"}])
    assert check.action == "codeartifact:CreateDomain"


def test_each_role_that_is_handed_over_is_passed_once_to_its_service() -> None:
    targets = [{"RoleArn": OTHER_ROLE}, {"RoleArn": ROLE}, {"RoleArn": ROLE}, {"Arn": f"{ROLE}-not-handed-over"}]
    assert checks("events", "PutTargets", Targets=targets) == (
        Check("events:PutTargets", "*"),
        passes(ROLE, "events.amazonaws.com"),
        passes(OTHER_ROLE, "events.amazonaws.com"),
    )
    *_, passed = checks("ecs", "RegisterTaskDefinition", taskRoleArn=ROLE)
    assert passed == passes(ROLE, "ecs-tasks.amazonaws.com")


@pytest.mark.parametrize("member", ["RoleArn", "RoleARN", "ExecutionRole", "ExecutionRoleArns", "AutoMLRoleArn"])
def test_members_that_hold_roles_are_known_by_their_names(member: str) -> None:
    assert checks("states", "CreateStateMachine", **{member: ROLE})[1:] == (passes(ROLE, "states.amazonaws.com"),)


@pytest.mark.parametrize(
    ("service", "name", "parameters"),
    [
        ("sagemaker", "DescribeTrainingJob", {"TrainingJobName": "fraud-1", "RoleArn": ROLE}),  # it only looks
        ("sts", "AssumeRole", {"RoleArn": ROLE}),  # taking a role on is not passing it
        ("states", "CreateStateMachine", {"RoleArn": "arn:aws:iam::111111111111:user/ann"}),
        ("states", "CreateStateMachine", {"RoleArn": "arn:aws:iam::1:role/x"}),
        ("states", "CreateStateMachine", {"RoleArnOfNobody": ROLE}),
    ],
)
def test_nothing_else_passes_a_role(service: str, name: str, parameters: dict[str, Any]) -> None:
    assert authorization.passed_roles(Operation(service, name, parameters)) == ()


def test_a_resource_is_what_the_request_names_of_the_service_itself() -> None:
    monitor = f"arn:aws:ce::{ACCOUNT}:anomalymonitor/1"
    assert checks("ce", "UpdateAnomalyMonitor", MonitorArn=monitor) == (Check("ce:UpdateAnomalyMonitor", monitor),)
    assert checks("ce", "UpdateAnomalyMonitor", MonitorArn="arn:aws:sns:eu-west-1:1:t") == (
        Check("ce:UpdateAnomalyMonitor", "*"),
    )
    nested = checks("ce", "UpdateAnomalyMonitor", Monitor={"MonitorArn": monitor})
    assert nested == (Check("ce:UpdateAnomalyMonitor", "*"),)
    china = f"arn:aws-cn:ce::{ACCOUNT}:anomalymonitor/1"
    assert checks("ce", "UpdateAnomalyMonitor", MonitorArn=china) == (Check("ce:UpdateAnomalyMonitor", china),)


@pytest.mark.parametrize(
    "parameters",
    [
        {"Tags": [{"Key": "team", "Value": "fraud"}]},
        {"Tags": [{"key": "team", "value": "fraud"}]},
        {"Tags": {"team": "fraud"}},
        {"ResourceTags": [{"Key": "team", "Value": "fraud"}]},
    ],
)
def test_tags_of_a_request_are_known_in_every_form(parameters: dict[str, Any]) -> None:
    found = authorization.request_tags(Operation("any", "CreateThing", parameters))
    assert found == {"aws:RequestTag/team": "fraud", "aws:TagKeys": ["team"]}


def test_tags_that_are_taken_away_have_keys_and_no_values() -> None:
    assert authorization.request_tags(Operation("any", "UntagResource", {"TagKeys": ["team"]})) == {
        "aws:TagKeys": ["team"]
    }
    both = {"Tags": {"a": "1"}, "ResourceTagKeys": ["b"]}
    assert authorization.request_tags(Operation("any", "Change", both)) == {
        "aws:RequestTag/a": "1",
        "aws:TagKeys": ["a", "b"],
    }
    assert authorization.request_tags(Operation("any", "Change", {"Tags": []})) == {}


def test_what_is_there_already_is_asked_for_its_tags(described: dict[str, Any]) -> None:
    described["list_tags"] = {"Tags": TAGS}
    tags = {"aws:ResourceTag/team": "fraud", "sagemaker:ResourceTag/team": "fraud"}
    assert asked("sagemaker", "StopTrainingJob", TrainingJobName="fraud-1") == (
        Check("sagemaker:StopTrainingJob", JOB, tags),
    )
    assert described["asked"] == [("list_tags", {"ResourceArn": JOB})]


def test_what_is_created_or_is_any_or_is_of_another_service_has_no_tags_yet(described: dict[str, Any]) -> None:
    described["list_tags"] = {"Tags": TAGS}
    assert asked("sagemaker", "CreateTrainingJob", TrainingJobName="fraud-1")[0].context == {}
    assert asked("sagemaker", "ListTrainingJobs") == (Check("sagemaker:ListTrainingJobs", "*"),)
    assert asked("ce", "UpdateAnomalyMonitor", MonitorArn="arn:aws:ce::1:anomalymonitor/1")[0].context == {}
    assert "asked" not in described


def test_what_does_not_exist_has_no_tags(described: dict[str, Any]) -> None:
    assert asked("sagemaker", "StopTrainingJob", TrainingJobName="fraud-1") == (
        Check("sagemaker:StopTrainingJob", JOB),
    )
    assert described["asked"] == [("list_tags", {"ResourceArn": JOB})]


SPACE = {
    "OwnershipSettings": {"OwnerUserProfileName": "fraud-ann"},
    "SpaceSharingSettings": {"SharingType": "Private"},
}


@pytest.mark.parametrize("name", ["CreateApp", "DeleteApp", "DeleteSpace", "UpdateSpace"])
def test_what_happens_in_a_space_knows_whose_it_is(name: str, described: dict[str, Any]) -> None:
    described |= {"describe_space": SPACE, "list_tags": {"Tags": []}}
    app = {"AppType": "JupyterLab", "AppName": "default"} if name.endswith("App") else {}
    context = asked("sagemaker", name, DomainId="d-1", SpaceName="fraud-ann-1", **app)[0].context
    owner = f"arn:aws:sagemaker:eu-west-1:{ACCOUNT}:user-profile/d-1/fraud-ann"
    assert context["sagemaker:OwnerUserProfileArn"] == owner
    assert context["sagemaker:SpaceSharingType"] == "Private"
    assert described["asked"][0] == ("describe_space", {"DomainId": "d-1", "SpaceName": "fraud-ann-1"})


def test_only_what_happens_in_a_space_asks_for_it(described: dict[str, Any]) -> None:
    described |= {"describe_space": SPACE, "list_tags": {"Tags": []}}
    asked("sagemaker", "DescribeSpace", DomainId="d-1", SpaceName="fraud-ann-1")
    asked("sagemaker", "DeleteApp", DomainId="d-1", UserProfileName="fraud-ann", AppType="JupyterLab", AppName="a")
    assert {operation for operation, _ in described["asked"]} <= {"list_tags"}


def test_a_space_that_is_gone_says_nothing(described: dict[str, Any]) -> None:
    described["list_tags"] = {"Tags": []}
    (check,) = asked("sagemaker", "DeleteSpace", DomainId="d-1", SpaceName="fraud-ann-1")
    assert check.context == {}


def test_without_look_ups_nothing_is_asked_for(described: dict[str, Any]) -> None:
    described |= {"describe_space": SPACE, "list_tags": {"Tags": TAGS}}
    (check,) = checks("sagemaker", "DeleteSpace", DomainId="d-1", SpaceName="fraud-ann-1")
    assert (check.context, "asked" in described) == ({}, False)


def test_a_version_of_a_model_is_known_as_it_is_before_it_changes(described: dict[str, Any]) -> None:
    described |= {
        "describe_model_package": {"CustomerMetadataProperties": {"commit": "0a1b"}, "ModelApprovalStatus": "Approved"},
        "list_tags": {"Tags": []},
    }
    package = f"arn:aws:sagemaker:eu-west-1:{ACCOUNT}:model-package/fraud-card/1"
    (check,) = asked("sagemaker", "UpdateModelPackage", ModelPackageArn=package, ModelApprovalStatus="Rejected")
    assert check.context["sagemaker:CurrentCustomerMetadataProperties/commit"] == "0a1b"
    del described["describe_model_package"]
    (check,) = asked("sagemaker", "UpdateModelPackage", ModelPackageArn=package, ModelApprovalStatus="Rejected")
    assert not any("Current" in key for key in check.context)


PREFIX = f"arn:aws:sagemaker:eu-west-1:{ACCOUNT}:"


def sagemaker(name: str, **parameters: Any) -> Operation:  # noqa: ANN401  # as boto3 has it
    return Operation("sagemaker", name, parameters)


def test_every_role_in_a_request_is_passed() -> None:
    role = f"arn:aws:iam::{ACCOUNT}:role/r"
    operation = sagemaker("CreateUserProfile", UserSettings={"ExecutionRole": role}, Description=f"not {role}")
    assert authorization.passed_roles(operation) == (
        authorization.Check("iam:PassRole", role, {"iam:PassedToService": "sagemaker.amazonaws.com"}),
    )
    assert authorization.passed_roles(sagemaker("DescribeModel", RoleArn=role)) == ()


def test_tags_of_a_request_are_seen_in_each_form() -> None:
    expected = {"aws:RequestTag/team": "fraud", "aws:TagKeys": ["team"]}
    for tags in ([{"Key": "team", "Value": "fraud"}], [{"key": "team", "value": "fraud"}], {"team": "fraud"}):
        assert authorization.request_tags(sagemaker("CreateModel", Tags=tags)) == expected
    assert authorization.request_tags(sagemaker("DeleteTags", TagKeys=["team"])) == {"aws:TagKeys": ["team"]}
    assert authorization.request_tags(sagemaker("CreateModel")) == {}


def test_the_questions_about_a_job_are_its_own_then_tags_then_roles() -> None:
    role = f"arn:aws:iam::{ACCOUNT}:role/r"
    operation = sagemaker("CreateTrainingJob", TrainingJobName="j", RoleArn=role, Tags=[{"Key": "a", "Value": "b"}])
    with engine.within(ACCOUNT, "eu-west-1"):
        asked = [(check.action, check.resource) for check in authorization.checks(operation, with_lookups=False)]
    job = f"{PREFIX}training-job/j"
    assert asked == [("sagemaker:CreateTrainingJob", job), ("sagemaker:AddTags", job), ("iam:PassRole", role)]


def test_what_is_created_is_tagged_and_not_what_it_is_made_of() -> None:
    package = f"{PREFIX}model-package/late/1"
    container = {"ModelPackageName": package}
    tags = [{"Key": "a", "Value": "b"}]
    operation = sagemaker("CreateModel", ModelName="m", PrimaryContainer=container, Tags=tags)
    with engine.within(ACCOUNT, "eu-west-1"):
        asked = [(check.action, check.resource) for check in authorization.checks(operation, with_lookups=False)]
    model = f"{PREFIX}model/m"
    assert asked == [("sagemaker:CreateModel", model), ("sagemaker:AddTags", model), ("sagemaker:CreateModel", package)]
