"""What was trained again, and when the next run is due: read off a model's table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from ..promotion.store import Store
from .runs import runs


def overview(store: Store, *, every_days: int | None) -> dict[str, Any]:
    """Everything that is remembered of a model's retraining, as JSON.

    Args:
        store: the items of the model's retraining.
        every_days: after how many days the next run starts at the latest; None where only a wrong model starts one.

    Returns:
        `runs`, the latest first: when and why each was started, how it ended, which version it made and what that was
        worth; `next`: the day on which the next one starts at the latest, or None where that is not known.
    """
    every = [run for run in runs(store) if run.counts]
    after = every[-1].day_of + timedelta(days=every_days) if every and every_days is not None else None
    return {
        "runs": [
            {
                "day": run.day,
                "cause": run.cause,
                "why": run.why,
                "execution": run.execution,
                "ended": run.ended,
                "version": run.version,
                "outcome": run.outcome,
                "said": run.said or None,
            }
            for run in reversed(every)
        ],
        "next": None if after is None else str(after),
    }


def sentences(told: Mapping[str, Any]) -> Iterator[str]:
    """What `overview` says of the latest run, and when the next one is due."""
    for run in told["runs"][:1]:
        became = str(run["ended"] or "under way")
        if run["version"] is not None:
            became = f"v{run['version']} is {run['outcome']}"
        yield f"It was trained again on {run['day']}, {became}; the reason was: {run['why']}."
    if told["next"] is not None:
        yield f"It is trained again on {told['next']} at the latest."
