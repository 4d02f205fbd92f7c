"""What `up` tells once the platform runs."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.columns import Columns
from rich.console import Console
from rich.table import Table
from rich.text import Text

from mlops_stages.cli.models import print_models
from mlops_stages.cli.suggestions import suggestions
from mlops_stages.local.cdk import PLUGIN
from mlops_stages.local.deploy import DeployedStack, Deployment
from mlops_stages.local.endpoint import environment
from mlops_stages.local.honesty import Report as Honesty
from mlops_stages.local.inventory import by_type
from mlops_stages.local.model_runs import ModelRun
from mlops_stages.platform import Platform, Purpose

_EXPORTED = ("AWS_ENDPOINT_URL", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")


@dataclass(frozen=True, kw_only=True)
class Report:
    """A finished `up`, and how long all of it took.

    `kept` is the file with the whole list of what was accepted without being emulated.
    """

    platform: Platform
    deployment: Deployment
    truth: Honesty
    kept: Path
    seconds: float
    runs: tuple[ModelRun, ...] = ()

    @property
    def accounts(self) -> dict[str, list[str]]:
        """The purposes of each account id, in the order of the purposes; first the one that guards the others."""
        found: dict[str, list[str]] = {}
        if self.platform.guardrails is not None:
            found[self.platform.guardrails.management_account] = ["management"]
        for purpose, account in self.platform.deployed.items():
            found.setdefault(account, []).append(purpose.value)
        return found

    @property
    def variables(self) -> dict[str, str]:
        """What points an AWS client at the local AWS as the administrator of the experimentation account.

        The CDK CLI, which goes to every account, is given each one's credentials by its plugin.
        """
        home = self.platform.account(Purpose.EXPERIMENTATION)
        found = environment(self.deployment.running.endpoint, home, self.platform.region)
        return {name: found[name] for name in _EXPORTED if name in found} | {"CDK_PLUGIN": str(PLUGIN)}

    def to_json(self) -> dict[str, Any]:
        """Everything, for programs."""
        running = self.deployment.running
        return {
            "changed": self.deployment.changed,
            "endpoint": running.endpoint,
            "notice": running.notice,
            "pid": running.pid,
            "environment": self.variables,
            "accounts": self.accounts,
            "stacks": [_stack_json(stack) for stack in self.deployment.stacks],
            "left_over": [_stack_json(stack) for stack in self.deployment.left_over],
            "models": [run.to_json() for run in self.runs],
            "resources": by_type(self.deployment.live),
            "honesty": self.truth.to_json(),
            "seconds": round(self.seconds, 1),
        }


def _stack_json(stack: DeployedStack) -> dict[str, str | int]:
    return {"name": stack.name, "account": stack.account, "state": stack.state, "resources": stack.resources}


def print_report(report: Report) -> None:
    """Print the report on standard output, for a person."""
    console = Console(highlight=False)
    deployment = report.deployment
    if not deployment.changed:
        console.print(
            f"Nothing changed: {report.platform.name} runs at {deployment.running.endpoint} as it did before."
        )
    else:
        console.print(f"{report.platform.name} runs in this machine, at {deployment.running.endpoint}")
    if deployment.running.notice:
        console.print(deployment.running.notice)
    _section(console, "Accounts", _two_columns((account, ", ".join(p)) for account, p in report.accounts.items()))
    _section(console, "Stacks", _stacks(deployment.stacks))
    if deployment.left_over:
        _section(console, "Stacks that are not of platform.yaml, left as they are", _stacks(deployment.left_over))
    if report.runs:
        console.print("\nModels", style="bold")
        print_models(report.runs)
    counts = by_type(deployment.live)
    counted = Columns([f"{kind.removeprefix('AWS::')} {count}" for kind, count in counts.items()])
    _section(console, f"Resources by type: {len(deployment.live)} in all", counted)
    _print_honesty(console, report)
    exports = " ".join(f"{name}={shlex.quote(value)}" for name, value in report.variables.items())
    console.print("\nPoint any AWS client at it", style="bold")
    _print_command(console, f"export {exports}")
    console.print("\nTry next, in an activated environment (. .venv/bin/activate)", style="bold")
    for suggestion in suggestions(report.platform, deployment.live, report.runs):
        console.print(f"{suggestion.why}:")
        _print_command(console, suggestion.command)
    console.print(f"\nDone in {report.seconds:.1f} s. `make down` or `mlops-stages down` stops it.")


def _print_honesty(console: Console, report: Report) -> None:
    """Print what the local AWS took without acting on it: the properties, then the types that it only remembers."""
    truth = report.truth
    accepted = _joined(((item.type, item.property) for item in truth.accepted), ", ")
    title = f"Accepted, but not emulated: {len(truth.accepted)} properties of {len(accepted)} types"
    _section(console, title, _two_columns(accepted.items()))
    enacted = _joined(((item.type, item.note) for item in truth.behaviours), " ")
    if enacted:
        _section(console, "Kept as declared, but not enacted", _two_columns(enacted.items()))
    unchecked = sum(item.resources for item in truth.unchecked)
    counts = f"{truth.declared} properties declared, {sum(truth.held.values())} held as declared, {unchecked} unchecked"
    console.print(f"  {counts}; every one is in {report.kept}", soft_wrap=True)
    console.print("  The CDK's own bootstrap stacks are not counted.", soft_wrap=True)


def _joined(pairs: Iterable[tuple[str, str]], between: str) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    for kind, text in pairs:
        found.setdefault(kind.removeprefix("AWS::"), []).append(text)
    return {kind: between.join(texts) for kind, texts in found.items()}


def _stacks(stacks: Iterable[DeployedStack]) -> Table:
    return _two_columns(
        (s.name, f"{s.account}  {s.resources} resource{'' if s.resources == 1 else 's'}, {s.state}") for s in stacks
    )


def _section(console: Console, title: str, body: Table | Columns) -> None:
    console.print(f"\n{title}", style="bold", soft_wrap=True)
    console.print(body)


def _two_columns(rows: Iterable[tuple[str, str]]) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 2))
    table.add_column(no_wrap=True)
    table.add_column()
    for left, right in rows:
        table.add_row(Text(left), Text(right))
    return table


def _print_command(console: Console, command: str) -> None:
    """Print a line that can be copied whole, however narrow the terminal."""
    console.print(Text(f"  {command}"), soft_wrap=True)
