"""Every code of decisions: why an hour is not read, and why a captured line is none."""

from __future__ import annotations

from ..causes import Cause, CodedError

_RELEASE = "Find which version answered so, and correct serving/ of its repository."
_CALLER = "Ask who calls the endpoint; the file stays where it is."

_CAUSES = (
    # An hour is not read: its message is tried again, then goes to the dead-letter queue
    Cause("DEC-001", "The settings are not whole.", "Deploy the stack that writes them again."),
    Cause("DEC-002", "A message names no hour of this endpoint.", "Send what `sweep` sends."),
    Cause("DEC-003", "The hour changed each time it was read.", "Find who else writes; the next sweep tries again."),
    Cause(
        "DEC-004",
        "Capture files that were read are gone.",
        "Find who removed them: the decisions stay as they are, and the hour is not read again.",
    ),
    # A captured line, or a whole file, is in quarantine
    Cause("DEC-101", "A capture file is larger than is read.", "Raise the bound in `capture_files.py`."),
    Cause("DEC-102", "A line is longer than a request and its answer can be.", "Find who wrote the file."),
    Cause("DEC-103", "A line is not a JSON object in UTF-8.", "Find who wrote the file."),
    Cause("DEC-104", "A field of the record is missing, or not in its form.", "See whether AWS changed the form."),
    Cause("DEC-105", "The request's body cannot be decoded.", _CALLER),
    Cause("DEC-106", "The answer is not a finite score for each row, in a form that `serve` gives.", _RELEASE),
    Cause("DEC-107", "The answer does not name the one package that decided.", "Set MODEL_PACKAGE_ARN of the model."),
    Cause("DEC-108", "The request's content type is none that `serve` takes.", _RELEASE),
    Cause("DEC-109", "The request's columns are not the declared ones.", "Declare the inputs of the version in use."),
    Cause("DEC-110", "A value does not fit its column.", "Declare the inputs of the version in use."),
    Cause("DEC-111", "The request's rows cannot be read.", _CALLER),
    Cause("DEC-112", "The answer has not as many rows as the request.", _RELEASE),
    Cause("DEC-113", "A decision id is not the request's, not in its form, or there twice.", _RELEASE),
    Cause("DEC-114", "Another request has the same event id.", "Find who wrote the file; the first of them counts."),
)

CODES: dict[str, Cause] = {cause.code: cause for cause in _CAUSES}
"""Each code and what it means. None changes its meaning or is used again."""


class DecisionsError(CodedError):
    """Why an hour is not read: a code, where, what is wrong, and what to do."""

    causes = CODES


class RefusedLineError(ValueError):
    """Why a line is in quarantine: a code alone, as whatever else could be said may be personal data."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code: str = code
