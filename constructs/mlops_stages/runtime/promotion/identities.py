"""Who wrote, trained, approved and released a version: four parts, and no approver has two of them.

The registry names who changed a version last, by the session of an assumed role. Which role it was says that the
person had the duty; the source identity, or the session's name where there is none, says who it was: the roles' trust
lets nobody choose another name than their own e-mail address.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from .codes import PromotionError, shown

AUTHOR, STARTER = "author", "started-by"
"""The metadata of a version that name the author of its commit and the starter of its run."""

_SESSION = re.compile(
    r"arn:[a-z-]{3,20}:sts::(?P<account>[0-9]{12}):assumed-role/(?P<role>[\w+=,.@-]{1,64})/(?P<session>[\w+=,.@-]{2,64})",
    re.ASCII,
)
_PERSON = re.compile(r"[A-Za-z0-9_+=,.@\[\]-]{1,128}")


@dataclass(frozen=True)
class Person:
    """Somebody who decided, and as what."""

    principal: str
    identity: str

    def who(self) -> dict[str, str]:
        """As the ledger has it."""
        return {"principal": self.principal, "source_identity": self.identity}


@dataclass(frozen=True)
class Origin:
    """Who made a version."""

    author: str
    starter: str


def origin_of(described: Mapping[str, Any], where: str) -> Origin:
    """Who wrote the commit of a version and who started its run. Error: PRM-012."""
    said = _map(described.get("CustomerMetadataProperties"))
    author, starter = said.get(AUTHOR), said.get(STARTER)
    for name, value in ((AUTHOR, author), (STARTER, starter)):
        if not isinstance(value, str) or not _PERSON.fullmatch(value):
            raise PromotionError("PRM-012", where, f"its metadata {name} is {shown(value)}")
    return Origin(str(author), str(starter))


def session_of(arn: object) -> tuple[str, str, str] | None:
    """Account, role and session's name of an assumed role's ARN; None for anybody else."""
    found = _SESSION.fullmatch(arn) if isinstance(arn, str) else None
    return None if found is None else (found["account"], found["role"], found["session"])


def decider(described: Mapping[str, Any], *, account: str, role: str, where: str) -> Person:
    """Who changed a version last, in that role. Error: PRM-010."""
    identity = _map(_map(described.get("LastModifiedBy")).get("IamIdentity"))
    return person(identity.get("Arn"), identity.get("SourceIdentity"), account=account, role=role, where=where)


def person(arn: object, source_identity: object, *, account: str, role: str, where: str) -> Person:
    """Who it is, if it is somebody in that role. Error: PRM-010."""
    session = session_of(arn)
    if session is None or session[:2] != (account, role):
        raise PromotionError("PRM-010", where, f"{shown(arn)} is not in the role {role} of account {account}")
    name = source_identity if isinstance(source_identity, str) and _PERSON.fullmatch(source_identity) else session[2]
    return Person(str(arn), name)


def refuse_two_parts(where: str, origin: Origin, *deciders: Person) -> None:
    """Refuse a decision of whoever has had another part in the version. Error: PRM-011."""
    parts = [("wrote its commit", origin.author), ("started its run", origin.starter)]
    for order, each in enumerate(deciders):
        for what, other in parts:
            if same(each.identity, other):
                raise PromotionError("PRM-011", where, f"{each.identity} {what}, and decides about it")
        parts.append(("approved it for staging" if order == 0 else "released it", each.identity))


def same(one: str, other: str) -> bool:
    """Whether two names are one person's: addresses differ by more than their case."""
    return one.strip().casefold() == other.strip().casefold()


def _map(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else dict[str, Any]()
