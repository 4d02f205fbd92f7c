"""A better version replaces the wrong one: trained on newer data, judged on what callers asked, approved by two."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from mlops_stages.drill.facts import Proof
from mlops_stages.drill.inbox import Mail
from mlops_stages.drill.judging import sent_within
from mlops_stages.drill.scenarios import september
from mlops_stages.drill.scenarios.promoting import package, to_staging
from mlops_stages.drill.stage import Stage
from mlops_stages.runtime.decisions.hours import MANIFESTS
from mlops_stages.runtime.monitor_runs.days import MONITORS
from mlops_stages.runtime.monitor_runs.numbers import between, number
from mlops_stages.runtime.monitor_runs.record import Candidate

FIRST, CURATED, LAST = september.BEFORE, date(2013, 9, 24), date(2013, 10, 3)
"""August is curated on CURATED: before the cool-down ends, so that the next candidate learns of it, and late enough
that it is judged on a month of the autumn. On flights of August and September, one of January to July is not better."""
ABOUT = (
    "newer data comes: a candidate that is not better is rejected; the next one is approved by two people, and serves"
)
NOT_ENOUGH, NEWEST = "2013-07", "2013-08"
"""The last months of the newer data: at first, and then."""
_NOT_AGAIN, _AGAIN, _REJECTED, _BETTER = (
    "it is wrong, and not trained again",
    "it is trained again",
    "does not help: not better",
    "is better, and waits",
)


@dataclass(frozen=True)
class _Tried:
    """What became of a candidate, as it was seen on the morning after its training."""

    candidate: Candidate | None
    mails: Sequence[Mail]
    """Of that morning."""
    proof: Proof
    """The run that compared it."""


def play(stage: Stage) -> None:
    """Play until the owner is told; then newer data comes twice, and what follows is retraining's own."""
    if not stage.days:
        september.until_told(stage)
    before = int(stage.people.releases()["production"]["version"])
    _check_nothing_new(stage, _mail(stage.mails(), _NOT_AGAIN))
    _check_rejected(stage, _tried(stage, NOT_ENOUGH))
    stage.play(stage.stream.days(_next(stage), CURATED))
    tried = _tried(stage, NEWEST)
    _check_better(stage, tried)
    if tried.candidate is not None and tried.candidate.is_better:
        _promote(stage, before, _version(tried.candidate))


def _tried(stage: Stage, last: str) -> _Tried:
    """Have newer data curated, and play until the candidate that retraining makes of it has been judged."""
    manifest = stage.people.curate(last)
    months = f"January to {date.fromisoformat(f'{last}-01'):%B}"
    stage.note(
        "played",
        f"the data engineer makes a version of the dataset, {months}: {manifest.rpartition('/')[2]}",
        Proof(kind="object", where=manifest),
    )
    told = None
    for day in stage.stream.days(_next(stage), LAST):
        stage.play([day])
        told = _mail(stage.mails(), _AGAIN)
        if told is not None:
            break
    run: Mapping[str, Any] = stage.people.trained() if told is not None else {}
    stage.note("played", f"a candidate is trained: {run.get('PipelineExecutionStatus', 'no run')}", *_execution(run))
    _check_run(stage, told, run, manifest, months)
    stage.play(stage.stream.days(_next(stage), LAST)[:1])
    runs, _ = stage.source.runs(stage.bucket, 1)
    day = runs[0].day if runs else stage.clock.now.date()
    key = f"{MANIFESTS}/{MONITORS}/endpoint={stage.endpoint}/utc_day={day}/run.json"
    return _Tried(
        candidate=max(runs[0].candidates, key=_version, default=None) if runs else None,
        mails=stage.mails(),
        proof=Proof(kind="object", where=f"s3://{stage.bucket}/{key}"),
    )


def _version(candidate: Candidate) -> int:
    return int(candidate.package.rpartition("/")[2])


def _next(stage: Stage) -> date:
    return stage.days[-1].stream + timedelta(days=1)


def _mail(mails: Sequence[Mail], end: str) -> Mail | None:
    return next((each for each in mails if end in each.subject), None)


def _proofs(mail: Mail | None) -> tuple[Proof, ...]:
    return () if mail is None else (Proof(kind="message", where=mail.topic, says=f"message {mail.id}"),)


def _execution(run: Mapping[str, Any]) -> tuple[Proof, ...]:
    arn = run.get("PipelineExecutionArn")
    return () if arn is None else (Proof(kind="record", where=str(arn), says=str(run["PipelineExecutionDisplayName"])),)


def _check_nothing_new(stage: Stage, mail: Mail | None) -> None:
    stage.check(
        "While there is no newer data, the owner is told that nothing can be learned, and what would help",
        "RTR-010, and the next step",
        "nothing" if mail is None else _line(mail, "RTR-"),
        mail is not None and "RTR-010" in mail.text and stage.promotions.mailed(mail.topic) == [stage.model.owner],
        *_proofs(mail),
    )


def _line(mail: Mail, start: str) -> str:
    return next((line for line in mail.text.splitlines() if line.startswith(start)), mail.subject)


def _check_run(stage: Stage, mail: Mail | None, run: Mapping[str, Any], manifest: str, months: str) -> None:
    stage.check(
        f"A candidate is trained on newer data, {months}, and the owner is told why",
        f"a run that succeeds, on {manifest.rpartition('/')[2]}",
        "no message" if mail is None else f"{run['PipelineExecutionStatus']}; {_line(mail, 'On: ')}",
        mail is not None and run["PipelineExecutionStatus"] == "Succeeded" and manifest in mail.text,
        *_proofs(mail),
        *_execution(run),
    )


def _check_rejected(stage: Stage, tried: _Tried) -> None:
    mail = _mail(tried.mails, _REJECTED)
    candidate = tried.candidate
    rejected = [
        each
        for each in stage.people.ledger()
        if each["record"]["kind"] == "rejected"
        and candidate is not None
        and each["record"]["body"]["package_arn"] == candidate.package
    ]
    function = stage.addresses.retraining_name(stage.model.name)
    records = [
        Proof(kind="record", where=f"ledger of {stage.name}", says=f"record {each['number']}") for each in rejected
    ]
    for each in rejected:
        said = each["record"]["body"]
        stage.note("decided", f"{each['who']} rejects version {said['package_arn'].rpartition('/')[2]}", *records)
    stage.check(
        "A candidate that is not better on what callers asked is rejected, with the figure, and the owner is told",
        f"not better; one message; one rejection in the ledger, by {function}",
        f"{_found(candidate)}; {'no message' if mail is None else mail.subject}; "
        f"rejected by {', '.join(str(each['who']) for each in rejected) or 'nobody'}",
        candidate is not None
        and candidate.is_better is False
        and mail is not None
        and [each["who"] for each in rejected] == [function],
        tried.proof,
        *_proofs(mail),
        *records,
    )


def _found(candidate: Candidate | None) -> str:
    if candidate is None:
        return "no candidate was judged"
    figure = candidate.figure
    found = f"{figure.name} {number(figure.value)} (95 %: {between(figure)}) on {figure.rows:,} decisions"
    return f"{found}; {candidate.why}" if candidate.why else found


def _check_better(stage: Stage, tried: _Tried) -> None:
    margin = 0.0 if stage.model.retraining is None else stage.model.retraining.margin
    candidate, mail = tried.candidate, _mail(tried.mails, _BETTER)
    day = stage.days[-1].clock
    sent = sent_within(stage.days, day - timedelta(days=stage.window_days + 1), day)
    stage.check(
        "On what callers asked, the next is better than the version that serves, by the whole interval",
        f"a difference of log loss below -{margin:g}, on decisions of the window, at most {sent:,}",
        _found(candidate),
        candidate is not None and candidate.is_better is True and 0 < candidate.figure.rows <= sent,
        tried.proof,
    )
    stage.check(
        "The owner is told that it is better, with the figure, and how to approve it",
        "one message",
        "none" if mail is None else mail.subject,
        mail is not None and "mlops-stages approve" in mail.text,
        *_proofs(mail),
    )


def _promote(stage: Stage, before: int, version: int) -> None:
    """Two people approve it; its canary is the callers' own."""
    to_staging(stage, version)
    decided = stage.people.approve("production", version, "Played by the drill: it is better, and passed in staging.")
    stage.note("decided", f"{decided['by']} approves version {version} for production", package(decided))
    progress = stage.people.follow()
    releases = stage.people.releases()
    serves = int(releases["production"]["version"])
    stage.note("healed", f"version {serves} serves production")
    stage.check(
        f"Version {version} replaces version {before}",
        f"version {version} serves",
        f"version {serves} serves, the promotion has {'failed' if progress is None else progress.status}",
        serves == version,
        Proof(kind="endpoint", where=stage.endpoint, says=str(releases["production"]["configuration"])),
    )
    records = [
        each for each in stage.people.ledger() if str(decided["package"]) in map(str, each["record"]["body"].values())
    ]
    kinds = [str(each["record"]["kind"]) for each in records]
    function = stage.addresses.retraining_name(stage.model.name)
    trained = [each for each in records if each["record"]["kind"] == "trained"]
    starters = ", ".join(str(each["who"]) for each in trained) or "nobody"
    people = sorted({str(each["who"]) for each in records if each["record"]["kind"] == "approved"})
    stage.check(
        "The ledger has who started its training, and the two who approved it",
        f"trained by {function}; two approvals by two people",
        f"trained by {starters}; approved by {', '.join(people)}",
        starters == function and len(people) == kinds.count("approved") == 2,
        *(Proof(kind="record", where=f"ledger of {stage.name}", says=f"record {each['number']}") for each in records),
    )
