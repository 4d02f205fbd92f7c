"""A check: what is asked of which accounts, and a pure function that judges the answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from mlops_stages.preflight.aws import Account
from mlops_stages.preflight.findings import Severity
from mlops_stages.preflight.plan import Plan

Facts = TypeVar("Facts")


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What is wrong at a place of an account, and what to do about it."""

    place: str
    message: str
    fix: str


@dataclass(frozen=True, kw_only=True)
class Unjudged:
    """A part of the answer that AWS left out, so that nothing can be said of it: it is told as not seen."""

    message: str


@dataclass(frozen=True, kw_only=True)
class Check(Generic[Facts]):
    """One thing that a deploy trips over.

    `asks` are the API calls that it makes ("iam.list_roles"), from which the read-only policy is generated. `where`
    gives the accounts; `ask` reads one of them; `judge` gets the account's id and what was read, and asks nothing.
    """

    code: str
    severity: Severity
    looks_at: str
    breaks: str
    asks: tuple[str, ...]
    where: Callable[[Plan], Iterable[str]]
    ask: Callable[[Account, Plan], Facts]
    judge: Callable[[Plan, str, Facts], Iterable[Fault | Unjudged]]
