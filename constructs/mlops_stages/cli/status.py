"""`mlops-stages status` and `mlops-stages down`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from mlops_stages.errors import UserError
from mlops_stages.local.client import inventory, process
from mlops_stages.terminal import one_line, say

if TYPE_CHECKING:
    from mlops_stages.local.client import honesty
    from mlops_stages.local.endpoint import Endpoint


def show(directory: Path, *, as_json: bool, with_details: bool = False) -> None:
    """Say where the local AWS of a directory answers, and which stacks each account holds.

    With details also how many resources of each type, and what of them is not emulated. Errors: LOC-060; LOC-115
    where it runs and does not answer.
    """
    try:
        running = process.status(directory)
    except process.SilentError as error:
        if as_json:
            say(json.dumps({"running": True, "answers": False, "pid": error.pid}))
        raise
    if running is None:
        say(json.dumps({"running": False}) if as_json else "No local AWS runs here. Start it: mlops-stages up")
        return
    live = [each for each in inventory.live(running.endpoint) if not inventory.is_toolkit(each.stack)]
    stacks = inventory.by_stack(live)
    containers = inventory.containers(running.endpoint)
    if as_json:
        listed = [{"account": account, "name": name, "resources": count} for (account, name), count in stacks.items()]
        about = {
            "running": True,
            "answers": True,
            "endpoint": running.endpoint.url,
            "pid": running.pid,
            "jobs_run_in": containers["run_in"],
        }
        more: dict[str, object] = {}
        if with_details:
            more = {"resources": inventory.by_type(live), "honesty": _truth_now(running.endpoint).to_json()}
        say(json.dumps({**about, "stacks": listed, **more}, indent=2))
        return
    say(f"The local AWS runs at {running.endpoint} (process {running.pid}).")
    say(one_line(containers["described"]))
    for account in dict.fromkeys(account for account, _ in stacks):
        say(f"\n{one_line(account)}")
        for (owner, name), count in stacks.items():
            if owner == account:
                say(f"  {one_line(name)}  {count} resource{'' if count == 1 else 's'}")
    if with_details:
        from mlops_stages.cli.console import VisibleConsole
        from mlops_stages.cli.details import print_fidelity, print_resources

        console = VisibleConsole()
        print_resources(console, live)
        print_fidelity(console, _truth_now(running.endpoint))


def _truth_now(endpoint: Endpoint) -> honesty.Report:
    from mlops_stages.local.client.honesty import Comparison

    return truth(Comparison(endpoint))


def truth(comparison: honesty.Comparison) -> honesty.Report:
    """Return what the local AWS holds of what is declared. Error: LOC-060 where that cannot be told."""
    from mlops_stages.local.client import honesty

    try:
        return comparison.report()
    except honesty.HonestyError as error:
        raise UserError(
            "LOC-060",
            comparison.endpoint.url,
            f"what the local AWS holds of the platform could not be compared: {error}",
            "run `mlops-stages up` again",
            exit_code=1,
        ) from error


def stop(directory: Path, *, as_json: bool) -> None:
    """Stop the local AWS of a directory."""
    stopped = process.stop(directory)
    if as_json:
        say(json.dumps({"stopped": stopped}))
    elif stopped:
        say("Stopped. What it held was in memory and is gone; `mlops-stages up` deploys it again.")
    else:
        say("No local AWS runs here: nothing to stop.")
