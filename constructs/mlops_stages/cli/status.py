"""`mlops-stages status` and `mlops-stages down`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import cast

import typer

from mlops_stages.local import inventory, process


def show(directory: Path, *, as_json: bool) -> None:
    """Say where the local AWS of a directory answers, and which stacks each account holds."""
    running = process.status(directory)
    if running is None:
        typer.echo(json.dumps({"running": False}) if as_json else "No local AWS runs here. Start it: mlops-stages up")
        return
    stacks = inventory.by_stack(inventory.live(running.endpoint))
    steps = cast("dict[str, str]", inventory.get(running.endpoint, "steps"))["run_in"]
    if as_json:
        listed = [{"account": account, "name": name, "resources": count} for (account, name), count in stacks.items()]
        about = {"running": True, "endpoint": running.endpoint, "pid": running.pid, "steps_run_in": steps}
        typer.echo(json.dumps({**about, "stacks": listed}, indent=2))
        return
    typer.echo(f"The local AWS runs at {running.endpoint} (process {running.pid}).")
    if steps == "directories":
        typer.echo("This machine gives no namespaces: SAGEMAKER_BASE_DIR stands for a step's /opt/ml.")
    for account in dict.fromkeys(account for account, _ in stacks):
        typer.echo(f"\n{account}")
        for (owner, name), count in stacks.items():
            if owner == account:
                typer.echo(f"  {name}  {count} resource{'' if count == 1 else 's'}")


def stop(directory: Path) -> None:
    """Stop the local AWS of a directory."""
    if process.stop(directory):
        typer.echo("Stopped. What it held was in memory and is gone; `mlops-stages up` deploys it again.")
    else:
        typer.echo("No local AWS runs here: nothing to stop.")
