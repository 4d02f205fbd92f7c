"""What a test found, and what it counted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

_LISTED = 10
"""Findings that a result lists; it counts all."""


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it must be: a code, where, and what is wrong. Never a value of a row."""

    code: str
    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.code} {self.where}: {self.message}"


@dataclass
class Findings:
    """A test's: how often it asked, and what it found."""

    asked: int = 0
    count: int = 0
    first: list[Finding] = field(default_factory=list[Finding])

    def add(self, code: str, where: str, message: str) -> None:
        """Add one."""
        self.count += 1
        if len(self.first) < _LISTED:
            self.first.append(Finding(code, where, message))

    def to_dict(self, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
        """As a result has it."""
        return {"asked": self.asked, "wrong": self.count, "findings": [str(each) for each in self.first], **more}
