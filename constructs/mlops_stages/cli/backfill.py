"""`mlops-stages backfill`: a model's monitors run earlier days, one after the other."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from mlops_stages.cli.callers import Caller, decider
from mlops_stages.cli.common import for_shell, given_day, read
from mlops_stages.cli.model import local_now, telling_refusals
from mlops_stages.cli.train import found_model
from mlops_stages.errors import UserError
from mlops_stages.platform import Duty
from mlops_stages.platform.labels import Labels
from mlops_stages.runtime.decisions.hours import LOCKED_DAYS
from mlops_stages.runtime.monitor_runs.days import RUNS_AT, window_of
from mlops_stages.runtime.promotion.settings import PRODUCTION
from mlops_stages.terminal import one_line, say

MOST_DAYS = 31
"""Of one command: a session of a role that another role has taken on lasts an hour, and a run takes a minute."""
_LONGEST_REASON = 400


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Which days of which model's monitors, both ends included, and as whom."""

    name: str
    first: str
    last: str
    person: str | None = None
    on_aws: bool = False
    as_json: bool = False


@dataclass(frozen=True, kw_only=True)
class Ran:
    """What became of a day.

    Attributes:
        day: in UTC.
        window: the days that it judges; None where the run failed.
        labelled: decisions in it that have a label; None where the run failed.
        error: why it failed; None where it did not.
    """

    day: str
    window: str | None = None
    labelled: int | None = None
    error: str | None = None


def backfill(directory: Path, asked: Asked) -> None:
    """Have the monitors run each day of a range, the earliest first, and say what became of each.

    A day whose run fails does not keep later ones from being run. Run again, a day gives the same figures from the same
    decisions, labels and settings.

    Errors: as `callers.decider`; CLI-014 no such model; CLI-071 AWS refused; CLI-100 a day cannot be read; CLI-101 the
    range is none, or too long; CLI-102 a day is not over yet; CLI-103 a day is too long ago; CLI-104 nothing judges the
    model; CLI-105 days failed.
    """
    first, last = given_day("--from", asked.first), given_day("--to", asked.last)
    days = (last - first).days + 1
    if not 1 <= days <= MOST_DAYS:
        said = f"{first} is after {last}" if days < 1 else f"{first} to {last} is {days} days"
        raise UserError("CLI-101", "--from, --to", said, f"name 1 to {MOST_DAYS} days, the earlier one by --from")
    platform = read(directory)
    team, model = found_model(platform, asked.name)
    if model.labels is None or not model.has_decisions_read:
        raise UserError(
            "CLI-104", asked.name, "it has no monitors", "declare its `inputs` and its `labels` in platform.yaml"
        )
    person = asked.person if asked.on_aws or asked.person is not None else model.owner
    caller = decider(directory, platform, team, model, Duty.SEE_PRODUCTION, person=person, on_aws=asked.on_aws)
    _refuse(first, last, model.labels, datetime.now(UTC) if asked.on_aws else local_now(directory))
    name = platform.addresses.monitors_name(model.name, PRODUCTION)
    ran: list[Ran] = []
    with telling_refusals(caller, asked.name):
        for each in _runs(caller, name, [first + timedelta(days=number) for number in range(days)]):
            ran.append(each)
            if not asked.as_json:
                say(_line(each))
    failed = [each.day for each in ran if each.error is not None]
    if asked.as_json:
        say(json.dumps({"model": asked.name, "days": [asdict(each) for each in ran], "failed": len(failed)}, indent=2))
    else:
        say(f"{len(ran) - len(failed)} of {len(ran)} days judged.")
        say(f"How the model is: mlops-stages model {for_shell(asked.name)}")
    if failed:
        raise UserError(
            "CLI-105",
            asked.name,
            f"the run of {', '.join(failed)} failed",
            f"do what its code says (docs/errors.md), and run those days again; the log of {name} says more",
            exit_code=1,
        )


def _refuse(first: date, last: date, labels: Labels, now: datetime) -> None:
    """Refuse days that cannot be judged, or not as they once were. Errors: CLI-102, CLI-103."""
    latest = (now.astimezone(UTC) - timedelta(hours=RUNS_AT.hour, minutes=RUNS_AT.minute)).date()
    if last > latest:
        raise UserError(
            "CLI-102",
            "--to",
            f"{last} is not run before {RUNS_AT:%H:%M} UTC of that day",
            f"name days up to {latest}",
        )
    judged, kept = _first_judged(first, labels), now.astimezone(UTC).date() - timedelta(days=LOCKED_DAYS)
    if judged < kept:
        earliest = kept + (latest - _first_judged(latest, labels))
        raise UserError(
            "CLI-103",
            "--from",
            f"{first} judges decisions since {judged}, and those before {kept} are no longer locked: some may be gone",
            f"name days from {earliest} on",
        )


def _first_judged(day: date, labels: Labels) -> date:
    """The first day of the decisions that a run judges; the earliest day there is, where that is before it."""
    try:
        return window_of(datetime.combine(day, RUNS_AT, UTC), labels.longest_delay, labels.window_days).first
    except OverflowError:
        return date.min


def _runs(caller: Caller, name: str, days: list[date]) -> Iterator[Ran]:
    """Run the days in their order, each once the one before it has ended."""
    functions = caller.clients("lambda")
    for day in days:
        payload = json.dumps({"at": f"{datetime.combine(day, RUNS_AT):%Y-%m-%dT%H:%M:%S}Z"}).encode()
        answer = functions.invoke(FunctionName=name, Payload=payload)
        yield _ran(day, answer["Payload"].read(), has_failed=bool(answer.get("FunctionError")))


def _ran(day: date, payload: bytes, *, has_failed: bool) -> Ran:
    try:
        told: Any = json.loads(payload)
        if has_failed:
            return Ran(day=str(day), error=_reason(told))
        return Ran(day=str(day), window=one_line(str(told["window"]))[:40], labelled=int(told["labelled"]))
    except (ValueError, TypeError, KeyError, RecursionError):
        return Ran(day=str(day), error="the function has not answered as the monitors do")


def _reason(told: Mapping[str, object]) -> str:
    return one_line(str(told["errorMessage"]))[:_LONGEST_REASON]


def _line(ran: Ran) -> str:
    if ran.error is not None:
        return f"{ran.day}  failed: {ran.error}"
    return f"{ran.day}  {ran.labelled:,} labelled decisions of {ran.window}"
