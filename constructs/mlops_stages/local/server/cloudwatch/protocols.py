"""CloudWatch's JSON protocol, which boto3 and the AWS CLI speak; its others (CBOR, Query) are refused before."""

from __future__ import annotations

import datetime
import json
import math
from collections.abc import Mapping
from typing import Any, cast

from mlops_stages.local.json_values import mapping
from mlops_stages.local.server.api import shapes
from mlops_stages.local.server.api.records import ServiceError
from mlops_stages.local.server.engine import Headers, Response

SERVICE = "cloudwatch"
_LATEST = 253_402_300_799  # the end of the year 9999

Shape = shapes.Shape


def asked(headers: Headers) -> str:
    """Return the operation of a request; nothing where it names none."""
    return headers.get("x-amz-target", "").rpartition(".")[2]


def parameters(operation: str, body: bytes) -> dict[str, Any]:
    """Return the parameters of a request, times in seconds since 1970; ServiceError for what the model lacks."""
    try:
        given: Any = json.loads(body or b"{}")
    except ValueError as error:
        raise ServiceError("SerializationException", "The request is not JSON.") from error
    if not isinstance(given, dict):
        raise ServiceError("SerializationException", "The request is not a JSON object.")
    shape = shapes.input_shape(SERVICE, operation)
    if shape is None:
        return {}
    found = shapes.first_faults(shape, given)
    if found:
        count = f"{len(found)} validation error{'s' if len(found) > 1 else ''} detected: "
        raise ServiceError("ValidationError", count + "; ".join(found))
    return mapping(_timed(shape, given))


def answer(operation: str, content: Mapping[str, Any]) -> Response:
    """Return the answer of an operation."""
    shape = shapes.output_shape(SERVICE, operation)
    shown: Any = {} if shape is None else shapes.shown(shape, content)
    return 200, {"Content-Type": "application/x-amz-json-1.0"}, json.dumps(shown).encode()


def refusal(error: ServiceError) -> Response:
    """Return the answer to what is refused."""
    headers = {
        "Content-Type": "application/x-amz-json-1.0",
        "x-amzn-errortype": error.code,
        "x-amzn-query-error": f"{error.code};Sender",
    }
    return error.status, headers, json.dumps({"__type": error.code, "message": error.message}).encode()


def _timed(shape: Shape, value: Any, path: str = "") -> Any:  # noqa: ANN401  # JSON-like
    if shape.type_name == "structure" and isinstance(value, Mapping):
        members = cast("shapes.Structure", shape).members
        given = cast("Mapping[str, Any]", value)
        return {name: _timed(members[name], item, name) for name, item in given.items() if item is not None}
    if shape.type_name == "list":
        member = cast("shapes.ListOf", shape).member
        return [_timed(member, item, path) for item in value]
    return _moment(value, path) if shape.type_name == "timestamp" else value


def _moment(value: object, path: str) -> float:
    try:
        if isinstance(value, bool):
            raise ValueError(value)
        if isinstance(value, str):
            moment = datetime.datetime.fromisoformat(value[:40])
            found = moment.replace(tzinfo=moment.tzinfo or datetime.UTC).timestamp()
        else:
            found = float(cast("float", value))
    except (TypeError, ValueError, OverflowError) as error:
        raise ServiceError("MalformedInput", f"{path}: a time is expected.") from error
    if not (math.isfinite(found) and 0 <= found <= _LATEST):
        raise ServiceError("InvalidParameterValue", f"{path}: a time between 1970 and 9999 is expected.")
    return found
