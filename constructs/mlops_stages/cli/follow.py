"""`mlops-stages follow`: a model's promotion in the local AWS, from where it is to where somebody is needed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from mlops_stages.audit import lasted
from mlops_stages.cli.callers import Caller, decider
from mlops_stages.cli.common import no_proxy, read, running_in
from mlops_stages.cli.display import display
from mlops_stages.cli.invoke import JSON_LINES, Rows, decision_id, rows_of
from mlops_stages.cli.train import found_model
from mlops_stages.errors import UserError
from mlops_stages.local import refusals
from mlops_stages.local.client.promotions import Progress
from mlops_stages.local.client.promotions import follow as followed
from mlops_stages.platform import Duty, Model, Platform, Team
from mlops_stages.terminal import one_line, say

FAILED = 1
"""The exit code where the promotion failed."""
REQUESTS = 60
"""In each half minute of the clock: a canary of half of them sees 60 a minute, three times what its alarms need."""


def follow(directory: Path, name: str, rows: str | None, *, as_json: bool) -> int:
    """Move the clock of the local AWS ahead until the latest promotion waits for a person or has ended; say which.

    With `rows`, these are sent to production meanwhile as callers would, 60 requests in each half minute of the clock:
    a canary is judged by its traffic.

    Returns the exit code. Errors: CLI-010 no local AWS runs, CLI-014, CLI-051, CLI-056, CLI-069 there is no promotion,
    LOC-116.
    """
    platform = read(directory)
    team, model = found_model(platform, name)
    running = running_in(directory)
    no_proxy()
    sent = None if rows is None else _sending(directory, platform, team, model, rows_of(rows))
    with display() as shown:
        progress = followed(running.endpoint, platform, team, model, shown.step, sent)
    if progress is None:
        raise UserError(
            "CLI-069", name, "no version of it was ever promoted", f"approve one: mlops-stages approve {name}"
        )
    if as_json:
        told = progress.to_json()
        say(json.dumps(told if sent is None else {**told, "answered": sent.answered, "failed": sent.failed}, indent=2))
    else:
        names = {member.email: member.name for member in team.members}
        for line in _lines(name, progress, sent, names):
            say(line)
    return FAILED if progress.status == "failed" else 0


@dataclass
class _Sending:
    """What callers of production send meanwhile, and how many of their requests were answered."""

    caller: Caller
    endpoint: str
    rows: Rows
    answered: int = 0
    failed: int = 0

    def __call__(self) -> None:
        runtime: Any = self.caller.clients("sagemaker-runtime")
        lines = self.rows.body.splitlines(keepends=True) if self.rows.content_type == JSON_LINES else [self.rows.body]
        for number in range(REQUESTS):
            try:
                runtime.invoke_endpoint(
                    EndpointName=self.endpoint,
                    ContentType=self.rows.content_type,
                    Accept=JSON_LINES,
                    InferenceId=decision_id(),
                    Body=lines[number % len(lines)],
                )["Body"].read()
                self.answered += 1
            except (refusals.ClientError, refusals.BotoCoreError):
                self.failed += 1


def _sending(directory: Path, platform: Platform, team: Team, model: Model, rows: Rows) -> _Sending:
    duty = Duty.INVOKE_PRODUCTION
    able = duty.people(team, model)
    caller = decider(directory, platform, team, model, duty, person=able[0] if able else None, on_aws=False)
    endpoint = platform.addresses.endpoint_name(team.name, model.name, "production")
    return _Sending(caller=caller, endpoint=endpoint, rows=rows)


def _time(seconds: float) -> str:
    return lasted(timedelta(seconds=seconds))


def _lines(name: str, progress: Progress, sent: _Sending | None, names: Mapping[str, str]) -> Iterator[str]:
    match progress.status:
        case "waiting":
            yield f"{name}: promotion {progress.promotion} waits for one of {', '.join(progress.able)}:"
            able = [names.get(email, email) for email in progress.able]
            yield f"  mlops-stages approve {name} --for production --as {able[0] if able else 'PERSON'}"
        case "succeeded":
            yield f"{name}: promotion {progress.promotion} ended well. What serves now:"
            yield f"  mlops-stages releases {name}"
            yield "How it came there, who decided, and how long that took:"
            yield f"  mlops-stages ledger show {name}"
        case _:
            yield f"{name}: promotion {progress.promotion} failed."
            yield f"  {one_line(progress.failure)}"
    yield f"The clock was moved ahead by {_time(progress.moved_s)}, in {_time(progress.took_s)} of this machine."
    if sent is not None:
        yield f"Callers of production sent {sent.answered + sent.failed} requests meanwhile; {sent.failed} failed."
