"""The jobs of this process: started from their records, found again by their ARNs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Literal

from mlops_stages.local.server.api.records import Record, Records, Scope
from mlops_stages.local.server.sagemaker.jobs import processing, training
from mlops_stages.local.server.sagemaker.jobs.runner import Job, Outcome, Phase
from mlops_stages.local.server.sagemaker.jobs.work import Work

Kind = Literal["ProcessingJob", "TrainingJob"]
_WORK: Mapping[Kind, Callable[[dict[str, Any], str, str], Work]] = {
    "ProcessingJob": processing.work,
    "TrainingJob": training.work,
}
_SECONDARY: Mapping[Phase, tuple[str, str]] = {
    "Downloading": ("Downloading", "Downloading the training data"),
    "Running": ("Training", "Training image download completed. Training in progress."),
    "Uploading": ("Uploading", "Uploading generated training model"),
}
_jobs: dict[str, Job] = {}
_lock = threading.Lock()


def start(records: Records, scope: Scope, kind: Kind, record: Record) -> None:
    """Run the job of a new record."""
    keeper = _Keeper(records, scope, kind, record)
    job = Job(_WORK[kind](record, scope.account, scope.region), keeper.phase, keeper.end)
    with _lock:
        _jobs[record[f"{kind}Arn"]] = job
    job.start()


def stop(arn: str) -> None:
    """Ask a job to end; nothing where it has ended."""
    with _lock:
        job = _jobs.get(arn)
    if job is not None:
        job.stop()


def wait(arn: str) -> None:
    """Wait until a job has ended."""
    with _lock:
        job = _jobs.get(arn)
    if job is not None:
        job.ended.wait()


class _Keeper:
    """Writes how a job goes into its record."""

    def __init__(self, records: Records, scope: Scope, kind: Kind, record: Record) -> None:
        self._records = records
        self._scope = scope
        self._kind = kind
        self._record = record
        self._wanted = {f"{kind}Name": record[f"{kind}Name"]}
        self._prefix = kind.removesuffix("Job")
        self._transitions: list[Record] = []

    def phase(self, phase: Phase) -> None:
        """Note the phase that begins."""
        members: Record = {f"{self._prefix}StartTime": time.time()} if phase == "Downloading" else {}
        if self._kind == "TrainingJob":
            secondary, said = _SECONDARY[phase]
            members |= {"SecondaryStatus": secondary, "SecondaryStatusTransitions": self._transition(secondary, said)}
        self._change(**members)

    def end(self, outcome: Outcome) -> None:
        """Note the end."""
        now = time.time()
        members: Record = {
            "Status": outcome.status,
            f"{self._kind}Status": outcome.status,
            f"{self._prefix}EndTime": now,
        }
        if outcome.reason:
            members["FailureReason"] = outcome.reason
        if self._kind == "ProcessingJob":
            members |= {"ExitMessage": outcome.message} if outcome.message else {}
        else:
            members |= self._trained(outcome, now)
        self._change(**members)

    def _trained(self, outcome: Outcome, now: float) -> Record:
        secondary = "MaxRuntimeExceeded" if outcome.out_of_time else outcome.status
        members: Record = {
            "SecondaryStatus": secondary,
            "SecondaryStatusTransitions": self._transition(secondary, outcome.reason or "Training job completed", now),
        }
        if outcome.status != "Failed":
            uri = training.output_uri(self._record, "model.tar.gz")
            members["ModelArtifacts"] = {"S3ModelArtifacts": uri}
        if outcome.began is not None:
            members |= {name: int(now - outcome.began) for name in ("TrainingTimeInSeconds", "BillableTimeInSeconds")}
        if outcome.metrics:
            members["FinalMetricDataList"] = [
                {"MetricName": name, "Value": value, "Timestamp": when}
                for name, (value, when) in outcome.metrics.items()
            ]
        return members

    def _transition(self, status: str, message: str, end: float | None = None) -> list[Record]:
        now = time.time()
        if self._transitions:
            self._transitions[-1] = {**self._transitions[-1], "EndTime": now}
        last: Record = {"Status": status, "StartTime": now, "StatusMessage": message}
        self._transitions.append(last if end is None else {**last, "EndTime": end})
        return list(self._transitions)

    def _change(self, **members: Any) -> None:  # noqa: ANN401  # JSON-like
        self._records.change(self._kind, self._scope, self._wanted, **members)
