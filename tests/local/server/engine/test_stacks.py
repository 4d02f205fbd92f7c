"""Mending a resource type of ministack's: what is added, and what is undone."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any

import pytest

from mlops_stages.local.server import engine
from mlops_stages.local.server.api.calls import call
from mlops_stages.local.server.engine import Properties, ministack

Calls = list[tuple[str, ...]]


@pytest.fixture
def calls() -> Calls:
    return []


@pytest.fixture
def name(calls: Calls) -> Iterator[str]:
    """A resource type that writes down what happens to it."""
    name = f"Test::Type::{secrets.token_hex(4)}"

    def create(logical_id: str, properties: Properties, stack_name: str) -> tuple[str, Properties]:
        calls.append(("create", logical_id, stack_name))
        return f"id-{logical_id}", {"Arn": "arn", "Size": properties.get("Size")}

    def update(physical_id: str, old: Properties, new: Properties, stack_name: str) -> tuple[str, Properties]:
        calls.append(("update", physical_id, stack_name))
        return physical_id, {"Arn": "arn"}

    def delete(physical_id: str, properties: Properties) -> None:
        calls.append(("delete", physical_id))

    engine.add_resource_type(name, engine.ResourceType(create, update, delete))
    yield name
    del ministack.provisioners._RESOURCE_HANDLERS[name]


def handlers(name: str) -> dict[str, Any]:
    return dict(ministack.provisioners._RESOURCE_HANDLERS[name])


def test_an_added_type_is_known_and_cannot_be_added_twice(name: str) -> None:
    assert name in engine.resource_types()
    with pytest.raises(ValueError, match="mend_resource_type"):
        engine.add_resource_type(name, engine.ResourceType(*([None] * 3)))  # pyright: ignore[reportArgumentType]  # refused


def test_a_mend_comes_after_creating_and_before_deleting(name: str, calls: Calls) -> None:
    engine.mend_resource_type(
        name,
        after_create=lambda physical_id, properties, stack: calls.append(("after", physical_id, stack)),
        after_update=lambda physical_id, old, new, stack: calls.append(("after update", physical_id, stack)),
        before_delete=lambda physical_id, properties: calls.append(("before", physical_id)),
        attributes=lambda physical_id, properties: {"Cidr": properties["Cidr"]},
    )
    mended = handlers(name)
    assert mended["create"]("L", {"Cidr": "10.0.0.0/16"}, "s") == (
        "id-L",
        {"Arn": "arn", "Size": None, "Cidr": "10.0.0.0/16"},
    )
    assert mended["update"]("id-L", {}, {"Cidr": "10.1.0.0/16"}, "s") == ("id-L", {"Arn": "arn", "Cidr": "10.1.0.0/16"})
    mended["delete"]("id-L", {})
    assert calls == [
        ("create", "L", "s"),
        ("after", "id-L", "s"),
        ("update", "id-L", "s"),
        ("after update", "id-L", "s"),
        ("before", "id-L"),
        ("delete", "id-L"),
    ]


def test_a_mend_that_fails_leaves_no_resource_behind(name: str, calls: Calls) -> None:
    def fail(physical_id: str, properties: Properties, stack_name: str) -> None:
        raise RuntimeError("no such bucket")

    engine.mend_resource_type(name, after_create=fail)
    with pytest.raises(RuntimeError, match="no such bucket"):
        handlers(name)["create"]("L", {}, "s")
    assert calls == [("create", "L", "s"), ("delete", "id-L")]


def test_mends_add_up(name: str, calls: Calls) -> None:
    for number in ("1", "2"):
        engine.mend_resource_type(
            name, after_create=lambda physical_id, properties, stack, number=number: calls.append((number,))
        )
    handlers(name)["create"]("L", {}, "s")
    assert calls == [("create", "L", "s"), ("1",), ("2",)]


def test_an_api_is_called_in_process_in_the_account_of_the_request() -> None:
    with engine.within("222222222222", "eu-west-1"):
        topic = call("sns", "create_topic", Name="topic")["TopicArn"]
    assert topic == "arn:aws:sns:eu-west-1:222222222222:topic"
    with engine.within("333333333333", "eu-west-1"):
        assert call("sns", "list_topics")["Topics"] == []


def test_a_refusal_in_process_is_what_a_client_would_see() -> None:
    with engine.within("222222222222", "eu-west-1"), pytest.raises(Exception, match="NoSuchEntity"):
        call("iam", "get_role", RoleName="none")
