"""`mlops-stages drill`: the reference model on its real stream in the local AWS, and what is seen of it."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlops_stages import drill as drilled
from mlops_stages.cli.common import for_shell, may_be_written, no_proxy, read, running_in
from mlops_stages.cli.drill_display import drill_display
from mlops_stages.cli.drill_people import LocalPeople, clients_of
from mlops_stages.cli.train import found_model
from mlops_stages.drill.clock import DrivenClock
from mlops_stages.drill.people import Clients
from mlops_stages.drill.report import report
from mlops_stages.drill.scenarios.all import SCENARIOS, chosen, span
from mlops_stages.drill.stage import Stage
from mlops_stages.drill.stream import Stream, fetched
from mlops_stages.errors import UserError
from mlops_stages.files import replace
from mlops_stages.local import images, refusals
from mlops_stages.local.client.model_runs.repository import ModelRepository
from mlops_stages.local.client.model_runs.standard import REFERENCE, standard_repository
from mlops_stages.local.endpoint import Endpoint, environment
from mlops_stages.model_page import Source
from mlops_stages.platform import Duty, Model, Platform, Purpose, Team
from mlops_stages.terminal import say

FAILED = 1
"""The exit code where something that was expected did not hold."""
NAME = "/".join(REFERENCE)
_READ_AT_ONCE = 8
_OWN = 0o600
_TRIES = 3
_WAY_IN = "OrganizationAccountAccessRole"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Which scenarios are played (all of them, if none is named), and where the page goes."""

    scenarios: Sequence[str] = ()
    file: Path | None = None
    as_json: bool = False


def drill(directory: Path, asked: Asked) -> int:
    """Play the reference model's stream, and print what was seen; the exit code is 0, or `FOUND` where a claim failed.

    Errors: CLI-010 no local AWS runs, CLI-014, CLI-090 the platform has no such model that serves and is labelled,
    CLI-091 there is no such scenario, CLI-092 the file is none of ours; DRL-001 no version serves production, and none
    could be brought there; DRL-002, DRL-003, DRL-005; DRL-004 AWS refused.
    """
    wanted = _wanted(asked.scenarios)
    if asked.file is not None:
        _refuse_others(asked.file)
    platform = read(directory)
    team, model = _served(platform)
    endpoint = running_in(directory).endpoint
    no_proxy()
    began = time.monotonic()
    with drill_display() as watcher, ThreadPoolExecutor(_READ_AT_ONCE) as workers:
        people = LocalPeople(directory, platform, team, model, endpoint, watcher)
        try:
            stage = _stage(people, wanted, workers.map)
            _serving(people)
            try:
                drilled.play(stage, wanted)
            finally:
                stage.close()
            found = report(stage, [(each.name, each.about) for each in wanted], time.monotonic() - began)
        except (refusals.ClientError, refusals.BotoCoreError) as error:
            told = f"{refusals.code(error)}: {refusals.message(error)}" if refusals.code(error) else str(error)
            raise UserError(
                "DRL-004",
                NAME,
                f"AWS refused: {told}",
                "deploy the platform as this version has it: mlops-stages down, then mlops-stages up",
                exit_code=1,
            ) from error
    if asked.file is not None:
        replace(asked.file, drilled.html(found), mode=_OWN)
    if asked.as_json:
        file = None if asked.file is None else str(asked.file)
        say(json.dumps({**drilled.to_json(found), "html": file}, indent=2))
    else:
        for line in drilled.lines(found):
            say(line)
        if asked.file is not None:
            say(f"As a page: {for_shell(asked.file)}")
    return 0 if found.holds else FAILED


def _wanted(names: Sequence[str]) -> list[drilled.Scenario]:
    unknown = [name for name in names if name not in SCENARIOS]
    if unknown:
        raise UserError(
            "CLI-091", repr(unknown[0]), "there is no such scenario", f"name one of {', '.join(SCENARIOS)}; or none"
        )
    return chosen(names)


def _refuse_others(file: Path) -> None:
    """Refuse to write over what this command has not made. CLI-092; CLI-073, CLI-040 for a place that takes no file."""
    if not may_be_written(file, drilled.MARK):
        raise UserError(
            "CLI-092", str(file), "it is there, and this command has not made it", "name a new file, or remove that one"
        )


def _served(platform: Platform) -> tuple[Team, Model]:
    """The reference model, which has a stream. Error: CLI-090."""
    known = {f"{team.name}/{model.name}": model for team in platform.teams for model in team.models}
    model = known.get(NAME)
    if model is None or model.endpoint is None or model.labels is None:
        raise UserError(
            "CLI-090",
            NAME,
            "the platform has no such model that serves and gets labels: only the reference model has a stream",
            "try it in a directory of the reference organization: mlops-stages init --reference DIRECTORY",
        )
    return found_model(platform, NAME)


def _stage(people: LocalPeople, wanted: Sequence[drilled.Scenario], at_once: Any) -> Stage:  # noqa: ANN401  # a pool's map
    platform, team, model, endpoint = people.platform, people.team, people.model, people.endpoint
    account = platform.account(Purpose.PRODUCTION)
    root = clients_of(environment(endpoint, account, platform.region))
    owner = people.of(Duty.SEE_PRODUCTION)
    source = Source(
        addresses=platform.addresses,
        team=team.name,
        model=model.name,
        classification=model.data_classification,
        s3=owner("s3"),
        cloudwatch=owner("cloudwatch"),
        cloudformation=owner("cloudformation"),
        at_once=at_once,
    )
    first, last = span(wanted)
    people.watcher.step(f"{NAME}: its stream, {first} to {last}, of what the data engineer has landed")
    return Stage(
        addresses=platform.addresses,
        team=team,
        model=model,
        clock=DrivenClock(endpoint),
        people=people,
        root=root,
        tooling=clients_of(environment(endpoint, platform.account(Purpose.TOOLING), platform.region)),
        operator=_operator(platform, endpoint, account, root),
        source=source,
        stream=_stream(people, wanted),
        watcher=people.watcher,
        planned=(last - first).days + 1,
    )


def _stream(people: LocalPeople, wanted: Sequence[drilled.Scenario]) -> Stream:
    repository = ModelRepository(standard_repository(people.platform, people.team, people.model, people.directory))
    python = images.build(people.directory, repository.lock).python
    bucket = people.platform.addresses.data_bucket(people.team.name, people.model.data_classification)
    return fetched(people.of(Duty.CURATE), bucket, repository.scripts, python, *span(wanted))


def _operator(platform: Platform, endpoint: Endpoint, account: str, root: Clients) -> Clients:
    """Whoever administers an account: by the management account's way in where the platform has guardrails."""
    if platform.guardrails is None:
        return root
    management = clients_of(environment(endpoint, platform.guardrails.management_account, platform.region))
    role = f"arn:aws:iam::{account}:role/{_WAY_IN}"
    came = management("sts").assume_role(RoleArn=role, RoleSessionName="drill")["Credentials"]
    return clients_of(
        environment(endpoint, account, platform.region)
        | {
            "AWS_ACCESS_KEY_ID": came["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": came["SecretAccessKey"],
            "AWS_SESSION_TOKEN": came["SessionToken"],
        }
    )


def _serving(people: LocalPeople) -> None:
    """Have a version serve production: where none does, the one that waits is approved. Error: DRL-001.

    One that failed in staging is tried again: a machine that is busy with other work may be too slow for it.
    """
    told = people.releases()
    if told["production"] is not None:
        return
    people.watcher.step(f"{NAME}: no version serves production yet")
    for _ in range(_TRIES):
        for waiting in told["waiting"]:
            people.approve("production", int(waiting["version"]), "Played by the drill.")
            progress = people.follow()
            if progress is not None and progress.status == "succeeded":
                return
        failed = [each for each in told["attempts"][:1] if each["status"] == "failed"]
        if not failed:
            break
        people.promote(int(failed[0]["version"]), "Played by the drill: this machine was busy.")
        people.follow()
        told = people.releases()
    raise UserError(
        "DRL-001",
        NAME,
        "no version serves production, and none that waits could be brought there",
        f"bring one there: mlops-stages approve {NAME}, then mlops-stages follow {NAME}",
        exit_code=1,
    )
