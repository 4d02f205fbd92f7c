"""Everything that `up` found and did, for a person: with `--details`, and in a file after each `up`."""

from __future__ import annotations

from collections.abc import Iterable

from rich.columns import Columns
from rich.console import Console
from rich.table import Table
from rich.text import Text

from mlops_stages.cli.models import print_models
from mlops_stages.cli.report import Report
from mlops_stages.cli.suggestions import suggestions
from mlops_stages.local.client.deploy import DeployedStack
from mlops_stages.local.client.honesty import Report as Fidelity
from mlops_stages.local.client.inventory import Live, by_type
from mlops_stages.terminal import one_line


def print_details(console: Console, report: Report) -> None:
    """Print everything."""
    deployment = report.deployment
    console.print(one_line(report.title))
    if deployment.running.notice:
        console.print(one_line(deployment.running.notice))
    if report.uncontained is not None:
        console.print(Text(one_line(report.uncontained), style="bold red"), soft_wrap=True)
    section(console, "Accounts", two_columns((account, ", ".join(p)) for account, p in report.accounts.items()))
    section(console, "Stacks", _stacks(deployment.stacks))
    if deployment.left_over:
        section(console, "Stacks that are not of platform.yaml, left as they are", _stacks(deployment.left_over))
    if report.people_gone is not None:
        console.print(f"\n{one_line(report.people_gone)}", soft_wrap=True)
    if deployment.stand_ins:
        rows = two_columns((each.id, f"{each.account}  {each.note}") for each in deployment.stand_ins)
        section(console, "Stand-ins for what exists on AWS only", rows)
    if report.runs:
        console.print("\nModels", style="bold")
        print_models(report.runs, console)
    if report.untrained:
        console.print(f"\nNot trained by `up`: {one_line(', '.join(report.untrained))}")
    print_resources(console, deployment.live)
    print_fidelity(console, report.truth)
    console.print("\nPoint the AWS clients of a shell at it", style="bold")
    print_command(console, 'eval "$(mlops-stages env)"')
    console.print("\nTry next, in an activated environment (. .venv/bin/activate)", style="bold")
    for suggestion in suggestions(report.platform, deployment.live, report.runs, report.promotions):
        console.print(f"{one_line(suggestion.why)}:", soft_wrap=True)
        print_command(console, suggestion.command)
    console.print(f"\nDone in {report.seconds:.1f} s. `make down` or `mlops-stages down` stops it.")


def print_resources(console: Console, live: Iterable[Live]) -> None:
    """Print how many resources of each type there are."""
    counts = by_type(live)
    counted = Columns([f"{one_line(kind.removeprefix('AWS::'))} {count}" for kind, count in counts.items()])
    section(console, f"Resources by type: {sum(counts.values())} in all", counted)


def print_fidelity(console: Console, truth: Fidelity) -> None:
    """Print what the local AWS took without acting on it: the properties, then the types that it only remembers."""
    accepted = _joined(((item.type, f"{item.property} ({item.reason})") for item in truth.accepted), ", ")
    title = f"Accepted, but not emulated: {len(truth.accepted)} properties of {len(accepted)} types"
    section(console, title, two_columns(accepted.items()))
    enacted = _joined(((item.type, item.note) for item in truth.behaviours), " ")
    if enacted:
        section(console, "Kept as declared, but not enacted", two_columns(enacted.items()))
    unchecked = _joined(((item.type, f"{item.property} ({item.reason})") for item in truth.unchecked), ", ")
    if unchecked:
        section(console, "Not checked", two_columns(unchecked.items()))
    left = sum(item.resources for item in truth.unchecked)
    console.print(
        f"  {truth.declared} properties declared, {sum(truth.held.values())} held as declared, {left} unchecked."
    )
    console.print("  The CDK's own bootstrap stacks are not counted.")


def _joined(pairs: Iterable[tuple[str, str]], between: str) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    for kind, text in pairs:
        found.setdefault(kind.removeprefix("AWS::"), []).append(text)
    return {kind: between.join(texts) for kind, texts in found.items()}


def _stacks(stacks: Iterable[DeployedStack]) -> Table:
    return two_columns((s.name, f"{s.account}  {counted(s.resources, 'resource')}, {s.state}") for s in stacks)


def counted(number: int, noun: str) -> str:
    """Return a number and its noun."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def section(console: Console, title: str, body: Table | Columns) -> None:
    """Print a heading and what is below it."""
    console.print(f"\n{title}", style="bold", soft_wrap=True)
    console.print(body)


def two_columns(rows: Iterable[tuple[str, str]]) -> Table:
    """Return rows of a name that is never broken, and a text that is."""
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column()
    for left, right in rows:
        table.add_row(Text(one_line(left)), Text(one_line(right)))
    return table


def print_command(console: Console, command: str) -> None:
    """Print a line that can be copied whole, however narrow the terminal."""
    console.print(Text(one_line(f"  {command}")), soft_wrap=True)
