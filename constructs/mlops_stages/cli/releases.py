"""`mlops-stages releases`, `promote`, `rollback`: what runs where, what waits for whom, and what sets it going."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from mlops_stages.cli.callers import Caller, decider
from mlops_stages.cli.common import read
from mlops_stages.cli.train import found_model
from mlops_stages.errors import UserError
from mlops_stages.local import refusals
from mlops_stages.platform import Duty, Model, Platform, Team
from mlops_stages.runtime.promotion.overview import PLACES, overview
from mlops_stages.runtime.promotion.store import DynamoStore
from mlops_stages.runtime.retraining import overview as retraining
from mlops_stages.runtime.retraining.settings import partition
from mlops_stages.terminal import one_line, say

DEPLOYED = "deployed"
LONGEST_REASON = 900
SHOWN = 10
"""Attempts that are shown, the latest first; `--json` has all."""
_MOVES: Mapping[str, tuple[str, str]] = {"promote": ("Staging", "Requested"), "rollback": ("Production", "Restored")}


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Which model, as whom, and how it is answered."""

    name: str
    person: str | None = None
    on_aws: bool = False
    as_json: bool = False


@dataclass(frozen=True)
class _Releases:
    """A model, who asks, and what the table of its promotions says."""

    platform: Platform
    team: Team
    model: Model
    caller: Caller
    told: Mapping[str, Any]


def releases(directory: Path, asked: Asked) -> None:
    """Say what runs where, what waits for whom, and what became of each attempt. Errors: as `_read`.

    In the local AWS the first who may release the model asks, where nobody is named: it is read only.
    """
    told = {"model": asked.name, **overview_of(directory, asked)}
    if asked.as_json:
        say(json.dumps(told, indent=2))
        return
    for line in _lines(told):
        say(line)


def overview_of(directory: Path, asked: Asked) -> Mapping[str, Any]:
    """What `releases` tells, for other commands that only read. Errors: as `_read`."""
    return _read(directory, asked, by_anyone=True).told


def move(
    directory: Path, asked: Asked, action: Literal["promote", "rollback"], version: int | None, reason: str | None
) -> None:
    """Have an approved version promoted again, or production go back; by an update of the version in the registry.

    Errors: CLI-049 the reason is too long; CLI-068 no such version; and as `_read`.
    """
    if reason is not None and not 1 <= len(reason.strip()) <= LONGEST_REASON:
        raise UserError(
            "CLI-049", "--reason", f"it has {len(reason.strip())} characters", f"write 1 to {LONGEST_REASON}"
        )
    found = _read(directory, asked)
    number = _again(found, version) if action == "promote" else _back(found, version)
    stage, status = _MOVES[action]
    # The registry tells of a life cycle that changes: the moment makes each request another one.
    moment = datetime.now(UTC).isoformat(timespec="seconds")
    description = f"{status if reason is None else reason.strip()} ({found.caller.email}, {moment})"
    arn = _package(found, number)
    with _refusals_told(found.caller.account, asked.name):
        found.caller.clients("sagemaker").update_model_package(
            ModelPackageArn=arn,
            ModelLifeCycle={"Stage": stage, "StageStatus": status, "StageDescription": description},
        )
    told = {"model": asked.name, "version": number, "action": action, "package": arn, "by": found.caller.email}
    if asked.as_json:
        say(json.dumps(told, indent=2))
        return
    what = (
        "is promoted again: staging and its tests first" if action == "promote" else "serves production again, at once"
    )
    say(f"{asked.name} version {number} {what}. {one_line(found.model.owner)} is told how it ends; see")
    say(f"  mlops-stages releases {asked.name}")


def _again(found: _Releases, version: int | None) -> int:
    """The version to promote: the one named, or the newest that is approved; it must be approved. Error: CLI-068."""
    name, addresses = f"{found.team.name}/{found.model.name}", found.platform.addresses
    with _refusals_told(found.caller.account, name):
        listed = found.caller.clients("sagemaker").list_model_packages(
            ModelPackageGroupName=addresses.package_group_name(found.team.name, found.model.name),
            ModelApprovalStatus="Approved",
            SortBy="CreationTime",
            SortOrder="Descending",
            MaxResults=100,
        )["ModelPackageSummaryList"]
    approved = [int(each["ModelPackageVersion"]) for each in listed]
    if version in approved or (version is None and approved):
        return approved[0] if version is None else version
    raise UserError(
        "CLI-068",
        name if version is None else f"{name} version {version}",
        "no version is approved" if version is None else "it is not approved",
        f"approve it first: mlops-stages approve {name}",
    )


def _back(found: _Releases, version: int | None) -> int:
    """The version to go back to: the one named, or the one before; it must have served. Error: CLI-068."""
    name, now = f"{found.team.name}/{found.model.name}", found.told["production"]
    served = {int(each["version"]) for each in found.told["attempts"] if each["status"] == DEPLOYED}
    others = sorted(served - ({int(now["version"])} if now is not None else set[int]()))
    before = found.told["back"] if version is None else version
    if before in others:
        return int(before)
    raise UserError(
        "CLI-068",
        name if version is None else f"{name} version {version}",
        "there is no version before it" if version is None else "it serves production now, or never has",
        f"name one of those that have: --to {' or '.join(map(str, others))}" if others else "promote another version",
    )


def _package(found: _Releases, version: int) -> str:
    return found.platform.addresses.packages(found.team.name, found.model.name).removesuffix("*") + str(version)


def _read(directory: Path, asked: Asked, *, by_anyone: bool = False) -> _Releases:
    """What the table says. Errors: as `callers.decider`; CLI-067 there is no table; CLI-048 AWS refused."""
    platform = read(directory)
    team, model = found_model(platform, asked.name)
    able, person = Duty.RELEASE.people(team, model), asked.person
    if by_anyone and person is None and able and not asked.on_aws:
        person = able[0]
    caller = decider(directory, platform, team, model, Duty.RELEASE, person=person, on_aws=asked.on_aws)
    table, dynamodb = platform.addresses.releases_table_name(model.name), caller.clients("dynamodb")
    with _refusals_told(caller.account, asked.name):
        told = overview(DynamoStore(dynamodb, table, model.name), able)
        if model.retraining is not None:
            kept = DynamoStore(dynamodb, table, partition(model.name))
            told["retraining"] = retraining.overview(kept, every_days=model.retraining.every_days)
    return _Releases(platform, team, model, caller, told)


@contextmanager
def _refusals_told(account: str, name: str) -> Generator[None]:
    """Tell what AWS refused as an error of the command. CLI-048; CLI-067 where there is no table."""
    try:
        yield
    except (refusals.ClientError, refusals.BotoCoreError) as error:
        if refusals.code(error) == "ResourceNotFoundException":
            raise UserError(
                "CLI-067",
                name,
                "the model has no promotion there",
                "deploy the platform's stacks first: mlops-stages up, or cdk deploy",
                exit_code=1,
            ) from error
        told = f"{refusals.code(error)}: {refusals.message(error)}" if refusals.code(error) else str(error)
        raise UserError(
            "CLI-048",
            f"account {account}",
            f"AWS refused: {told}",
            f"nothing was changed; ask with the role of the duty {Duty.RELEASE} for {name}",
            exit_code=1,
        ) from error


def _lines(told: Mapping[str, Any]) -> Iterator[str]:
    name = told["model"]
    for place in PLACES:
        serves: Mapping[str, Any] | None = told[place]
        if serves is None:
            yield f"{place:<11} nothing was released there"
        else:
            yield one_line(f"{place:<11} v{serves['version']} since {serves['at']}, by {serves['configuration']}")
    for each in told["waiting"]:
        yield from _waiting(name, each)
    if told["back"] is not None:
        yield f"back        v{told['back']}: mlops-stages rollback {name}"
    for sentence in retraining.sentences(told["retraining"]) if "retraining" in told else ():
        yield one_line(f"retraining  {sentence}")
    attempts: Sequence[Mapping[str, Any]] = told["attempts"]
    for each in attempts[:SHOWN]:
        yield from _attempt(each)
    if len(attempts) > SHOWN:
        yield f"  and {len(attempts) - SHOWN} before: --json"


def _waiting(name: str, version: Mapping[str, Any]) -> Iterator[str]:
    who = ", ".join(version["for"]) or "nobody: all who may have another part in it"
    yield one_line(f"waiting     v{version['version']} since {version['since']}, for {who}")
    if "because" in version:
        yield one_line(f"            one approval is not enough: {version['because']}")
    yield f"            mlops-stages approve {name} --version {version['version']} --for production"


def _attempt(attempt: Mapping[str, Any]) -> Iterator[str]:
    people = [attempt.get(key) for key in ("approved_by", "released_by", "asked_by")]
    by = ", ".join(str(person) for person in people if person)
    yield one_line(
        f"  {attempt['began']}  {attempt['action']} v{attempt['version']}-{attempt['attempt']}: {attempt['status']}"
        f"{' (' + by + ')' if by else ''}"
    )
    if alone := attempt.get("one_approval"):
        yield one_line(f"    without a second approval, as the model is of {alone['risk']} risk: {alone['figure']}")
    if attempt.get("failure"):
        yield one_line(f"    {attempt['failure']}")
