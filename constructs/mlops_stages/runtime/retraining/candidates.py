"""What becomes of candidates: one that is better is told to the owner, any other is rejected, with the reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta

from ..findings import Finding
from ..promotion import records
from ..promotion.events import PENDING, REJECTED, told
from ..promotion.identities import Person
from ..promotion.notices import tell
from ..promotion.settings import STAGING
from .model import Model, Version
from .runs import Run, note

JUDGED_WITHIN = timedelta(days=7)
"""A candidate is judged on the morning after its training; of one that cannot be for a week, no more can be said."""
_LONGEST_REASON = 1000
_NO_DIGESTS: Mapping[str, str] = {}


def follow(model: Model, found: Iterable[Finding], started: Iterable[Run]) -> dict[int, str]:
    """Do what follows of what candidates are worth, those alone that retraining has trained; say what was done.

    Whoever delivers a commit decides about its version themselves.
    """
    by_execution = {each.execution: each for each in started if each.execution is not None}
    done: dict[int, str] = {}
    for finding in found:
        version = model.version(finding.package)
        run = by_execution.get(version.metadata.get("execution"))
        if run is None or version.starter != model.settings.function:
            continue
        if run.outcome is None:
            done[version.number] = _decide(model, version, run, finding)
    return done


def _decide(model: Model, version: Version, run: Run, finding: Finding) -> str:
    if version.approval != PENDING:
        note(model.promotion.store, run, version=version.number, outcome="decided by people")
        return "decided by people"
    if finding.is_better:
        _tell_of_better(model, version, run, finding)
        note(model.promotion.store, run, version=version.number, outcome="better")
        return "told to the owner"
    if finding.is_better is None and model.now - run.began < JUDGED_WITHIN:
        return "not judged yet"
    outcome = "not judged" if finding.is_better is None else "not better"
    _reject(model, version, f"{outcome}: {finding.said}")
    if run.cause == "wrong":
        _tell_of_rejected(model, version, run, finding, outcome)
    note(model.promotion.store, run, version=version.number, outcome=outcome)
    return f"rejected: {outcome}"


def _reject(model: Model, version: Version, why: str) -> None:
    """Archive a version: rejected in the registry, and in the ledger."""
    promotion, settings = model.promotion, model.settings
    promotion.aws.client("sagemaker").update_model_package(
        ModelPackageArn=version.arn, ModelApprovalStatus=REJECTED, ApprovalDescription=why[:_LONGEST_REASON]
    )
    role = f"arn:{promotion.settings.partition}:sts::{promotion.settings.account}:assumed-role/{settings.role}"
    who = Person(f"{role}/{settings.function}", settings.function)
    records.decided(
        promotion, version.number, STAGING, approved=False, at=told(model.now), who=who, digests=_NO_DIGESTS, reason=why
    )


def _tell_of_better(model: Model, version: Version, run: Run, finding: Finding) -> None:
    name = model.promotion.settings.name
    tell(
        model.promotion,
        f"better#{version.number}",
        f"v{version.number} is better, and waits for your approval",
        [
            f"It was trained on {run.day}: {run.why}",
            f"On what callers asked, {finding.said}.",
            "",
            f"Next: mlops-stages approve {name} --version {version.number}",
            f"Version: {version.arn}",
        ],
    )


def _tell_of_rejected(model: Model, version: Version, run: Run, finding: Finding, outcome: str) -> None:
    tell(
        model.promotion,
        f"rejected#{version.number}",
        f"v{version.number} does not help: {outcome}",
        [
            f"It was trained on {run.day}: {run.why}",
            f"It is rejected: {finding.said}.",
            "",
            "Next: newer data, or a change of the model; until then decide whether callers may go on using it.",
            f"Version: {version.arn}",
        ],
    )
