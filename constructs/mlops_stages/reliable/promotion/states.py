"""The states of a model's promotion, in Amazon States Language: what waits, what is tried again, what fails where.

Each state says in its comment what it does. What it does it by is a function, whose steps may be made again; so an
error of AWS's or of the function's process is tried again here, and a refusal is not.

Sources: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-amazon-states-language.html,
https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-wait-token
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from mlops_stages.runtime.promotion.one_approval import ENOUGH

State = dict[str, Any]

DAYS_TO_DECIDE = 7
DAYS_IN_ALL = 9
"""A decision, two deployments of at most 8 hours each, and an hour or two of waiting for others."""
DAY = 24 * 3600
REFUSALS = ("PromotionError", "LockHeldError", "StackBusyError", "LedgerError")
"""Errors of the functions for which a retry is pointless, except in the states that wait for one of two."""
TOLD, UNTOLD = "PromotionFailed", "FailureNotTold"
"""The errors that an execution ends with: after its failure was told, or where that failed as well."""
SETTLE_SECONDS, FOLLOW_SECONDS = 5, 30


def definition(*, partition: str, task_arn: str, test_arn: str, one_approval: str | None = None) -> str:
    """The machine's definition, as JSON.

    Args:
        partition: of ARNs.
        task_arn: the function of all states but one.
        test_arn: the function that tests the version in staging, which takes longer and more memory.
        one_approval: the model's class of risk, where platform.yaml lets its retrained versions go on with the first
            approval alone; every version takes two without.
    """
    machine = _Machine(partition, task_arn, test_arn, one_approval)
    comment = "Brings a version of the model to production, or back to one that has served before"
    if one_approval is not None:
        comment += f"; a retrained one with one approval, as the model is of {one_approval} risk"
    document = {
        "Comment": comment,
        "StartAt": "Check",
        "TimeoutSeconds": DAYS_IN_ALL * DAY,
        "States": machine.states(),
    }
    return json.dumps(document, indent=1)


class _Machine:
    def __init__(self, partition: str, task_arn: str, test_arn: str, one_approval: str | None) -> None:
        self._invoke = f"arn:{partition}:states:::lambda:invoke"
        self._task_arn, self._test_arn, self._one_approval = task_arn, test_arn, one_approval

    def states(self) -> Mapping[str, State]:
        """All of them, in their order."""
        back = {"Variable": "$.action", "StringEquals": "rollback", "Next": "LockProduction"}
        return {
            "Check": self._task(
                "check",
                "Compares the version with what was approved, to the byte, and sees that it is approved still",
                next="WhichWay",
            ),
            "WhichWay": {
                "Type": "Choice",
                "Comment": "A version that people go back to has been tested and released before",
                "Choices": [back],
                "Default": "LockStaging",
            },
            "LockStaging": self._task(
                "lock",
                "Takes staging; another promotion of the model there ends this one",
                environment="staging",
                next="ProposeStaging",
            ),
            **self._deployment("Staging", next="Test"),
            "Test": self._task(
                "test",
                "Calls the endpoint: golden records, wrong inputs, every field's edges, the promised load, and what "
                "production was asked lately; of a batch model, starts transform jobs, and looks at them",
                # By the clock that production's requests are captured by.
                more={"at.$": "$$.State.EnteredTime"},
                function=self._test_arn,
                seconds=900,
                next="IsTested",
            ),
            "IsTested": {
                "Type": "Choice",
                "Comment": "An endpoint has been called; transform jobs take their time",
                "Choices": [{"Variable": "$.last.answer.status", "StringEquals": "done", "Next": "Record"}],
                "Default": "WaitForTests",
            },
            "WaitForTests": _wait(FOLLOW_SECONDS, "The transform jobs run", next="Test"),
            "Record": self._task(
                "record",
                "Puts the result into the ledger; a version that did not pass ends here",
                next="AwaitRelease" if self._one_approval is None else "LookForEvidence",
            ),
            **self._go_on_with_one_approval(),
            "AwaitRelease": self._await_release(),
            "CheckAgain": self._task(
                "check-again",
                "Compares again, with the second approval and the result that it was given for",
                next="LockProduction",
            ),
            "LockProduction": self._task(
                "lock",
                "Takes production; waits while another deployment has it",
                environment="production",
                waits_for=("LockHeldError", 60, 600),
                next="ProposeProduction",
            ),
            **self._deployment("Production", next="Finish"),
            "Finish": self._task(
                "finish",
                "Records what serves now, tells the owner, and gives both environments back",
                more={"configuration.$": "$.last.answer.configuration"},
                next="Done",
            ),
            "Done": {"Type": "Succeed", "Comment": "The version serves production"},
            "Tell": self._tell(),
            "Failed": {
                "Type": "Fail",
                "Comment": "It failed, and the owner was told why",
                "Error": TOLD,
                "Cause": "The model's owner was told why; the history of this execution has it, too.",
            },
            "Untold": {
                "Type": "Fail",
                "Comment": "It failed, and so did telling why: a rule of EventBridge tells that much",
                "Error": UNTOLD,
                "Cause": "See the history of this execution and the log of its functions.",
            },
        }

    def _deployment(self, place: str, *, next: str) -> Mapping[str, State]:
        """The states of one environment: a change set, looked at, executed, followed, and verified."""
        environment = place.lower()
        looked = "$.last.answer.status"
        return {
            f"Propose{place}": self._task(
                "create",
                f"Proposes the release to {environment} as a change set: the deployed template, other values",
                environment=environment,
                waits_for=("StackBusyError", 60, 240),
                next=f"Settle{place}",
            ),
            f"Settle{place}": _wait(SETTLE_SECONDS, "CloudFormation makes the change set", next=f"LookAt{place}"),
            f"LookAt{place}": self._task(
                "describe",
                "Looks at what the change set would change; more than a release does is refused",
                environment=environment,
                next=f"Is{place}Proposed",
            ),
            f"Is{place}Proposed": {
                "Type": "Choice",
                "Comment": "One that has nothing to do was executed before",
                "Choices": [
                    {"Variable": looked, "StringEquals": "ready", "Next": f"Execute{place}"},
                    {"Variable": looked, "StringEquals": "empty", "Next": f"Follow{place}"},
                ],
                "Default": f"Settle{place}",
            },
            f"Execute{place}": self._task(
                "execute",
                "Executes it; SageMaker shifts the traffic, and back if an alarm goes off",
                environment=environment,
                waits_for=("StackBusyError", 60, 60),
                next=f"Wait{place}",
            ),
            f"Wait{place}": _wait(FOLLOW_SECONDS, "The stack changes", next=f"Follow{place}"),
            f"Follow{place}": self._task(
                "progress",
                "Looks at the stack; a failed update is told with the reason of the resource that failed",
                environment=environment,
                next=f"Is{place}Updated",
            ),
            f"Is{place}Updated": {
                "Type": "Choice",
                "Comment": "Its status alone does not say that the release has arrived",
                "Choices": [{"Variable": looked, "StringEquals": "done", "Next": f"Verify{place}"}],
                "Default": f"Wait{place}",
            },
            f"Verify{place}": self._task(
                "verify",
                "Compares what the endpoint, or the schedule, names with the release",
                environment=environment,
                next=f"Does{place}Serve",
            ),
            f"Does{place}Serve": {
                "Type": "Choice",
                "Comment": "An endpoint that still changes is looked at again",
                "Choices": [{"Variable": looked, "StringEquals": "done", "Next": next}],
                "Default": f"Bake{place}",
            },
            f"Bake{place}": _wait(FOLLOW_SECONDS, "The endpoint changes", next=f"Verify{place}"),
        }

    def _go_on_with_one_approval(self) -> Mapping[str, State]:
        """The states of a model whose retrained versions need no second approval; none of another."""
        if self._one_approval is None:
            return {}
        enough = {"Variable": "$.last.answer.status", "StringEquals": ENOUGH, "Next": "CheckAgain"}
        return {
            "LookForEvidence": self._task(
                "one-approval",
                f"Of a model of {self._one_approval} risk: looks whether retraining has trained the version, with "
                "nothing but other data, and found it better than the one that serves; records and tells that",
                next="IsOneApprovalEnough",
            ),
            "IsOneApprovalEnough": {
                "Type": "Choice",
                "Comment": "With that evidence it needs no second approval; without, it does",
                "Choices": [enough],
                "Default": "AwaitRelease",
            },
        }

    def _await_release(self) -> State:
        state = self._task(
            "wait",
            f"Waits up to {DAYS_TO_DECIDE} days for a second person; the owner is told that it does",
            more={"token.$": "$$.Task.Token"},
            seconds=DAYS_TO_DECIDE * DAY,
            next="CheckAgain",
        )
        del state["ResultSelector"]
        # Whoever did not decide in time does not get the same time again.
        state["Retry"][0]["ErrorEquals"].append("States.Timeout")
        return {**state, "Resource": f"{self._invoke}.waitForTaskToken"}

    def _tell(self) -> State:
        state = self._task(
            "fail",
            "Records the failure, tells the owner why and what to do, and gives both environments back",
            more={"failure.$": "$.failure"},
            next="Failed",
        )
        return {**state, "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.untold", "Next": "Untold"}]}

    def _task(
        self,
        task: str,
        comment: str,
        *,
        next: str,
        environment: str | None = None,
        function: str | None = None,
        more: Mapping[str, str] | None = None,
        seconds: int = 600,
        waits_for: tuple[str, int, int] | None = None,
    ) -> State:
        release = {f"{name}.$": f"$.{name}" for name in ("action", "version", "attempt")}
        payload: dict[str, Any] = {"task": task, "release": release, **({} if more is None else more)}
        if environment is not None:
            payload["environment"] = environment
        retries: list[State] = []
        if waits_for is not None:
            error, interval, most = waits_for
            retries.append(
                {"ErrorEquals": [error], "IntervalSeconds": interval, "MaxAttempts": most, "BackoffRate": 1.0}
            )
        refusals = [error for error in REFUSALS if waits_for is None or error != waits_for[0]]
        return {
            "Type": "Task",
            "Comment": comment,
            "Resource": self._invoke,
            "Parameters": {"FunctionName": self._task_arn if function is None else function, "Payload": payload},
            "ResultSelector": {"answer.$": "$.Payload"},
            "ResultPath": "$.last",
            "TimeoutSeconds": seconds,
            "Retry": [
                {"ErrorEquals": refusals, "MaxAttempts": 0},
                *retries,
                {
                    "ErrorEquals": ["States.ALL"],
                    "IntervalSeconds": 5,
                    "MaxAttempts": 6,
                    "BackoffRate": 2.0,
                    "MaxDelaySeconds": 120,
                    "JitterStrategy": "FULL",
                },
            ],
            "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.failure", "Next": "Tell"}],
            "Next": next,
        }


def _wait(seconds: int, comment: str, *, next: str) -> State:
    return {"Type": "Wait", "Comment": comment, "Seconds": seconds, "Next": next}
