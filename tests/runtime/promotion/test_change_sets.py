"""A change set: looked at before it is executed, found again wherever it was left."""

from __future__ import annotations

from typing import Any

import pytest

from mlops_stages.runtime.promotion import change_sets, verification
from mlops_stages.runtime.promotion.codes import PromotionError, StackBusyError
from mlops_stages.runtime.promotion.promotion import Release
from tests.runtime.promotion.given import GROUP, RELEASE_CHANGES, AwsError, CloudFormation, Stack, World

RELEASE = Release(action="promote", version=3, attempt=1)
CONFIG = f"{GROUP}-sv3"


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def stack(world: World) -> Stack:
    return world.stacks["staging"]


def create(world: World) -> None:
    change_sets.create(world.promotion, "staging", RELEASE)


def described(world: World) -> str:
    return change_sets.describe(world.promotion, "staging", RELEASE)


def change(action: str, kind: str, replaced: str = "False") -> dict[str, Any]:
    said = {"Action": action, "ResourceType": kind, "LogicalResourceId": "X", "Replacement": replaced}
    return {"ResourceChange": said}


def test_a_release_gives_its_own_parameters_and_keeps_all_others(world: World, stack: Stack) -> None:
    stack.parameters |= {"ShadowPackageArn": "arn:old", "Other": "kept"}
    create(world)
    assert stack.sets["v3-1"]["values"] == {
        "ModelPackageArn": world.promotion.settings.package_arn(3), "ConfigName": CONFIG, "TrafficShift": "InSteps",
        "ShadowPackageArn": "", "Other": "kept",
    }  # fmt: skip


def test_a_template_without_steps_is_given_none(world: World, stack: Stack) -> None:
    del stack.parameters["TrafficShift"]
    create(world)
    assert "TrafficShift" not in stack.sets["v3-1"]["values"]


def test_a_change_set_that_is_there_is_used(world: World, stack: Stack) -> None:
    create(world)
    create(world)
    assert described(world) == "pending"
    stack.settle()
    assert described(world) == "ready"


def test_one_that_has_nothing_to_do_is_no_failure(world: World, stack: Stack) -> None:
    create(world)
    reason = "The submitted information didn't contain changes. Submit different information to create a change set."
    stack.sets["v3-1"].update(Status="FAILED", StatusReason=reason)
    assert described(world) == "empty"


def test_one_that_cloudformation_did_not_make_says_why(world: World, stack: Stack) -> None:
    create(world)
    stack.sets["v3-1"].update(Status="FAILED", StatusReason="Parameter ConfigName failed to satisfy constraint")
    with pytest.raises(PromotionError, match=r"PRM-040 .*ConfigName failed"):
        described(world)


@pytest.mark.parametrize(
    "foreign",
    [
        change("Modify", "AWS::SageMaker::Endpoint", "True"),
        change("Modify", "AWS::SageMaker::Endpoint", "Conditional"),
        change("Remove", "AWS::SageMaker::Endpoint"),
        change("Remove", "AWS::SageMaker::EndpointConfig"),
        change("Remove", "AWS::CloudWatch::Alarm"),
        change("Add", "AWS::IAM::Role"),
        change("Modify", "AWS::Logs::LogGroup"),
        change("Import", "AWS::SageMaker::Model"),
        change("Dynamic", "AWS::SageMaker::Model"),
        {"Type": "Hook"},
    ],
)
def test_one_that_changes_more_than_a_release_does_is_removed_not_executed(
    world: World, stack: Stack, foreign: dict[str, Any]
) -> None:
    stack.changes = [*RELEASE_CHANGES, foreign]  # on its second page
    create(world)
    stack.settle()
    with pytest.raises(PromotionError, match="PRM-041"):
        described(world)
    assert stack.sets == {}


def test_the_first_release_makes_what_later_ones_keep(world: World, stack: Stack) -> None:
    stack.changes = [change("Add", f"AWS::{kind}") for kind in (
        "SageMaker::Model", "SageMaker::EndpointConfig", "SageMaker::Endpoint", "CloudWatch::Alarm",
        "ApplicationAutoScaling::ScalableTarget", "ApplicationAutoScaling::ScalingPolicy", "Scheduler::Schedule",
    )]  # fmt: skip
    create(world)
    stack.settle()
    assert described(world) == "ready"


def test_it_is_executed_once_wherever_its_function_dies(world: World, stack: Stack) -> None:
    create(world)
    stack.settle()
    for _ in range(3):
        change_sets.execute(world.promotion, "staging", RELEASE)
    assert described(world) == "empty"
    assert change_sets.progress(world.promotion, "staging", RELEASE) == "running"
    stack.settle()
    change_sets.execute(world.promotion, "staging", RELEASE)
    create(world)
    assert described(world) == "empty"
    assert change_sets.progress(world.promotion, "staging", RELEASE) == "done"
    assert len(stack.executed) == 1


def test_a_change_set_that_somebody_removed_is_told(world: World) -> None:
    create(world)
    world.stacks["staging"].sets.clear()
    for step in (change_sets.describe, change_sets.execute):
        with pytest.raises(PromotionError, match=r"PRM-040 .*not there any more"):
            step(world.promotion, "staging", RELEASE)


def test_a_stack_that_others_change_is_waited_for(world: World, stack: Stack) -> None:
    stack.status = "UPDATE_ROLLBACK_IN_PROGRESS"
    with pytest.raises(StackBusyError):
        create(world)


@pytest.mark.parametrize("status", ["UPDATE_ROLLBACK_FAILED", "ROLLBACK_COMPLETE", "DELETE_FAILED"])
def test_a_stack_out_of_order_is_told(world: World, stack: Stack, status: str) -> None:
    stack.status = status
    with pytest.raises(PromotionError, match=f"PRM-042 .*{status}"):
        create(world)


def test_a_stack_that_was_never_deployed_is_told(world: World, stack: Stack) -> None:
    stack.name = "another"
    with pytest.raises(PromotionError, match=r"PRM-042 .*cdk deploy"):
        create(world)


@pytest.mark.parametrize(
    ("message", "raised"),
    [
        ("Stack is in UPDATE_IN_PROGRESS state and can not be updated.", StackBusyError),
        ("Bad parameter", PromotionError),
    ],
)
def test_a_refused_change_set_is_tried_again_only_where_that_helps(
    world: World, message: str, raised: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **_given: object) -> None:
        raise AwsError("ValidationError", message)

    monkeypatch.setattr(CloudFormation, "create_change_set", refuse)
    with pytest.raises(raised) as found:
        create(world)
    assert type(found.value) is raised


# Whether it has arrived


def serves(world: World, stack: Stack, outcome: str = "arrives") -> str | None:
    stack.outcome = outcome
    create(world)
    stack.settle()
    change_sets.execute(world.promotion, "staging", RELEASE)
    stack.settle()
    return verification.configuration(world.promotion, "staging", RELEASE)


def test_a_release_has_arrived_when_the_endpoint_names_its_configuration(world: World, stack: Stack) -> None:
    assert serves(world, stack) == f"{CONFIG}-abc123"


def test_an_endpoint_that_changes_is_waited_for(world: World, stack: Stack) -> None:
    serves(world, stack)
    stack.endpoint_status = "Updating"
    assert verification.configuration(world.promotion, "staging", RELEASE) is None


def test_in_service_on_the_old_configuration_is_not_arrived(world: World, stack: Stack) -> None:
    stack.configuration = f"{GROUP}-v2-abc123"
    with pytest.raises(PromotionError, match=r"PRM-045 .*InService with arrivals-late-arrival-v2-abc123, .*no reason"):
        serves(world, stack, "alarm")


def test_a_name_that_only_begins_alike_is_another(world: World, stack: Stack) -> None:
    serves(world, stack)
    stack.configuration = stack.output = f"{GROUP}-v33-abc123"
    with pytest.raises(PromotionError, match="PRM-045"):
        verification.configuration(world.promotion, "staging", RELEASE)


def test_an_endpoint_that_failed_says_its_reason(world: World, stack: Stack) -> None:
    serves(world, stack)
    stack.endpoint_status, stack.reason = "Failed", "no capacity"
    with pytest.raises(PromotionError, match=r"it is Failed .*no capacity"):
        verification.configuration(world.promotion, "staging", RELEASE)
