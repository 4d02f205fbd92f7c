"""`mlops-stages ack`: somebody takes care of a model's alarm, and a record says who."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from mlops_stages.cli.callers import Caller, decider
from mlops_stages.cli.common import for_shell, read
from mlops_stages.cli.model import local_now, telling_refusals
from mlops_stages.cli.train import found_model
from mlops_stages.errors import UserError
from mlops_stages.model_page import Source
from mlops_stages.platform import Duty, Model, Platform, Team
from mlops_stages.runtime.decisions.stored import fetched
from mlops_stages.runtime.monitor_runs.numbers import moment
from mlops_stages.runtime.notices import incidents
from mlops_stages.runtime.notices.incidents import TOLD, Incident, Known
from mlops_stages.runtime.promotion.settings import PRODUCTION
from mlops_stages.terminal import one_line, say

LONGEST_NOTE = 500


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Which alarm of which model, what is said to it, and as whom."""

    name: str
    alarm: str | None = None
    note: str = ""
    person: str | None = None
    on_aws: bool = False
    as_json: bool = False


@dataclass(frozen=True, kw_only=True)
class Done:
    """What was done: which alarm, since when, by whom; where the record is, and whether it is new."""

    alarm: str
    short: str
    since: datetime
    by: str
    at: datetime
    note: str
    is_new: bool
    record: str
    sentence: str
    was_told_on: bool


def ack(directory: Path, asked: Asked) -> None:
    """Acknowledge an open alarm of a model, and say so. Errors: as `acknowledged`."""
    done = acknowledged(directory, asked)
    if asked.as_json:
        told = {"alarm": done.alarm, "since": done.since.isoformat(), "by": done.by, "at": _moment(done.at)}
        told |= {"note": done.note, "told": done.sentence, "record": done.record}
        say(json.dumps({**told, "new": done.is_new}, indent=2))
        return
    did = "acknowledge" if done.is_new else "had acknowledged"
    say(f"You, {done.by}, {did} the alarm {done.short} of {asked.name}, which went off at {moment(done.since)}:")
    say(f"  {one_line(done.sentence)}")
    if done.was_told_on:
        say("Those who come next have been told already, and are told when it is over.")
    say(f"How the model is: mlops-stages model {for_shell(asked.name)}")


def acknowledged(directory: Path, asked: Asked) -> Done:
    """Acknowledge an open alarm of a model: those who come next are not told of it.

    The only one that is open, where none is named. Done again by the same person, nothing changes.

    Errors: as `callers.decider`; CLI-014 no such model; CLI-071 AWS refused; CLI-072 nothing keeps its decisions there;
    CLI-080 that alarm is not open; CLI-081 several are open, and none is named; CLI-082 the note is too long.
    """
    if len(asked.note) > LONGEST_NOTE:
        raise UserError("CLI-082", "--note", f"it has {len(asked.note)} characters", f"write {LONGEST_NOTE} at most")
    platform = read(directory)
    team, model = found_model(platform, asked.name)
    person = asked.person if asked.on_aws or asked.person is not None else model.owner
    caller = decider(directory, platform, team, model, Duty.SEE_PRODUCTION, person=person, on_aws=asked.on_aws)
    now = datetime.now(UTC) if asked.on_aws else local_now(directory)
    with telling_refusals(caller, asked.name):
        return _acknowledge(platform, team, model, caller, asked, now)


def _acknowledge(platform: Platform, team: Team, model: Model, caller: Caller, asked: Asked, now: datetime) -> Done:
    s3 = caller.clients("s3")
    source = Source(
        addresses=platform.addresses,
        team=team.name,
        model=model.name,
        classification=model.data_classification,
        s3=s3,
        cloudwatch=caller.clients("cloudwatch"),
        cloudformation=caller.clients("cloudformation"),
    )
    bucket = source.bucket()
    prefixes = platform.addresses.alarms_begin_with(team.name, model.name, PRODUCTION)
    found = _chosen(tuple(incidents.open_ones(incidents.known(s3, bucket, source.endpoint))), prefixes, asked)
    incident = found.incident
    told = incidents.record(fetched(s3, bucket, f"{incident.folder}{TOLD}").content)
    said = {
        "alarm": incident.alarm,
        "since": incident.since.isoformat(),
        "by": caller.email,
        "at": _moment(now),
        "note": asked.note,
    }
    key = incident.acknowledged_by(str(caller.clients("sts").get_caller_identity()["UserId"]))
    return Done(
        alarm=incident.alarm,
        short=_name(incident, prefixes),
        since=incident.since,
        by=caller.email,
        at=now,
        note=asked.note,
        is_new=incidents.keep(s3, bucket, key, said),
        record=f"s3://{bucket}/{key}",
        sentence=str(told.get("sentence", "")),
        was_told_on=found.was_told_on,
    )


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="seconds")


def _chosen(every: Sequence[Known], prefixes: Mapping[str, str], asked: Asked) -> Known:
    """The one that is named, or the only one. Errors: CLI-080, CLI-081."""
    names = [_name(each.incident, prefixes) for each in every]
    listed = ", ".join(names) or "none"
    if asked.alarm is None:
        if len(every) == 1:
            return every[0]
        if every:
            raise UserError(
                "CLI-081", asked.name, f"several of its alarms are open: {listed}", "name one of them after the model"
            )
        raise _not_open(asked, "no alarm of it is open that its owner was told of", listed)
    for each, name in zip(every, names, strict=True):
        if asked.alarm in (name, each.incident.alarm):
            return each
    raise _not_open(asked, f"its alarm {one_line(asked.alarm)[:100]!r} is not open", listed)


def _not_open(asked: Asked, message: str, listed: str) -> UserError:
    return UserError(
        "CLI-080", asked.name, f"{message}; open are: {listed}", f"see how it is: mlops-stages model {asked.name}"
    )


def _name(incident: Incident, prefixes: Mapping[str, str]) -> str:
    """As people name an alarm."""
    return one_line(incidents.short(incident.alarm, prefixes) or incident.alarm)
