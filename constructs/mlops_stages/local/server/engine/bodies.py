"""What the body of a request may hold before any service reads it: how large when inflated, how deep, which numbers."""

from __future__ import annotations

import gzip
import importlib
import json
import logging
import re
import zlib
from types import ModuleType
from typing import Any
from urllib.parse import parse_qsl

from mlops_stages.local.server.bounds import nesting
from mlops_stages.local.server.bounds import requests as bounds
from mlops_stages.local.server.engine import ministack
from mlops_stages.local.server.engine.ministack import Headers, Response

_log = logging.getLogger(__name__)
_yaml: Any = importlib.import_module("yaml")  # by name, because ministack brings it and it has no types

_MOST_FIELDS = 10_000
_FOR_A_MODEL = re.compile(r"/endpoints/[^/]+/invocations")
"""InvokeEndpoint, whose body the model alone understands."""
_POLICIES = frozenset({"ecr", "iam", "kms", "sqs", "sns", "sts"})


class BodyError(Exception):
    """A body that no service gets to see; with the status, the code and the message that its sender gets."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


def inflated(content: bytes, most: int) -> bytes:
    """Return what gzip packed, all of its members.

    Raises:
        BodyError: it is more than `most` bytes.
        OSError: it is not gzip.
    """
    parts: list[bytes] = []
    left = most
    while content:
        inflating = zlib.decompressobj(wbits=31)
        try:
            part = inflating.decompress(content, left + 1)
        except zlib.error as error:
            raise OSError(str(error)) from error
        left -= len(part)
        if left < 0:
            message = f"The request is longer than {most} bytes when it is inflated, the most that is taken."
            raise BodyError(413, "RequestEntityTooLargeException", message)
        if not inflating.eof:
            raise EOFError("the compressed content ends too soon")
        parts.append(part)
        content = inflating.unused_data.lstrip(b"\0")
    return b"".join(parts)


def check(name: str | None, path: str, headers: Headers, body: bytes) -> None:
    """Refuse what nests deeper than is read, and what is JSON in Python's eyes only; BodyError says so.

    Objects of S3, what is packed for other services, and rows for a model, are nobody's to read.
    """
    for_a_model = name == "sagemaker" and "x-amz-target" not in headers and _FOR_A_MODEL.fullmatch(path)
    if name == "s3" or for_a_model or len(body) < 2:
        return
    if headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        _check_form(name, body)
    elif body.lstrip(b" \t\r\n")[:1] in (b"{", b"["):
        if b"\0" in body:
            raise BodyError(400, "SerializationException", "The request is not JSON in UTF-8.")
        if nesting.is_deep(body):
            raise _deep(name)
        if nesting.has_half_characters(body):
            raise BodyError(400, "SerializationException", "The request holds half of a character (a lone surrogate).")
        if nesting.has_constants(body):
            raise BodyError(400, "SerializationException", "NaN and Infinity are no numbers of JSON.")


def _check_form(name: str | None, body: bytes) -> None:
    try:
        fields = parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError as error:  # not UTF-8 either
        message = f"The request is not a form of at most {_MOST_FIELDS} fields."
        raise BodyError(400, "MalformedInput", message) from error
    if any(len(text) > 2 * nesting.DEEPEST and nesting.is_deep_document(text) for _, text in fields):
        raise _deep(name)


def _deep(name: str | None) -> BodyError:
    code = "MalformedPolicyDocument" if name in _POLICIES else "ValidationException"
    code = "ValidationError" if name == "cloudformation" else code
    return BodyError(400, code, f"The request holds a document that nests more than {nesting.DEEPEST} levels deep.")


def told(error: BodyError, name: str | None, request_id: str) -> Response:
    """Return the answer to a body that is refused, in the form of the service's protocol."""
    headers = {"x-amzn-requestid": request_id, "x-amzn-errortype": error.code}
    if name in _XML:
        xml = (
            f"<ErrorResponse><Error><Type>Sender</Type><Code>{error.code}</Code><Message>{error.message}</Message>"
            f"</Error><RequestId>{request_id}</RequestId></ErrorResponse>"
        )
        return error.status, {**headers, "Content-Type": "text/xml"}, xml.encode()
    content = {"__type": error.code, "message": error.message}
    return error.status, {**headers, "Content-Type": "application/x-amz-json-1.1"}, json.dumps(content).encode()


_XML = frozenset(
    {"autoscaling", "cloudformation", "ec2", "elasticloadbalancing", "iam", "rds", "redshift", "sdb", "sns", "sts"}
)
"""Signing names of services whose answers are XML."""


def mend_bodies() -> None:
    """Bound what ministack inflates, and what a template in YAML may refer to."""

    def decompress(body: bytes, headers: dict[str, str]) -> bytes:  # as the replaced one
        encodings = [part.strip() for part in headers.get("content-encoding", "").split(",")]
        if "gzip" not in (part.lower() for part in encodings):
            return body
        try:
            found = inflated(body, bounds.LONGEST_BODY * 4)
        except (OSError, EOFError) as error:
            raise BodyError(400, "SerializationException", f"The request is not gzip: {error}") from error
        left = ", ".join(part for part in encodings if part.lower() != "gzip")
        headers.pop("content-encoding", None)
        if left:
            headers["content-encoding"] = left
        return found

    ministack.app._decompress_request_body = decompress
    _mend_templates()


def _mend_templates() -> None:
    """Refuse aliases in templates, as CloudFormation does: ten lines of them are a billion resources."""
    loader: Any = importlib.import_module("ministack.services.cloudformation.engine").CfnLoader
    compose = loader.compose_node

    def compose_without_aliases(self: Any, parent: Any, index: Any) -> Any:  # noqa: ANN401  # as the wrapped one
        if self.check_event(_yaml.AliasEvent):
            raise ValueError("Template format error: YAML aliases are not allowed in CloudFormation templates")
        return compose(self, parent, index)

    loader.compose_node = compose_without_aliases


class _BoundedGzip(ModuleType):
    """The module `gzip` as ministack's services see it: what an import inflates has an end."""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  # the rest of the module is as it was
        return getattr(gzip, name)

    @staticmethod
    def decompress(data: bytes) -> bytes:
        """Return what gzip packed; OSError where that is more than 256 MiB."""
        try:
            return inflated(data, 256 * bounds.MIB)
        except BodyError as error:
            raise OSError(error.message) from error


GZIP = _BoundedGzip("gzip")
