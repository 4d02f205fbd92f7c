"""How a batch transform splits a file into requests, and makes one of the answers.

https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform.html
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import BinaryIO, Literal

from mlops_stages.local.json_values import mapping
from mlops_stages.local.server.sagemaker.jobs.work import StepError

Strategy = Literal["MultiRecord", "SingleRecord"]


def requests(file: BinaryIO, name: str, *, by_line: bool, strategy: Strategy, most: int) -> Iterator[bytes]:
    """Yield the bodies of the requests that a file becomes, none larger than `most` bytes.

    Lines without content are no records. Raises StepError for a record that is larger.
    """
    if not by_line:
        content = file.read(most + 1)
        _refuse_large(content, name, most)
        yield content
        return
    gathered: list[bytes] = []
    size = 0
    while line := file.readline(most + 2):
        record = line.rstrip(b"\r\n")
        _refuse_large(record, name, most)
        if not record:
            continue
        if strategy == "SingleRecord":
            yield record
            continue
        if gathered and size + len(record) + 1 > most:
            yield b"".join(gathered)
            gathered, size = [], 0
        gathered.append(record + b"\n")
        size += len(record) + 1
    if gathered:
        yield b"".join(gathered)


def _refuse_large(record: bytes, name: str, most: int) -> None:
    if len(record) > most:
        raise StepError(f"ClientError: {name}: a record is larger than MaxPayloadInMB ({most >> 20})")


def assembled(answer: bytes, *, by_line: bool) -> bytes:
    """Return an answer as it stands in the output: with the end of a line where that is asked for."""
    return answer if not by_line or answer.endswith(b"\n") or not answer else answer + b"\n"


def with_ids(answer: bytes, content_type: str, moment: str) -> bytes:
    """Return an answer with an id and the job's time behind each record, as data capture writes them.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-batch.html
    """
    kind = content_type.partition(";")[0].strip().lower()
    lines = answer.split(b"\n")
    if kind == "text/csv":
        return b"\n".join(line.rstrip(b"\r") + f",{uuid.uuid4()},{moment}".encode() if line else line for line in lines)
    if kind in ("application/jsonlines", "application/json"):
        return b"\n".join(_json_with_id(line, moment) if line.strip() else line for line in lines)
    return answer


def _json_with_id(line: bytes, moment: str) -> bytes:
    try:
        record = mapping(json.loads(line))
    except ValueError:
        return line
    named = {**record, "SageMakerInferenceId": str(uuid.uuid4()), "SageMakerInferenceTime": moment}
    return json.dumps(named).encode() if record else line
