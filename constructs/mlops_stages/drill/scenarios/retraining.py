"""A better version replaces the wrong one: trained on newer data, judged on what callers asked, approved by two."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from mlops_stages.drill.facts import Proof
from mlops_stages.drill.inbox import Mail
from mlops_stages.drill.judging import sent_within
from mlops_stages.drill.scenarios.promoting import package, to_staging
from mlops_stages.drill.stage import Stage
from mlops_stages.runtime.decisions.hours import MANIFESTS
from mlops_stages.runtime.monitor_runs.days import MONITORS
from mlops_stages.runtime.monitor_runs.numbers import between, number
from mlops_stages.runtime.monitor_runs.record import Candidate

FIRST, UNTIL, LAST = date(2013, 9, 1), date(2013, 9, 30), date(2013, 10, 3)
"""A month of September is judged: on flights of August and September, one trained on January to July is not better."""
ABOUT = (
    "newer data comes: a candidate is trained on it, judged on what callers asked, approved by two people, and serves"
)
NEWEST = "2013-08"
"""The last month of the newer data. The days that are judged are those of September."""
_NOT_AGAIN, _AGAIN, _BETTER = "it is wrong, and not trained again", "it is trained again", "is better, and waits"


def play(stage: Stage) -> None:
    """Play September until a month of it is judged; then newer data comes, and the rest is retraining's."""
    first = stage.days[-1].stream + timedelta(days=1) if stage.days else FIRST
    stage.play(stage.stream.days(first, UNTIL))
    before = int(stage.people.releases()["production"]["version"])
    _check_nothing_new(stage, _mail(stage.mails(), _NOT_AGAIN))
    manifest = stage.people.curate(NEWEST)
    stage.note(
        "played",
        f"the data engineer makes a version of the dataset, January to August: {manifest.rpartition('/')[2]}",
        Proof(kind="object", where=manifest),
    )
    _play_a_day(stage)
    told = _mail(stage.mails(), _AGAIN)
    run: Mapping[str, Any] = stage.people.trained() if told is not None else {}
    stage.note("played", f"a candidate is trained: {run.get('PipelineExecutionStatus', 'no run')}", *_execution(run))
    _check_run(stage, told, run, manifest)
    _play_a_day(stage)
    candidate = _candidate(stage)
    _check_better(stage, candidate, _mail(stage.mails(), _BETTER))
    if candidate is not None and candidate.is_better:
        _promote(stage, before, int(candidate.package.rpartition("/")[2]))


def _play_a_day(stage: Stage) -> None:
    stage.play([stage.days[-1].stream + timedelta(days=1)])


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


def _check_run(stage: Stage, mail: Mail | None, run: Mapping[str, Any], manifest: str) -> None:
    stage.check(
        "The next morning a candidate is trained on the newer data, and the owner is told why",
        f"a run that succeeds, on {manifest.rpartition('/')[2]}",
        "no message" if mail is None else f"{run['PipelineExecutionStatus']}; {_line(mail, 'On: ')}",
        mail is not None and run["PipelineExecutionStatus"] == "Succeeded" and manifest in mail.text,
        *_proofs(mail),
        *_execution(run),
    )


def _candidate(stage: Stage) -> Candidate | None:
    runs, _ = stage.source.runs(stage.bucket, 1)
    return next((each for each in runs[0].candidates), None) if runs else None


def _check_better(stage: Stage, candidate: Candidate | None, mail: Mail | None) -> None:
    margin = 0.0 if stage.model.retraining is None else stage.model.retraining.margin
    found = "no candidate was judged"
    if candidate is not None:
        figure = candidate.figure
        found = f"{figure.name} {number(figure.value)} (95 %: {between(figure)}) on {figure.rows:,} decisions"
        found = f"{found}; {candidate.why}" if candidate.why else found
    runs, _ = stage.source.runs(stage.bucket, 1)
    day = runs[0].day if runs else stage.clock.now.date()
    key = f"{MANIFESTS}/{MONITORS}/endpoint={stage.endpoint}/utc_day={day}/run.json"
    sent = sent_within(stage.days, day - timedelta(days=stage.window_days + 1), day)
    stage.check(
        "On what callers asked, the candidate is better than the version that serves, by the whole interval",
        f"a difference of log loss below -{margin:g}, on decisions of the window, at most {sent:,}",
        found,
        candidate is not None and candidate.is_better is True and 0 < candidate.figure.rows <= sent,
        Proof(kind="object", where=f"s3://{stage.bucket}/{key}"),
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
