"""`mlops-stages train`: a model's whole way, from its repository to the registry of the local AWS."""

from __future__ import annotations

import json
from pathlib import Path

from mlops_stages.cli.callers import decider
from mlops_stages.cli.common import given_day, no_proxy, read, running_in, shortest
from mlops_stages.cli.display import display
from mlops_stages.cli.models import print_models
from mlops_stages.errors import UserError
from mlops_stages.local.client.examples import rows_of
from mlops_stages.local.client.model_runs import ALL_DAYS
from mlops_stages.local.client.model_runs import train as run
from mlops_stages.platform import Duty, Model, Platform, Team
from mlops_stages.terminal import one_line, say


def train(
    directory: Path,
    name: str,
    repository: Path,
    *,
    as_json: bool,
    train_before: str | None = None,
    requests: str | None = None,
) -> None:
    """Train TEAM/MODEL from a repository in the local AWS of `directory`, and print the package that was registered.

    `train_before` and `requests` are the parameters `TrainBefore` and `RequestsUri` of its pipeline.
    Rows of its evaluation are left beside the local AWS, to try the version with.

    Errors: CLI-010 no local AWS runs, CLI-014 the platform has no such model with a pipeline, CLI-100 `train_before` is
    no day, LOC-08x.
    """
    if train_before is not None:
        given_day("--train-before", train_before)
    platform = read(directory)
    team, model = found_model(platform, name)
    running = running_in(directory)
    no_proxy()
    with display() as shown:
        done = run(
            running.endpoint,
            platform,
            team,
            model,
            repository,
            directory,
            shown.step,
            train_before=train_before or ALL_DAYS,
            requests=requests,
        )
    owner = decider(directory, platform, team, model, Duty.APPROVE, person=model.owner, on_aws=False)
    rows = rows_of(owner.clients("s3"), done.package.evaluation, model.name, directory)
    if as_json:
        say(json.dumps({**done.to_json(), "rows": None if rows is None else str(rows)}, indent=2))
    else:
        print_models([done])
        if rows is not None:
            say(f"  rows     {one_line(str(shortest(rows)))}: some to try it with, of its evaluation")


def found_model(platform: Platform, name: str) -> tuple[Team, Model]:
    """Return TEAM/MODEL of a platform. Error: CLI-014 it has no such model with a pipeline."""
    models = {f"{team.name}/{model.name}": (team, model) for team in platform.teams for model in team.models}
    trained = [each for each, (_, model) in models.items() if model.pipeline is not None]
    if name in trained:
        return models[name]
    known = ", ".join(trained) or "none yet; a model gets a pipeline by its key `pipeline`"
    if name in models:
        raise UserError(
            "CLI-014", repr(name), "the model has no pipeline", f"give it the key `pipeline`; models with one: {known}"
        )
    raise UserError(
        "CLI-014", repr(name), "platform.yaml has no such model with a pipeline", f"write TEAM/MODEL: {known}"
    )
