"""CloudFormation types that are an API in another dress: properties become the parameters of its operations."""

from __future__ import annotations

import functools
import importlib
import re
import secrets
import string
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from mlops_stages.local import refusals
from mlops_stages.local.json_values import listed
from mlops_stages.local.server import engine
from mlops_stages.local.server.api import calls, shapes

_botocore: Any = importlib.import_module("botocore")  # by name, because it has no types to check

Properties = engine.Properties


class RefusedError(ValueError):
    """What CloudFormation reports when it, or the API behind it, refuses a resource's properties."""


def call(service: str, operation: str, parameters: Properties) -> Properties:
    """Call an operation by its own name ("CreateDomain"); parameters are coerced and checked by its shape first.

    Raises RefusedError for anything that AWS would refuse.
    """
    shape = shapes.input_shape(service, operation)
    if shape is not None:
        parameters = cast("Properties", shapes.coerced(shape, parameters))
        found = shapes.first_faults(shape, parameters)
        if found:
            raise RefusedError(f"Properties validation failed for {operation}: {'; '.join(found)}")
    try:
        return calls.call(service, str(_botocore.xform_name(operation)), **parameters)
    except refusals.ClientError as error:
        said = f"{refusals.message(error)} (Service: {service}; Error Code: {refusals.code(error)})"
        raise RefusedError(said) from error


def gone(error: RefusedError, *codes: str) -> bool:
    """Say whether an API refused because what it was asked about does not exist."""
    return any(f"Error Code: {code})" in str(error) for code in codes)


def given(properties: Mapping[str, Any], *names: str) -> Properties:
    """Return those of the named properties that a template sets."""
    return {name: properties[name] for name in names if properties.get(name) is not None}


def changed(old: Mapping[str, Any], new: Mapping[str, Any], *names: str) -> Properties:
    """Return those of the named properties that `new` sets to something else than `old` has."""
    return {name: value for name, value in given(new, *names).items() if old.get(name) != value}


def at(properties: object, path: str) -> object:
    """Return the value at a path of member names joined by "/"; None where there is none."""
    for name in path.split("/"):
        properties = cast("Mapping[str, object]", properties).get(name) if isinstance(properties, Mapping) else None
    return properties


def generated_name(stack_name: str, logical_id: str, *, most: int, allowed: str = r"[^a-zA-Z0-9-]") -> str:
    """Return a name as CloudFormation makes one: stack, logical id and twelve random characters.

    `most` is the longest name allowed; `allowed` matches the characters that are not.
    """
    suffix = "".join(secrets.choice(string.ascii_uppercase + string.digits) for _ in range(12))
    stem = re.sub(allowed, "-", f"{stack_name}-{logical_id}")[: most - 13]
    return f"{stem}-{suffix}"


@dataclass(frozen=True, kw_only=True)
class TagApi:
    """The tag operations of a service, for updates: the members that take the ARN, tags and keys."""

    add: str
    remove: str
    arn: str
    tags: str = "Tags"
    keys: str = "TagKeys"
    keys_are_tags: bool = False  # removal takes whole tags instead of keys
    listed: bool = False  # the ARN goes in a list
    small_letters: bool = False  # a tag's members are `key` and `value`
    begin: str = ""  # what a tag's members begin with, before `Key` and `Value`


def retag(
    service: str, api: TagApi, arn: str, old: Iterable[Mapping[str, Any]], new: Iterable[Mapping[str, Any]]
) -> None:
    """Make the tags of `arn` those of a template, leaving alone tags that the template never had."""
    before = {str(tag["Key"]): str(tag["Value"]) for tag in old}
    after = {str(tag["Key"]): str(tag["Value"]) for tag in new}
    target: Any = [arn] if api.listed else arn
    removed = [key for key in before if key not in after]
    if removed:
        keys: list[Any] = (
            [{"Key": key, "Value": before[key]} for key in removed] if api.keys_are_tags else list(removed)
        )
        call(service, api.remove, {api.arn: target, api.keys: keys})
    changed = [{"Key": key, "Value": value} for key, value in after.items() if before.get(key) != value]
    if api.begin:
        changed = [{f"{api.begin}{name}": value for name, value in tag.items()} for tag in changed]
    if api.small_letters:
        changed = [{name.lower(): value for name, value in tag.items()} for tag in changed]
    if changed:
        call(service, api.add, {api.arn: target, api.tags: changed})


@dataclass(frozen=True, kw_only=True)
class ApiType:
    """One resource type over one API.

    `create_only` holds paths ("KmsKeyId", "Budget/BudgetName") of which a change replaces the resource.
    `request` turns properties into the create call's parameters, `change` a physical id, old and new properties into
    the update call's; None means nothing to call. `identity` gives the parameters that find the resource again.
    """

    type: str
    service: str
    properties: tuple[str, ...]
    required: tuple[str, ...] = ()
    create_only: tuple[str, ...] = ()
    create: str
    update: str | None = None
    delete: str
    named: str | None = None  # the parameter (a path) that gets a generated name when the template gives none
    longest_name: int = 63
    request: Callable[[Properties], Properties] = dict
    change: Callable[[str, Properties, Properties], Properties | None] = field(
        default=lambda _physical_id, _old, _new: None
    )
    physical_id: Callable[[Properties, Properties], str]  # of the create call's parameters and answer
    identity: Callable[[str], Properties]
    describe: Callable[[str], Properties]  # what Fn::GetAtt reads
    arn: Callable[[str], str]
    missing: tuple[str, ...] = ("ResourceNotFound",)
    tags: TagApi | None = None
    tags_property: str = "Tags"
    refers: Callable[[Properties], None] = field(default=lambda _parameters: None)  # refuses what does not exist

    def check(self, properties: Properties) -> None:
        """Refuse properties that the type does not have, and the lack of those it needs."""
        unknown = sorted(set(properties) - set(self.properties))
        if unknown:
            raise RefusedError(f"{self.type}: Encountered unsupported property {', '.join(unknown)}")
        lacking = [path for path in self.required if at(properties, path) in (None, "")]
        if lacking:
            raise RefusedError(f"{self.type}: Property {', '.join(lacking)} cannot be empty")

    def replaces(self, old: Properties, new: Properties) -> bool:
        """Say whether a change of properties needs another resource."""
        return any(at(old, path) != at(new, path) for path in self.create_only)

    def resource_type(self) -> engine.ResourceType:
        """Return the handlers that CloudFormation calls."""
        return engine.ResourceType(
            create=self._create, update=self._update, delete=self._delete, create_only=self.create_only
        )

    def _create(self, logical_id: str, properties: Properties, stack_name: str) -> tuple[str, Properties]:
        self.check(properties)
        parameters = self.request(properties)
        self.refers(parameters)
        if self.named is not None:
            name = generated_name(stack_name, logical_id, most=self.longest_name)
            *path, last = self.named.split("/")
            functools.reduce(lambda inner, each: inner[each], path, parameters).setdefault(last, name)
        answer = call(self.service, self.create, parameters)
        physical_id = self.physical_id(parameters, answer)
        return physical_id, self.describe(physical_id)

    def _update(self, physical_id: str, old: Properties, new: Properties, stack_name: str) -> tuple[str, Properties]:
        self.check(new)
        if self.replaces(old, new):
            return self._create("Resource", new, stack_name)
        changes = self.change(physical_id, old, new)
        if self.update is not None and changes is not None:
            self.refers(changes)
            call(self.service, self.update, changes)
        if self.tags is not None:
            before, after = listed(old.get(self.tags_property)), listed(new.get(self.tags_property))
            retag(self.service, self.tags, self.arn(physical_id), before, after)
        return physical_id, self.describe(physical_id)

    def _delete(self, physical_id: str, properties: Properties) -> None:
        del properties
        try:
            call(self.service, self.delete, self.identity(physical_id))
        except RefusedError as error:
            if not gone(error, *self.missing):
                raise
