"""Rows to try a model with: records of its evaluation, with the answers that were registered for them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from mlops_stages.files import private_folder, replace
from mlops_stages.local import refusals
from mlops_stages.local.state import state_directory

MOST = 20
"""How many rows are written."""
_LARGEST = 1 << 20


def rows_of(s3: Any, evaluation: str, model: str, directory: Path) -> Path | None:  # noqa: ANN401 - a client
    """Write the first golden records of an evaluation beside the local AWS, a JSON object a line.

    `s3` is a client of somebody who may read the evaluation: the bucket lets its account's administrators read nothing.
    Returns None where there are no such records: the evaluation is not the standard repository's, or cannot be read.
    """
    bucket, _, key = evaluation.removeprefix("s3://").partition("/")
    try:
        about = json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read(_LARGEST))["golden"]
        beside = f"{key.rpartition('/')[0]}/{about['file']}"
        lines = s3.get_object(Bucket=bucket, Key=beside)["Body"].read(_LARGEST).decode().splitlines()
        records: list[Any] = [json.loads(line)["record"] for line in lines[:MOST]]
    except (refusals.ClientError, refusals.BotoCoreError, ValueError, LookupError, TypeError, RecursionError):
        return None
    path = private_folder(state_directory(directory) / "rows") / f"{model}.jsonl"
    replace(path, "".join(f"{json.dumps(record)}\n" for record in records), mode=0o600)
    return path
