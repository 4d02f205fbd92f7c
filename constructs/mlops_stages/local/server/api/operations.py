"""Which operation a request calls, and with what: read from botocore's own models."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote

from mlops_stages.expressions import Expression, compiled
from mlops_stages.local.json_values import document, listed
from mlops_stages.local.server.api.shapes import LOADER
from mlops_stages.local.server.engine import Headers, Query

_MODELS = {
    "sagemaker": (
        "sagemaker",
        "sagemaker-runtime",
        "sagemaker-featurestore-runtime",
        "sagemaker-metrics",
        "sagemaker-a2i-runtime",
        "sagemaker-edge",
    ),
    "access-analyzer": ("accessanalyzer",),
    "monitoring": ("cloudwatch",),
    "servicecatalog": ("servicecatalog", "servicecatalog-appregistry"),
    "servicequotas": ("service-quotas",),
    "sso": ("sso-admin",),
    "states": ("stepfunctions",),
}
"""The botocore models of a signing name, where it is not simply that of the same name."""

_READS = ("Describe", "List", "Get", "Search", "BatchGet", "BatchDescribe", "Query")


@dataclass(frozen=True)
class Operation:
    """One API call: the IAM prefix of its service, its name, and its parameters as the API names them."""

    prefix: str
    name: str
    parameters: Mapping[str, Any]

    @property
    def reads(self) -> bool:
        """Whether the operation only looks."""
        return self.name.startswith(_READS)

    @property
    def creates(self) -> bool:
        """Whether the operation makes what it names."""
        return self.name.startswith(("Create", "Import", "Register"))


def find(name: str, method: str, path: str, headers: Headers, body: bytes, query: Query) -> Operation | None:
    """Return the operation that a request signed for service `name` calls, or None where no model has it."""
    for model in _models(name):
        found = model.find(method, path, headers, body, query)
        if found is not None:
            return Operation(name, *found)
    return None


def is_ambiguous(name: str, headers: Headers, body: bytes, query: Query) -> bool:
    """Say whether a request names its operation, or what it is on, where its service does not look, or twice.

    ministack reads the action and the resource to judge from there all the same, and would then do another.
    """
    # ec2's model is large, and it is the one service of its protocol
    protocols = {"ec2"} if name == "ec2" else {each for model in _models(name) for each in model.protocols}
    if protocols & {"ec2", "query"} and body and "x-amz-target" not in headers:
        is_form = headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
        if query or not (is_form or protocols - {"ec2", "query"}):
            return True
    if name == "ec2":
        return "x-amz-target" in headers
    named_by_target = any(protocol.startswith(("json", "smithy")) for protocol in protocols)
    return ("x-amz-target" in headers and not named_by_target) or ("Action" in query and "query" not in protocols)


class _Model:
    """One of botocore's service models."""

    def __init__(self, raw: Mapping[str, Any]) -> None:
        self._operations: Mapping[str, Any] = raw["operations"]
        self._shapes: Mapping[str, Any] = raw["shapes"]
        self._protocol: str = raw["metadata"]["protocol"]
        self._target: str = raw["metadata"].get("targetPrefix", "")
        self.protocols: list[str] = raw["metadata"].get("protocols") or [self._protocol]

    def find(
        self, method: str, path: str, headers: Headers, body: bytes, query: Query
    ) -> tuple[str, dict[str, Any]] | None:
        """Return the name and the parameters of the operation that the request calls."""
        target = headers.get("x-amz-target", "")
        if target:
            prefix, _, operation = target.rpartition(".")
            known = bool(self._target) and prefix == self._target and operation in self._operations
            return (operation, document(body)) if known else None
        if self._protocol in ("query", "ec2"):
            form = _single({**parse_qs(body.decode("utf-8", "replace")), **query})
            return (str(form["Action"]), form) if form.get("Action") in self._operations else None
        if not self._protocol.startswith("rest"):
            return None
        for operation, pattern in self._routes:
            groups = pattern.named_groups(f"{method} {path}")
            if groups is not None:
                located = self._located(operation, headers)
                asked = self._asked(operation, query)
                said = {} if self._has_content(operation) else document(body)
                return operation, {**said, **asked, **located, **self._named(operation, groups)}
        return None

    @functools.cached_property
    def _routes(self) -> tuple[tuple[str, Expression], ...]:
        """The operations with a pattern of method and path each, the most literal first."""
        routes: list[tuple[int, str, Expression]] = []
        for operation, described in self._operations.items():
            parts = re.split(r"(\{[^}]+\})", str(described["http"]["requestUri"]).partition("?")[0].rstrip("/") or "/")
            literal = sum(len(part) for part in parts if not part.startswith("{"))
            path = "".join(_pattern(part) for part in parts)
            routes.append((-literal, operation, compiled(f"{described['http']['method']} {path}/?")))
        return tuple((operation, pattern) for _, operation, pattern in sorted(routes, key=lambda route: route[:2]))

    def _has_content(self, operation: str) -> bool:
        """Say whether the body is one member's content, as an object's or a request to a model: it names nothing."""
        shape: Mapping[str, Any] = self._shapes.get(self._operations[operation].get("input", {}).get("shape", ""), {})
        member = shape.get("members", {}).get(shape.get("payload", ""), {})
        return self._shapes.get(member.get("shape", ""), {}).get("type") in ("blob", "string")

    def _members(self, operation: str, location: str) -> dict[str, str]:
        """Return the input members in one place of the request, by their names there."""
        shape: Mapping[str, Any] = self._shapes.get(self._operations[operation].get("input", {}).get("shape", ""), {})
        members: Mapping[str, Any] = shape.get("members", {})
        return {
            str(member.get("locationName", name)): name
            for name, member in members.items()
            if member.get("location") == location
        }

    def _named(self, operation: str, groups: Mapping[str, str]) -> dict[str, str]:
        names = {_group(wire): name for wire, name in self._members(operation, "uri").items()}
        return {names.get(group, group): unquote(value) for group, value in groups.items()}

    def _asked(self, operation: str, query: Query) -> dict[str, Any]:
        names = self._members(operation, "querystring")
        asked = {names.get(wire, wire): value for wire, value in _single(query).items()}
        return {name: listed(value) if self._is_list(operation, name) else value for name, value in asked.items()}

    def _is_list(self, operation: str, member: str) -> bool:
        """Say whether a parameter is a list, which one value alone does not show."""
        shape: Mapping[str, Any] = self._shapes.get(self._operations[operation].get("input", {}).get("shape", ""), {})
        named: str = shape.get("members", {}).get(member, {}).get("shape", "")
        return self._shapes.get(named, {}).get("type") == "list"

    def _located(self, operation: str, headers: Headers) -> dict[str, str]:
        names = self._members(operation, "header")
        return {name: headers[wire.lower()] for wire, name in names.items() if wire.lower() in headers}


def _single(query: Mapping[str, Any]) -> dict[str, Any]:
    """Return parameters as they are meant: one value rather than a list of one."""
    return {key: items[0] if len(items := listed(values)) == 1 else items for key, values in query.items()}


def _pattern(part: str) -> str:
    if not part.startswith("{"):
        return re.escape(part)
    name = part[1:-1]
    # An ARN's slashes come percent-encoded, and are decoded by the time that they are read here.
    return f"(?P<{_group(name.rstrip('+'))}>.+)" if name.endswith("+") else f"(?P<{_group(name)}>arn:.+|[^/]+)"


def _group(name: str) -> str:
    return re.sub(r"\W", "_", name)


@functools.cache
def models_of(name: str) -> tuple[str, ...]:
    """Return the names of botocore's models of a signing name."""
    available: list[str] = LOADER.list_available_services("service-2")
    return tuple(model for model in _MODELS.get(name, (name,)) if model in available)


@functools.cache
def _models(name: str) -> tuple[_Model, ...]:
    return tuple(_Model(LOADER.load_service_model(model, "service-2")) for model in models_of(name))
