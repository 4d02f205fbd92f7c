"""`python -m bench`: prints lines of name, value and unit, or one JSON object with --json."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from bench import drift, year, year_recorded
from bench.load import Figure, Size, figures
from bench.measures import measures
from bench.timing import Measure


def main() -> int:
    """Measure, and print; 1 where a measure is beyond its bar."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object at the end instead of lines")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each synth; the median counts")
    parser.add_argument(
        "--load", action="store_true", help="load a local AWS instead: requests, connections, log lines"
    )
    parser.add_argument("--drift", action="store_true", help="measure drift alone, ours and that of other libraries")
    parser.add_argument("--year", action="store_true", help="play the reference year under policies of retraining")
    parser.add_argument("--record", action="store_true", help="with --year: write what its tests take anew")
    given = parser.parse_args()
    if given.record and not given.year:
        parser.error("--record goes with --year")
    found: dict[str, dict[str, float | str]] = {}
    with tempfile.TemporaryDirectory(prefix="mlops-stages-bench-") as directory:
        for measure in _taken(given, Path(directory)):
            found[measure.name] = {"value": round(measure.value, 4), "unit": measure.unit}
            if not given.json:
                sys.stdout.write(f"{measure.name} {measure.value:.3g} {measure.unit}\n")
                sys.stdout.flush()
    if given.json:
        sys.stdout.write(json.dumps(found, indent=2) + "\n")
    return int(any([*_beyond(found)]))


def _beyond(found: Mapping[str, Mapping[str, float | str]]) -> Iterator[str]:
    """The measures that are more than they may be; each is told."""
    for name, most in year.BARS.items():
        value = found.get(name, {}).get("value", most)
        if float(value) > most:
            sys.stderr.write(f"{name} is {value}, more than {most}\n")
            yield name


def _taken(given: argparse.Namespace, directory: Path) -> Iterator[Measure | Figure]:
    if given.load:
        return figures(directory, Size())
    if given.year:
        return year.measured(directory, recorded=year_recorded.FILE if given.record else None)
    return drift.measured(directory, given.rounds) if given.drift else measures(directory, given.rounds)


if __name__ == "__main__":
    sys.exit(main())
