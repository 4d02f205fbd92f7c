"""How long commands take."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mlops_stages import node

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Command:
    """Something to measure: what to run, where, and what to add to the environment."""

    arguments: Sequence[str]
    directory: Path
    environment: Mapping[str, str]


@dataclass(frozen=True)
class Measure:
    """One number."""

    name: str
    value: float
    unit: str


def seconds(command: Command) -> float:
    """Run a command once; return its wall-clock seconds. CalledProcessError if it fails."""
    environment = {**os.environ, **node.variables(), **command.environment}
    scripts = str(Path(sys.executable).parent)
    environment["PATH"] = os.pathsep.join((scripts, environment["PATH"]))
    began = time.perf_counter()
    done = subprocess.run(
        command.arguments,
        cwd=command.directory,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    took = time.perf_counter() - began
    if done.returncode != 0:
        sys.stderr.write(done.stdout[-2000:] + done.stderr[-2000:])
        done.check_returncode()
    return took


def by_turns(commands: Mapping[str, Command], rounds: int) -> dict[str, float]:
    """Run all commands one after another, `rounds` times, so that a slow minute hits each alike; return medians.

    Each is run once before, unmeasured: caches are then warm for all.
    """
    for command in commands.values():
        seconds(command)
    taken: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            taken[name].append(seconds(command))
    return {name: statistics.median(values) for name, values in taken.items()}
