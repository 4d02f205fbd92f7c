"""Steps are tried again as their retry policies say, and never otherwise."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any

import pytest

from mlops_stages.local.server.sagemaker.jobs.work import StepError
from mlops_stages.local.server.sagemaker.pipelines import execution as executions
from mlops_stages.local.server.sagemaker.pipelines import steps
from mlops_stages.local.server.sagemaker.pipelines.retries import Retries, RetryableError, error_of_call, error_of_job
from mlops_stages.pipeline_definition.expressions import Execution
from mlops_stages.pipeline_definition.pipeline import Pipeline, PipelineStep
from mlops_stages.pipeline_definition.retries import RetryPolicy

CAPACITY = "SageMaker.CAPACITY_ERROR"
ARN = "arn:aws:sagemaker:eu-west-1:222222222222:pipeline/late/execution/abc123"


def policy(
    *exceptions: str,
    interval: float = 2.0,
    backoff: float = 3.0,
    attempts: int | None = 3,
    minutes: int | None = None,
) -> RetryPolicy:
    return RetryPolicy(
        exceptions=frozenset(exceptions or {CAPACITY}),
        interval=interval,
        backoff=backoff,
        attempts=attempts,
        minutes=minutes,
    )


def test_the_interval_grows_until_the_attempts_are_used_up() -> None:
    retries = Retries([policy()])
    assert [retries.wait_s(CAPACITY, 0) for _ in range(4)] == [2, 6, 18, None]


def test_no_attempts_are_no_retries() -> None:
    assert Retries([policy(attempts=0)]).wait_s(CAPACITY, 0) is None
    assert Retries([policy(attempts=None, minutes=0)]).wait_s(CAPACITY, 0) is None


def test_minutes_count_from_the_beginning_of_the_step() -> None:
    retries = Retries([policy(attempts=None, minutes=2)])
    assert retries.wait_s(CAPACITY, 119) == 2
    assert retries.wait_s(CAPACITY, 120) is None


def test_another_error_is_not_tried_again_and_each_policy_counts_for_itself() -> None:
    retries = Retries([policy(attempts=1), policy("Step.THROTTLING", interval=5.0)])
    assert retries.wait_s("SageMaker.RESOURCE_LIMIT", 0) is None
    assert [retries.wait_s(CAPACITY, 0), retries.wait_s("Step.THROTTLING", 0), retries.wait_s(CAPACITY, 0)] == [
        2,
        5,
        None,
    ]


def test_an_interval_beyond_all_numbers_is_the_longest_there_is() -> None:
    retries = Retries([policy(backoff=1e308, attempts=20)])
    assert [retries.wait_s(CAPACITY, 0) for _ in range(3)][2] == threading.TIMEOUT_MAX


@pytest.mark.parametrize(
    ("error", "exception"),
    [
        (error_of_job("CapacityError: no instances"), CAPACITY),
        (error_of_job("InternalServerError: We encountered an internal error."), "SageMaker.JOB_INTERNAL_ERROR"),
        (error_of_job("AlgorithmError: exit code: 1"), None),
        (error_of_call("x", "ResourceLimitExceeded", 400), "SageMaker.RESOURCE_LIMIT"),
        (error_of_call("x", "ThrottlingException", 400), "Step.THROTTLING"),
        (error_of_call("x", "InternalFailure", 500), "Step.SERVICE_FAULT"),
        (error_of_call("x", "", 0), "Step.SERVICE_FAULT"),
        (error_of_call("x", "AccessDeniedException", 400), None),
        (error_of_call("x", "ValidationException", 400), None),
    ],
)
def test_an_error_is_of_the_type_that_policies_name(error: StepError, exception: str | None) -> None:
    assert getattr(error, "exception", None) == exception


class Records:
    """The part of the records that an execution uses."""

    def __init__(self) -> None:
        self.lock = threading.RLock()

    def all(self, *_: object) -> list[object]:
        return []

    def change(self, *_: object, **__: object) -> None:
        return


def executed(
    monkeypatch: pytest.MonkeyPatch, step: PipelineStep, errors: list[StepError], *, stop: bool = False
) -> tuple[dict[str, Any], list[str]]:
    """The state of a step whose job fails with these errors before it succeeds, and the names of its jobs."""
    names: list[str] = []

    def run(_: PipelineStep, arguments: dict[str, Any], around: steps.Surroundings) -> dict[str, Any]:
        names.append(str(arguments["Environment"]["JOB"]))
        assert around.context.execution["TrainingJobName"] == names[-1]
        if stop:
            execution.stop()
        if errors:
            raise errors.pop(0)
        return {}

    monkeypatch.setattr(executions.steps, "run", run)

    def nothing(*_: object) -> None:
        return

    monkeypatch.setattr(executions.workplace, "assume", nothing)
    monkeypatch.setattr(executions.Execution, "_tell", nothing)
    record: dict[str, Any] = {
        "PipelineExecutionArn": ARN,
        "PipelineArn": ARN.rpartition("/execution")[0],
        "PipelineName": "late",
        "CreationTime": 0.0,
        "RoleArn": "role",
        "Parameters": {},
        "Steps": {},
        "Attempts": {},
    }
    definition = Pipeline(parameters={}, steps={step.name: step}, experiment={})
    scope: Any = SimpleNamespace(account="222222222222", region="eu-west-1")
    records: Any = Records()
    execution = executions.Execution(records, scope, record, definition)
    execution.run()
    return record["Steps"][step.name], names


def training(*policies: RetryPolicy) -> PipelineStep:
    arguments = {"TrainingJobName": "arrivals-late", "Environment": {"JOB": Execution("TrainingJobName")}}
    return PipelineStep(name="Train", type="Training", arguments=arguments, waits_for=frozenset(), retries=policies)


def no_capacity() -> StepError:
    return RetryableError("CapacityError: none", CAPACITY)


def test_a_step_is_tried_again_and_each_job_has_a_name_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    state, names = executed(monkeypatch, training(policy(interval=0.0)), [no_capacity(), no_capacity()])
    assert (state["StepStatus"], state["AttemptCount"]) == ("Succeeded", 3)
    assert len(set(names)) == 3
    assert all(name.startswith("arrivals-late-abc123-Train-") for name in names)


def test_a_step_fails_once_its_attempts_are_used_up(monkeypatch: pytest.MonkeyPatch) -> None:
    errors = [no_capacity(), no_capacity(), no_capacity()]
    state, names = executed(monkeypatch, training(policy(interval=0.0, attempts=2)), errors)
    assert (state["StepStatus"], state["AttemptCount"], len(names)) == ("Failed", 3, 3)
    assert state["FailureReason"] == "CapacityError: none"


def test_an_error_that_no_policy_names_is_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    state, names = executed(monkeypatch, training(policy(interval=0.0)), [StepError("AlgorithmError: exit code: 1")])
    assert (state["StepStatus"], len(names)) == ("Failed", 1)


def test_a_wish_to_stop_ends_the_wait_for_another_attempt(monkeypatch: pytest.MonkeyPatch) -> None:
    state, names = executed(monkeypatch, training(policy(interval=3600.0)), [no_capacity()], stop=True)
    assert (state["StepStatus"], len(names)) == ("Stopped", 1)
