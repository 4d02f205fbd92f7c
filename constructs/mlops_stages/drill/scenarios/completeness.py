"""Whether each decision that was sent is there, and has its label."""

from __future__ import annotations

from datetime import date

from mlops_stages.drill.judging import judged, sent_within
from mlops_stages.drill.stage import Stage


def check_complete(stage: Stage) -> None:
    """Check that the window of the last run holds each decision that was sent in it, each with its label."""
    runs, _ = stage.source.runs(stage.bucket, 1)
    found = judged(stage)
    if not runs or not found or stage.first_day is None:
        stage.check("Each decision was captured and labelled", "a run of the monitors", "there is none", holds=False)
        return
    run = runs[0]
    first, last = (date.fromisoformat(each) for each in run.window.split(" to "))
    sent = sent_within(stage.days, max(first, stage.first_day), last)
    stage.check(
        f"Each decision of {run.window} was captured, read and labelled",
        f"{sent:,} decisions, all with a label",
        f"{run.labelled.decisions:,} decisions, {run.labelled.labelled:,} with a label",
        run.labelled.decisions == run.labelled.labelled == sent,
        *found[-1].proofs,
    )
