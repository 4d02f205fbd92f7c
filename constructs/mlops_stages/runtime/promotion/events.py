"""The registry's event of a version, read strictly.

SageMaker may send an event several times, late, and out of order, and it names no actor: it says what to look at, and
`DescribeModelPackage` says what is so.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, cast

from .codes import PromotionError, shown
from .settings import Settings

SOURCE, DETAIL_TYPE = "aws.sagemaker", "SageMaker Model Package State Change"
APPROVED, REJECTED, PENDING = "Approved", "Rejected", "PendingManualApproval"
STAGING_STAGE, PRODUCTION_STAGE = "Staging", "Production"
REQUESTED, RESTORED = "Requested", "Restored"
_EVENT_ID = re.compile(r"[A-Za-z0-9-]{1,64}")
_VERSION = re.compile(r"[1-9][0-9]{0,8}")
_MILLISECONDS = 10**11
"""Seconds since 1970 reach this in the year 5138; what is more is milliseconds."""

What = Literal["registered", "approved", "released", "refused", "requested", "restored"]
"""`approved` is a ModelApprovalStatus, the last four are a ModelLifeCycle."""

_LIFE_CYCLES: Mapping[tuple[object, object], What] = {
    (PRODUCTION_STAGE, APPROVED): "released",
    (PRODUCTION_STAGE, REJECTED): "refused",
    (PRODUCTION_STAGE, RESTORED): "restored",
    (STAGING_STAGE, REQUESTED): "requested",
}
"""Stage and status of a life cycle, and what they ask for: go on, end, go back to this version, promote it again."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """What an event says of a version.

    Attributes:
        version: its number.
        package_arn: its ARN.
        what: what was done to it, in the order in which that is handled; nothing that concerns a promotion: none.
        modified: when, in UTC; None where the event does not say it.
        event: the event's id.
    """

    version: int
    package_arn: str
    what: tuple[What, ...]
    modified: datetime | None
    event: str


def read_change(event: Mapping[str, Any], settings: Settings) -> Change:
    """Return what an event says. Errors: PRM-001, PRM-002."""
    detail = event.get("detail")
    if event.get("source") != SOURCE or event.get("detail-type") != DETAIL_TYPE or not isinstance(detail, dict):
        raise PromotionError("PRM-001", "event", f"it is not a {DETAIL_TYPE} of {SOURCE}")
    said = cast("dict[str, Any]", detail)
    identity = event.get("id")
    if not isinstance(identity, str) or not _EVENT_ID.fullmatch(identity):
        raise PromotionError("PRM-001", "event.id", f"{shown(identity)} is not an event's id")
    version = version_of(said.get("ModelPackageArn"), event.get("account"), settings, "event.detail.ModelPackageArn")
    return Change(
        version=version,
        package_arn=settings.package_arn(version),
        what=tuple(_what(said)),
        modified=read_time(said.get("LastModifiedTime")),
        event=identity,
    )


def version_of(arn: object, account: object, settings: Settings, where: str) -> int:
    """The version of this model that an event of its account names. Errors: PRM-001, PRM-002."""
    start = settings.package_arn(0).removesuffix("0")
    if account != settings.account or not isinstance(arn, str) or not arn.startswith(start):
        raise PromotionError("PRM-002", where, f"{shown(arn)} is not of {settings.name}")
    number = arn.removeprefix(start)
    if not _VERSION.fullmatch(number):
        raise PromotionError("PRM-001", where, f"{shown(arn)} ends in no version")
    return int(number)


def _what(said: Mapping[str, Any]) -> list[What]:
    updated: Any = said.get("UpdatedModelPackageFields") or list[object]()
    if not isinstance(updated, list):
        raise PromotionError("PRM-001", "event.detail.UpdatedModelPackageFields", "it is not a list")
    fields = {str(each) for each in cast("list[object]", updated)}
    status = said.get("ModelApprovalStatus")
    cycle = asked_for(said)
    found: list[What] = []
    # AWS does not say whether the event of a new version names its status among the fields; a record is made once.
    if status == PENDING and fields <= {"ModelApprovalStatus"}:
        found.append("registered")
    # A later edit of an approved version's description is an event of an approved version, too.
    if "ModelApprovalStatus" in fields and status == APPROVED:
        found.append("approved")
    if "ModelLifeCycle" in fields and cycle is not None:
        found.append(cycle)
    return found


def asked_for(said: Mapping[str, Any]) -> What | None:
    """What the life cycle of a version, as an event or the registry has it, asks for; None for nothing of ours."""
    cycle = said.get("ModelLifeCycle")
    stages = cast("dict[str, Any]", cycle) if isinstance(cycle, dict) else dict[str, Any]()
    return _LIFE_CYCLES.get((stages.get("Stage"), stages.get("StageStatus")))


def read_time(value: object) -> datetime | None:
    """A time of SageMaker's: ISO 8601 with or without a zone, or seconds or milliseconds since 1970."""
    try:
        if isinstance(value, datetime):
            return value if value.tzinfo else value.replace(tzinfo=UTC)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value / 1000 if abs(value) >= _MILLISECONDS else value, UTC)
        if isinstance(value, str):
            found = datetime.fromisoformat(value)
            return found if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return None


def told(time: datetime) -> str:
    """A time as records and people read it: UTC, to the second."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
