"""`mlops-stages status` and `mlops-stages down`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from mlops_stages.errors import UserError
from mlops_stages.local import inventory, process

if TYPE_CHECKING:
    from mlops_stages.local import honesty


def show(directory: Path, *, as_json: bool, with_details: bool = False) -> None:
    """Say where the local AWS of a directory answers, and which stacks each account holds.

    With details also how many resources of each type, and what of them is not emulated. Error: LOC-060.
    """
    running = process.status(directory)
    if running is None:
        typer.echo(json.dumps({"running": False}) if as_json else "No local AWS runs here. Start it: mlops-stages up")
        return
    live = [each for each in inventory.live(running.endpoint) if not inventory.is_toolkit(each.stack)]
    stacks = inventory.by_stack(live)
    containers = inventory.containers(running.endpoint)
    if as_json:
        listed = [{"account": account, "name": name, "resources": count} for (account, name), count in stacks.items()]
        about = {"running": True, "endpoint": running.endpoint, "pid": running.pid, "jobs_run_in": containers["run_in"]}
        more = (
            {"resources": inventory.by_type(live), "honesty": truth(running.endpoint).to_json()} if with_details else {}
        )
        typer.echo(json.dumps({**about, "stacks": listed, **more}, indent=2))
        return
    typer.echo(f"The local AWS runs at {running.endpoint} (process {running.pid}).")
    typer.echo(containers["described"])
    for account in dict.fromkeys(account for account, _ in stacks):
        typer.echo(f"\n{account}")
        for (owner, name), count in stacks.items():
            if owner == account:
                typer.echo(f"  {name}  {count} resource{'' if count == 1 else 's'}")
    if with_details:
        from rich.console import Console

        from mlops_stages.cli.details import print_fidelity, print_resources

        console = Console(highlight=False)
        print_resources(console, live)
        print_fidelity(console, truth(running.endpoint))


def truth(endpoint: str) -> honesty.Report:
    """Return what the local AWS holds of what is declared. Error: LOC-060 where that cannot be told."""
    from mlops_stages.local import honesty

    try:
        return honesty.report(endpoint)
    except honesty.HonestyError as error:
        raise UserError(
            "LOC-060",
            endpoint,
            f"what the local AWS holds of the platform could not be compared: {error}",
            "run `mlops-stages up` again",
            exit_code=1,
        ) from error


def stop(directory: Path, *, as_json: bool) -> None:
    """Stop the local AWS of a directory."""
    stopped = process.stop(directory)
    if as_json:
        typer.echo(json.dumps({"stopped": stopped}))
    elif stopped:
        typer.echo("Stopped. What it held was in memory and is gone; `mlops-stages up` deploys it again.")
    else:
        typer.echo("No local AWS runs here: nothing to stop.")
