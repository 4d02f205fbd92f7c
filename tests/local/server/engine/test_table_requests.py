"""Which items a request to DynamoDB names, as policies are asked about them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mlops_stages.local.server.engine.table_requests import leading_keys

KEY, OTHER = {"model": {"S": "late-arrival"}, "item": {"S": "run#1"}}, {"model": {"S": "x"}, "item": {"S": "y"}}


def keys(**asked: Any) -> list[str] | None:  # noqa: ANN401
    found = leading_keys(json.dumps(asked).encode(), {"releases": "model"}.get)
    return found.get("dynamodb:LeadingKeys")


@pytest.mark.parametrize(
    "asked",
    [
        {"TableName": "releases", "Key": KEY},
        {"TableName": "releases", "Item": {**KEY, "revision": {"N": "1"}}},
        {"TableName": "arn:aws:dynamodb:eu-west-1:333333333333:table/releases", "Key": KEY},
        {
            "TableName": "releases",
            "KeyConditionExpression": "#model = :model AND begins_with(#item, :prefix)",
            "ExpressionAttributeNames": {"#model": "model", "#item": "item"},
            "ExpressionAttributeValues": {":model": {"S": "late-arrival"}, ":prefix": {"S": "run#"}},
        },
        {
            "TableName": "releases",
            "KeyConditionExpression": "model = :m",
            "ExpressionAttributeValues": {":m": {"S": "late-arrival"}},
        },
        {"RequestItems": {"releases": {"Keys": [KEY]}}},
        {"RequestItems": {"releases": [{"PutRequest": {"Item": KEY}}]}},
        {"RequestItems": {"releases": [{"DeleteRequest": {"Key": KEY}}]}},
        {"TransactItems": [{"Put": {"TableName": "releases", "Item": KEY}}]},
    ],
)
def test_the_partition_key_of_the_item_is_told(asked: dict[str, Any]) -> None:
    assert keys(**asked) == ["late-arrival"]


def test_of_several_items_each_is_told() -> None:
    assert keys(RequestItems={"releases": {"Keys": [OTHER, KEY]}}) == ["late-arrival", "x"]


@pytest.mark.parametrize(
    "asked",
    [
        {"TableName": "releases"},
        {"TableName": "unknown", "Key": KEY},
        {"TableName": "releases", "Key": {"item": {"S": "run#1"}}},
        {
            "TableName": "releases",
            "KeyConditionExpression": "#item = :model",
            "ExpressionAttributeNames": {"#item": "item"},
            "ExpressionAttributeValues": {":model": {"S": "late-arrival"}},
        },
        {"TableName": None, "Key": [], "RequestItems": [], "TransactItems": {}},
    ],
)
def test_a_request_that_names_no_item_tells_none(asked: dict[str, Any]) -> None:
    assert keys(**asked) is None


@pytest.mark.parametrize("body", [b"", b"[]", b"\xff", b"{", b"[" * 100_000])
def test_what_is_no_request_tells_none(body: bytes) -> None:
    assert leading_keys(body, {"releases": "model"}.get) == {}
