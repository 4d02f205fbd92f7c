"""The challenge of a version: the scores that it gave to requests of production, in the run that trained it.

The training pipeline writes it (steps/challenge.py of a model's repository) where its run is given requests. Whoever
compares the version with the one that serves reads it here, on the same requests.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NoReturn

from .capture.values import number
from .registered_model import Difference, Home, Objects, RegisteredModelError, read_beside

CHALLENGE = "challenge"
MOST_ROWS = 500_000
MOST_BYTES = 64 * 1024 * 1024
"""Enough for 500,000 ids of 100 letters, and their scores."""
LONGEST_ID = 200  # bytes
_HEADER = ["decision_id", "score"]
_LONGEST_URI = 1024
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Challenge:
    """What a version made of requests.

    Attributes:
        scores: by decision id, in the order of the ids.
        refused: how many more requests there were, which its endpoint would refuse.
        requests: the S3 URI of their object, and `requests_sha256` that object's digest.
        train_before: it has learned from days before this one alone.
    """

    scores: Mapping[str, float]
    refused: int
    requests: str
    requests_sha256: str
    train_before: date


def challenge_of(described: Mapping[str, Any], *, home: Home, objects: Objects) -> Challenge | None:
    """Return the challenge of a version as it was registered; None where its run was given no requests.

    What else the version is made of is compared by `registered_model.verify`.

    Args:
        described: what DescribeModelPackage answers.
        home: where everything of the model has to be.
        objects: reads the bucket.

    Raises:
        RegisteredModelError: as `registered_model.read_beside`; REG-010 a challenge in another form.
    """
    found = read_beside(described, CHALLENGE, home=home, objects=objects, most_bytes=MOST_BYTES)
    if found is None:
        return None
    try:
        return _challenge(*found)
    except ValueError as error:
        difference = Difference(
            "REG-010",
            str(described.get("ModelPackageArn", "the version")),
            f"its challenge cannot be read: {error}",
            "don't compare this version; train it again with steps/challenge.py as the template has it",
        )
        raise RegisteredModelError((difference,)) from error


def _challenge(about: Mapping[str, Any], content: bytes) -> Challenge:
    scores = _scores(content)
    if about.get("rows") != len(scores):
        _refuse(f"it has {len(scores)} rows, and the evaluation says {str(about.get('rows'))[:40]!a}")
    refused, requests, sha256, before = (
        about.get(key) for key in ("refused", "requests", "requests_sha256", "train_before")
    )
    if type(refused) is not int or refused < 0:
        _refuse("`refused` is not a number of rows")
    if not isinstance(requests, str) or not requests.startswith("s3://") or len(requests) > _LONGEST_URI:
        _refuse("`requests` is no S3 URI")
    if not isinstance(sha256, str) or not _SHA256.fullmatch(sha256):
        _refuse("`requests_sha256` is no SHA-256")
    if not isinstance(before, str) or not _DAY.fullmatch(before):
        _refuse("`train_before` is no day")
    return Challenge(
        scores=scores,
        refused=refused,
        requests=requests,
        requests_sha256=sha256,
        train_before=date.fromisoformat(before),
    )


def _scores(content: bytes) -> dict[str, float]:
    """The scores by id. ValueError where a row is not two cells, or not behind the one before it."""
    scores: dict[str, float] = {}
    last = ""
    try:
        rows = csv.reader(io.StringIO(content.decode("utf-8"), newline=""), strict=True)
        if next(rows, None) != _HEADER:
            _refuse(f"it does not begin with {','.join(_HEADER)}")
        for row in rows:
            if len(row) != len(_HEADER) or not last < row[0] or len(row[0].encode()) > LONGEST_ID:
                _refuse(f"row {len(scores) + 1} is not an id behind the one before it, and a score")
            last = row[0]
            scores[last] = number(row[1])
            if len(scores) > MOST_ROWS:
                _refuse(f"it has more than {MOST_ROWS} rows")
    except csv.Error:
        _refuse(f"row {len(scores) + 1} is not CSV")
    return scores


def _refuse(message: str) -> NoReturn:
    raise ValueError(message)
