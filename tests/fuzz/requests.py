"""Requests of AWS's APIs with hostile members, by botocore's models, in the forms of their protocols."""

from __future__ import annotations

import importlib
import json
import random
import re
from dataclasses import dataclass
from functools import cache
from typing import Any, cast
from urllib.parse import quote, urlencode

from tests.fuzz.hostile import SCALARS

_loader: Any = importlib.import_module("botocore.loaders").Loader()
_model: Any = importlib.import_module("botocore.model")

SERVICES = (
    "sagemaker", "organizations", "logs", "ecr", "events", "stepfunctions", "dynamodb", "ssm", "kms", "secretsmanager",
    "glue", "athena", "cloudtrail", "servicecatalog", "service-quotas", "codeconnections", "sso-admin", "identitystore",
    "ce", "budgets", "iam", "sts", "cloudformation", "sns", "sqs", "cloudwatch", "ec2", "lambda", "codeartifact",
    "scheduler", "ram", "s3", "sagemaker-featurestore-runtime", "lakeformation", "config",
)  # fmt: skip
"""Of every protocol in use: JSON, query, EC2's, REST with JSON, REST with XML."""

_DEEPEST = 6
_XML = [b"<a/>", b"<Delete><Object><Key>x</Key></Object></Delete>", b"<" * 500, b"<a>" * 3000, b"", b"{}", b"\xff\x00"]
_PLAIN = ["name", "x", "my-thing", "111111111111", "eu-west-1", "arn:aws:iam::111111111111:role/x", "1", "{}"]


@dataclass(frozen=True)
class Request:
    """One request, not signed yet."""

    service: str
    operation: str
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@cache
def model(service: str) -> Any:  # noqa: ANN401  # botocore has no types
    """botocore's model of a service."""
    return _model.ServiceModel(_loader.load_service_model(service, "service-2"), service)


def request(seed: int) -> Request:
    """A request that follows from a number."""
    chance = random.Random(seed)
    service = chance.choice(SERVICES)
    described = model(service)
    operation = described.operation_model(chance.choice(described.operation_names))
    members: Any = _value(operation.input_shape, chance) if operation.input_shape is not None else {}
    given = cast("dict[str, Any]", members) if isinstance(members, dict) else {"x": members}
    if described.protocol in ("query", "ec2"):
        form = {"Action": operation.name, "Version": described.api_version, **_flat("", given)}
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        body = urlencode(form, errors="surrogatepass").encode()
        return Request(service, operation.name, "POST", "/", headers, body)
    if not described.protocol.startswith("rest"):
        target = f"{described.metadata['targetPrefix']}.{operation.name}"
        headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": target}
        return Request(service, operation.name, "POST", "/", headers, json.dumps(given).encode())

    def filled(found: re.Match[str]) -> str:
        value = given.pop(found[1].rstrip("+"), None)
        return quote(str(value or "x").encode("utf-8", "surrogatepass"))

    path = re.sub(r"\{([^}]+)\}", filled, operation.http["requestUri"])[:8_000]
    body = json.dumps(given).encode() if operation.http["method"] in ("POST", "PUT", "PATCH") else b""
    if service == "s3" and body:
        body = chance.choice(_XML)
    headers = {"Content-Type": "application/xml" if service == "s3" else "application/json"}
    return Request(service, operation.name, operation.http["method"], path or "/", headers, body)


def _value(shape: Any, chance: random.Random, depth: int = 0) -> Any:  # noqa: ANN401  # botocore has no types
    if chance.random() < 0.12 or depth > _DEEPEST:
        return chance.choice(SCALARS)
    kind = shape.type_name
    if kind == "structure":
        return {
            name: _value(member, chance, depth + 1)
            for name, member in shape.members.items()
            if chance.random() < (0.93 if name in shape.required_members else 0.15)
        }
    if kind == "list":
        return [_value(shape.member, chance, depth + 1) for _ in range(chance.choice([0, 1, 1, 2]))]
    if kind == "map":
        return {str(_value(shape.key, chance, depth + 1)): _value(shape.value, chance, depth + 1)}
    if kind == "string" and shape.metadata.get("enum") and chance.random() < 0.8:
        return chance.choice(shape.metadata["enum"])
    plain = {"boolean": True, "integer": 1, "long": 1, "float": 1.0, "double": 1.0, "timestamp": 1_700_000_000}
    return plain.get(kind, "eA==" if kind == "blob" else chance.choice(_PLAIN))


def _flat(prefix: str, value: Any) -> dict[str, str]:  # noqa: ANN401  # JSON-like
    entries: list[tuple[str, Any]]
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value)
        entries = [(f"{prefix}.{key}" if prefix else str(key), item) for key, item in members.items()]
    elif isinstance(value, list):
        entries = [(f"{prefix}.member.{index}", item) for index, item in enumerate(cast("list[Any]", value), start=1)]
    else:
        return {prefix: str(value)}
    return {name: text for place, item in entries for name, text in _flat(place, item).items()}
