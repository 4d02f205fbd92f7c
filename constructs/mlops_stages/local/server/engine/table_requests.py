"""DynamoDB: the condition key of the items that a request names, which ministack leaves out."""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from mlops_stages.local.json_values import listed, mapping
from mlops_stages.local.server.engine import ministack

_KEY = "dynamodb:LeadingKeys"
_EQUAL = re.compile(r"(?<![A-Za-z0-9_#])(#?[A-Za-z_][A-Za-z0-9_]*)\s*=\s*(:[A-Za-z0-9_]+)")


def mend_table_requests() -> None:
    """Tell policies the partition keys of the items that a request names, once; a scan names none.

    Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
    """
    actions = ministack.iam_actions
    if getattr(actions, "tables_mended_by_mlops_stages", False):
        return
    actions.tables_mended_by_mlops_stages = True
    context_of: Callable[[bytes], dict[str, Any]] = actions.dynamodb_service_context

    def with_leading_keys(body: bytes) -> dict[str, Any]:
        return {**context_of(body), **leading_keys(body, _partition_key)}

    actions.dynamodb_service_context = with_leading_keys


def leading_keys(body: bytes, partition_key: Callable[[str], str | None]) -> dict[str, list[str]]:
    """The condition key of a request's body; none where it names no item. `partition_key` is of a table's name."""
    try:
        asked = mapping(json.loads(body or b"{}"))
    except (ValueError, RecursionError):
        return {}
    found = sorted(set(_values(asked, partition_key)))
    return {_KEY: found} if found else {}


def _values(asked: Mapping[str, Any], partition_key: Callable[[str], str | None]) -> Iterator[str]:
    name = partition_key(_table(asked.get("TableName")))
    if name is not None:
        for item in (asked.get("Key"), asked.get("Item")):
            yield from _of(mapping(item), name)
        yield from _queried(asked, name)
    for table, requests in mapping(asked.get("RequestItems")).items():
        name = partition_key(_table(table))
        if name is not None:
            for item in _batched(requests):
                yield from _of(item, name)
    for each in listed(asked.get("TransactItems")):
        for operation in mapping(each).values():
            yield from _values(mapping(operation), partition_key)


def _batched(requests: Any) -> Iterator[Mapping[str, Any]]:  # noqa: ANN401  # JSON
    """The items of a batch: keys that are read, or requests to put and delete."""
    yield from (mapping(each) for each in listed(mapping(requests).get("Keys")))
    for each in listed(requests):
        put, deleted = (mapping(mapping(each).get(name)) for name in ("PutRequest", "DeleteRequest"))
        yield from (mapping(put.get("Item")), mapping(deleted.get("Key")))


def _queried(asked: Mapping[str, Any], name: str) -> Iterator[str]:
    """The value that a query's expression gives the partition key."""
    names, values = (mapping(asked.get(f"ExpressionAttribute{each}")) for each in ("Names", "Values"))
    for attribute, value in _EQUAL.findall(str(asked.get("KeyConditionExpression", ""))):
        if names.get(attribute, attribute) == name:
            yield from _value(values.get(value))


def _of(item: Mapping[str, Any], name: str) -> Iterator[str]:
    yield from _value(item.get(name))


def _value(attribute: Any) -> Iterator[str]:  # noqa: ANN401  # JSON
    yield from (str(each) for each in mapping(attribute).values())


def _table(name: Any) -> str:  # noqa: ANN401  # JSON
    return str(name or "").rpartition("/")[2]


def _partition_key(table: str) -> str | None:
    tables: Mapping[str, Mapping[str, Any]] = importlib.import_module("ministack.services.dynamodb")._tables
    schema = mapping(tables.get(table)).get("KeySchema")
    return next((str(each["AttributeName"]) for each in listed(schema) if each.get("KeyType") == "HASH"), None)
