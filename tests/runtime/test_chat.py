"""A custom notification of a chat: of the one form that is shown, and nothing in it mentions anybody."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mlops_stages.runtime.chat import SOMEBODY, notification

Json = dict[str, Any]


def shown(text: str, *, thread: str | None = None) -> Json:
    """A notification in which a text is title, sentence and command."""
    return json.loads(notification(title=text, sentences=[text], commands=[text], keywords=["a/b"], thread=thread))


def test_it_has_the_one_form_that_is_shown() -> None:
    found = shown("It went off.")
    assert (found["version"], found["source"], found["content"]["textType"]) == ("1.0", "custom", "client-markdown")
    assert (
        found["content"]["title"] == found["content"]["description"] == found["metadata"]["summary"] == "It went off."
    )
    assert found["content"]["nextSteps"] == ["`It went off.`"]


def test_those_of_one_thread_say_so() -> None:
    assert shown("It went off.", thread="a")["metadata"]["threadId"] == "a"
    assert "threadId" not in shown("It went off.")["metadata"]


@pytest.mark.parametrize("text", ["<!channel>", "<@U0123ABCD>", "<https://evil.example|click>", "`@here`", "@channel"])
def test_no_text_mentions_anybody_or_is_a_link(text: str) -> None:
    found = shown(text)
    for each in (found["content"]["title"], found["content"]["description"], found["metadata"]["summary"]):
        assert not {"<", ">", "@", "`"} & set(each)
    (command,) = found["content"]["nextSteps"]
    assert command.count("`") == 2


def test_an_address_is_shown_as_a_person() -> None:
    found = shown("approved by flora.king+x@acme.example, not by hugo@acme.example: nobody else")
    assert found["content"]["description"] == f"approved by {SOMEBODY}, not by {SOMEBODY}: nobody else"


def test_a_long_text_is_cut() -> None:
    found = shown("s" * 9999)
    assert len(found["content"]["title"]) == 200
    assert len(found["content"]["description"]) == 2000
