"""What the people of a model do to bring a version to production."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlops_stages.drill.facts import Proof
from mlops_stages.drill.stage import Stage
from mlops_stages.errors import UserError

_TRIES = 3


def package(decided: Mapping[str, Any]) -> Proof:
    """Where a decision can be seen."""
    return Proof(kind="record", where=str(decided["package"]), says=f"{decided['decision']} for {decided['for']}")


def to_staging(stage: Stage, version: int) -> None:
    """Have the owner approve a version, and bring it through staging. Error: DRL-005."""
    people = stage.people
    decided = people.approve("staging", version, "Played by the drill.")
    stage.note("decided", f"{decided['by']} approves version {version} for staging", package(decided))
    progress = people.follow()
    for _ in range(_TRIES - 1):
        if progress is not None and progress.status == "waiting":
            return
        # A machine that is busy with other work may miss the promised latency: it is tried again, as a person would.
        people.promote(version, "Played by the drill: this machine was busy.")
        progress = people.follow()
    if progress is None or progress.status != "waiting":
        raise UserError(
            "DRL-005",
            f"{stage.name} version {version}",
            f"it did not come through staging: {'' if progress is None else progress.failure}",
            f"let this machine do nothing else meanwhile, then play `--scenario {stage.scenario}` again",
            exit_code=1,
        )
