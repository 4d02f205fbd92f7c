"""One execution of a pipeline: its steps in their order, as many at once as may be, until nothing is left to do."""

from __future__ import annotations

import datetime
import logging
import queue
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from mlops_stages.local.json_values import mapping
from mlops_stages.local.server.api.records import Record, Records, Scope
from mlops_stages.local.server.sagemaker.jobs import workplace
from mlops_stages.local.server.sagemaker.jobs.storage import Storage
from mlops_stages.local.server.sagemaker.jobs.work import StepError
from mlops_stages.local.server.sagemaker.jobs.workplace import Role
from mlops_stages.local.server.sagemaker.pipelines import caching, steps
from mlops_stages.local.server.sagemaker.pipelines.expressions import Context
from mlops_stages.local.server.sagemaker.pipelines.retries import Retries, RetryableError
from mlops_stages.local.server.sagemaker.pipelines.steps import StoppedError, Surroundings
from mlops_stages.pipeline_definition.pipeline import Pipeline, PipelineStep

_MOST_REASON = 1300
_MOST_AT_ONCE = 50
"""AWS's default of steps that run at the same time."""

_log = logging.getLogger(__name__)
_executions: dict[str, Execution] = {}


def start(records: Records, scope: Scope, record: Record, definition: Pipeline) -> None:
    """Execute a pipeline for a new record, or for one that is tried again: what succeeded is not done twice."""
    execution = Execution(records, scope, record, definition)
    _executions[record["PipelineExecutionArn"]] = execution
    threading.Thread(target=execution.run, name=f"execution-{execution.id}", daemon=True).start()


def stop(arn: str) -> None:
    """Ask an execution to end: running jobs are stopped, nothing more begins."""
    execution = _executions.get(arn)
    if execution is not None:
        execution.stop()


def iso(when: float) -> str:
    """Return a time as definitions get it."""
    return datetime.datetime.fromtimestamp(when, tz=datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


class Execution:
    """Runs in a thread of its own, each step in another; what it shows is in its record."""

    def __init__(self, records: Records, scope: Scope, record: Record, definition: Pipeline) -> None:
        self.arn = str(record["PipelineExecutionArn"])
        self.id = self.arn.rpartition("/")[2]
        self._records = records
        self._scope = scope
        self._record = record
        self._definition = definition
        self._ended: queue.Queue[str] = queue.Queue()
        self._lock = threading.Lock()
        self._stopping = False
        self._stop_wished = threading.Event()
        self._stops: dict[str, Callable[[], None]] = {}

    def stop(self) -> None:
        """Begin nothing more, and stop what runs."""
        with self._lock:
            self._stopping = True
            self._stop_wished.set()
            stops = tuple(self._stops.values())
        for each in stops:  # each calls the local AWS, which may be waiting for this very thread
            threading.Thread(target=each, daemon=True).start()

    def run(self) -> None:
        """Execute to the end."""
        try:
            status, reason = self._executed()
        except StepError as error:
            status, reason = "Failed", str(error)
        except Exception:
            _log.exception("execution %s", self.arn)
            status, reason = "Failed", "InternalServerError: We encountered an internal error."
        more = {"FailureReason": reason[:_MOST_REASON]} if reason else {}
        self._change(PipelineExecutionStatus=status, **more)
        self._tell(status)

    def _executed(self) -> tuple[str, str]:
        self._tell("Executing")
        self._fresh_role()  # or it fails here
        running: set[str] = set()
        while True:
            for step in self._startable(len(running)):
                running.add(step.name)
                self._begin(step)
            if not running:
                break
            running.discard(self._ended.get())
        states = self._record["Steps"]
        failed = [name for name, state in states.items() if state["StepStatus"] == "Failed"]
        if failed:
            said = "; ".join(f"{name}: {states[name].get('FailureReason', '')}" for name in failed)
            return "Failed", f"Step failure: One or multiple steps failed. {said}"
        return ("Stopped", "") if self._stopping else ("Succeeded", "")

    # Order

    def _startable(self, running: int) -> list[PipelineStep]:
        """Return the steps to begin now: nothing after a failure or a wish to stop."""
        states = self._record["Steps"]
        if self._stopping or any(state["StepStatus"] == "Failed" for state in states.values()):
            return []
        ready = [step for step in self._definition.steps.values() if step.name not in states and self._is_ready(step)]
        most = int(
            mapping(self._record.get("ParallelismConfiguration")).get("MaxParallelExecutionSteps", _MOST_AT_ONCE)
        )
        return ready[: max(0, most - running)]

    def _is_ready(self, step: PipelineStep) -> bool:
        if not all(self._has_succeeded(name) for name in step.waits_for):
            return False
        if step.parent is None:
            return True
        return self._has_succeeded(step.parent) and self._properties(step.parent)["Outcome"] is step.when

    def _has_succeeded(self, name: str) -> bool:
        return self._record["Steps"].get(name, {}).get("StepStatus") == "Succeeded"

    # Steps

    def _begin(self, step: PipelineStep) -> None:
        state: Record = {
            "StepName": step.name,
            "StepDisplayName": step.display_name or None,
            "StepDescription": step.description or None,
            "StepStatus": "Executing",
            "StartTime": time.time(),
            "AttemptCount": self._counted(step),
        }
        self._note(step, state)
        threading.Thread(target=self._step, args=(step,), name=f"step-{step.name}", daemon=True).start()

    def _counted(self, step: PipelineStep) -> int:
        """Return how many attempts a step has had, with the one that begins now."""
        with self._records.lock:
            attempts = self._record["Attempts"]
            attempts[step.name] = attempts.get(step.name, 0) + 1
            return int(attempts[step.name])

    def _step(self, step: PipelineStep) -> None:
        try:
            ended = self._tried(step)
        except StoppedError:
            ended: Record = {"StepStatus": "Stopped"}
            if not self._stopping:  # someone stopped the job, not the execution
                ended = {"StepStatus": "Failed", "FailureReason": "ClientError: The job of the step was stopped."}
        except StepError as error:
            ended = {"StepStatus": "Failed", "FailureReason": str(error)}
        except Exception:
            _log.exception("step %s of %s", step.name, self.arn)
            ended = {"StepStatus": "Failed", "FailureReason": "InternalServerError: We encountered an internal error."}
        with self._lock:
            self._stops.pop(step.name, None)
        self._note(step, {**ended, "EndTime": time.time()})
        self._ended.put(step.name)

    def _tried(self, step: PipelineStep) -> Record:
        """Do a step, and again after the errors that its retry policies name."""
        retries, began = Retries(step.retries), time.monotonic()
        while True:
            try:
                return self._done(step)
            except RetryableError as error:
                wait_s = retries.wait_s(error.exception, time.monotonic() - began)
                if wait_s is None:
                    raise
                _log.info("step %s of %s is tried again in %s s: %s", step.name, self.arn, wait_s, error)
                if self._stop_wished.wait(wait_s):
                    raise StoppedError from error
                self._note(step, {"AttemptCount": self._counted(step)})

    def _done(self, step: PipelineStep) -> Record:
        context = steps.with_job_name(step, self._context(), self.id)
        arguments = steps.resolved(step, context)
        key = caching.key(step, arguments)
        earlier = caching.find(self._records, self._scope, self._record["PipelineArn"], step, key)
        if earlier is not None:
            source = {"SourcePipelineExecutionArn": earlier["SourcePipelineExecutionArn"]}
            kept = {name: earlier[name] for name in ("Metadata", "Properties", "CacheKey") if name in earlier}
            return {**kept, "StepStatus": "Succeeded", "CacheHitResult": source}
        around = Surroundings(
            context=context,
            role=self._fresh_role(),
            execution_id=self.id,
            note=lambda members: self._note(step, members),
            stops=lambda stop: self._can_stop(step, stop),
        )
        properties = steps.run(step, arguments, around)
        return {"StepStatus": "Succeeded", "Properties": properties, "CacheKey": key}

    def _can_stop(self, step: PipelineStep, stop: Callable[[], None]) -> None:
        with self._lock:
            self._stops[step.name] = stop
            stopping = self._stopping
        if stopping:
            stop()

    def _context(self) -> Context:
        role = self._fresh_role()
        execution = {
            "CurrentDateTime": iso(time.time()),
            "PipelineArn": self._record["PipelineArn"],
            "PipelineExecutionArn": self.arn,
            "PipelineExecutionId": self.id,
            "PipelineName": self._record["PipelineName"],
            "StartDateTime": iso(self._record["CreationTime"]),
        }
        return Context(
            parameters=self._record["Parameters"],
            execution=execution,
            properties=self._properties,
            read=lambda uri: Storage(role).text(uri),
        )

    def _fresh_role(self) -> Role:
        """Return credentials that last for another step."""
        return workplace.assume(self._record["RoleArn"], self._scope.account, self._scope.region, self.arn)

    def _properties(self, name: str) -> Mapping[str, Any]:
        return self._record["Steps"].get(name, {}).get("Properties", {})

    # What is shown

    def _note(self, step: PipelineStep, members: Record) -> None:
        with self._records.lock:
            states = self._record["Steps"]
            states[step.name] = {**states.get(step.name, {}), **members}
            self._records.change("PipelineExecution", self._scope, {"PipelineExecutionArn": self.arn})

    def _change(self, **members: Any) -> None:  # noqa: ANN401  # JSON-like
        self._records.change("PipelineExecution", self._scope, {"PipelineExecutionArn": self.arn}, **members)

    def _tell(self, status: str) -> None:
        """Put the event of the execution's new state on the account's bus.

        https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html
        """
        from mlops_stages.local.server import engine  # in the server only

        detail = {
            "pipelineExecutionDisplayName": self._record.get("PipelineExecutionDisplayName"),
            "currentPipelineExecutionStatus": status,
            "executionStartTime": iso(self._record["CreationTime"]),
            "pipelineArn": self._record["PipelineArn"],
            "pipelineExecutionArn": self.arn,
        }
        with engine.within(self._scope.account, self._scope.region):
            engine.put_service_event(
                "aws.sagemaker",
                "SageMaker Model Building Pipeline Execution Status Change",
                [self._record["PipelineArn"], self.arn],
                detail,
            )
