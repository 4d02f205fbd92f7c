"""`mlops-stages new-model`: the standard repository of a model."""

from __future__ import annotations

from pathlib import Path

import typer

from mlops_stages.cli.common import load_or_end
from mlops_stages.model_repository import answers_for, write_new


def new_model(name: str, directory: Path, platform_file: Path) -> None:
    """Render the repository of TEAM/MODEL into a new directory, and say what comes next."""
    platform = load_or_end(platform_file)
    committed = write_new(answers_for(platform, name), directory)
    how = "with its first commit" if committed else "not in git: it is not installed, or does not know your name"
    typer.echo(f"Made {directory}, {how}. Next: cd {directory} && make train")
    place = f"teams[{[team.name for team in platform.teams].index(name.partition('/')[0])}]."
    for note in platform.notes:
        if note.path.startswith(place):
            typer.echo(f"\n{note}")
