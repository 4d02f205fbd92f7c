"""Every code of retraining: why no candidate is trained, or none follows."""

from __future__ import annotations

from ..causes import Cause, CodedError

_CAUSES = (
    Cause("RTR-001", "The settings are not whole.", "Deploy the stack that writes them again."),
    Cause(
        "RTR-002",
        "What production found of a day is not in its form, or of another endpoint.",
        "Look who wrote it; the next run of the monitors writes the next day's.",
    ),
    Cause(
        "RTR-003",
        "The version that serves does not say what it was made of.",
        "Release one that the pipeline of a current template has registered.",
    ),
    Cause(
        "RTR-004",
        "The newest dataset is not one of the team's that the model may read.",
        "Let the data job make another version of the dataset; it writes the manifest last.",
    ),
    Cause(
        "RTR-005",
        "SageMaker refuses to start the pipeline.",
        "Do what its reason says; a pipeline without TrainBefore is of an older template: `mlops-stages update-model`.",
    ),
    Cause(
        "RTR-006",
        "The event does not say when the look was due.",
        "Let nothing call the function but its own schedule.",
    ),
    # Why none is started although the model is wrong
    Cause(
        "RTR-010",
        "There is nothing to learn that the version that serves has not learned.",
        "Land newer data and let the data job make another version of the dataset; the next morning's look finds it.",
    ),
    Cause(
        "RTR-011",
        "Labels are missing or contradict each other: nobody could say whether a candidate is better.",
        "Bring the labels in order; the monitors' page says which.",
    ),
    Cause(
        "RTR-012",
        "As many candidates as declared were trained within a year.",
        "Find out why none lasts; allow more by `retraining.most_a_year`.",
    ),
    Cause(
        "RTR-013",
        "A candidate that is better waits for approval.",
        "Decide about it: `mlops-stages approve`, or reject it.",
    ),
    Cause(
        "RTR-014",
        "No decision of the window has a label: there is nothing to judge a candidate on.",
        "Wait for labels, or find out why none come.",
    ),
)

CODES: dict[str, Cause] = {cause.code: cause for cause in _CAUSES}
"""Each code and what it means. None changes its meaning or is used again."""


class RetrainingError(CodedError):
    """Why no candidate is trained: a code, where, what is wrong, and what to do."""

    causes = CODES
