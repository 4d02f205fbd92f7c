"""What a model's promotions remember: items of a table, each changed only by whoever has read it as it is."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from .aws import Client, error_code

Content = dict[str, Any]
_MOST_RACES = 10


class RaceError(RuntimeError):
    """Others were faster every time; the call is made again."""


@dataclass(frozen=True)
class Held:
    """An item, and which revision of it this is."""

    content: Content
    revision: int


class Store(Protocol):
    """The items of one model."""

    def get(self, key: str) -> Held | None:
        """An item as it is now; None where there is none."""
        ...

    def create(self, key: str, content: Content) -> bool:
        """Write one that is not there; False where one is."""
        ...

    def replace(self, key: str, content: Content, revision: int) -> bool:
        """Write over that revision; False where another is there, or none."""
        ...

    def delete(self, key: str, revision: int) -> bool:
        """Remove that revision; False where another is there, or none."""
        ...

    def find(self, prefix: str) -> list[tuple[str, Held]]:
        """All whose keys begin so, by key."""
        ...


def change(store: Store, key: str, by: Callable[[Content | None], Content]) -> Content:
    """Change an item, or make it, by what `by` makes of its content; again where another was faster."""
    for _ in range(_MOST_RACES):
        held = store.get(key)
        wanted = by(None if held is None else dict(held.content))
        if held is not None and held.content == wanted:
            return wanted
        if store.create(key, wanted) if held is None else store.replace(key, wanted, held.revision):
            return wanted
    message = f"{key} changes all the time"
    raise RaceError(message)


class DynamoStore:
    """The items in DynamoDB: the model's name is the partition, the item's the sort key.

    Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ConditionExpressions.html
    """

    def __init__(self, client: Client, table: str, model: str) -> None:
        self._client, self._table, self._model = client, table, model

    def get(self, key: str) -> Held | None:
        """An item as it is now."""
        answer = self._client.get_item(TableName=self._table, Key=self._key(key), ConsistentRead=True)
        return _held(answer["Item"]) if "Item" in answer else None

    def create(self, key: str, content: Content) -> bool:
        """Write one that is not there."""
        return self._put(key, content, 1, "attribute_not_exists(#item)", {"#item": "item"}, None)

    def replace(self, key: str, content: Content, revision: int) -> bool:
        """Write over that revision."""
        values = {":revision": {"N": str(revision)}}
        return self._put(key, content, revision + 1, "#revision = :revision", {"#revision": "revision"}, values)

    def delete(self, key: str, revision: int) -> bool:
        """Remove that revision."""
        return self._done(
            self._client.delete_item,
            Key=self._key(key),
            ConditionExpression="#revision = :revision",
            ExpressionAttributeNames={"#revision": "revision"},
            ExpressionAttributeValues={":revision": {"N": str(revision)}},
        )

    def find(self, prefix: str) -> list[tuple[str, Held]]:
        """All whose keys begin so."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            ConsistentRead=True,
            KeyConditionExpression="#model = :model AND begins_with(#item, :prefix)",
            ExpressionAttributeNames={"#model": "model", "#item": "item"},
            ExpressionAttributeValues={":model": {"S": self._model}, ":prefix": {"S": prefix}},
        )
        return [(str(each["item"]["S"]), _held(each)) for page in pages for each in page["Items"]]

    def _key(self, key: str) -> dict[str, dict[str, str]]:
        return {"model": {"S": self._model}, "item": {"S": key}}

    def _put(
        self, key: str, content: Content, revision: int, condition: str, names: dict[str, str], values: Content | None
    ) -> bool:
        item = {
            **self._key(key),
            "revision": {"N": str(revision)},
            "content": {"S": json.dumps(content, sort_keys=True, separators=(",", ":"))},
        }
        more = {} if values is None else {"ExpressionAttributeValues": values}
        return self._done(
            self._client.put_item,
            Item=item,
            ConditionExpression=condition,
            ExpressionAttributeNames=names,
            **more,
        )

    def _done(self, call: Callable[..., Any], **given: Any) -> bool:  # noqa: ANN401  # boto3 has no types
        try:
            call(TableName=self._table, **given)
        except self._client.exceptions.ClientError as error:
            if error_code(error) == "ConditionalCheckFailedException":
                return False
            raise
        return True


def _held(item: Content) -> Held:
    return Held(json.loads(item["content"]["S"]), int(item["revision"]["N"]))
