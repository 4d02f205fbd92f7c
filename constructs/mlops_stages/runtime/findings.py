"""What production found of a day, as far as it decides about retraining: written by monitors, read in another account.

It holds no decision and no label; figures are sentences, for people. Standard library only: archives of two functions
hold this file.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

VERSION = 1
CHALLENGES, FILE = "challenges", "findings.json"
"""The folder of the bucket, and the file beside the requests of a day, which is written after them."""
_MOST_BYTES = 1024 * 1024
_LONGEST = 1000
_PACKAGE = re.compile(r"arn:[a-z-]+:sagemaker:[a-z0-9-]+:[0-9]{12}:model-package/[A-Za-z0-9-]{1,63}/[1-9][0-9]{0,8}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_MOST_CANDIDATES = 20


@dataclass(frozen=True, kw_only=True)
class Asked:
    """The requests that a candidate is to be judged on: where they are, the SHA-256 of the file, and its rows."""

    bucket: str
    key: str
    sha256: str
    rows: int


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A version that waits for approval: whether it is better than the one that serves, and the figure or the reason.

    `is_better` is None where that is not known.
    """

    package: str
    is_better: bool | None
    said: str


@dataclass(frozen=True, kw_only=True)
class Findings:
    """All of it.

    Attributes:
        endpoint: in production.
        day: of the run, in UTC.
        window_first: the first day of those that were judged.
        package: the ARN of the version that was judged; None where nothing answered.
        is_right: whether that version is; None where it is not known.
        wrong: what is wrong, each with its figure and interval.
        labels: why labels cannot be trusted; none where they can.
        asked: the requests; None where nothing answered.
        candidates: newer versions that wait for approval, the newest first.
    """

    endpoint: str
    day: str
    window_first: str
    package: str | None
    is_right: bool | None
    wrong: tuple[str, ...]
    labels: tuple[str, ...]
    asked: Asked | None
    candidates: tuple[Finding, ...]
    version: int = VERSION

    @property
    def first(self) -> date:
        """The first day of those that were judged."""
        return date.fromisoformat(self.window_first)

    def to_json(self) -> bytes:
        """The only way to write it; the same for the same findings."""
        return json.dumps(dataclasses.asdict(self), sort_keys=True, separators=(",", ":")).encode() + b"\n"


def key_of(endpoint: str, day: date) -> str:
    """The key of a day's findings in the bucket that production shares."""
    return f"{CHALLENGES}/endpoint={endpoint}/utc_day={day}/{FILE}"


def read(content: bytes, *, endpoint: str, day: date) -> Findings:
    """The findings of an endpoint and a day that some bytes are. ValueError where they are none."""
    if len(content) > _MOST_BYTES:
        message = f"it has {len(content):,} bytes"
        raise ValueError(message)
    try:
        given = cast("dict[str, Any]", json.loads(content))
        parts: dict[str, Any] = {
            "wrong": tuple(given["wrong"]),
            "labels": tuple(given["labels"]),
            "asked": None if given["asked"] is None else Asked(**given["asked"]),
            "candidates": tuple(Finding(**each) for each in given["candidates"]),
        }
        found = Findings(**given | parts)
    except (ValueError, TypeError, LookupError, RecursionError) as error:
        message = f"{type(error).__name__}: {str(error)[:200]!a}"
        raise ValueError(message) from error
    wrong = [name for name, is_so in _faults(found, endpoint, str(day)).items() if is_so]
    if wrong:
        message = f"{', '.join(wrong)}: not as monitors write it"
        raise ValueError(message)
    return found


def _faults(found: Findings, endpoint: str, day: str) -> Mapping[str, bool]:
    sentences = (*found.wrong, *found.labels, *(each.said for each in found.candidates))
    packages = [each.package for each in found.candidates]
    return {
        "version": found.version != VERSION,
        "endpoint": found.endpoint != endpoint,
        "day": found.day != day,
        "window_first": not _is_day(found.window_first) or found.window_first >= day,
        "package": found.package is not None and not _is_package(found.package),
        "is_right": not _is_answer(found.is_right) or (bool(found.wrong) and found.is_right is not False),
        "wrong, labels, said": not all(_is_sentence(each) for each in sentences),
        "asked": found.asked is not None and not _is_asked(found.asked),
        "candidates": len(packages) > _MOST_CANDIDATES
        or not all(_is_package(each) for each in packages)
        or any(not _is_answer(each.is_better) for each in found.candidates),
    }


def _is_day(value: object) -> bool:
    if not isinstance(value, str):
        return False
    try:
        return str(date.fromisoformat(value)) == value
    except ValueError:
        return False


def _is_package(value: object) -> bool:
    return isinstance(value, str) and _PACKAGE.fullmatch(value) is not None


def _is_answer(value: object) -> bool:
    return value is None or isinstance(value, bool)


def _is_sentence(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _LONGEST and value.isprintable()


def _is_asked(value: Asked) -> bool:
    named = _is_sentence(value.bucket) and _is_sentence(value.key)
    return named and _is_sha256(value.sha256) and type(value.rows) is int and value.rows >= 0


def _is_sha256(value: object) -> bool:
    return isinstance(value, str) and _SHA256.fullmatch(value) is not None
