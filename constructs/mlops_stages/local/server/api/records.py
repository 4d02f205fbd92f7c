"""Services as data: an API that creates, describes, lists, changes and deletes records is one `Kind`, not code.

A kind names the operations of botocore's model; parameters are checked and answers are shaped by that model. Records
are kept by account and region. What a kind cannot say by data it says by `prepare` and `check`, small functions
beside it. Later stages add kinds.
"""

from __future__ import annotations

import base64
import binascii
import copy
import json
import secrets
import string
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NoReturn

from mlops_stages.local.server import engine
from mlops_stages.local.server.api import shapes

MOST_TAGS = 50
"""Tags that one resource takes."""

Parameters = Mapping[str, Any]
Record = dict[str, Any]
Verb = Literal["create", "describe", "list", "update", "delete"]


class ServiceError(Exception):
    """What an AWS API answers to a call that it refuses: error code, message, HTTP status."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Whose records: one account, in one region."""

    account: str
    region: str


def current_scope() -> Scope:
    """The account and region of the request being served."""
    return Scope(account=engine.account(), region=engine.region())


@dataclass(frozen=True, kw_only=True)
class Filter:
    """One optional parameter of a list operation: which member of a record it compares, and how."""

    member: str
    how: Literal["equals", "contains", "starts", "in", "any", "after", "before"] = "equals"


@dataclass(frozen=True, kw_only=True)
class Child:
    """Records of another kind that live inside one of this kind, by the members that point at it."""

    kind: str
    members: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of record and the operations on it.

    `identity` names the members that tell two records of one account and region apart, in requests and in records.
    `arn` is a format over the record's members and partition, account and region.
    """

    service: str
    name: str
    identity: tuple[str, ...]
    arn: str
    arn_member: str
    operations: Mapping[Verb, str]
    items: str  # the member of the list operation's answer that holds the records
    missing: str = "ResourceNotFound"  # the error code for a record that does not exist
    taken: str = "ResourceInUse"  # the error code for one that exists already, or cannot go yet
    wrapper: str | None = None  # the member of a create request that holds the record, where it is nested
    unique: tuple[str, ...] = ()  # members that together may occur once, besides the identity
    parents: tuple[Child, ...] = ()  # kinds that a record refers to, which must exist
    children: tuple[Child, ...] = ()  # kinds whose records must be gone before this one goes
    filters: Mapping[str, Filter] = field(default_factory=dict[str, Filter])
    renamed: Mapping[str, str] = field(default_factory=dict[str, str])  # update's member for a record's member
    tags: str = "Tags"  # the member of a create request that holds tags
    token: str = "NextToken"  # noqa: S105  # a page's, not a secret
    regional: bool = True
    prepare: Callable[[Scope, Record], None] | None = None  # ids and defaults
    check: Callable[[Records, Scope, Record], None] | None = None  # what AWS refuses beyond shapes
    updated: Mapping[str, Any] = field(default_factory=dict[str, Any])  # members that an update sets
    merged: tuple[str, ...] = ()  # members of which an update changes only what it names
    instead: Mapping[str, str] = field(default_factory=dict[str, str])  # giving one member drops the other
    answers_list: bool = False  # no describe operation: the list operation filters by the identity


class Records:
    """The records of all accounts and regions, and the operations on them."""

    def __init__(self, kinds: tuple[Kind, ...], clock: Callable[[], float] = time.time) -> None:
        self.kinds = {kind.name: kind for kind in kinds}
        self._operations = {(k.service, name): (k, verb) for k in kinds for verb, name in k.operations.items()}
        self._stored: dict[tuple[str, str, str], dict[tuple[str, ...], Record]] = {}
        self._tags: dict[str, dict[str, str]] = {}
        self._clock = clock
        self.lock = threading.RLock()
        """Held while records are read or changed: what runs in the background changes them too."""

    def handles(self, service: str, operation: str) -> bool:
        """Whether an operation belongs to one of the kinds."""
        return (service, operation) in self._operations

    def dispatch(self, scope: Scope, service: str, operation: str, parameters: Parameters) -> Record:
        """Answer one call whose parameters have been checked against the operation's shape."""
        kind, verb = self._operations[service, operation]
        verbs = {
            "create": self._create,
            "describe": self.get,
            "list": self._list,
            "update": self._update,
            "delete": self._delete,
        }
        shape = shapes.output_shape(service, operation)
        with self.lock:
            answer = verbs[verb](kind, scope, parameters)
            return {} if shape is None else shapes.shown(shape, copy.deepcopy(answer))

    def change(self, kind: str, scope: Scope, wanted: Parameters, **members: Any) -> None:  # noqa: ANN401  # JSON-like
        """Set members of a record as the service itself does, not a caller; nothing where it is gone."""
        with self.lock:
            record = self._table(self.kinds[kind], scope).get(_key(self.kinds[kind], wanted))
            if record is not None:
                record.update({**members, "LastModifiedTime": self._clock()})

    def remove(self, kind: str, scope: Scope, wanted: Parameters) -> None:
        """Drop a record that goes with another."""
        with self.lock:
            record = self._table(self.kinds[kind], scope).pop(_key(self.kinds[kind], wanted), None)
            if record is not None:
                self._tags.pop(record[self.kinds[kind].arn_member], None)

    # Reading

    def all(self, kind: str, scope: Scope) -> list[Record]:
        """The records of a kind, oldest first."""
        return list(self._table(self.kinds[kind], scope).values())

    def get(self, kind: Kind, scope: Scope, wanted: Parameters) -> Record:
        """The record that `wanted` identifies; ServiceError when there is none."""
        record = self._table(kind, scope).get(_key(kind, wanted))
        if record is None:
            shown = ", ".join(f"{member} {wanted.get(member)}" for member in kind.identity)
            raise ServiceError(kind.missing, f"{kind.name} [{shown}] does not exist.")
        return record

    def tags(self, arn: str) -> dict[str, str] | None:
        """The tags of a record, to be changed in place; None when the ARN is of no record here."""
        return self._tags.get(arn)

    def _table(self, kind: Kind, scope: Scope) -> dict[tuple[str, ...], Record]:
        return self._stored.setdefault((kind.name, scope.account, scope.region if kind.regional else ""), {})

    def _list(self, kind: Kind, scope: Scope, parameters: Parameters) -> Record:
        records = [r for r in self._table(kind, scope).values() if _passes(kind, r, parameters)]
        if kind.answers_list:
            self._refuse_unknown(kind, scope, parameters)
        order = parameters.get("SortBy") or "CreationTime"
        if records and order in records[0]:
            records.sort(key=lambda r: r[order], reverse=parameters.get("SortOrder") == "Descending")
        items, token = page(records, parameters.get("MaxResults") or 100, parameters.get(kind.token))
        return {kind.items: items, kind.token: token}

    def _refuse_unknown(self, kind: Kind, scope: Scope, parameters: Parameters) -> None:
        known = {record[kind.arn_member] for record in self._table(kind, scope).values()}
        for name, wanted in kind.filters.items():
            if wanted.member == kind.arn_member:
                for arn in parameters.get(name) or ():
                    if arn not in known:
                        raise ServiceError(kind.missing, f"{kind.name} [{arn}] does not exist.")

    # Writing

    def _create(self, kind: Kind, scope: Scope, parameters: Parameters) -> Record:
        new_tags = merged_tags({}, parameters.get(kind.tags) or ())
        given: Parameters = parameters if kind.wrapper is None else parameters[kind.wrapper]
        record: Record = {k: v for k, v in copy.deepcopy(dict(given)).items() if k != kind.tags}
        now = self._clock()
        record |= {"CreationTime": now, "LastModifiedTime": now}
        if kind.prepare is not None:
            kind.prepare(scope, record)
        record[kind.arn_member] = kind.arn.format(
            partition="aws", account=scope.account, region=scope.region, **{k: _text(v) for k, v in record.items()}
        )
        self._refuse_orphan(kind, scope, record)
        table = self._table(kind, scope)
        same = kind.unique or kind.identity
        for other in table.values():
            if all(other.get(member) == record.get(member) for member in same):
                shown = ", ".join(f"{member} {record.get(member)}" for member in same)
                raise ServiceError(kind.taken, f"{kind.name} [{shown}] already exists.")
        if kind.check is not None:
            kind.check(self, scope, record)
        table[_key(kind, record)] = record
        self._tags[record[kind.arn_member]] = new_tags
        return record

    def _update(self, kind: Kind, scope: Scope, parameters: Parameters) -> Record:
        record = self.get(kind, scope, parameters)
        changed = copy.deepcopy(record)
        for member, value in copy.deepcopy(dict(parameters)).items():
            if member not in kind.identity:
                name = kind.renamed.get(member, member)
                changed[name] = {**changed.get(name, {}), **value} if name in kind.merged else value
                changed.pop(kind.instead.get(name, ""), None)
        changed |= {"LastModifiedTime": self._clock(), **kind.updated}
        self._refuse_orphan(kind, scope, changed)
        if kind.check is not None:
            kind.check(self, scope, changed)
        record.clear()
        record.update(changed)
        return record

    def _delete(self, kind: Kind, scope: Scope, parameters: Parameters) -> Record:
        record = self.get(kind, scope, parameters)
        for child in kind.children:
            for other in self._table(self.kinds[child.kind], scope).values():
                if all(other.get(member) == record.get(member) for member in child.members):
                    self._refuse_removal(kind, child, record)
        del self._table(kind, scope)[_key(kind, record)]
        self._tags.pop(record[kind.arn_member], None)
        return record

    def _refuse_removal(self, kind: Kind, child: Child, record: Record) -> NoReturn:
        shown = ", ".join(str(record[member]) for member in kind.identity)
        raise ServiceError(kind.taken, f"Unable to delete {kind.name} [{shown}]: {child.kind}s are associated with it.")

    def _refuse_orphan(self, kind: Kind, scope: Scope, record: Record) -> None:
        for parent in kind.parents:
            if any(record.get(member) is not None for member in parent.members):
                self.get(self.kinds[parent.kind], scope, record)


def merged_tags(tags: Mapping[str, str], more: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """`tags` and `more` together; ServiceError when AWS would refuse them."""
    added = [(tag["Key"], tag["Value"]) for tag in more]
    merged = {**tags, **dict(added)}
    if len({key for key, _ in added}) != len(added):
        raise ServiceError("ValidationException", "Duplicate tag keys found. Tag keys must be unique.")
    if len(merged) > MOST_TAGS:
        raise ServiceError("ValidationException", f"A resource takes at most {MOST_TAGS} tags.")
    for key, _ in added:
        if key.lower().startswith("aws:") and not key.startswith("aws:cloudformation:"):
            raise ServiceError("ValidationException", f"Tag key {key!r}: the prefix aws: is reserved.")
    return merged


def new_id(length: int, alphabet: str = string.ascii_lowercase + string.digits) -> str:
    """A random id as AWS makes them."""
    return "".join(secrets.choice(alphabet) for _ in range(length))


def new_hexadecimal(length: int) -> str:
    """A random id of hexadecimal digits."""
    return uuid.uuid4().hex[:length]


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _key(kind: Kind, record: Parameters) -> tuple[str, ...]:
    return tuple(str(record.get(member)) for member in kind.identity)


def _passes(kind: Kind, record: Record, parameters: Parameters) -> bool:
    for name, wanted in kind.filters.items():
        expected, found = parameters.get(name), record.get(wanted.member)
        if expected is None or expected == []:
            continue
        if found is None or not _COMPARISONS[wanted.how](expected, found):
            return False
    return True


_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "equals": lambda expected, found: found == expected,
    "contains": lambda expected, found: expected in found,
    "starts": lambda expected, found: found.startswith(expected),
    "in": lambda expected, found: found in expected,
    "any": lambda expected, found: expected in found,
    "after": lambda expected, found: found > expected,
    "before": lambda expected, found: found < expected,
}


def page(records: list[Record], size: int, token: str | None) -> tuple[list[Record], str | None]:
    """A page of records and the token of the next one; ServiceError for a token that is none."""
    try:
        start = 0 if token is None else int(json.loads(base64.urlsafe_b64decode(token))["from"])
    except (ValueError, KeyError, TypeError, binascii.Error) as error:
        raise ServiceError("ValidationException", f"Invalid pagination token {token!r}.") from error
    end = start + size
    more = base64.urlsafe_b64encode(json.dumps({"from": end}).encode()).decode() if end < len(records) else None
    return records[start:end], more
