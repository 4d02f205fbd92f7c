"""`mlops-stages new-model`: the standard repository of a model."""

from __future__ import annotations

import json
from pathlib import Path

from mlops_stages.cli.common import for_shell, load_or_end
from mlops_stages.model_repository import answers_for, write_new
from mlops_stages.terminal import one_line, say


def new_model(name: str, directory: Path, platform_file: Path, *, as_json: bool) -> None:
    """Render the repository of TEAM/MODEL into a new directory, and say what comes next."""
    platform = load_or_end(platform_file)
    committed = write_new(answers_for(platform, name), directory)
    place = f"teams[{[team.name for team in platform.teams].index(name.partition('/')[0])}]."
    notes = [str(note) for note in platform.notes if note.path.startswith(place)]
    if as_json:
        told = {"model": name, "directory": str(directory.absolute()), "committed": committed, "notes": notes}
        say(json.dumps(told, indent=2))
        return
    how = "with its first commit" if committed else "not in git: it is not installed, or does not know your name"
    say(f"Made {one_line(str(directory))}, {how}. Next: cd {for_shell(directory)} && make train")
    for note in notes:
        say(f"\n{note}")
