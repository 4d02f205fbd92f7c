"""A look at one model, once a day: what became of runs and candidates, and whether the next run is due."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from .. import findings as found_in
from ..findings import Findings
from ..promotion.notices import tell
from . import starting
from .candidates import follow
from .codes import RetrainingError
from .model import Model
from .runs import Run, note, runs

_ONE_DAY = timedelta(days=1)
_ENDED = ("Succeeded", "Failed", "Stopped")


@dataclass(frozen=True, kw_only=True)
class Looked:
    """What a look has done, for the log.

    Attributes:
        day: whose findings it went by; None without any.
        ended: how runs have ended that had not before, by day.
        candidates: what was done about versions, by number.
        run: what became of the next run.
    """

    day: str | None
    ended: dict[str, str] = field(default_factory=dict[str, str])
    candidates: dict[int, str] = field(default_factory=dict[int, str])
    run: str


def look(model: Model) -> Looked:
    """Do what is due. What people have to put right is told to the owner, once; what AWS refuses is raised.

    Error: RTR-002 for findings that are none of production's.
    """
    ended = {run.day: str(run.ended) for run in _ended(model)}
    findings = _newest(model)
    if findings is None:
        return Looked(day=None, ended=ended, run="production has found nothing for two days")
    candidates = follow(model, findings, runs(model.promotion.store))
    return Looked(day=findings.day, ended=ended, candidates=candidates, run=_next(model, findings))


def _ended(model: Model) -> list[Run]:
    """Runs of which it was not known yet that they have ended; one that failed is told."""
    found: list[Run] = []
    for run in runs(model.promotion.store):
        if run.ended is not None:
            continue
        begun = run if run.execution is not None else starting.started(model, run)
        sagemaker = model.start_client("sagemaker")
        said: dict[str, Any] = sagemaker.describe_pipeline_execution(PipelineExecutionArn=begun.execution)
        status = str(said["PipelineExecutionStatus"])
        if status in _ENDED:
            if status != "Succeeded":
                _tell_of_failed(model, begun, status, _reasons(sagemaker, said))
            found.append(note(model.promotion.store, begun, ended=status))
    return found


def _reasons(sagemaker: Any, said: dict[str, Any]) -> list[str]:  # noqa: ANN401  # boto3 has no types
    steps = sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=said["PipelineExecutionArn"])
    told = [
        f"Step {each['StepName']}: {each['FailureReason']}"
        for each in steps["PipelineExecutionSteps"]
        if each.get("FailureReason")
    ]
    return told or [str(said.get("FailureReason") or "SageMaker gives no reason.")]


def _newest(model: Model) -> Findings | None:
    """Production's findings of today, or of yesterday where there are none yet. Error: RTR-002."""
    s3, endpoint = model.promotion.aws.client("s3"), model.promotion.settings.production.endpoint
    for day in (model.now.date(), model.now.date() - _ONE_DAY):
        key = found_in.key_of(endpoint, day)
        # Listed first: a reader who may not list all is refused what is not there.
        listed = s3.list_objects_v2(Bucket=model.settings.bucket, Prefix=key)
        if any(each["Key"] == key for each in listed.get("Contents", [])):
            content: bytes = s3.get_object(Bucket=model.settings.bucket, Key=key)["Body"].read()
            try:
                return found_in.read(content, endpoint=endpoint, day=day)
            except ValueError as error:
                raise RetrainingError("RTR-002", key, str(error)) from error
    return None


def _next(model: Model, findings: Findings) -> str:
    """Start the next run where it is due; say what was done."""
    if findings.package is None:
        return "no version answers"
    before = [run for run in runs(model.promotion.store) if run.counts]
    serving = model.version(findings.package)
    due = starting.due(model, findings, before, serving)
    waits = "none is due" if due is None else _waits(model, findings, before)
    if due is None or waits is not None:
        return str(waits)
    try:
        starting.refuse(model, findings, before)
        run = starting.start(model, due, starting.parameters(model, findings, serving))
    except RetrainingError as error:
        if due.cause == "wrong":
            _tell_of_none(model, before, error)
        return f"none: {error.code}"
    if run is None:
        return "one was started today"
    if run.cause == "wrong":
        _tell_of_run(model, run)
    return f"started {run.execution}"


def _waits(model: Model, findings: Findings, before: Sequence[Run]) -> str | None:
    """What a run that is due waits for, of which nobody needs to be told; None where it does not."""
    if starting.is_cooling_down(model, before):
        return f"none until {model.settings.cool_down.days} days after the last, of {before[-1].day}"
    if findings.day != str(model.now.date()):
        return "none by what was found the day before"
    return "one is under way" if starting.is_running(model) else None


def _tell_of_run(model: Model, run: Run) -> None:
    asked = run.parameters
    tell(
        model.promotion,
        f"run#{run.day}",
        "it is trained again",
        [
            f"Why: {run.why}",
            f"On: {asked['DatasetManifestUri']}, days before {asked['TrainBefore']}; commit {asked['Commit']}",
            "It is compared with the version that serves tomorrow morning, on what callers asked; you are told.",
            "",
            f"Run: {run.execution}",
        ],
    )


def _tell_of_failed(model: Model, run: Run, status: str, reasons: Sequence[str]) -> None:
    name = model.promotion.settings.name
    tell(
        model.promotion,
        f"failed#{run.day}",
        f"its training {'was stopped' if status == 'Stopped' else 'failed'}",
        [
            f"It was started on {run.day}: {run.why}",
            *reasons[:5],
            "",
            f"Next: mlops-stages logs {name} shows what its steps printed.",
            "Whoever has the duty `train` can try the run again; the next one starts when the cool-down is over.",
            f"Run: {run.execution}",
        ],
    )


def _tell_of_none(model: Model, before: Sequence[Run], error: RetrainingError) -> None:
    last = before[-1].day if before else "none"
    tell(
        model.promotion,
        f"none#{error.code}#{last}",
        "it is wrong, and not trained again",
        [f"{error.code} {error.where}: {error.message}", "", f"Next: {error.fix}"],
    )
