"""What is measured: the command line, captured rows, drift, synths against an empty app and by team, `up`, a drill."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from bench import drift
from bench.decisions import rows_per_second
from bench.timing import ROOT, Command, Measure, by_turns, seconds
from mlops_stages import node
from mlops_stages.cli.init import initialize
from mlops_stages.local.client import process
from tests.organizations.generate import organization, write

TEAMS = {"initial": (1, 100), "repeatable": (1, 20), "reliable": (1, 20)}
"""How many teams, by the stage that platform and teams are at; the difference tells what one more costs.

Repeatable and reliable have the same: their ratio tells what the stage costs, a model with an endpoint a team.
"""
PEOPLE = 10
PORT = 4699
_EMPTY_APP = """\
import aws_cdk as cdk

app = cdk.App()
cdk.Stack(app, "Empty")
app.synth()
"""


def measures(directory: Path, rounds: int) -> Iterator[Measure]:
    """Measure everything in a directory of its own, one number as soon as it is known."""
    yield from _command_line(directory, rounds)
    yield Measure("capture_rows_per_s", max(rows_per_second() for _ in range(rounds)), "rows/s")
    yield from drift.measured(directory, rounds)
    yield from _synths(directory, rounds)
    yield from _ups(directory)


def _command_line(directory: Path, rounds: int) -> Iterator[Measure]:
    command = str(Path(sys.executable).parent / "mlops-stages")
    commands = {
        "cli_start_s": Command([command, "--help"], directory, {}),
        "cli_validate_s": Command([command, "validate", str(ROOT / "platform.yaml")], directory, {}),
    }
    for name, value in by_turns(commands, max(rounds, 5)).items():
        yield Measure(name, value, "s")


def _synths(directory: Path, rounds: int) -> Iterator[Measure]:
    empty = directory / "empty.py"
    empty.write_text(_EMPTY_APP, encoding="utf-8")
    commands = {
        "empty": _synth(directory, "empty", empty, None),
        "reference": _synth(directory, "reference", ROOT / "app.py", ROOT / "platform.yaml"),
    }
    for stage, counts in TEAMS.items():
        for teams in counts:
            name = f"{stage}_{teams}"
            file = directory / f"{name}.yaml"
            write(organization(teams, PEOPLE, stage), file)
            commands[name] = _synth(directory, name, ROOT / "app.py", file)
    medians = by_turns(commands, rounds)
    yield Measure("synth_empty_s", medians["empty"], "s")
    yield Measure("synth_reference_s", medians["reference"], "s")
    yield Measure("synth_ratio", medians["reference"] / medians["empty"], "x")
    for stage, (first, last) in TEAMS.items():
        per_team = (medians[f"{stage}_{last}"] - medians[f"{stage}_{first}"]) / (last - first)
        yield Measure("ms_per_team" if stage == "initial" else f"ms_per_{stage}_team", per_team * 1000, "ms")
        yield Measure(f"synth_{last}_{stage}_teams_s", medians[f"{stage}_{last}"], "s")
    for teams in TEAMS["reliable"]:
        # The same organization a stage apart, by turns in one run: what its stage Reliable costs.
        ratio = medians[f"reliable_{teams}"] / medians[f"repeatable_{teams}"]
        yield Measure(f"reliable_ratio_{teams}", ratio, "x")


def _synth(directory: Path, name: str, app: Path, platform: Path | None) -> Command:
    """Return a synth as the CDK CLI starts it: `python app.py`, told where its assembly goes."""
    environment = {"CDK_OUTDIR": str(directory / f"{name}.out")}
    if platform is not None:
        environment["PLATFORM_FILE"] = str(platform)
    return Command([sys.executable, str(app)], directory, environment)


def _ups(directory: Path) -> Iterator[Measure]:
    """Measure `up` from an installed environment, with the CDK CLI in place.

    First the deploy alone; then with the reference model trained, its image's environment made first; then with
    nothing to do. At last a drill of September on what is up.
    """
    application = directory / "application"
    initialize(application, None, reference=True)
    node.install(application)
    command = [sys.executable, "-m", "mlops_stages.cli.main"]
    up = [*command, "up", "--port", str(PORT)]
    try:
        yield Measure("up_s", seconds(Command([*up, "--no-train"], application, {})), "s")
        yield Measure("up_and_train_s", seconds(Command(up, application, {})), "s")
        yield Measure("up_again_s", seconds(Command(up, application, {})), "s")
        drill = [*command, "drill", "--scenario", "september"]
        yield Measure("drill_s", seconds(Command(drill, application, {})), "s")
    finally:
        process.stop(application)
