"""The table: every write asks whether the item is still as it was read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import boto3  # pyright: ignore[reportMissingTypeStubs]
import pytest
from botocore.stub import Stubber  # pyright: ignore[reportMissingTypeStubs]

from mlops_stages.runtime.promotion.store import Content, DynamoStore, RaceError, change
from tests.runtime.promotion.given import MemoryStore

KEY = {"model": {"S": "late-arrival"}, "item": {"S": "lock#staging"}}


@pytest.fixture
def stubbed() -> Iterator[tuple[DynamoStore, Any]]:
    client = cast("Any", boto3).client(
        "dynamodb", region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x"
    )
    with Stubber(client) as stub:
        yield DynamoStore(client, "releases", "late-arrival"), stub
        stub.assert_no_pending_responses()


def put(revision: int, condition: str, names: dict[str, str], **more: Any) -> dict[str, Any]:  # noqa: ANN401
    item = {**KEY, "revision": {"N": str(revision)}, "content": {"S": '{"a":1}'}}
    return {"TableName": "releases", "Item": item, "ConditionExpression": condition,
            "ExpressionAttributeNames": names, **more}  # fmt: skip


def test_an_item_is_created_only_where_none_is(stubbed: tuple[DynamoStore, Any]) -> None:
    store, stub = stubbed
    expected = put(1, "attribute_not_exists(#item)", {"#item": "item"})
    stub.add_response("put_item", {}, expected)
    stub.add_client_error("put_item", "ConditionalCheckFailedException", expected_params=expected)
    assert store.create("lock#staging", {"a": 1})
    assert not store.create("lock#staging", {"a": 1})


def test_an_item_is_replaced_and_removed_only_as_it_was_read(stubbed: tuple[DynamoStore, Any]) -> None:
    store, stub = stubbed
    named = {"#revision": "revision"}
    values = {"ExpressionAttributeValues": {":revision": {"N": "3"}}}
    stub.add_response("put_item", {}, put(4, "#revision = :revision", named, **values))
    stub.add_client_error("delete_item", "ConditionalCheckFailedException")
    assert store.replace("lock#staging", {"a": 1}, 3)
    assert not store.delete("lock#staging", 3)


def test_a_throttled_write_is_an_error_not_a_lost_race(stubbed: tuple[DynamoStore, Any]) -> None:
    store, stub = stubbed
    stub.add_client_error("put_item", "ProvisionedThroughputExceededException")
    with pytest.raises(Exception, match="Throughput"):
        store.create("lock#staging", {"a": 1})


def test_items_are_read_as_they_are_now_page_by_page(stubbed: tuple[DynamoStore, Any]) -> None:
    store, stub = stubbed
    item = {**KEY, "revision": {"N": "2"}, "content": {"S": '{"a":1}'}}
    stub.add_response("get_item", {"Item": item}, {"TableName": "releases", "Key": KEY, "ConsistentRead": True})
    stub.add_response("get_item", {})
    stub.add_response("query", {"Items": [item], "LastEvaluatedKey": KEY})
    stub.add_response("query", {"Items": []})
    held = store.get("lock#staging")
    assert held is not None
    assert (held.content, held.revision) == ({"a": 1}, 2)
    assert store.get("lock#production") is None
    assert [(key, each.revision) for key, each in store.find("lock#")] == [("lock#staging", 2)]


class Contested(MemoryStore):
    """A store where another is faster for a while."""

    races = 3

    def replace(self, key: str, content: Content, revision: int) -> bool:
        if self.races:
            self.races -= 1
            assert super().replace(key, {"n": 10 * self.races}, revision)
            return False
        return super().replace(key, content, revision)


def test_a_change_is_made_of_what_is_there_in_the_end() -> None:
    store = Contested()
    store.create("n", {"n": 1})

    def one_more(content: Content | None) -> Content:
        return {"n": 1 if content is None else content["n"] + 1}

    assert change(store, "n", one_more) == {"n": 1}
    store.races = 100
    with pytest.raises(RaceError):
        change(store, "n", one_more)
