"""Records of one model as a reader has them."""

from __future__ import annotations

from typing import Any

from mlops_stages.audit import Line
from mlops_stages.runtime.ledger.records import BEFORE_THE_FIRST, Record
from tests.runtime.ledger.given import MODEL, PACKAGE, TEAM

OWNER, APPROVER, STARTER = "hugo@acme.example", "flora@acme.example", "kim@acme.example"


def line(
    kind: str,
    at: str,
    version: int = 1,
    who: str | None = None,
    target: str | None = None,
    *,
    cloudtrail_event: str | None = None,
    **body: Any,  # noqa: ANN401 - any field
) -> Line:
    """A record of a version at a time of one day."""
    said: dict[str, Any] = {"package_arn": f"{PACKAGE.rpartition('/')[0]}/{version}", **body}
    if target is not None:
        said["for"] = target
    if who is not None:
        said["who"] = {"principal": "arn:aws:iam::333333333333:role/x", "source_identity": who}
        if cloudtrail_event is not None:
            said["who"]["cloudtrail_event"] = cloudtrail_event
    at = f"2026-11-26T{at}Z"
    return Line.of(
        Record(
            kind=kind, event=f"{kind}/{at}", at=at, body=said, team=TEAM, model=MODEL, number=1,
            previous=BEFORE_THE_FIRST, recorded=at,
        )
    )  # fmt: skip
