"""Errors with a code: what each means, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Cause:
    """What a code means, and what to do about it."""

    code: str
    meaning: str
    fix: str


class CodedError(ValueError):
    """An error of one of its class's causes: a code, where, what is wrong, and what to do."""

    causes: ClassVar[Mapping[str, Cause]]

    def __init__(self, code: str, where: str, message: str) -> None:
        super().__init__(code, where, message)
        self.code: str = code
        self.where: str = where
        self.message: str = message
        self.fix: str = self.causes[code].fix

    def __str__(self) -> str:
        return f"{self.code} {self.where}: {self.message}; {self.fix}"
