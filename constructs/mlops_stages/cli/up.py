"""`mlops-stages up`."""

from __future__ import annotations

import contextlib
import json
import signal
import time
from collections.abc import Generator
from pathlib import Path
from types import FrameType

import typer

from mlops_stages.cli.common import no_proxy, read, shortest
from mlops_stages.cli.display import Display, display
from mlops_stages.cli.report import Report, print_report
from mlops_stages.errors import UserError
from mlops_stages.local import honesty
from mlops_stages.local.deploy import up as deploy
from mlops_stages.local.model_runs import ModelRun
from mlops_stages.local.process import STATE_DIRECTORY
from mlops_stages.platform import Platform, Stage


def up(directory: Path, port: int | None, *, as_json: bool, train_models: bool = True) -> None:
    """Deploy the platform of `directory` to the local AWS, train what it can, and print what is there now.

    Errors: LOC-03x of the deploy, LOC-060 where it cannot be compared; LOC-08x of a training, after the report.
    """
    began = time.monotonic()
    platform = read(directory)
    no_proxy()
    with _terminable(), display() as shown:
        deployment = deploy(directory, platform, port, shown)
        runs, failure = (
            _trained(deployment.running.endpoint, platform, directory, shown) if train_models else ((), None)
        )
        shown.step("asking the local AWS what it holds")
        truth = _truth(deployment.running.endpoint)
    kept = directory / STATE_DIRECTORY / "honesty.json"
    kept.write_text(json.dumps(truth.to_json(), indent=2) + "\n", encoding="utf-8")
    report = Report(
        platform=platform,
        deployment=deployment,
        truth=truth,
        kept=shortest(kept),
        seconds=time.monotonic() - began,
        runs=runs,
    )
    if as_json:
        typer.echo(json.dumps(report.to_json(), indent=2))
    else:
        print_report(report)
    if failure is not None:
        raise failure


def _trained(
    endpoint: str, platform: Platform, directory: Path, shown: Display
) -> tuple[tuple[ModelRun, ...], UserError | None]:
    """Train each model whose pipeline is the standard repository's, from such a repository, until one fails.

    The failure is returned, for what was deployed and trained is told first.
    """
    if platform.stage < Stage.REPEATABLE:
        return (), None
    from mlops_stages.local.model_runs import train
    from mlops_stages.local.model_runs.standard import standard_models, standard_repository

    runs: list[ModelRun] = []
    try:
        for team, model in standard_models(platform, directory):
            repository = standard_repository(platform, team, model, directory)
            runs.append(train(endpoint, platform, team, model, repository, directory, shown.step))
    except UserError as error:
        return tuple(runs), error
    return tuple(runs), None


def _truth(endpoint: str) -> honesty.Report:
    try:
        return honesty.report(endpoint)
    except honesty.HonestyError as error:
        raise UserError(
            "LOC-060",
            endpoint,
            f"the platform is deployed, but what the local AWS holds of it could not be compared: {error}",
            "run `mlops-stages up` again",
            exit_code=1,
        ) from error


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
