"""Data, here: fetch the raw files and curate the months that model.yaml names, into out/."""

import subprocess
import sys
from pathlib import Path

import yaml
from fetch import fetch

ROOT = Path(__file__).resolve().parents[1]


def main() -> int:
    """Make a dataset version; return the exit code."""
    model = yaml.safe_load((ROOT / "model.yaml").read_text("utf-8"))
    fetch(ROOT / "out" / "landing")
    options = {
        "landing": "out/landing",
        "curated": "out/curated",
        "manifests": "out/manifests",
        "first": model["dataset"]["first"],
        "last": model["dataset"]["last"],
        "team": model["team"],
        "classification": model["data_classification"],
        "commit": "local",
        "created-by": "make data",
        "write": "out/dataset.json",
    }
    words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    return subprocess.run([sys.executable, "data/curate.py", *words], cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
