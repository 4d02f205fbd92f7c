"""What drift takes, and what it takes others: seconds of processor time, as those of the wall tell of neighbours."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.columns import write
from bench.libraries import MissingError, python
from bench.timing import ROOT, Measure

UNIT = "CPU-s"
_QUIET = {"NML_DISABLE_USAGE_LOGGING": "1", "DO_NOT_TRACK": "1"}
"""No library tells its makers of this."""


@dataclass(frozen=True)
class Taken:
    """What one process took: seconds of processor time, and its peak memory in MB."""

    seconds: float
    peak: float


def measured(directory: Path, rounds: int, million: int = 1_000_000) -> Iterator[Measure]:
    """The median of some rounds of ours; of each library one, as a round of it takes minutes."""
    baseline = write(directory / "baseline.parquet", million, drifted=False)
    files = {size: write(directory / f"{size}m.parquet", size * million, drifted=True) for size in (1, 10)}
    ours = {size: _median(directory, baseline, file, rounds) for size, file in files.items()}
    yield Measure("drift_1m_rows_s", ours[1].seconds, UNIT)
    yield Measure("drift_10m_rows_s", ours[10].seconds, UNIT)
    yield Measure("drift_10m_rows_memory", ours[10].peak, "MB")
    # By row. The baseline, which has as many rows each time, is part of both.
    yield Measure("drift_growth_1m_10m", ours[10].seconds / ours[1].seconds / 10, "x")
    yield from others(directory, baseline, files, ours)


def _median(directory: Path, baseline: Path, decisions: Path, rounds: int) -> Taken:
    runs = [_run(Path(sys.executable), "drift_ours", directory, baseline, decisions) for _ in range(rounds)]
    return Taken(statistics.median(run.seconds for run in runs), statistics.median(run.peak for run in runs))


def others(directory: Path, baseline: Path, files: dict[int, Path], ours: dict[int, Taken]) -> Iterator[Measure]:
    """What the libraries take. Evidently reads a million alone: ten would take 20 GB. Nannyml needs 8 GB for ten."""
    try:
        interpreter = python()
    except MissingError as error:
        sys.stderr.write(f"drift is compared with no library: {error}\n")
        return
    for library, size in (("evidently", 1), ("nannyml", 1), ("nannyml", 10)):
        try:
            taken = _run(interpreter, f"drift_{library}", directory, baseline, files[size])
        except subprocess.CalledProcessError as error:
            sys.stderr.write(f"{size}m rows are not compared with {library}: it ended with {error.returncode}\n")
            continue
        yield Measure(f"drift_{size}m_rows_{library}_s", taken.seconds, UNIT)
        yield Measure(f"drift_{size}m_rows_{library}_memory", taken.peak, "MB")
        yield Measure(f"drift_{size}m_rows_{library}_ratio", taken.seconds / ours[size].seconds, "x")


def _run(interpreter: Path, module: str, directory: Path, baseline: Path, decisions: Path) -> Taken:
    done = subprocess.run(
        [str(interpreter), "-m", f"bench.{module}", str(baseline), str(decisions)],
        cwd=directory,
        env={**os.environ, **_QUIET, "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "constructs")))},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        sys.stderr.write(done.stderr[-2000:])
        done.check_returncode()
    return Taken(**json.loads(done.stdout.splitlines()[-1]))
