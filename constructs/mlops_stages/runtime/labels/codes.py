"""Every code of labels: why a day is not read, and why a line is in quarantine."""

from __future__ import annotations

from ..causes import Cause, CodedError

_TEAM = "Ask the team that writes the file; put the corrected line into a new file."

_CAUSES = (
    # A day is not read
    Cause("LBL-001", "The source of labels is not whole.", "Deploy the stack that declares it again."),
    Cause("LBL-002", "The day changed each time it was read.", "Find who else writes; the next look tries again."),
    Cause(
        "LBL-003",
        "Label files that were read are gone.",
        "Put them back: the labels stay as they are, and the day is not read again until then.",
    ),
    # A line, or a whole file, is in quarantine
    Cause("LBL-101", "A label file is larger than is read.", "Put its lines into several new files."),
    Cause("LBL-102", "A file is not at yyyy/mm/dd/hh/NAME.jsonl.", "Put its lines into a new file in such a place."),
    Cause("LBL-103", "A line is longer than 4 MiB.", _TEAM),
    Cause("LBL-104", "A line is not a JSON object in UTF-8.", _TEAM),
    Cause("LBL-105", "A line has other members than those of a label, or in another form.", _TEAM),
    Cause("LBL-106", "An id is not in the form of a decision's or a request's.", _TEAM),
    Cause("LBL-107", "A label is not of the declared type.", _TEAM),
)

CODES: dict[str, Cause] = {cause.code: cause for cause in _CAUSES}
"""Each code and what it means. None changes its meaning or is used again."""


class LabelsError(CodedError):
    """Why a day is not read: a code, where, what is wrong, and what to do."""

    causes = CODES
