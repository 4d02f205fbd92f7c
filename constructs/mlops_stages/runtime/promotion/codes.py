"""Every code of a promotion: why it does not begin, stops, or goes back."""

from __future__ import annotations

from ..causes import Cause, CodedError

_AUDIT = "Don't use this version, and ask the audit trail of the tooling account who changed it."

_CAUSES = (
    # What asks for a promotion
    Cause("PRM-001", "An event, or a state's task, is not in its form.", "Send what the error names."),
    Cause("PRM-002", "An event is about another model.", "Correct the rule that sends it."),
    Cause("PRM-004", "The version is not approved.", "Approve it first: `mlops-stages approve`."),
    Cause("PRM-005", "No version is there to go back to.", "Name one that has been in production, by `--to`."),
    # Who decides
    Cause("PRM-010", "The decision was not made in the role for it.", "Decide by `mlops-stages approve`."),
    Cause("PRM-011", "One person has two parts in a version.", "Let another person of the approvers decide."),
    Cause(
        "PRM-012",
        "A version does not say who wrote its commit and who started its run.",
        "Update the model's repository (`mlops-stages update-model`), and train again.",
    ),
    Cause("PRM-013", "The version was updated again after the decision.", "Look at it, and decide again."),
    # What is decided about
    Cause("PRM-020", "The version is not what its pipeline registered.", _AUDIT),
    Cause("PRM-021", "The version is not what was approved.", _AUDIT),
    Cause("PRM-022", "The result of staging's tests is not the one that was approved.", "Promote the version again."),
    # One at a time
    Cause("PRM-030", "Another promotion of the model is under way.", "Decide about that one, then promote again."),
    Cause("PRM-031", "The table does not know the promotion.", "Promote the version again."),
    Cause("PRM-032", "No promotion waits for the decision.", "See `mlops-stages releases`; decide when it waits."),
    Cause("PRM-033", "Nobody decided in time.", "Promote the version again."),
    Cause("PRM-034", "The version was rejected for production.", "Train a better one."),
    # How it is deployed
    Cause("PRM-040", "CloudFormation did not make the change set.", "Do what its reason says, and promote again."),
    Cause(
        "PRM-041",
        "The change set would change more than a release does.",
        "Deploy the platform's stacks first (`cdk deploy`), and promote again.",
    ),
    Cause("PRM-042", "The model's stack cannot be updated.", "Bring the stack back in order, and promote again."),
    Cause("PRM-043", "The update of the model's stack failed.", "Do what its reason says, and promote again."),
    Cause("PRM-044", "The deployment took too long.", "Look at the stack's events, and promote again."),
    Cause("PRM-045", "What serves is another version.", "See its alarms and logs; the old version serves."),
    # What staging's tests find
    Cause("PRM-050", "The version does not answer a golden record as registered.", "Train the version again."),
    Cause("PRM-051", "The version does not refuse a wrong input as it must.", "Correct serving/ of the repository."),
    Cause("PRM-052", "The version refuses a value that its schema takes.", "Correct serving/ of the repository."),
    Cause("PRM-053", "The endpoint is slower than promised.", "Make the model faster, or lower what is promised."),
    Cause("PRM-054", "The endpoint fails under the promised load.", "See its logs; give it more instances."),
    Cause("PRM-055", "The new version refuses what the old one answered.", "Keep the contract, or tell its callers."),
    Cause("PRM-056", "The tests' own material cannot be read.", "Train the version again with an updated repository."),
    Cause(
        "PRM-057",
        "The tests' transform jobs did not come to an end.",
        "See what SageMaker says about the job, and promote again.",
    ),
    Cause(
        "PRM-058",
        "The version takes other inputs than platform.yaml declares.",
        "Declare those as the model's `inputs` and deploy, or train a version that takes what is declared.",
    ),
    # Why a retrained version waits for a second approval, although one would do for its class of risk
    Cause(
        "PRM-060",
        "It is not shown that retraining has trained the version.",
        "Let a second person decide; where retraining should have, ask the audit trail who registered it.",
    ),
    Cause(
        "PRM-061",
        "More than data differs from the version that serves.",
        "Let a second person decide.",
    ),
    Cause(
        "PRM-062",
        "Retraining has not found it better than the version that serves now.",
        "Let a second person decide, or wait for the next run of retraining.",
    ),
    Cause(
        "PRM-063",
        "The version has been in production, or somebody has refused it for production.",
        "Let a second person decide.",
    ),
    Cause(
        "PRM-064",
        "What let the version go on without a second approval does not hold any more.",
        "Promote the version again: it waits for a second person where that is still so.",
    ),
)

CODES: dict[str, Cause] = {cause.code: cause for cause in _CAUSES}
"""Each code and what it means. None changes its meaning or is used again."""


class PromotionError(CodedError):
    """Why a promotion does not go on: a code, where, what is wrong, and what to do. Nothing tries it again."""

    causes = CODES


class LockHeldError(PromotionError):
    """Another promotion has the environment; a state tries again where waiting helps."""


class StackBusyError(PromotionError):
    """The stack is being changed by somebody else; a state tries again."""


def shown(value: object, most: int = 200) -> str:
    """A value from outside, short and without control characters."""
    text = value if isinstance(value, str) else repr(value)
    plain = "".join(each if each.isprintable() else "?" for each in text[: most + 1])
    return plain if len(plain) <= most else f"{plain[:most]}..."
