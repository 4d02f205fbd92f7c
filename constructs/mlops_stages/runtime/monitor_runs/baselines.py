"""The baseline of a version: what its training pipeline scored, as it was registered."""

from __future__ import annotations

from pathlib import Path

from ..monitors.codes import MonitorError
from .evaluations import Evaluations


def fetch_baseline(evaluations: Evaluations, package: str, path: Path) -> bool:
    """Write the baseline of a version to a file; False where its evaluation names none. Error: MON-034.

    The registry holds the evaluation's digest, and the evaluation that of the baseline.
    """
    evaluation = evaluations.of(package)
    about = evaluation.about.get("baseline")
    if about is None:
        return False
    try:
        name, sha256 = str(about["file"]), str(about["sha256"])
    except (TypeError, LookupError) as error:
        raise MonitorError("MON-034", package, f"its evaluation: {type(error).__name__}") from error
    path.write_bytes(evaluations.beside(evaluation, "baseline", name, sha256))
    return True
