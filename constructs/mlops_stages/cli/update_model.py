"""`mlops-stages update-model`: a model's repository brought to this version's template."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

from mlops_stages.cli.common import load_or_end
from mlops_stages.model_repository import Update, answers_for, update
from mlops_stages.model_repository.updating import read_record
from mlops_stages.terminal import one_line, say


def update_model(directory: Path, platform_file: Path | None, *, mark_conflicts: bool, as_json: bool) -> None:
    """Update the repository, and say file by file what was done."""
    answers = None
    if platform_file is not None:
        recorded = read_record(directory).answers
        answers = answers_for(load_or_end(platform_file), f"{recorded.team}/{recorded.model}")
    done = update(directory, answers, mark_conflicts=mark_conflicts)
    if as_json:
        say(json.dumps(dataclasses.asdict(done), indent=2))
    else:
        _say(directory, done)


def _say(directory: Path, done: Update) -> None:
    shown = one_line(str(directory))
    for what, names in (
        ("added", done.added),
        ("updated", done.updated),
        ("merged with your changes", done.merged),
        ("removed", done.removed),
        ("kept as you have it", done.kept),
        ("marked: choose between yours and the template's", done.conflicts),
    ):
        for name in names:
            say(f"{what}: {one_line(name)}")
    say(f"Updated {shown}." if done.changes else f"{shown} is up to date.")
    if done.stale:
        say("The pipeline's definition is not what its sources compile to. Next: make compile")
    if done.unlocked:
        say(f"The locks are not what {one_line(', '.join(done.unlocked))} name. Next: make lock")
