"""The call of a decision as CloudTrail has it: AWS's own record of who asked for what.

SageMaker's event of a version names nobody. CloudTrail's of the call does, comes when it likes, and is recorded by
itself, whether or not the decision counts: a reader of the ledger puts the two together.

Sources: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html,
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from mlops_stages.runtime.ledger.kinds import CHANGED

from .codes import PromotionError, shown
from .events import APPROVED, REJECTED, SOURCE, asked_for, read_time, told, version_of
from .identities import Person, session_of
from .settings import Settings

DETAIL_TYPE, EVENT_SOURCE, EVENT_NAME = "AWS API Call via CloudTrail", "sagemaker.amazonaws.com", "UpdateModelPackage"
_STATUSES = {APPROVED: "approved", REJECTED: "rejected"}
_NAMED = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call that changed a version in the registry.

    Attributes:
        event: CloudTrail's id of it.
        package_arn: the version's ARN.
        decisions: what it decided, as the ledger's kind `called` names that.
        who: who called.
        at: when, in UTC, as records have it.
    """

    event: str
    package_arn: str
    decisions: tuple[str, ...]
    who: Person
    at: str


def is_call(event: Mapping[str, Any]) -> bool:
    """Whether an event is one of CloudTrail's, and not the registry's own."""
    return event.get("detail-type") == DETAIL_TYPE


def read_call(event: Mapping[str, Any], settings: Settings) -> Call:
    """Return the call that an event tells of. Errors: PRM-001, PRM-002."""
    said = _map(event.get("detail"))
    of_the_registry = (said.get("eventSource"), said.get("eventName")) == (EVENT_SOURCE, EVENT_NAME)
    if event.get("source") != SOURCE or not is_call(event) or not of_the_registry or said.get("errorCode") is not None:
        raise PromotionError("PRM-001", "event", f"it is no {EVENT_NAME} that {EVENT_SOURCE} answered")
    asked = _map(said.get("requestParameters"))
    arn = asked.get("modelPackageArn")
    version = version_of(arn, event.get("account"), settings, "event.detail.requestParameters.modelPackageArn")
    time = read_time(said.get("eventTime"))
    if time is None:
        raise PromotionError("PRM-001", "event.detail.eventTime", f"{shown(said.get('eventTime'))} is no time")
    return Call(
        event=str(said.get("eventID")),
        package_arn=settings.package_arn(version),
        decisions=_decisions(asked),
        who=_caller(_map(said.get("userIdentity"))),
        at=told(time),
    )


def _decisions(asked: Mapping[str, Any]) -> tuple[str, ...]:
    cycle = _map(asked.get("modelLifeCycle"))
    asks = asked_for({"ModelLifeCycle": {"Stage": cycle.get("stage"), "StageStatus": cycle.get("stageStatus")}})
    status = _STATUSES.get(str(asked.get("modelApprovalStatus")))
    return tuple(each for each in (status, asks) if each is not None) or (CHANGED,)


def _caller(identity: Mapping[str, Any]) -> Person:
    """Who called: behind a role's session the person whose source identity it has, else the session's name."""
    arn = identity.get("arn")
    session = session_of(arn)
    kept = _map(identity.get("sessionContext")).get("sourceIdentity")
    last = str(arn).rpartition("/")[2].rpartition(":")[2] if session is None else session[2]
    for name in (kept, last):
        if isinstance(arn, str) and isinstance(name, str) and _NAMED.fullmatch(name):
            return Person(arn, name)
    raise PromotionError("PRM-001", "event.detail.userIdentity", f"{shown(arn)} names nobody")


def _map(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else dict[str, Any]()
