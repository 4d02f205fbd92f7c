"""What becomes of candidates: one that is better is told to the owner, any other is rejected, with the reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from ..findings import Finding, Findings
from ..promotion import records
from ..promotion.events import PENDING, REJECTED, told
from ..promotion.identities import Person
from ..promotion.notices import tell
from ..promotion.settings import STAGING
from .model import Model, Version
from .runs import Outcome, Run, note

JUDGED_WITHIN = timedelta(days=7)
"""A candidate is judged on the morning after its training; of one that cannot be for a week, no more can be said."""
_LONGEST_REASON = 1000
_NO_DIGESTS: Mapping[str, str] = {}


def follow(model: Model, found: Findings, started: Iterable[Run]) -> dict[int, str]:
    """Do what follows of what candidates are worth, those alone that retraining has trained; say what was done.

    What they are worth is noted first: whoever dies in between does the rest the next time. Whoever delivers a commit
    decides about its version themselves.
    """
    every = list(started)
    for run in every:
        if run.outcome is not None and not run.is_done:
            _do(model, run)
    waiting = {each.execution: each for each in every if each.execution is not None and each.outcome is None}
    done: dict[int, str] = {}
    for finding in found.candidates:
        version = model.version(finding.package)
        run = waiting.get(version.metadata.get("execution", ""))
        if run is None or version.starter != model.settings.function:
            continue
        outcome = _outcome(model, version, run, finding)
        done[version.number] = "not judged yet" if outcome is None else outcome
        if outcome is not None:
            noted = note(
                model.promotion.store,
                run,
                version=version.number,
                outcome=outcome,
                said=finding.said,
                decided=told(model.now),
                **(_proved(model, run, version, found.package) if outcome == "better" else {}),
            )
            _do(model, noted)
    return done


def _outcome(model: Model, version: Version, run: Run, finding: Finding) -> Outcome | None:
    if version.approval != PENDING:
        return "decided by people"
    if finding.is_better is None:
        return "not judged" if model.now - run.began >= JUDGED_WITHIN else None
    return "better" if finding.is_better else "not better"


def _proved(model: Model, run: Run, version: Version, champion: str | None) -> dict[str, Any]:
    """What a version that is better is known by: which one it was compared with, and that the run has registered it."""
    return {
        "champion": None if champion is None else model.version(champion).number,
        "has_registered": _has_registered(model, run, version),
    }


def _has_registered(model: Model, run: Run, version: Version) -> bool:
    """Whether SageMaker says that a step of the run has registered a version.

    The version's own metadata say so, too, but any code that runs under the pipeline's role can write those.

    Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListPipelineExecutionSteps.html
    """
    pages = model.start_client("sagemaker").get_paginator("list_pipeline_execution_steps")
    steps = (
        each for page in pages.paginate(PipelineExecutionArn=run.execution) for each in page["PipelineExecutionSteps"]
    )
    return version.arn in {each.get("Metadata", {}).get("RegisterModel", {}).get("Arn") for each in steps}


def _do(model: Model, run: Run) -> None:
    """What follows of an outcome; each part once, however often it is done."""
    if run.outcome == "better":
        _tell_of_better(model, run)
    elif run.outcome in ("not better", "not judged"):
        if run.cause == "wrong":
            _tell_of_rejected(model, run)
        _reject(model, run)
    note(model.promotion.store, run, is_done=True)


def _reject(model: Model, run: Run) -> None:
    """Archive a version: rejected in the registry, and in the ledger."""
    promotion, settings, arn, number = model.promotion, model.settings, _arn(model, run), int(run.version or 0)
    why = f"{run.outcome}: {run.said}"
    if model.version(arn).approval == PENDING:
        promotion.aws.client("sagemaker").update_model_package(
            ModelPackageArn=arn, ModelApprovalStatus=REJECTED, ApprovalDescription=why[:_LONGEST_REASON]
        )
    role = f"arn:{promotion.settings.partition}:sts::{promotion.settings.account}:assumed-role/{settings.role}"
    who = Person(f"{role}/{settings.function}", settings.function)
    records.decided(
        promotion, number, STAGING, approved=False, at=run.decided, who=who, digests=_NO_DIGESTS, reason=why
    )


def _arn(model: Model, run: Run) -> str:
    return model.promotion.settings.package_arn(int(run.version or 0))


def _tell_of_better(model: Model, run: Run) -> None:
    tell(
        model.promotion,
        f"better#{run.version}",
        f"v{run.version} is better, and waits for your approval",
        [
            f"It was trained on {run.day}: {run.why}",
            f"On what callers asked, {run.said}.",
            *_alone(model, run),
            "",
            f"Next: mlops-stages approve {model.promotion.settings.name} --version {run.version}",
            f"Version: {_arn(model, run)}",
        ],
    )


def _alone(model: Model, run: Run) -> list[str]:
    """What the owner has to know before the approval, where it is the only one."""
    rule = model.promotion.settings.one_approval
    if rule is None or not run.has_registered:
        return []
    return [
        f"The model is of {rule.risk} risk: your approval alone brings the version to production,",
        "once staging has passed it. No second person looks at it.",
    ]


def _tell_of_rejected(model: Model, run: Run) -> None:
    tell(
        model.promotion,
        f"rejected#{run.version}",
        f"v{run.version} does not help: {run.outcome}",
        [
            f"It was trained on {run.day}: {run.why}",
            f"It is rejected: {run.said}.",
            "",
            "Next: newer data, or a change of the model; until then decide whether callers may go on using it.",
            f"Version: {_arn(model, run)}",
        ],
    )
