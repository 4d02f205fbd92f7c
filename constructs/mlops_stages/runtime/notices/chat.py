"""What a chat channel shows of an alarm: a custom notification of Amazon Q Developer in chat applications.

A plain text that a topic sends is not shown there. A notification names no person and no row.

Source: https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from .incidents import Incident
from .settings import Settings

_LONGEST_TITLE, _LONGEST_TEXT = 200, 2000
_MARKUP = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
"""What would mention people, or be a link: https://docs.slack.dev/messaging/formatting-message-text#escaping"""


def notification(
    settings: Settings, incident: Incident, *, title: str, sentences: Sequence[str], commands: Sequence[str]
) -> str:
    """A notification; all of an incident are of one thread, where the channel's preferences allow threads."""
    content = {
        "textType": "client-markdown",
        "title": _plain(title)[:_LONGEST_TITLE],
        "description": "\n".join(map(_plain, sentences))[:_LONGEST_TEXT],
        "nextSteps": [f"`{_plain(each)}`" for each in commands],
        "keywords": [settings.model, settings.environment],
    }
    metadata = {"threadId": f"{incident.alarm} {incident.since.isoformat()}", "summary": _plain(title)[:_LONGEST_TITLE]}
    told = {"version": "1.0", "source": "custom", "content": content, "metadata": metadata}
    return json.dumps(told, ensure_ascii=False)


def _plain(text: str) -> str:
    """A text in which no markup of the chat's is left that names somebody or ends a code."""
    return text.translate(_MARKUP).replace("`", "'").replace("@", "(at)")
