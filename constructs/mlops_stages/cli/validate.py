"""`mlops-stages validate`."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

from mlops_stages.cli.common import checked
from mlops_stages.pipeline_definition import PipelineErrors
from mlops_stages.platform import Platform, PlatformErrors
from mlops_stages.terminal import one_line, say


def validate(file: Path, *, as_json: bool) -> int:
    """Check a platform file, and the pipelines that it names; print what was found and return the exit code."""
    try:
        platform = checked(file)
    except (PlatformErrors, PipelineErrors) as errors:
        if as_json:
            found = [dataclasses.asdict(error) for error in errors.errors]
            say(json.dumps({"valid": False, "errors": found, "more": errors.more}, indent=2))
        else:
            say(str(errors), error=True)
        return 2
    summary, notes = _summary(platform), platform.notes
    if as_json:
        said = [dataclasses.asdict(note) for note in notes]
        say(json.dumps({"valid": True, **summary, "notes": said}, indent=2))
        return 0
    say(_sentence(file, summary, len(notes)))
    for note in notes:
        say(f"\n{note}")
    return 0


def _summary(platform: Platform) -> dict[str, str | int]:
    people = len(platform.members) + sum(len(team.members) for team in platform.teams)
    return {
        "name": platform.name,
        "stage": platform.stage.value,
        "accounts": len(platform.accounts_in_use),
        "teams": len(platform.teams),
        "people": people,
        "models": sum(len(team.models) for team in platform.teams),
    }


def _sentence(file: Path, summary: dict[str, str | int], notes: int) -> str:
    counted = ", ".join(_counted(key, summary[key]) for key in ("accounts", "teams", "people", "models"))
    noted = f" {_counted('notes', notes)}:" if notes else ""
    return f"{one_line(str(file))} is valid: {summary['name']}, stage {summary['stage']}, {counted}.{noted}"


def _counted(plural: str, count: str | int) -> str:
    if count != 1:
        return f"{count} {plural}"
    return "1 person" if plural == "people" else f"1 {plural.removesuffix('s')}"
