"""What the jobs of SageMaker printed, from CloudWatch Logs: read only, on AWS and on the local AWS alike.

boto3's clients are passed in; what they are refused, or find missing, is raised as botocore raises it.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/logging-cloudwatch.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

GROUPS = {
    "TrainingJob": "/aws/sagemaker/TrainingJobs",
    "ProcessingJob": "/aws/sagemaker/ProcessingJobs",
    "TransformJob": "/aws/sagemaker/TransformJobs",
}
"""The log group of each kind of job, by its key in the metadata of a pipeline's step."""

ENDED = frozenset({"Completed", "Failed", "Stopped", "Succeeded"})
"""The statuses of jobs and executions that stay."""

_CONSOLES = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
}

Client = Any
"""A client of boto3, which has no types."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """A job whose log can be read; `step` is that of the pipeline's execution, empty for a job of its own."""

    kind: str
    name: str
    step: str = ""

    @property
    def group(self) -> str:
        """Its log group."""
        return GROUPS[self.kind]

    @property
    def title(self) -> str:
        """The step, or the job's own name."""
        return self.step or self.name


@dataclass(frozen=True, kw_only=True)
class Run:
    """An execution of a pipeline: its status, its jobs in the order of their start, and why steps failed."""

    arn: str
    status: str
    jobs: tuple[Job, ...]
    failures: tuple[tuple[str, str], ...]

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self.status in ENDED


@dataclass(frozen=True, kw_only=True)
class Line:
    """One event of a log."""

    job: Job
    time: datetime
    text: str

    def to_json(self) -> dict[str, str]:
        """The event, for programs."""
        return {"step": self.job.step, "job": self.job.name, "time": self.time.isoformat(), "message": self.text}


def latest_execution(sagemaker: Client, pipeline: str) -> str | None:
    """Return the ARN of the pipeline's last execution; None where it was never started."""
    found = sagemaker.list_pipeline_executions(
        PipelineName=pipeline, SortBy="CreationTime", SortOrder="Descending", MaxResults=1
    )["PipelineExecutionSummaries"]
    return str(found[0]["PipelineExecutionArn"]) if found else None


def run(sagemaker: Client, execution: str) -> Run:
    """Return how far an execution is."""
    # The status first: what was still written before it ended is then read after.
    status = str(sagemaker.describe_pipeline_execution(PipelineExecutionArn=execution)["PipelineExecutionStatus"])
    pages = sagemaker.get_paginator("list_pipeline_execution_steps").paginate(
        PipelineExecutionArn=execution, SortOrder="Ascending"
    )
    steps = [step for page in pages for step in page["PipelineExecutionSteps"]]
    jobs = (_job(step) for step in steps)
    return Run(
        arn=execution,
        status=status,
        jobs=tuple(job for job in jobs if job is not None),
        failures=tuple((str(s["StepName"]), str(s["FailureReason"])) for s in steps if s.get("FailureReason")),
    )


def _job(step: dict[str, Any]) -> Job | None:
    """Return the job of a step; None for a step that is none, or has not started."""
    metadata: dict[str, Any] = step.get("Metadata") or {}
    for kind in GROUPS:
        arn = str(metadata.get(kind, {}).get("Arn", ""))
        if arn:
            return Job(kind=kind, name=arn.rpartition("/")[2], step=str(step["StepName"]))
    return None


def kind_of(logs: Client, name: str) -> str | None:
    """Return of which kind a job of that name is, by where its log lies; None where no log is its.

    Groups that the caller may not look into are passed over; the refusal is raised where that is all of them.
    """
    refused: Exception | None = None
    looked = False
    for kind, group in GROUPS.items():
        try:
            found = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=f"{name}/", limit=1)
        except logs.exceptions.ResourceNotFoundException:
            continue
        except logs.exceptions.ClientError as error:
            if error.response["Error"]["Code"] != "AccessDeniedException":
                raise
            refused = refused or error
            continue
        looked = True
        if found["logStreams"]:
            return kind
    if refused is not None and not looked:
        raise refused
    return None


class JobLog:
    """Reads a job's log; each `new` gives what came since the last, the streams of its instances one after another."""

    def __init__(self, logs: Client, job: Job) -> None:
        self.job = job
        self._logs = logs
        self._tokens: dict[str, str] = {}

    def new(self) -> Iterator[Line]:
        """Yield what is there now and was not told yet."""
        for stream in self._streams():
            while True:
                more = {"nextToken": self._tokens[stream]} if stream in self._tokens else {}
                page = self._logs.get_log_events(
                    logGroupName=self.job.group, logStreamName=stream, startFromHead=True, **more
                )
                for event in page["events"]:
                    time = datetime.fromtimestamp(int(event["timestamp"]) / 1000, UTC)
                    yield Line(job=self.job, time=time, text=str(event["message"]).rstrip("\n"))
                if page["nextForwardToken"] == self._tokens.get(stream):
                    break  # AWS gives the same token again at the end
                self._tokens[stream] = str(page["nextForwardToken"])

    def _streams(self) -> list[str]:
        try:
            pages = self._logs.get_paginator("describe_log_streams").paginate(
                logGroupName=self.job.group, logStreamNamePrefix=f"{self.job.name}/"
            )
            return [str(stream["logStreamName"]) for page in pages for stream in page["logStreams"]]
        except self._logs.exceptions.ResourceNotFoundException:  # the first job of its kind has printed nothing yet
            return []


def followed(
    logs: Client, look: Callable[[], tuple[tuple[Job, ...], bool]], *, follow: bool, pause: Callable[[], None]
) -> Iterator[Line]:
    """Yield the logs of jobs, job by job; with `follow` until `look` says that nothing more will happen.

    `look` returns the jobs that have begun, and whether all has ended; `pause` waits between two looks.
    """
    readers: dict[str, JobLog] = {}
    last_look = False
    while True:
        jobs, ended = look()
        for job in jobs:
            yield from readers.setdefault(job.name, JobLog(logs, job)).new()
        if not follow or last_look:
            return
        last_look = ended  # logs come a moment after the job has ended: one more look
        pause()


def console_url(partition: str, region: str, job: Job) -> str:
    """Return where AWS's console shows the log of a job."""
    # The console's own fragment: twice encoded, with a dollar sign for the percent sign.
    group = quote(quote(job.group, safe=""), safe="").replace("%", "$")
    console = f"https://{region}.{_CONSOLES[partition]}/cloudwatch/home?region={region}"
    return f"{console}#logsV2:log-groups/log-group/{group}$3FlogStreamNameFilter$3D{job.name}"
