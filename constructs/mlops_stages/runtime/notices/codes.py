"""Every code of notices: why somebody is not told."""

from __future__ import annotations

from ..causes import Cause, CodedError

_CAUSES = (
    Cause("NTC-001", "The settings are not whole.", "Deploy the stack that writes them again."),
    Cause(
        "NTC-002",
        "The event is neither an alarm's of the model nor a look at an open one.",
        "Let nothing call the function but CloudWatch's alarms and its own schedules.",
    ),
)

CODES: dict[str, Cause] = {cause.code: cause for cause in _CAUSES}
"""Each code and what it means. None changes its meaning or is used again."""


class NoticeError(CodedError):
    """Why somebody is not told: a code, where, what is wrong, and what to do."""

    causes = CODES
