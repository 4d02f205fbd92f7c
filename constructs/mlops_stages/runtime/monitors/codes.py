"""Every code of the monitors: why no figure is calculated."""

from __future__ import annotations

from ..causes import Cause, CodedError

_CAUSES = (
    # What is asked for is refused
    Cause(
        "MON-001",
        "A table or a column has a name that is not taken.",
        "Use a to z, 0 to 9 and _, a letter first, at most 63 characters.",
    ),
    Cause("MON-002", "A value of a category cannot be written in SQL.", "Remove U+0000 and halves of characters."),
    Cause("MON-003", "A window has no days or too many.", "Use as many days as the error says."),
    Cause("MON-004", "A metric does not exist for this kind of model.", "Use one of those that the error names."),
    Cause("MON-005", "A column is named twice.", "Name each column once, as a number or as a category."),
    Cause("MON-006", "A segment's two sides are empty or overlap.", "Name each value on one side, and one at least."),
    Cause("MON-007", "A margin is not a number above 0.", "Use 0.15 for a ratio from 1/1.15 to 1.15, for example."),
    # The tables do not hold what they should
    Cause("MON-010", "A decision or its label is there twice.", "Keep one row for each decision_id in each table."),
    Cause("MON-011", "A label of a classifier is neither 0 nor 1.", "Correct the labels, or declare a regression."),
    Cause("MON-012", "A score of a classifier is below 0 or above 1.", "Return the probability of class 1 as score."),
    Cause("MON-013", "A category column has too many values.", "Leave the column out, or group its values first."),
    # The baseline of a version is not what its training pipeline writes
    Cause(
        "MON-014",
        "A baseline's columns are not `score` and the declared inputs in order.",
        "Declare in platform.yaml the inputs that the version takes, or train it again.",
    ),
    Cause(
        "MON-015",
        "A baseline has more rows or bytes than are read.",
        "Train the version again with steps/baseline.py as the template has it.",
    ),
    Cause("MON-016", "A score of a baseline is not a finite number.", "Correct the model, and train it again."),
    Cause(
        "MON-017",
        "A baseline has no rows, or cells that are not of their column's type.",
        "Train the version again with steps/baseline.py as the template has it.",
    ),
    # A run of the monitors ends: Lambda calls twice more, then the event goes to the dead-letter queue
    Cause("MON-030", "The settings are not whole.", "Deploy the stack that writes them again."),
    Cause("MON-031", "The event names no moment in `at`.", "Give a time in UTC, such as 2026-11-27T05:30:00Z."),
    Cause("MON-032", "A file of decisions or labels is larger than is read.", "Judge fewer days at once."),
    Cause("MON-033", "What is judged changed each time.", "Find who else writes; the next run tries again."),
    Cause(
        "MON-034",
        "A version's evaluation, or what lies beside it, is not what was registered.",
        "Ask the audit trail of the tooling account who changed it; train the version again.",
    ),
    Cause("MON-035", "Decisions have no column of a declared input.", "Wait for decisions with the declared inputs."),
    Cause("MON-036", "Versions that wait for approval cannot be listed.", "Deploy the team's stack of tooling."),
    Cause(
        "MON-037",
        "The evaluation of a candidate does not say how requests of production were answered.",
        "Train it by the template's own steps.",
    ),
    Cause(
        "MON-038",
        "The scores of a candidate are not one finite number for each decision.",
        "Train it by the template's own steps.",
    ),
    Cause(
        "MON-039",
        "A day is so long ago that some of the decisions it judges may be gone.",
        "Run later days: decisions are locked for 184 days, and the window must be among them.",
    ),
    Cause(
        "MON-040",
        "The event asks for what is not measured.",
        "Leave `measure` out for a day's run; `drift` is measured at the hours of `drift.every` in platform.yaml.",
    ),
)

CODES: dict[str, Cause] = {cause.code: cause for cause in _CAUSES}
"""Each code and what it means. None changes its meaning or is used again."""


class MonitorError(CodedError):
    """Why there is no figure: a code, where, what is wrong, and what to do."""

    causes = CODES
