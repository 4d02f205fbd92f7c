"""What the model's owner is told: what happened, where, the evidence, and the next command."""

from __future__ import annotations

from collections.abc import Sequence

from ..chat import notification
from .aws import error_code
from .promotion import Promotion

_LONGEST_SUBJECT = 100


def tell(promotion: Promotion, key: str, subject: str, lines: Sequence[str], *, also: Sequence[str] = ()) -> None:
    """Tell once: of the same key, nothing more is told, unless this dies right after it has told.

    By mail, and in the channel where the model has one: what that does not take is recorded, and stops nothing. `also`
    are the ARNs of topics beside the owner's.

    Source: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
    """
    settings = promotion.settings
    told = f"told#{key}"
    if promotion.store.get(told) is not None:
        return
    title = f"{settings.name}: {subject}".encode("ascii", "replace").decode()
    for topic in (settings.topic, *also):
        promotion.aws.client("sns").publish(
            TopicArn=topic,
            Subject=title[:_LONGEST_SUBJECT],
            Message="\n".join([title, "", *lines, "", f"What runs where: mlops-stages releases {settings.name}"]),
        )
    promotion.store.create(told, {"at": promotion.at(), "subject": subject, **_shown(promotion, subject, lines)})


def _shown(promotion: Promotion, subject: str, lines: Sequence[str]) -> dict[str, str]:
    """Show it in the channel; what to record of that."""
    settings = promotion.settings
    if not settings.chat_topic:
        return {}
    message = notification(
        title=f"{settings.name}: {subject}",
        sentences=lines,
        commands=[f"mlops-stages releases {settings.name}"],
        keywords=[settings.name],
    )
    sns = promotion.aws.client("sns")
    try:
        sns.publish(TopicArn=settings.chat_topic, Message=message)
    except sns.exceptions.ClientError as error:
        return {"chat": f"not sent: {error_code(error)}"}
    return {"chat": "sent"}
