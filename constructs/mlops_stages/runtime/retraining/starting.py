"""Starting a run: whether it is time, what stands against it, and what it is told."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from ..findings import CHALLENGES, Asked, Findings
from ..promotion.aws import error_code, error_message
from ..promotion.events import PENDING, told
from .codes import RetrainingError
from .datasets import Dataset, newest
from .model import Model, Version
from .runs import REFUSED, Cause, Run, begin, note, within_a_year

_REFUSED = ("ValidationException", "ResourceNotFound")
"""What SageMaker answers where the same call would fail again."""
_RUNNING = ("Executing", "Stopping")


@dataclass(frozen=True, kw_only=True)
class Due:
    """That a run is due: what asks for it, and why in a sentence."""

    cause: Cause
    why: str


def due(model: Model, findings: Findings, before: Sequence[Run], serving: Version) -> Due | None:
    """Whether a run is due: the model is wrong, or the declared time is over since the last run.

    Without a run, since the version that serves was registered.
    """
    if findings.wrong:
        return Due(cause="wrong", why="; ".join(findings.wrong))
    every, last = model.settings.every, before[-1].began if before else serving.created
    if every is not None and (last is None or model.now - last >= every):
        return Due(cause="time", why=f"every {every.days} days; {_since(before)}")
    return None


def _since(before: Sequence[Run]) -> str:
    return f"the last run was on {before[-1].day}" if before else "there was none yet"


def is_cooling_down(model: Model, before: Sequence[Run]) -> bool:
    """Whether too little time has passed since the last run."""
    return bool(before) and model.now - before[-1].began < model.settings.cool_down


def refuse(model: Model, findings: Findings, before: Sequence[Run]) -> None:
    """Refuse a run that could lead to nothing, or one more than is allowed. Errors: RTR-011, RTR-012, RTR-013."""
    where, settings = model.promotion.settings.name, model.settings
    if within_a_year(before, model.now) >= settings.most_a_year:
        raise RetrainingError(
            "RTR-012", where, f"{settings.most_a_year} runs within 365 days; the last on {before[-1].day}"
        )
    for run in before:
        if run.outcome == "better" and run.version is not None:
            version = model.version(model.promotion.settings.package_arn(run.version))
            if version.approval == PENDING:
                raise RetrainingError("RTR-013", where, f"version {run.version}, since {run.day}")
    if findings.labels:
        raise RetrainingError("RTR-011", where, "; ".join(findings.labels))


def is_running(model: Model) -> bool:
    """Whether a run of the pipeline is under way, whoever has started it."""
    listed: dict[str, Any] = model.start_client("sagemaker").list_pipeline_executions(
        PipelineName=model.settings.pipeline, SortBy="CreationTime", SortOrder="Descending", MaxResults=20
    )
    return any(each["PipelineExecutionStatus"] in _RUNNING for each in listed["PipelineExecutionSummaries"])


def parameters(model: Model, findings: Findings, serving: Version) -> dict[str, str]:
    """What the pipeline is told: the code and the image of the version that serves, newer data, production's requests.

    The dataset's days are those of where its rows come from; a day before the window, none is of the window anywhere.
    Errors: RTR-002, RTR-003, RTR-004; RTR-010 where there is nothing new to learn; RTR-014.
    """
    made_of, settings, asked = serving.made_of(), model.settings, _asked(model, findings)
    data = newest(
        model.start_client("s3"), made_of["dataset-manifest"], buckets=settings.data, team=model.promotion.settings.team
    )
    before = str(findings.first - timedelta(days=1))
    _refuse_nothing_new(data, before, serving, made_of["dataset-manifest-sha256"])
    return {
        "Author": made_of["author"],
        "Commit": made_of["commit"],
        "ImageDigest": made_of["image-digest"],
        "RequestsUri": f"s3://{asked.bucket}/{asked.key}",
        "StartedBy": settings.function,
        "TrainBefore": before,
        **data.parameters(),
    }


def _asked(model: Model, findings: Findings) -> Asked:
    asked, folder = findings.asked, f"{CHALLENGES}/endpoint={findings.endpoint}/"
    if asked is None or not asked.rows:
        raise RetrainingError("RTR-014", model.promotion.settings.name, "no request can be asked again")
    if asked.bucket != model.settings.bucket or not asked.key.startswith(folder):
        raise RetrainingError("RTR-002", asked.key[:200], "it names requests that are not the model's")
    return asked


def _refuse_nothing_new(data: Dataset, before: str, serving: Version, manifest_sha256: str) -> None:
    if data.manifest_sha256 == manifest_sha256 and serving.train_before >= before:
        version = data.uri.rstrip("/").rpartition("/")[2]
        raise RetrainingError("RTR-010", serving.arn, f"the newest version of its dataset, {version}, is its own")


def start(model: Model, due: Due, asked: dict[str, str]) -> Run | None:
    """Note a run and start it; None where one is of this day. Error: RTR-005."""
    day = model.now.date()
    token = secrets.token_hex(32)
    run = Run(day=str(day), at=told(model.now), cause=due.cause, why=due.why, parameters=asked, token=token)
    return started(model, run) if begin(model.promotion.store, run) else None


def started(model: Model, run: Run) -> Run:
    """Start a run that is noted; asked again, SageMaker answers with the same execution. Error: RTR-005.

    Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StartPipelineExecution.html
    """
    pipeline, sagemaker = model.settings.pipeline, model.start_client("sagemaker")
    try:
        answer: dict[str, Any] = sagemaker.start_pipeline_execution(
            PipelineName=pipeline,
            PipelineExecutionDisplayName=f"retraining-{run.day}",
            PipelineExecutionDescription=run.why[:500],
            PipelineParameters=[{"Name": name, "Value": value} for name, value in sorted(run.parameters.items())],
            ClientRequestToken=run.token or _token(pipeline, run.day_of),
        )
    except sagemaker.exceptions.ClientError as error:
        if error_code(error) not in _REFUSED:
            raise
        note(model.promotion.store, run, ended=REFUSED)
        raise RetrainingError("RTR-005", pipeline, error_message(error)[:500]) from error
    return note(model.promotion.store, run, execution=str(answer["PipelineExecutionArn"]))


def _token(pipeline: str, day: date) -> str:
    """What earlier versions have asked by."""
    return hashlib.sha256(f"{pipeline} {day}".encode()).hexdigest()
