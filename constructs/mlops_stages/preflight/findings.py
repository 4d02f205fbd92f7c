"""What a preflight says: findings, and what it has not seen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

SCHEMA = 1
"""The version of the JSON that `Report.to_json` gives; keys are added to it, none change their meaning."""


class Severity(StrEnum):
    """How much a finding hurts: the deploy fails or something is lost; something will not work; good to know."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Reason(StrEnum):
    """Why something has not been seen."""

    DENIED = "denied"
    THROTTLED = "throttled"
    CREDENTIALS = "credentials"
    UNREACHABLE = "unreachable"
    UNANSWERED = "unanswered"


@dataclass(frozen=True, kw_only=True, order=True)
class Finding:
    """What a deploy will trip over: where it is, what it breaks, and what to do about it."""

    account: str
    code: str
    place: str
    severity: Severity
    message: str
    breaks: str
    fix: str


@dataclass(frozen=True, kw_only=True, order=True)
class NotSeen:
    """What was not looked at, and why: never taken for fine. `permission` is the IAM action that is missing."""

    account: str
    code: str
    looks_at: str
    reason: Reason
    message: str
    permission: str | None = None


@dataclass(frozen=True, kw_only=True)
class Report:
    """Everything that a preflight found. `checks` counts the checks that were made, each once an account."""

    findings: tuple[Finding, ...]
    not_seen: tuple[NotSeen, ...]
    checks: int

    def count(self, severity: Severity) -> int:
        """How many findings there are of a severity."""
        return sum(finding.severity == severity for finding in self.findings)

    @property
    def exit_code(self) -> int:
        """2 with an error, else 3 where something was not seen, else 0."""
        if self.count(Severity.ERROR):
            return 2
        return 3 if self.not_seen else 0

    def to_json(self) -> dict[str, Any]:
        """As `--json` prints it."""
        return {
            "schema": SCHEMA,
            "findings": [asdict(finding) for finding in self.findings],
            "not_seen": [asdict(item) for item in self.not_seen],
            "counts": {
                **{f"{severity}s": self.count(severity) for severity in Severity},
                "not_seen": len(self.not_seen),
                "checks": self.checks,
            },
        }


def report(findings: Iterable[Finding], not_seen: Iterable[NotSeen], checks: int) -> Report:
    """Return a report in a fixed order: what is worst first, then by account and code."""
    order = list(Severity)
    return Report(
        findings=tuple(
            sorted(findings, key=lambda found: (order.index(found.severity), found.code, found.breaks, found))
        ),
        not_seen=tuple(sorted(not_seen, key=lambda item: (item.account, item.code, item.message))),
        checks=checks,
    )
