"""The `mlops-stages` command. Every import of weight is inside the command that needs it: it starts in a moment."""

from __future__ import annotations

import errno
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from mlops_stages.errors import INTERRUPTED, UserError
from mlops_stages.files import UnfitFileError
from mlops_stages.terminal import guarded, say

app = typer.Typer(
    name="mlops-stages",
    help="Build, check and try out an MLOps platform on AWS, stage by stage.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS})
"""Why a file may not be written, though its place is right."""

Directory = Annotated[Path, typer.Argument(help="The platform's directory: the one with platform.yaml.")]
Duties = Literal["train", "curate"]
Targets = Literal["staging", "production"]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
InDirectory = Annotated[Path, typer.Option(help="The platform's directory.")]
ModelName = Annotated[str, typer.Argument(metavar="TEAM/MODEL", help="As in arrivals/late-arrival.")]
AsApprover = Annotated[
    str | None,
    typer.Option("--as", metavar="PERSON", help="In the local AWS: one of the model's approvers, who asks."),
]
OnAwsToRelease = Annotated[
    bool, typer.Option("--aws", help="On AWS, with the credentials of this shell: of the role release.")
]


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import PackageNotFoundError, version

        try:
            say(f"mlops-stages {version('mlops-stages')}")
        except PackageNotFoundError:
            say("mlops-stages that is not installed")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Build, check and try out an MLOps platform on AWS, stage by stage."""
    del version


@app.command()
def init(
    directory: Annotated[Path, typer.Argument(help="A new or empty directory.")],
    name: Annotated[str | None, typer.Option(help="The organization's name, with which every name starts.")] = None,
    reference: Annotated[
        bool, typer.Option("--reference", help="The whole reference organization, not one account and one team.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make the directory of a new organization's platform, ready for `make up`."""
    from mlops_stages.cli.init import init as make

    make(directory, name, reference=reference, as_json=as_json)


@app.command()
def validate(
    file: Annotated[Path, typer.Argument(help="The platform file.")] = Path("platform.yaml"), as_json: AsJson = False
) -> None:
    """Check a platform file and the pipelines that it names; say all their mistakes at once."""
    from mlops_stages.cli.validate import validate as check

    raise typer.Exit(check(file, as_json=as_json))


@app.command()
def follow(
    model: ModelName,
    rows: Annotated[
        str | None,
        typer.Option(
            "--send", metavar="FILE", help="Rows that callers of production send meanwhile; `-` for standard input."
        ),
    ] = None,
    directory: InDirectory = Path(),
    as_json: AsJson = False,
) -> None:
    """Move the local AWS's clock ahead until a model's promotion waits for a person or has ended.

    Exit code 0: it waits, or ended well. 1: it failed, and why is said.
    """
    from mlops_stages.cli.follow import follow as followed

    raise typer.Exit(followed(directory.resolve(), model, rows, as_json=as_json))


@app.command()
def permissions(
    before: Annotated[
        Path, typer.Argument(help="What is deployed: a cloud assembly (cdk.out), or a template in JSON.")
    ],
    after: Annotated[Path, typer.Argument(help="What is to be deployed.")],
    as_json: AsJson = False,
) -> None:
    """Say who may do more by one set of templates than by another; say nothing of what narrows or stays.

    Exit code 0: nobody may do more. 1: somebody may. 2: one of the two cannot be read.
    """
    from mlops_stages.cli.permissions import permissions as compare

    raise typer.Exit(compare(before, after, as_json=as_json))


@app.command()
def preflight(
    directory: Directory = Path(),
    app_directory: Annotated[
        Path | None,
        typer.Option(
            "--app", metavar="DIR", help="A cloud assembly (cdk.out); without it, the stacks are synthesized."
        ),
    ] = None,
    profile: Annotated[
        list[str] | None,
        typer.Option(metavar="PURPOSE=NAME", help="The AWS profile to ask an account with; also ACCOUNT=NAME. Repeat."),
    ] = None,
    local: Annotated[bool, typer.Option("--local", help="Ask the local AWS of this directory.")] = False,
    as_json: AsJson = False,
) -> None:
    """Ask the platform's accounts, read-only, for everything that a deploy will trip over.

    Exit code 0: nothing is in the way. 2: an error was found. 3: no error was found, but something was not seen.
    """
    from mlops_stages.cli.preflight import check

    code = check(directory.resolve(), app_directory, profile or [], local=local, as_json=as_json)
    raise typer.Exit(code)


@app.command()
def protect(
    directory: Directory = Path(),
    app_directory: Annotated[
        Path | None,
        typer.Option(
            "--app", metavar="DIR", help="A cloud assembly (cdk.out); without it, the stacks are synthesized."
        ),
    ] = None,
    profile: Annotated[
        list[str] | None,
        typer.Option(metavar="PURPOSE=NAME", help="The AWS profile to ask an account with; also ACCOUNT=NAME. Repeat."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the stacks that are deployed in protected-stacks.txt: the next `cdk deploy` protects them from deletion.

    AWS is only read. Exit code 3: some accounts were not seen, and their stacks stay as they are in the file.
    """
    from mlops_stages.cli.protect import protect as record

    raise typer.Exit(record(directory.resolve(), app_directory, profile or [], as_json=as_json))


@app.command()
def schema(
    as_json: Annotated[bool, typer.Option("--json", help="Changes nothing: the schema is JSON.")] = False,
) -> None:
    """Print the JSON Schema of platform.yaml, for editors."""
    import json

    del as_json
    from mlops_stages.platform import schema as json_schema

    say(json.dumps(json_schema(), indent=2))


@app.command()
def up(
    directory: Directory = Path(),
    port: Annotated[
        int | None,
        typer.Option(min=1, max=65535, help="The port of the local AWS, and no other; else 4599 or the next free one."),
    ] = None,
    as_json: AsJson = False,
    train_models: Annotated[
        bool, typer.Option("--train/--no-train", help="Whether models of the standard repository are trained.")
    ] = True,
    details: Annotated[
        bool, typer.Option("--details", help="Print every stack, and all that is not emulated.")
    ] = False,
) -> None:
    """Deploy the platform to an AWS inside this machine, with the real `cdk deploy`, and train its standard models."""
    from mlops_stages.cli.up import up as run

    run(directory.resolve(), port, as_json=as_json, train_models=train_models, with_details=details)


@app.command()
def train(
    model: Annotated[str, typer.Argument(help="TEAM/MODEL, as in arrivals/late-arrival.")],
    repository: Annotated[Path, typer.Argument(help="The model's repository, as `new-model` makes one.")],
    directory: InDirectory = Path(),
    train_before: Annotated[
        str | None, typer.Option(metavar="DAY", help="Leave out data of this day (UTC) and later, as 2013-09-01.")
    ] = None,
    requests: Annotated[
        str | None, typer.Option(metavar="URI", help="Score the requests of this object, s3://.../requests.csv.gz.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Train a model in the local AWS: its data, image, code and pipeline, to a package in the registry."""
    from mlops_stages.cli.train import train as run

    run(
        directory.resolve(),
        model,
        repository.resolve(),
        as_json=as_json,
        train_before=train_before,
        requests=requests,
    )


@app.command()
def logs(
    model: ModelName,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Wait for more until the run has ended.")] = False,
    execution: Annotated[str | None, typer.Option(help="The id or ARN of a run; else the last.")] = None,
    step: Annotated[str | None, typer.Option(help="One step of it only, as Train.")] = None,
    job: Annotated[str | None, typer.Option(help="A job by its name; TEAM is then enough.")] = None,
    duty: Annotated[
        Duties, typer.Option(help="As whose duty: train (runs of pipelines) or curate (data jobs).")
    ] = "train",
    aws: Annotated[
        bool, typer.Option("--aws", help="Ask AWS with the credentials of this shell, not the local AWS.")
    ] = False,
    directory: InDirectory = Path(),
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object a line.")] = False,
) -> None:
    """Print what the jobs of a model's last run printed, and where AWS's console shows it."""
    from mlops_stages.cli.logs import Asked
    from mlops_stages.cli.logs import logs as tell
    from mlops_stages.platform import Duty

    asked = Asked(name=model, execution=execution, step=step, job=job, duty=Duty(duty), follow=follow)
    tell(directory.resolve(), asked, on_aws=aws, as_json=as_json)


@app.command()
def approve(
    model: ModelName,
    version: Annotated[
        int | None, typer.Option(min=1, help="The version's number; else the newest that waits for this decision.")
    ] = None,
    reject: Annotated[bool, typer.Option("--reject", help="Reject it.")] = False,
    target: Annotated[
        Targets, typer.Option("--for", help="The first approval lets it into staging, the second into production.")
    ] = "staging",
    reason: Annotated[str | None, typer.Option(help="Why, at most 900 characters; kept with the decision.")] = None,
    repository: Annotated[
        Path | None, typer.Option(help="The model's repository at the version's commit: its code is compared, too.")
    ] = None,
    person: Annotated[
        str | None,
        typer.Option("--as", metavar="PERSON", help="In the local AWS: whose duty it is, by short name or address."),
    ] = None,
    aws: Annotated[
        bool, typer.Option("--aws", help="On AWS, with the credentials of this shell: of the role for the duty.")
    ] = False,
    directory: InDirectory = Path(),
    as_json: AsJson = False,
) -> None:
    """Approve or reject a version of a model, once it was compared with what its pipeline registered.

    Two people: the owner or a lead for staging, one of the model's approvers for production. Examples:

    mlops-stages approve arrivals/late-arrival --as flora-king

    mlops-stages approve arrivals/late-arrival --for production --as zoe-martin --reason "staging is fine"

    mlops-stages approve arrivals/late-arrival --version 3 --reject --aws
    """
    from mlops_stages.cli.approve import Asked
    from mlops_stages.cli.approve import approve as decide

    asked = Asked(
        name=model,
        version=version,
        reject=reject,
        target=target,
        reason=reason,
        person=person,
        repository=None if repository is None else repository.resolve(),
    )
    decide(directory.resolve(), asked, on_aws=aws, as_json=as_json)


@app.command()
def releases(
    model: ModelName,
    person: AsApprover = None,
    aws: OnAwsToRelease = False,
    directory: InDirectory = Path(),
    as_json: AsJson = False,
) -> None:
    """Say which version of a model runs where, what waits for whom, and what became of each attempt.

    Example: mlops-stages releases arrivals/late-arrival --as zoe-martin
    """
    from mlops_stages.cli.releases import Asked
    from mlops_stages.cli.releases import releases as tell

    tell(directory.resolve(), Asked(name=model, person=person, on_aws=aws, as_json=as_json))


@app.command("model")
def model_page(
    model: ModelName,
    file: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write the page as one file of HTML, too.")
    ] = None,
    person: Annotated[
        str | None,
        typer.Option("--as", metavar="PERSON", help="In the local AWS: who asks; else the model's owner."),
    ] = None,
    aws: Annotated[
        bool, typer.Option("--aws", help="On AWS, with the credentials of this shell: of the role see-production.")
    ] = False,
    directory: InDirectory = Path(),
    as_json: AsJson = False,
) -> None:
    """Say whether a model is right, what serves production, and which alarms are open; for its owner and approvers.

    Example: mlops-stages model arrivals/late-arrival --html late-arrival.html
    """
    from mlops_stages.cli.model import Asked
    from mlops_stages.cli.model import model as tell

    asked = Asked(name=model, file=file, person=person, on_aws=aws, as_json=as_json)
    tell(directory.resolve(), asked)


@app.command()
def ack(
    model: ModelName,
    alarm: Annotated[
        str | None, typer.Argument(metavar="[ALARM]", help="Which, as the notice names it; else the one that is open.")
    ] = None,
    note: Annotated[str, typer.Option("--note", metavar="TEXT", help="What you say to it, up to 500 characters.")] = "",
    person: Annotated[
        str | None,
        typer.Option("--as", metavar="PERSON", help="In the local AWS: who acknowledges; else the model's owner."),
    ] = None,
    aws: Annotated[
        bool, typer.Option("--aws", help="On AWS, with the credentials of this shell: of the role see-production.")
    ] = False,
    directory: InDirectory = Path(),
    as_json: AsJson = False,
) -> None:
    """Say that you take care of a model's alarm; nobody else is called then. For those whom its notices name.

    Example: mlops-stages ack arrivals/late-arrival overestimates --note "trained anew"
    """
    from mlops_stages.cli.ack import Asked
    from mlops_stages.cli.ack import ack as acknowledge

    asked = Asked(name=model, alarm=alarm, note=note, person=person, on_aws=aws, as_json=as_json)
    acknowledge(directory.resolve(), asked)


@app.command()
def backfill(
    model: ModelName,
    first: Annotated[str, typer.Option("--from", metavar="DATE", help="The first day in UTC, such as 2026-11-01.")],
    last: Annotated[str, typer.Option("--to", metavar="DATE", help="The last day, at most 31 days in all.")],
    person: Annotated[
        str | None,
        typer.Option("--as", metavar="PERSON", help="In the local AWS: who asks; else the model's owner."),
    ] = None,
    aws: Annotated[
        bool, typer.Option("--aws", help="On AWS, with the credentials of this shell: of the role see-production.")
    ] = False,
    directory: InDirectory = Path(),
    as_json: AsJson = False,
) -> None:
    """Judge a model on earlier days again: labels came late, or what it is judged by has changed.

    Example: mlops-stages backfill arrivals/late-arrival --from 2026-11-01 --to 2026-11-20
    """
    from mlops_stages.cli.backfill import Asked
    from mlops_stages.cli.backfill import backfill as run_days

    asked = Asked(name=model, first=first, last=last, person=person, on_aws=aws, as_json=as_json)
    run_days(directory.resolve(), asked)


@app.command()
def drill(
    scenarios: Annotated[
        list[str] | None,
        typer.Option(
            "--scenario", metavar="NAME", help="summer, september, retraining, rollback or faults; repeat. Else all."
        ),
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write the page as one file of HTML, too.")
    ] = None,
    directory: InDirectory = Path(),
    as_json: AsJson = False,
) -> None:
    """Play the reference model's real stream in the local AWS: served, captured, watched, wrong, told, healed.

    Its clock is moved ahead by months. Exit code 0: all that was expected was found. 1: not all, and what is said.

    Example: mlops-stages drill --scenario september --html drill.html
    """
    from mlops_stages.cli.drill import Asked
    from mlops_stages.cli.drill import drill as play

    asked = Asked(scenarios=scenarios or (), file=file, as_json=as_json)
    raise typer.Exit(play(directory.resolve(), asked))


@app.command()
def promote(
    model: ModelName,
    version: Annotated[
        int | None, typer.Option(min=1, help="The version's number; else the newest that is approved.")
    ] = None,
    reason: Annotated[str | None, typer.Option(help="Why, at most 900 characters; kept with the request.")] = None,
    person: AsApprover = None,
    aws: OnAwsToRelease = False,
    directory: InDirectory = Path(),
    as_json: AsJson = False,
) -> None:
    """Promote an approved version again: to staging and its tests, then to whoever releases it.

    The first time, its approval does that by itself. Example:

    mlops-stages promote arrivals/late-arrival --version 3 --as zoe-martin --reason "staging was short of capacity"
    """
    from mlops_stages.cli.releases import Asked, move

    asked = Asked(name=model, person=person, on_aws=aws, as_json=as_json)
    move(directory.resolve(), asked, "promote", version, reason)


@app.command()
def rollback(
    model: ModelName,
    to: Annotated[
        int | None, typer.Option(min=1, help="A version that has served production; else the one before.")
    ] = None,
    reason: Annotated[str | None, typer.Option(help="Why, at most 900 characters; kept in the ledger.")] = None,
    person: AsApprover = None,
    aws: OnAwsToRelease = False,
    directory: InDirectory = Path(),
    as_json: AsJson = False,
) -> None:
    """Bring production back to a version that has served before, at once and without a second approval.

    Example: mlops-stages rollback arrivals/late-arrival --as zoe-martin --reason "refunds twice as often"
    """
    from mlops_stages.cli.releases import Asked, move

    asked = Asked(name=model, person=person, on_aws=aws, as_json=as_json)
    move(directory.resolve(), asked, "rollback", to, reason)


@app.command()
def invoke(
    model: ModelName,
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="Rows: .csv, .jsonl or .json; `-` reads the standard input.")
    ],
    environment: Annotated[Targets, typer.Option(help="Where the endpoint is.")] = "production",
    person: Annotated[
        str | None,
        typer.Option("--as", metavar="PERSON", help="In the local AWS: who calls, by short name or address."),
    ] = None,
    aws: Annotated[
        bool, typer.Option("--aws", help="On AWS, with the credentials of this shell: of the role invoke-ENVIRONMENT.")
    ] = False,
    directory: InDirectory = Path(),
    as_json: AsJson = False,
) -> None:
    """Send rows to a model's endpoint, and print each answer with its decision id and the version that answered.

    For the model's owner, its approvers and the team's ML engineers. Examples:

    mlops-stages invoke arrivals/late-arrival flights.csv --as zoe-martin

    head -5 flights.csv | mlops-stages invoke arrivals/late-arrival - --environment staging --as zoe-martin --json
    """
    from mlops_stages.cli.invoke import invoke as send

    send(directory.resolve(), model, file, environment=environment, person=person, on_aws=aws, as_json=as_json)


@app.command()
def down(directory: Directory = Path(), as_json: AsJson = False) -> None:
    """Stop the AWS inside this machine; what it held was in memory and is gone."""
    from mlops_stages.cli.status import stop

    stop(directory.resolve(), as_json=as_json)


@app.command()
def status(
    directory: Directory = Path(),
    as_json: AsJson = False,
    details: Annotated[
        bool, typer.Option("--details", help="Count resources by type, and name all that is not emulated.")
    ] = False,
) -> None:
    """Say where the local AWS answers and what is deployed to it."""
    from mlops_stages.cli.status import show

    show(directory.resolve(), as_json=as_json, with_details=details)


@app.command()
def env(
    directory: Directory = Path(),
    account: Annotated[
        str | None,
        typer.Option(metavar="ACCOUNT", help="A purpose of platform.yaml or 12 digits; without it: experimentation."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print lines that point a shell at the local AWS and at nothing else: eval "$(mlops-stages env)"."""
    from mlops_stages.cli.env import env as print_lines

    print_lines(directory.resolve(), account, as_json=as_json)


@app.command("act-as", context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
def act_as(
    person: Annotated[str, typer.Argument(help="TEAM/PERSON, as in fraud/ann.")],
    command: Annotated[
        list[str] | None, typer.Argument(help="What to run; without it, lines for a shell are printed.")
    ] = None,
    directory: InDirectory = Path(),
    duty: Annotated[
        str | None,
        typer.Option(metavar="DUTY", help="What they do elsewhere, such as curate, train, approve or release."),
    ] = None,
    model: Annotated[
        str | None, typer.Option(metavar="MODEL", help="The model, where they have the duty for several.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Be a person of a team in the local AWS: run a command with their role, or print the lines for a shell."""
    from mlops_stages.cli.act_as import act_as as act

    words = command or []
    while words[:1] in (["--duty"], ["--model"], ["--json"]):  # behind the person, where the command starts
        if words[0] == "--json":
            as_json, words = True, words[1:]
        elif words[0] == "--duty" and duty is None and len(words) > 1:
            duty, words = words[1], words[2:]
        elif words[0] == "--model" and model is None and len(words) > 1:
            model, words = words[1], words[2:]
        else:
            break
    words = words[1:] if words[:1] == ["--"] else words
    raise typer.Exit(act(directory.resolve(), person, words, duty, model, as_json=as_json))


@app.command("new-model")
def new_model(
    name: Annotated[
        str, typer.Argument(metavar="TEAM/MODEL", help="A model of platform.yaml, as arrivals/late-arrival.")
    ],
    directory: Annotated[Path, typer.Argument(help="A new or empty directory.")],
    platform: Annotated[Path, typer.Option(help="The platform file.")] = Path("platform.yaml"),
    as_json: AsJson = False,
) -> None:
    """Make the standard repository of a model: pipeline, steps, tests, CI; ready for `make train`."""
    from mlops_stages.cli.new_model import new_model as make

    make(name, directory, platform, as_json=as_json)


@app.command("update-model")
def update_model(
    directory: Annotated[Path, typer.Argument(help="A repository that new-model made.")] = Path(),
    platform: Annotated[
        Path | None, typer.Option(help="Take the model's entry from this platform file anew; else as recorded.")
    ] = None,
    mark_conflicts: Annotated[
        bool, typer.Option("--mark-conflicts", help="Write conflicts into the files, between marks.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Bring a model's repository to this version's template; what the team changed stays."""
    from mlops_stages.cli.update_model import update_model as update

    update(directory, platform, mark_conflicts=mark_conflicts, as_json=as_json)


delivery_app = typer.Typer(
    name="delivery",
    help="Deliver the infrastructure itself from the platform's repository.",
    no_args_is_help=True,
)
app.add_typer(delivery_app)
Assembly = Annotated[
    Path | None,
    typer.Option("--app", metavar="DIR", help="A cloud assembly (cdk.out); without it, the stacks are synthesized."),
]
Profiles = Annotated[
    list[str] | None,
    typer.Option(metavar="PURPOSE=NAME", help="The AWS profile to ask an account with; also ACCOUNT=NAME. Repeat."),
]
Local = Annotated[bool, typer.Option("--local", help="Ask the local AWS of this directory.")]


@delivery_app.command("workflow")
def delivery_workflow(
    directory: InDirectory = Path(),
    deploying: Annotated[
        int | None,
        typer.Option(
            metavar="NUMBER", min=1, help="At GitLab: print the pipeline that deploys what this one compared."
        ),
    ] = None,
    asks: Annotated[bool, typer.Option("--asks", help="With --deploying: it asks the approvers first.")] = False,
    as_json: AsJson = False,
) -> None:
    """Print the workflow that delivers the infrastructure: .github/workflows/deploy.yml or .gitlab-ci.yml."""
    from mlops_stages.cli.delivery import print_workflow

    print_workflow(directory.resolve(), deploying, asks=asks, as_json=as_json)


@delivery_app.command("reviewers")
def delivery_reviewers(directory: InDirectory = Path(), as_json: AsJson = False) -> None:
    """See, in what GitHub or GitLab says on standard input, that the approvers are asked.

    Exit code 0: they are. 1: not as they should be.
    """
    from mlops_stages.cli.delivery import reviewers

    raise typer.Exit(reviewers(directory.resolve(), sys.stdin.read(1 << 20), as_json=as_json))


@delivery_app.command("deployed")
def delivery_deployed(
    target: Annotated[Path, typer.Argument(help="A new directory, which `mlops-stages permissions` reads.")],
    directory: InDirectory = Path(),
    app_directory: Assembly = None,
    profile: Profiles = None,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Write the templates of the platform's stacks as they are deployed into a new directory. AWS is only read."""
    from mlops_stages.cli.delivery import deployed

    deployed(directory.resolve(), target, app_directory, profile or [], local=local, as_json=as_json)


@delivery_app.command("smoke")
def delivery_smoke(
    environment: Annotated[Literal["staging", "production"], typer.Argument(help="Where models serve.")],
    directory: InDirectory = Path(),
    app_directory: Assembly = None,
    profile: Profiles = None,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """See that an environment is as it was synthesized, and works. AWS is only read.

    Exit code 0: it holds. 1: it does not. 2: an account does not say.
    """
    from mlops_stages.cli.delivery import smoke

    code = smoke(directory.resolve(), environment, app_directory, profile or [], local=local, as_json=as_json)
    raise typer.Exit(code)


ledger_app = typer.Typer(
    name="ledger",
    help="Read and verify what is recorded of models, with the rights of an auditor.",
    no_args_is_help=True,
)
app.add_typer(ledger_app)
LedgerOf = Annotated[str | None, typer.Argument(metavar="[TEAM/MODEL]", help="One ledger; without it, all of them.")]
OnAws = Annotated[bool, typer.Option("--aws", help="Ask AWS with the credentials of this shell, not the local AWS.")]


@ledger_app.command("verify")
def verify_ledger(
    model: LedgerOf = None,
    aws: OnAws = False,
    public_key: Annotated[
        Path | None,
        typer.Option("--public-key", metavar="FILE", help="The signer's public key (PEM or DER); else KMS is asked."),
    ] = None,
    one_approval_until: Annotated[
        datetime | None,
        typer.Option(
            metavar="DAY",
            formats=["%Y-%m-%d"],
            help="Until which day platform.yaml let other models than now be released with one approval.",
        ),
    ] = None,
    directory: InDirectory = Path(),
    as_json: AsJson = False,
) -> None:
    """Verify every record, signature and lock. Exit code 0: sound. 2: something was found."""
    from mlops_stages.cli.ledger import Asked, verify

    asked = Asked(
        directory=directory.resolve(),
        name=model,
        on_aws=aws,
        as_json=as_json,
        public_key=public_key,
        one_approval_until=None if one_approval_until is None else str(one_approval_until.date()),
    )
    raise typer.Exit(verify(asked))


@ledger_app.command("show")
def show_ledger(
    model: ModelName,
    aws: OnAws = False,
    directory: InDirectory = Path(),
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object a line.")] = False,
) -> None:
    """Print what happened to a model's versions, when, and by whom."""
    from mlops_stages.cli.ledger import Asked, show

    raise typer.Exit(show(Asked(directory=directory.resolve(), name=model, on_aws=aws, as_json=as_json)))


def main() -> None:
    """Run the command line; say the user's mistakes without a traceback, and exit with their code."""
    with guarded():
        _run()


def _run() -> None:
    try:
        app()
    except UserError as error:
        say(str(error), error=True)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:  # outside of what typer watches over
        sys.exit(INTERRUPTED)
    except UnfitFileError as error:
        unfit = UserError(
            "CLI-040",
            str(error.filename),
            f"it cannot be used: {error.strerror}",
            "put a file or a directory of your own there, or remove it",
        )
        say(str(unfit), error=True)
        sys.exit(unfit.exit_code)
    except Exception as error:  # else Python would print it past `guarded`
        if not isinstance(error, OSError) or error.errno not in _NO_ROOM:
            import traceback

            say(traceback.format_exc().removesuffix("\n"), error=True)
            sys.exit(1)
        full = UserError(
            "CLI-032",
            str(error.filename or Path.cwd()),
            f"nothing more can be written here: {error.strerror}",
            "make room on the disk, then run the same command again",
            exit_code=1,
        )
        say(str(full), error=True)
        sys.exit(full.exit_code)


if __name__ == "__main__":
    main()
