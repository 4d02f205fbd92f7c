"""`mlops-stages up`."""

from __future__ import annotations

import contextlib
import dataclasses
import io
import json
import signal
import time
from collections.abc import Generator
from pathlib import Path
from types import FrameType

from mlops_stages.cli.approve import APPROVED, PENDING, Asked, decide
from mlops_stages.cli.callers import decider
from mlops_stages.cli.common import no_proxy, read, shortest
from mlops_stages.cli.console import VisibleConsole
from mlops_stages.cli.details import print_details
from mlops_stages.cli.display import Display, display
from mlops_stages.cli.report import Promoted, Report
from mlops_stages.cli.status import truth as truth_of
from mlops_stages.cli.summary import print_summary
from mlops_stages.errors import INTERRUPTED, UserError
from mlops_stages.files import replace
from mlops_stages.local.client import inventory
from mlops_stages.local.client.deploy import up as deploy
from mlops_stages.local.client.examples import rows_of
from mlops_stages.local.client.honesty import Comparison
from mlops_stages.local.client.model_runs import ModelRun
from mlops_stages.local.client.promotions import follow
from mlops_stages.local.endpoint import Endpoint
from mlops_stages.local.state import state_directory
from mlops_stages.platform import Duty, Platform, Stage
from mlops_stages.terminal import say

_WIDTH = 120
"""Columns of the file with all of the report."""


def up(
    directory: Path, port: int | None, *, as_json: bool, train_models: bool = True, with_details: bool = False
) -> None:
    """Deploy the platform of `directory` to the local AWS, train what it can, and print what is there now.

    A model that serves is promoted to staging, with its tests: the first approval is made in its owner's name.

    Where the machine makes no containers nothing is trained, and the report says why.

    Errors: LOC-03x of the deploy, LOC-060 where it cannot be compared; LOC-08x of a training, LOC-116
    and those of `approve` of a promotion, after the report.
    """
    began = time.monotonic()
    platform = read(directory)
    no_proxy()
    with _terminable(), display() as shown:
        deployment = deploy(directory, platform, port, shown)
        containers = inventory.containers(deployment.running.endpoint)
        trains = train_models and containers["run_in"] != "none"
        comparison = Comparison(deployment.running.endpoint)
        with comparison.ahead():
            runs, failure = _trained(deployment.running.endpoint, platform, directory, shown) if trains else ((), None)
        runs, promoted, stopped = _promoted(deployment.running.endpoint, platform, directory, runs, shown)
        shown.step("asking the local AWS what it holds")
        truth = truth_of(comparison)
    state = state_directory(directory)
    report = Report(
        platform=platform,
        deployment=deployment,
        truth=truth,
        details=shortest(state / "up.txt"),
        seconds=time.monotonic() - began,
        runs=runs,
        promotions=promoted,
        containers=containers,
    )
    unwritten = _kept(state, report)
    console = VisibleConsole()
    if as_json:
        say(json.dumps(report.to_json(), indent=2))
    elif with_details:
        print_details(console, report)
    else:
        print_summary(console, report)
    for error in (failure, stopped, unwritten):
        if error is not None:
            raise error


def _kept(state: Path, report: Report) -> OSError | None:
    """Write the whole report beside the local AWS: for people, and what is not emulated for programs.

    Where it cannot be written the error is returned, for what was deployed is told first.
    """
    told = io.StringIO()
    print_details(VisibleConsole(told, colors=False, width=_WIDTH), report)
    try:
        replace(state / "up.txt", told.getvalue(), mode=0o600)
        replace(state / "honesty.json", json.dumps(report.truth.to_json(), indent=2) + "\n", mode=0o600)
    except OSError as error:
        return error
    return None


def _trained(
    endpoint: Endpoint, platform: Platform, directory: Path, shown: Display
) -> tuple[tuple[ModelRun, ...], UserError | None]:
    """Train each model whose pipeline is the standard repository's, from such a repository, until one fails.

    The failure is returned, for what was deployed and trained is told first.
    """
    if platform.stage < Stage.REPEATABLE:
        return (), None
    from mlops_stages.local.client.model_runs import train
    from mlops_stages.local.client.model_runs.standard import standard_models, standard_repository

    runs: list[ModelRun] = []
    try:
        for team, model in standard_models(platform, directory):
            repository = standard_repository(platform, team, model, directory)
            runs.append(train(endpoint, platform, team, model, repository, directory, shown.step))
    except KeyboardInterrupt:
        raise UserError(
            "LOC-113",
            endpoint.url,
            "interrupted after the deploy; the local AWS is left running, and what was being trained goes on there",
            "run `mlops-stages up` again, or `mlops-stages down` to stop it",
            exit_code=INTERRUPTED,
        ) from None
    except UserError as error:
        return tuple(runs), error
    return tuple(runs), None


def _promoted(
    endpoint: Endpoint, platform: Platform, directory: Path, runs: tuple[ModelRun, ...], shown: Display
) -> tuple[tuple[ModelRun, ...], tuple[Promoted, ...], UserError | None]:
    """Approve for staging, as its owner would, each version that waits; follow its promotion until a person is needed.

    Returns the runs as they are then. A failure is returned, for what was deployed and trained is told first.
    """
    known, promoted = [*runs], list[Promoted]()
    for place, run in enumerate(runs):
        team = platform.team(run.team)
        model = next(each for each in team.models if each.name == run.model)
        if model.endpoint is None or not Duty.RELEASE.people(team, model):
            continue
        name = f"{team.name}/{model.name}"
        try:
            by = None
            if run.package.approval == PENDING:
                shown.step(f"{name}: approved for staging, as {model.owner} would")
                asked = Asked(name=name, version=run.package.version, person=model.owner, reason="Tried by `up`.")
                by = str(decide(directory, asked).told["by"])
                known[place] = dataclasses.replace(run, package=dataclasses.replace(run.package, approval=APPROVED))
            progress = follow(endpoint, platform, team, model, shown.step)
            owner = decider(directory, platform, team, model, Duty.APPROVE, person=model.owner, on_aws=False)
            rows = rows_of(owner.clients("s3"), run.package.evaluation, model.name, directory)
        except UserError as error:
            return tuple(known), tuple(promoted), error
        if progress is not None:
            promoted.append(Promoted(progress=progress, version=run.package.version, approved_by=by, rows=rows))
    return tuple(known), tuple(promoted), None


@contextlib.contextmanager
def _terminable() -> Generator[None]:
    """Let SIGTERM end the work as Ctrl-C does: stop what was started, then go."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        del frame
        signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
