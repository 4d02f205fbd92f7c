"""What `up` tells a person: one screen. The whole is in a file that it names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from rich.console import Console
from rich.text import Text

from mlops_stages.cli.details import counted, print_command
from mlops_stages.cli.report import Report
from mlops_stages.cli.suggestions import suggestions
from mlops_stages.terminal import one_line

_NAMED = 5
"""How many stacks or models are named; the others are counted."""

_TRIED = 3
"""How many of the commands to try are shown."""


def print_summary(console: Console, report: Report) -> None:
    """Print where the platform runs, what is in each account, what is not emulated, and what to do next."""
    deployment = report.deployment
    console.print(one_line(report.title), soft_wrap=True)
    if deployment.running.notice:
        console.print(one_line(deployment.running.notice))
    if report.uncontained is not None:
        console.print(Text(one_line(report.uncontained), style="bold red"), soft_wrap=True)
    for lines in (
        _accounts(report),
        _moved(report),
        _gone(report),
        _left_over(report),
        _stand_ins(report),
        _models(report),
        _promotions(report),
    ):
        _paragraph(console, lines)
    console.print()
    console.print(Text(_fidelity(report)))
    console.print(
        Text(f"All of it: {one_line(str(report.details))} (or `mlops-stages status --details`)"), soft_wrap=True
    )
    console.print("\nNext, after `. .venv/bin/activate`: point a shell's AWS clients at it")
    print_command(console, 'eval "$(mlops-stages env)"')
    if deployment.changed:
        for suggestion in suggestions(report.platform, deployment.live, report.runs, report.promotions)[:_TRIED]:
            console.print(f"{suggestion.why[:1].upper()}{one_line(suggestion.why[1:])}:", soft_wrap=True)
            print_command(console, suggestion.command)
        if any(each.progress.status == "waiting" for each in report.promotions):
            console.print("Break a version on purpose, and see this one serve on:", soft_wrap=True)
            console.print(Text(f"  the commands are at the end of {one_line(str(report.details))}"), soft_wrap=True)
    console.print(f"\nDone in {report.seconds:.1f} s. `make down` or `mlops-stages down` stops it.")


def _paragraph(console: Console, lines: Iterable[str]) -> None:
    told = [*lines]
    if told:
        console.print()
    for line in told:
        console.print(Text(one_line(line)))


def _accounts(report: Report) -> Iterator[str]:
    stacks = Counter(stack.account for stack in report.deployment.stacks)
    resources = Counter[str]()
    for stack in report.deployment.stacks:
        resources[stack.account] += stack.resources
    names = {account: f"{account}  {', '.join(purposes)}" for account, purposes in report.accounts.items()}
    width = max(map(len, names.values()))
    for account, name in names.items():
        held = f"{counted(stacks[account], 'stack')}, {counted(resources[account], 'resource')}"
        yield f"{name:{width}}  {held if stacks[account] else 'nothing yet'}"


def _moved(report: Report) -> Iterator[str]:
    """Which stacks changed, where there were some before."""
    stacks = report.deployment.stacks
    moved = [stack.name for stack in stacks if stack.state != "unchanged"]
    if moved and not report.deployment.running.started:
        yield f"Deployed: {_some(moved)}{'; the others are unchanged' if len(moved) < len(stacks) else ''}."


def _gone(report: Report) -> Iterator[str]:
    if report.people_gone is not None:
        yield report.people_gone


def _left_over(report: Report) -> Iterator[str]:
    if report.deployment.left_over:
        yield f"Not of platform.yaml, left as they are: {_some([stack.name for stack in report.deployment.left_over])}"


def _stand_ins(report: Report) -> Iterator[str]:
    """What is not the user's own here, and only looks so."""
    found = report.deployment.stand_ins
    if found:
        names = [f"{each.id.rpartition(':')[2]}" for each in found]
        yield f"Stand-ins for what exists on AWS only: {_some(list(dict.fromkeys(names)))}"


def _models(report: Report) -> Iterator[str]:
    runs = report.runs
    for run in runs[:_NAMED]:
        how = f"trained in {run.seconds:.1f} s" if run.trained else "registered before"
        quality = run.package.quality.partition(" (")[0]
        yield f"{run.team}/{run.model} {run.package.version}: {quality}, {run.package.approval}, {how}"
    if len(runs) > _NAMED:
        yield f"and {len(runs) - _NAMED} more models"
    if report.untrained:
        yield f"Not trained by `up`: {_some(report.untrained)}; `mlops-stages train TEAM/MODEL REPOSITORY` does."


def _promotions(report: Report) -> Iterator[str]:
    """What waits for whom, or why nothing does."""
    for each in report.promotions[:_NAMED]:
        progress = each.progress
        name = f"{progress.team}/{progress.model} {each.version}"
        by = "" if each.approved_by is None else f", approved in the name of {each.approved_by}"
        match progress.status:
            case "waiting":
                yield f"{name} serves staging, tested there{by}. It waits for one of {', '.join(progress.able)}."
            case "succeeded":
                yield f"{name}: the last promotion ended well."
            case _:
                yield f"{name}: the promotion failed{by}: {progress.failure}"


def _fidelity(report: Report) -> str:
    """How much of what was declared the local AWS does not do: counted here, told one by one in the details."""
    truth = report.truth
    unchecked = sum(item.resources for item in truth.unchecked)
    types = len({item.type for item in truth.behaviours})
    return (
        f"{truth.declared} properties declared: {sum(truth.held.values())} held, {len(truth.accepted)} accepted but "
        f"not emulated, {unchecked} unchecked. {counted(types, 'type')} kept but not enacted."
    )


def _some(names: Iterable[str]) -> str:
    known = [*names]
    more = f" and {len(known) - _NAMED} more" if len(known) > _NAMED else ""
    return ", ".join(known[:_NAMED]) + more
