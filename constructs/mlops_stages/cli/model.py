"""`mlops-stages model`: a page about one model for its owner, of what the AWS it serves in says now."""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from mlops_stages import model_page
from mlops_stages.cli import releases
from mlops_stages.cli.callers import Caller, decider
from mlops_stages.cli.common import for_shell, may_be_written, read, running_in
from mlops_stages.cli.train import found_model
from mlops_stages.errors import UserError
from mlops_stages.files import replace
from mlops_stages.local import refusals
from mlops_stages.model_page import Facts, NoStoreError, Page, Serving, Source, Watched
from mlops_stages.model_page.cost import estimate
from mlops_stages.platform import Duty, Model, Platform, Team
from mlops_stages.terminal import one_line, say

READ_AT_ONCE = 8
_PLACE = "production"
_OWN = 0o600
"""Figures of a model are for whoever asked: nobody else on the machine reads the page."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Which model, where the page goes, and as whom it is asked."""

    name: str
    file: Path | None = None
    person: str | None = None
    on_aws: bool = False
    as_json: bool = False


def model(directory: Path, asked: Asked) -> None:
    """Print the page of a model, and write it as HTML where a file is named.

    In the local AWS its owner asks where nobody is named, and for what serves production whoever may release it. On
    AWS the shell's credentials are of one account, and the releases are in another: `mlops-stages releases --aws`.

    Errors: as `callers.decider` and `releases.releases`; CLI-014 no such model; CLI-070 the file is none of ours;
    CLI-071 AWS refused; CLI-072 nothing keeps its decisions there.
    """
    if asked.file is not None:
        _refuse_others(asked.file)
    platform = read(directory)
    team, found = found_model(platform, asked.name)
    told = None if asked.on_aws else _releases(directory, platform, team, found, asked)
    now = datetime.now(UTC) if asked.on_aws else local_now(directory)
    unread = None
    if told is None:
        unread = f"Releases are in another account, for another role: mlops-stages releases {asked.name} --aws"
    page = Page(
        facts=Facts(
            model=asked.name,
            owner=found.owner,
            now=now,
            serving=None if told is None else _serving(platform, team, found, told),
            releases_unread=unread,
            retraining=None if told is None else told.get("retraining"),
            watched=None if found.labels is None else _watched(directory, platform, team, found, asked, now),
            cost=estimate(found),
        )
    )
    if asked.file is not None:
        replace(asked.file, model_page.html(page), mode=_OWN)
    if asked.as_json:
        file = None if asked.file is None else str(asked.file)
        say(json.dumps({**model_page.to_json(page), "html": file}, indent=2))
        return
    for line in model_page.lines(page):
        say(line)
    if asked.file is not None:
        say()
        say(f"As a page: {for_shell(asked.file)}")


def _refuse_others(file: Path) -> None:
    """Refuse to write over what this command has not made. CLI-070; CLI-073, CLI-040 for a place that takes no file."""
    if not may_be_written(file, model_page.MARK):
        raise UserError(
            "CLI-070", str(file), "it is there, and this command has not made it", "name a new file, or remove that one"
        )


def local_now(directory: Path) -> datetime:
    """The moment by the local AWS's clock, which may be ahead. Error: CLI-010."""
    from mlops_stages.local.client import inventory

    clock = cast("Mapping[str, Any]", inventory.get(running_in(directory).endpoint, "clock"))
    return datetime.fromtimestamp(float(clock["now_seconds"]), UTC)


def _releases(directory: Path, platform: Platform, team: Team, found: Model, asked: Asked) -> Mapping[str, Any]:
    """What the releases say: as the person who asks where they may release it, else as the first who may."""
    able = Duty.RELEASE.people(team, found)
    names = {member.name: member.email for member in team.members}
    named = names.get((asked.person or "").removeprefix(f"{team.name}/"), asked.person)
    person = named if named in able else None
    return releases.overview_of(directory, releases.Asked(name=asked.name, person=person))


def _serving(platform: Platform, team: Team, found: Model, told: Mapping[str, Any]) -> Serving | None:
    serves: Mapping[str, Any] | None = told[_PLACE]
    if serves is None:
        return None
    version = int(serves["version"])
    attempts: Sequence[Mapping[str, Any]] = told["attempts"]
    # Not a rollback to it: it was approved when it came the first time.
    let = [
        each
        for each in attempts
        if int(each["version"]) == version and (each.get("released_by") or each.get("one_approval"))
    ]
    who: Mapping[str, Any] = next((each for each in let if each["status"] == releases.DEPLOYED), told["production"])
    packages = platform.addresses.packages(team.name, found.name).removesuffix("*")
    return Serving(
        version=version,
        package=f"{packages}{version}",
        since=str(serves["at"]),
        configuration=str(serves["configuration"]),
        approved_by=who.get("approved_by"),
        released_by=who.get("released_by"),
        risk=cast("Mapping[str, str]", who.get("one_approval") or {}).get("risk"),
    )


def _watched(directory: Path, platform: Platform, team: Team, found: Model, asked: Asked, now: datetime) -> Watched:
    person = asked.person if asked.on_aws or asked.person is not None else found.owner
    caller = decider(directory, platform, team, found, Duty.SEE_PRODUCTION, person=person, on_aws=asked.on_aws)
    with telling_refusals(caller, asked.name), ThreadPoolExecutor(READ_AT_ONCE) as workers:
        source = Source(
            addresses=platform.addresses,
            team=team.name,
            model=found.name,
            classification=found.data_classification,
            s3=caller.clients("s3"),
            cloudwatch=caller.clients("cloudwatch"),
            cloudformation=caller.clients("cloudformation"),
            at_once=workers.map,
        )
        return source.watched(now)


@contextmanager
def telling_refusals(caller: Caller, name: str) -> Generator[None]:
    """Tell what AWS refused as an error of the command."""
    where = f"account {caller.account}"
    try:
        yield
    except NoStoreError as error:
        raise UserError(
            "CLI-072",
            where,
            f"the stack {error} names no bucket of decisions",
            "deploy the platform's stacks as they are now: mlops-stages up, or cdk deploy",
            exit_code=1,
        ) from error
    except (refusals.ClientError, refusals.BotoCoreError) as error:
        told = f"{refusals.code(error)}: {refusals.message(error)}" if refusals.code(error) else str(error)
        raise UserError(
            "CLI-071",
            where,
            f"AWS refused: {one_line(told)}",
            f"ask with the role of the duty {Duty.SEE_PRODUCTION} for {name}; are its stacks deployed?",
            exit_code=1,
        ) from error
