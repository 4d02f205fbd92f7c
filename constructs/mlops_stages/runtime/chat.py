"""What a chat channel shows: a custom notification of Amazon Q Developer in chat applications.

A plain text that a topic sends is not shown there. A notification names no person, whatever is said in it.

Source: https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

_LONGEST_TITLE, _LONGEST_TEXT = 200, 2000
_MARKUP = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "`": "'", "@": "(at)"})
"""What would mention people, be a link or end a code: https://docs.slack.dev/messaging/formatting-message-text"""
_ADDRESS = re.compile(r"[A-Za-z0-9._+'=-]{1,64}@[A-Za-z0-9.-]{1,255}")
SOMEBODY = "(a person)"


def notification(
    *,
    title: str,
    sentences: Sequence[str],
    commands: Sequence[str],
    keywords: Sequence[str],
    thread: str | None = None,
) -> str:
    """A notification as the topic's message; those of one `thread` are shown in one, where the channel allows it."""
    said = _plain(title)[:_LONGEST_TITLE]
    content = {
        "textType": "client-markdown",
        "title": said,
        "description": "\n".join(map(_plain, sentences))[:_LONGEST_TEXT],
        "nextSteps": [f"`{_plain(each)}`" for each in commands],
        "keywords": list(keywords),
    }
    metadata = {"summary": said, **({} if thread is None else {"threadId": thread})}
    return json.dumps({"version": "1.0", "source": "custom", "content": content, "metadata": metadata})


def _plain(text: str) -> str:
    """A text without anybody's address, and without what a chat takes for more than text."""
    return _ADDRESS.sub(SOMEBODY, text).translate(_MARKUP)
