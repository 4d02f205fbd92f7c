"""A version of a batch model on its way to production and back: tested by transform jobs, verified by its schedule."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from mlops_stages.runtime.promotion.codes import PromotionError
from mlops_stages.runtime.promotion.request import handle
from tests.runtime.promotion.given import BATCH_SETTINGS, CARA, GROUP, World, score
from tests.runtime.promotion.machine import deploy, do, release, to_production, until_it_waits

Json = dict[str, Any]
TRIED = "acme-late-arrival-staging-transform-tried"


def in_production(world: World, number: int) -> None:
    """A version that has gone all the way."""
    world.version(number)
    assert handle(world.promotion, world.approve(number)) == {"approved": "begun"}
    of = release("promote", number)
    assert until_it_waits(world, of, f"token-{number}") is None
    assert handle(world.promotion, world.decide(number, "Approved"))["released"] == "answered"
    assert to_production(world, of) is None


def until_tested(world: World) -> str | None:
    """A first version up to the second approval; why it does not come so far."""
    world.version(1)
    handle(world.promotion, world.approve(1))
    return until_it_waits(world, release("promote", 1))


@pytest.fixture
def world() -> World:
    return World(settings=BATCH_SETTINGS)


@pytest.mark.parametrize("content_type", ["application/jsonlines", "text/csv"])
def test_a_version_reaches_production_through_both_approvals(world: World, content_type: str) -> None:
    world.content_type = content_type
    in_production(world, 1)
    assert world.queue.kinds() == ["approved", "evaluated", "approved", "deployed"]
    assert world.queue.body("evaluated")["passed"] is True
    assert world.queue.body("deployed")["configuration"] == f"{GROUP}-v1-abc123"
    assert world.stacks["production"].models == {f"{GROUP}-v1-abc123": BATCH_SETTINGS.package_arn(1)}
    waits, serves = (each["Message"] for each in world.topic.said)
    assert "golden: asked 9, wrong 0" in waits
    assert f"The next run of the schedule {BATCH_SETTINGS.production.schedule} is by {GROUP}-v1-abc123." in serves


def test_a_test_is_a_run_of_the_schedule_on_rows_of_its_own(world: World) -> None:
    assert until_tested(world) is None
    golden, edges = (each["request"] for each in world.stacks["staging"].jobs.values())
    assert [golden["TransformJobName"], edges["TransformJobName"]] == [
        f"{GROUP}-S-try-1-1-gold",
        f"{GROUP}-S-try-1-1-edge",
    ]
    assert golden["ModelName"] == f"{GROUP}-sv1-abc123"
    assert golden["TransformInput"] == {
        "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://acme-answers/{TRIED}/in/v1-1/gold/"}},
        "ContentType": "application/jsonlines",
        "SplitType": "Line",
    }
    assert golden["TransformOutput"] == {
        "S3OutputPath": f"s3://acme-answers/{TRIED}/out/v1-1/gold",
        "Accept": "application/jsonlines",
        "AssembleWith": "Line",
        "KmsKeyId": "arn:aws:kms:eu-west-1:555555555555:key/answers",
    }
    assert golden["TransformResources"] == {
        "InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeKmsKeyId": "arn:volumes",
    }  # fmt: skip
    assert golden["Tags"] == [{"Key": "team", "Value": "arrivals"}]
    assert "DataCaptureConfig" not in golden
    assert len([key for key in world.buckets["acme-answers"] if key.startswith(f"{TRIED}/in/v1-1/edge/")]) > 20


def test_a_golden_record_that_is_scored_otherwise_ends_it_before_anybody_is_asked(world: World) -> None:
    world.endpoint.answer = lambda record: {"score": score(record) + (0.1 if record.get("hour") == 9.0 else 0)}
    reason = until_tested(world)
    assert reason is not None
    assert "PRM-050 staging: golden-5" in reason
    assert world.queue.body("evaluated")["passed"] is False
    assert world.stacks["production"].executed == []


def test_golden_records_that_are_not_scored_at_all_end_it(world: World) -> None:
    world.endpoint.answer = lambda record: None if record.get("hour") == 9.0 else {"score": score(record)}
    reason = until_tested(world)
    assert reason is not None
    assert "PRM-050 staging: golden records: their job Failed" in reason


@pytest.mark.parametrize("content_type", ["application/jsonlines", "text/csv"])
def test_a_wrong_input_that_is_scored_ends_it(world: World, content_type: str) -> None:
    world.content_type, world.endpoint.tolerant_of = content_type, "origin"
    reason = until_tested(world)
    assert reason is not None
    assert "PRM-051 staging: origin: " in reason
    assert "it was scored" in reason


def test_an_edge_that_the_schema_takes_and_the_version_refuses_ends_it(world: World) -> None:
    world.endpoint.answer = lambda record: None if record["hour"] == 0.0 else {"score": score(record)}
    reason = until_tested(world)
    assert reason is not None
    assert "PRM-052 staging: hour: its minimum: it has no answer" in reason


def test_a_container_that_a_wrong_input_ends_has_not_refused_it(world: World) -> None:
    rows, dead = world.endpoint.rows_and_faults, list[str]()

    def dies(text: str, content_type: str) -> Any:  # noqa: ANN401
        found = rows(text, content_type)
        if '"(unseen)"' in text and found[1]:
            dead.append(text)
        return ([], [None]) if dead and text.count("\n") == 1 else found

    world.endpoint.rows_and_faults = dies  # pyright: ignore[reportAttributeAccessIssue]
    reason = until_tested(world)
    assert dead
    assert reason is not None
    assert "PRM-052 staging: a complete row: it has no answer" in reason


def test_jobs_that_do_not_end_are_stopped_and_told(world: World) -> None:
    world.version(1)
    handle(world.promotion, world.approve(1))
    of = release("promote", 1)
    do(world, "check", of)
    deploy(world, of, "staging")
    assert do(world, "test", of, at=world.promotion.at()) == {"status": "running"}
    world.now += timedelta(minutes=BATCH_SETTINGS.longest_minutes)
    assert do(world, "test", of, at=world.promotion.at()) == {"status": "running"}
    world.now += timedelta(minutes=1)
    with pytest.raises(PromotionError, match=r"PRM-057 .*-try-1-1-gold: its jobs run since"):
        do(world, "test", of, at=world.promotion.at())
    assert {each["TransformJobStatus"] for each in world.stacks["staging"].jobs.values()} == {"Stopped"}


def test_a_job_that_somebody_stops_is_no_result(world: World) -> None:
    world.version(1)
    handle(world.promotion, world.approve(1))
    of = release("promote", 1)
    deploy(world, of, "staging")
    do(world, "test", of, at=world.promotion.at())
    world.stacks["staging"].settle()
    world.stacks["staging"].jobs[f"{GROUP}-S-try-1-1-edge"]["TransformJobStatus"] = "Stopped"
    with pytest.raises(PromotionError, match=r"PRM-057 .*-edge: it is Stopped"):
        do(world, "test", of, at=world.promotion.at())


def _another_package(world: World) -> None:
    world.stacks["staging"].models[f"{GROUP}-sv1-abc123"] = BATCH_SETTINGS.package_arn(7)


def _another_model(world: World) -> None:
    world.stacks["staging"].configuration = f"{GROUP}-sv7-abc123"
    world.stacks["staging"].models[f"{GROUP}-sv7-abc123"] = BATCH_SETTINGS.package_arn(1)


def _disabled(world: World) -> None:
    world.schedule_state = "DISABLED"


def _gone(world: World) -> None:
    world.stacks["staging"].configuration = None


@pytest.mark.parametrize(
    ("otherwise", "why"),
    [
        (_another_package, "wanted was arn:"),
        (_another_model, f"its next run is by {GROUP}-sv7-abc123"),
        (_disabled, "there is no such schedule, or it is disabled"),
        (_gone, "there is no such schedule, or it is disabled"),
    ],
)
def test_a_release_has_arrived_when_the_next_run_is_its_own(
    world: World, otherwise: Callable[[World], None], why: str
) -> None:
    world.version(1)
    handle(world.promotion, world.approve(1))
    of = release("promote", 1)
    assert deploy(world, of, "staging") == f"{GROUP}-sv1-abc123"
    otherwise(world)
    with pytest.raises(PromotionError, match=f"PRM-045 acme-late-arrival-staging-transform: .*{why}"):
        do(world, "verify", of, environment="staging")


def test_a_release_that_cloudformation_takes_back_is_a_failed_one_and_no_way_back(world: World) -> None:
    in_production(world, 1)
    world.version(2)
    handle(world.promotion, world.approve(2))
    of = release("promote", 2)
    assert until_it_waits(world, of, "token-2") is None
    handle(world.promotion, world.decide(2, "Approved"))
    world.stacks["production"].outcome = "fails"
    reason = to_production(world, of)
    assert reason is not None
    assert "PRM-043" in reason
    assert world.queue.kinds()[-1] == "deployment-failed"
    assert f"The next run of its schedule is by {GROUP}-v1-abc123" in world.topic.said[-1]["Message"]


def test_production_goes_back_at_once_by_command(world: World) -> None:
    in_production(world, 1)
    in_production(world, 2)
    assert handle(world.promotion, world.decide(1, "Restored", CARA, why="wrong since Monday"))["restored"] == "begun"
    assert to_production(world, release("rollback", 1, 2)) is None
    assert world.stacks["production"].configuration == f"{GROUP}-v1-2-abc123"
    body = world.queue.body("rolled-back")
    assert (body["package_arn"], body["cause"]) == (BATCH_SETTINGS.package_arn(1), "command")
    assert "TrafficShift" not in json.dumps(world.stacks["production"].executed)


@pytest.mark.parametrize("dies_after", range(1, 60, 4))
def test_a_function_that_dies_anywhere_while_it_tests_starts_no_job_twice(world: World, dies_after: int) -> None:
    world.version(1)
    handle(world.promotion, world.approve(1))
    of = release("promote", 1)
    deploy(world, of, "staging")
    world.dies_at = world.calls + dies_after
    while do(world, "test", of, at=world.promotion.at())["status"] == "running":
        world.stacks["staging"].settle()
    assert len(world.stacks["staging"].jobs) == 2
    assert do(world, "test", of, at=world.promotion.at()) == {"status": "done", "passed": True}
