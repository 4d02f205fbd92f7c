"""What the table says of the past: which attempts have served production, and where the way back leads."""

from __future__ import annotations

from collections.abc import Iterable

from .store import Content


def served(attempts: Iterable[Content]) -> list[Content]:
    """The attempts that have reached production, the latest first."""
    found = [each for each in attempts if "deployed_at" in each]
    return sorted(found, key=lambda each: str(each["deployed_at"]), reverse=True)


def is_by_one_approval(attempt: Content) -> bool:
    """Whether an attempt goes on by its one approval: nobody has given a second, and none was found needed."""
    return "alone" in attempt and not {"second", "needs_second"} & attempt.keys()


def version_before(attempts: Iterable[Content], serving: Content | None) -> int | None:
    """The version to go back to where nobody names one: the last that served before, and that nobody has left.

    None where there is none.
    """
    if serving is None:
        return None
    for each in served(attempts):
        if int(each["version"]) != int(serving["version"]) and "left_at" not in each:
            return int(each["version"])
    return None
