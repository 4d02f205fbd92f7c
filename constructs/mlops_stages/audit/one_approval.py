"""Whether each release without a second approval has what it takes: by the records before it, and by platform.yaml.

The promotion looked at the registry, the endpoint and what retraining remembers. A ledger shows less, and shows it to
everybody for ten years: the one approval, the tests, the run, and that nothing but data differs from what served.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from mlops_stages.runtime.ledger.checking import Finding
from mlops_stages.runtime.ledger.kinds import RELEASED_BY_RULE
from mlops_stages.runtime.ledger.records import Record

_SAME = ("commit", "code_sha256")
# The verifier of a ledger is told of no platform: whatever its name, which has no hyphen, the function ends so.
_RETRAINING = re.compile(r"[a-z][a-z0-9]{1,11}-([a-z0-9-]{1,40})-retraining")


@dataclass(frozen=True, kw_only=True)
class Declared:
    """What platform.yaml says now of a model.

    Attributes:
        risk: the class by which its retrained versions need one approval; None where they need two.
        until: the day up to which, in UTC, releases are not compared with that, as YYYY-MM-DD: what was declared then
            was something else. None where all are compared.
    """

    risk: str | None
    until: str | None = None


@dataclass
class _Version:
    """What is recorded of a version so far; its bodies."""

    trained: Mapping[str, Any] | None = None
    approved: Record | None = None
    passed: list[Mapping[str, Any]] = field(default_factory=list[Mapping[str, Any]])
    served: Mapping[str, Any] | None = None
    refused: bool = False


class OneApprovals:
    """Looks at the records of one model in their order; a few hundred bytes a version are kept."""

    def __init__(self, model: str, declared: Declared | None) -> None:
        """Begin before the first record; without `declared` no class is compared."""
        self._model, self._declared = model, declared
        self._versions: dict[str, _Version] = {}
        self._serving: str | None = None

    def look(self, record: Record, key: str) -> Iterator[Finding]:
        """Find what a release without a second approval lacks; take note of all else."""
        if record.kind == RELEASED_BY_RULE:
            lacks = list(self._lacks(record.body))
            if lacks:
                yield Finding(code="LED-130", where=key, what="; ".join(lacks))
            yield from self._undeclared(record, key)
        else:
            self._note(record)

    def _note(self, record: Record) -> None:
        body = record.body
        version = self._versions.setdefault(str(body["package_arn"]), _Version())
        match record.kind, body.get("for", body.get("environment")):
            case "trained", _:
                version.trained = body
            case "approved", "staging":
                version.approved = record
            case "rejected", "staging":
                version.approved = None
            case "rejected", "production":
                version.refused = True
            case "evaluated", "staging":
                version.passed += [body] if body["passed"] else []
            case "deployed", "production":
                version.served = body
                self._serving = str(body["package_arn"])
            case "rolled-back", "production":
                self._serving = str(body["package_arn"])
                left = self._versions.setdefault(str(body["from_package_arn"]), _Version())
                left.served = left.served or body
            case _:
                pass

    def _lacks(self, body: Mapping[str, Any]) -> Iterator[str]:
        version = self._versions.get(str(body["package_arn"]), _Version())
        champion = self._versions.get(str(body["champion_package_arn"]), _Version())
        yield from _unapproved(version, body)
        if not any(
            (each["result_sha256"], each["digests"]) == (body["result_sha256"], body["digests"])
            for each in version.passed
        ):
            yield "no such result of staging is recorded"
        if version.refused:
            yield "a person has refused the version for production"
        if version.served is not None:
            yield "the version has been in production"
        yield from self._untrained(version, body)
        if self._serving != body["champion_package_arn"]:
            yield f"{_number(self._serving)} served production, not {_number(body['champion_package_arn'])}"
        yield from _other_code(version, champion, body)

    def _untrained(self, version: _Version, body: Mapping[str, Any]) -> Iterator[str]:
        trained = version.trained
        if trained is None:
            yield "it is not recorded how the version was trained"
            return
        if (trained["execution_arn"], trained["digests"]) != (body["execution_arn"], body["digests"]):
            yield "the version was trained by another run, or is another"
        starter = str(trained["who"]["source_identity"])
        named = _RETRAINING.fullmatch(starter)
        if named is None or named[1] != self._model:
            yield f"its run was started by {starter}, which is not the model's retraining"

    def _undeclared(self, record: Record, key: str) -> Iterator[Finding]:
        declared, risk = self._declared, record.body["risk"]
        if declared is None or risk == declared.risk or (declared.until or "") >= record.recorded[:10]:
            return
        now = "asks for two approvals" if declared.risk is None else f"says {declared.risk} risk"
        yield Finding(code="LED-131", where=key, what=f"it says {risk} risk; platform.yaml {now}")


def _unapproved(version: _Version, body: Mapping[str, Any]) -> Iterator[str]:
    approved, who = version.approved, body["approved_by"]
    if approved is None:
        yield f"no approval by {who['source_identity']} stands before it"
    elif (approved.at, approved.body["who"], approved.body["digests"]) != (body["approved_at"], who, body["digests"]):
        yield f"the approval by {approved.body['who']['source_identity']} at {approved.at} is another"


def _other_code(version: _Version, champion: _Version, body: Mapping[str, Any]) -> Iterator[str]:
    """That more than data differs from what served; of what was registered before the ledger began, less is known."""
    before, trained, served = champion.trained, version.trained, champion.served
    known = before if before is not None else served
    if known is not None and known.get("digests", {}).get("image_digest") != body["digests"]["image_digest"]:
        yield "its image is another than that of the version that served"
    if before is not None and trained is not None:
        differing = [name for name in _SAME if before[name] != trained[name]]
        if differing:
            yield f"its {' and '.join(differing)} differ from those of the version that served"


def _number(package: str | None) -> str:
    return "no version" if package is None else f"version {package.rpartition('/')[2]}"
