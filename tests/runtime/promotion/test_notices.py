"""What the owner of a model is told of its promotions: once, by mail, and in the channel where the model has one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mlops_stages.runtime.promotion.notices import tell
from tests.runtime.promotion.given import CHAT_TOPIC, SETTINGS, World

LINES = ["PRM-053: too slow; approved by ben@acme.example.", "  mlops-stages promote arrivals/late-arrival"]


@pytest.fixture
def world() -> World:
    return World(settings=replace(SETTINGS, chat_topic=CHAT_TOPIC))


def test_the_channel_shows_what_is_told_and_no_address(world: World) -> None:
    tell(world.promotion, "v1", "v1 failed", LINES)
    (mail,), (shown,) = world.topic.said, world.topic.shown
    assert "approved by ben@acme.example" in mail["Message"]
    assert shown["content"]["title"] == "arrivals/late-arrival: v1 failed"
    first, second = shown["content"]["description"].splitlines()
    assert first.startswith("PRM-053: too slow; approved by (a person)")
    assert second == "  mlops-stages promote arrivals/late-arrival"
    assert shown["content"]["nextSteps"] == ["`mlops-stages releases arrivals/late-arrival`"]


def test_it_shows_it_once(world: World) -> None:
    for _ in range(2):
        tell(world.promotion, "v1", "v1 failed", LINES)
    assert len(world.topic.said) == len(world.topic.shown) == 1


def test_what_the_channel_does_not_take_is_recorded_and_the_mail_was_sent(world: World) -> None:
    world.topic.chat_fails = True
    tell(world.promotion, "v1", "v1 failed", LINES)
    assert len(world.topic.said) == 1
    held = world.items.get("told#v1")
    assert held is not None
    assert held.content["chat"] == "not sent: AuthorizationError"


def test_without_a_channel_there_is_mail_alone() -> None:
    world = World()
    tell(world.promotion, "v1", "v1 failed", LINES)
    held = world.items.get("told#v1")
    assert held is not None
    assert "chat" not in held.content
    assert world.topic.shown == []
