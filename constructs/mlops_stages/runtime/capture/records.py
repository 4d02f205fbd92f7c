"""A captured line: the record of one request and its answer.

Names that are not known here are passed over, as AWS may add some; what is read must be in its form.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import cast

from .values import Json, json_object

CSV, JSON, JSON_LINES = "text/csv", "application/json", "application/jsonlines"
TYPES = (CSV, JSON_LINES, JSON)
"""The content types that `serve` takes and gives."""
BASE64 = "BASE64"
_TEXT = ("CSV", "JSON")


@dataclass(frozen=True, slots=True)
class Body:
    """A request's or an answer's body: its type without parameters, and whether SageMaker kept it as it was."""

    content: bytes
    content_type: str
    as_text: bool

    @property
    def text(self) -> str:
        """The body as text. ValueError where it is not UTF-8, or holds NUL, as `serve` refuses it."""
        text = self.content.decode()
        if "\0" in text:
            message = "it holds NUL"
            raise ValueError(message)
        return text


def record(line: bytes) -> Json:
    """The record that a line is. ValueError if it is not a JSON object in UTF-8."""
    return json_object(line.decode())


def member(found: Json, name: str) -> Json:
    """An object in an object. ValueError where there is none of that name."""
    value = found.get(name)
    if not isinstance(value, dict):
        message = f"{name} is not an object"
        raise ValueError(message)
    return cast("Json", value)


def text(found: Json, name: str) -> str:
    """A text in an object. ValueError where there is none of that name."""
    value = found.get(name)
    if not isinstance(value, str):
        message = f"{name} is not a text"
        raise ValueError(message)
    return value


def body(found: Json, name: str) -> Body:
    """The `endpointInput` or `endpointOutput` of a record, decoded. ValueError where it is not in its form."""
    part = member(member(found, "captureData"), name)
    data, encoding = text(part, "data"), text(part, "encoding")
    kind = text(part, "observedContentType").partition(";")[0].strip().lower()
    if encoding == BASE64:
        return Body(base64.b64decode(data, validate=True), kind, as_text=False)
    if encoding not in _TEXT:
        message = "its encoding is none of SageMaker's"
        raise ValueError(message)
    return Body(data.encode(), kind, as_text=True)
