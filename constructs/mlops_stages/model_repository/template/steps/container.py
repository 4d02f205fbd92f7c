"""SageMaker's container contract: where a step finds what it reads, and leaves what it writes.

All of it is under /opt/ml; SAGEMAKER_BASE_DIR names another folder where a step runs without a container.
"""

import json
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

# Before scikit-learn is imported: threads that wait for each other sleep. Spinning, as is the default, they take the
# processors from each other: two trainings at once on two processors took 44 s instead of 6 s.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

BASE = Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml"))


def processing(name: str) -> Path:
    """The folder of an input or output of a processing job."""
    return BASE / "processing" / name


def channel(name: str) -> Path:
    """The folder of an input channel of a training job."""
    return BASE / "input" / "data" / name


def model() -> Path:
    """The folder whose files become model.tar.gz after a training job."""
    return BASE / "model"


def hyperparameters() -> dict[str, str]:
    """The hyperparameters of a training job; SageMaker passes all of them as text."""
    return json.loads((BASE / "input" / "config" / "hyperparameters.json").read_text("utf-8"))


def run(step: Callable[[], None]) -> None:
    """Run a step; why it failed goes to where SageMaker reads it: `failure` of training, `message` of processing."""
    try:
        step()
    except Exception as error:
        output = BASE / "output"
        output.mkdir(parents=True, exist_ok=True)
        for name in ("failure", "message"):
            (output / name).write_text(f"{type(error).__name__}: {error}"[:1024], encoding="utf-8")
        traceback.print_exc()
        sys.exit(1)
