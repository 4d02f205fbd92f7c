"""Where the local AWS of a directory keeps its files."""

from __future__ import annotations

from pathlib import Path

from mlops_stages.files import private_folder

STATE_DIRECTORY = ".mlops-stages"


def state_directory(directory: Path) -> Path:
    """Make the directory of the state, for its owner alone, and return it. Raises UnfitFileError: it is not ours."""
    return private_folder(directory / STATE_DIRECTORY)
