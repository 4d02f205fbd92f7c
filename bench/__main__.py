"""`python -m bench`: prints lines of name, value and unit, or one JSON object with --json."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from bench.load import Size, figures
from bench.measures import measures


def main() -> int:
    """Measure, and print."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object at the end instead of lines")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each synth; the median counts")
    parser.add_argument(
        "--load", action="store_true", help="load a local AWS instead: requests, connections, log lines"
    )
    given = parser.parse_args()
    found: dict[str, dict[str, float | str]] = {}
    with tempfile.TemporaryDirectory(prefix="mlops-stages-bench-") as directory:
        taken = figures(Path(directory), Size()) if given.load else measures(Path(directory), given.rounds)
        for measure in taken:
            found[measure.name] = {"value": round(measure.value, 3), "unit": measure.unit}
            if not given.json:
                sys.stdout.write(f"{measure.name} {measure.value:.3g} {measure.unit}\n")
                sys.stdout.flush()
    if given.json:
        sys.stdout.write(json.dumps(found, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
