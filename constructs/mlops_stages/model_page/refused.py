"""Which lines are in quarantine: their files, numbers and codes, and nothing that they hold."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, cast

from mlops_stages.model_page.facts import MOST_REFUSED, Refused
from mlops_stages.runtime.ledger.numbered import S3, error_code

MOST_BYTES = 64 * 1024
"""Of a list that is read: its first lines are enough."""
_PASSED_OVER = ("AccessDenied", "NoSuchKey")


def first_refused(s3: S3, bucket: str, keys: Iterable[str]) -> tuple[Refused, ...]:
    """The first lines of the lists, at most `MOST_REFUSED`.

    A list that may not be read is passed over: stacks deployed by an earlier version do not let their readers.
    """
    found = list[Refused]()
    for key in keys:
        try:
            content: bytes = s3.get_object(Bucket=bucket, Key=key)["Body"].read(MOST_BYTES)
        except s3.exceptions.ClientError as error:
            if error_code(error) not in _PASSED_OVER:
                raise
            continue
        found += _lines(content)
        if len(found) >= MOST_REFUSED:
            break
    return tuple(found[:MOST_REFUSED])


def _lines(content: bytes) -> Iterator[Refused]:
    """The whole lines; a line that is none of a list is passed over."""
    for line in content.split(b"\n")[:-1]:
        try:
            given: Any = json.loads(line)
            said = cast("dict[str, Any]", given)
            yield Refused(file=str(said["file"]), line=int(said["line"]), code=str(said["code"]))
        except (ValueError, TypeError, LookupError, RecursionError):
            continue
