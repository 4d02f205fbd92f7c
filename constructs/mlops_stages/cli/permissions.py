"""`mlops-stages permissions`: whether anybody may do more than before, which stops a delivery until somebody agrees."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

from mlops_stages.review.permissions import Finding, compare, read
from mlops_stages.terminal import one_line, say

BROADER = 1
"""The exit code where something became broader."""


def permissions(before: Path, after: Path, *, as_json: bool) -> int:
    """Print what became broader between two cloud assemblies or templates, and return the exit code.

    Errors: RVW-001 what cannot be read, RVW-002 what is not a template.
    """
    found = compare(read(before), read(after))
    if as_json:
        say(json.dumps({"broader": [dataclasses.asdict(each) for each in found]}, indent=2))
    else:
        _print(found)
    return BROADER if found else 0


def _print(found: list[Finding]) -> None:
    if not found:
        say("Nobody may do more than before.")
        return
    place = ""
    for each in found:
        if each.where != place:
            place = each.where
            say(f"\n{one_line(place)}")
        say(f"  {each.code} {one_line(each.says)}")
    plural = "permission is" if len(found) == 1 else "permissions are"
    say(f"\n{len(found)} {plural} broader than before: have them reviewed before they are deployed.")
