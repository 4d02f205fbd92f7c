"""What the model's owner is told: what happened, where, the evidence, and the next command."""

from __future__ import annotations

from collections.abc import Sequence

from .promotion import Promotion

_LONGEST_SUBJECT = 100


def tell(promotion: Promotion, key: str, subject: str, lines: Sequence[str]) -> None:
    """Tell once: of the same key, nothing more is told, unless this dies right after it has told.

    Source: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
    """
    settings = promotion.settings
    told = f"told#{key}"
    if promotion.store.get(told) is not None:
        return
    title = f"{settings.name}: {subject}".encode("ascii", "replace").decode()
    promotion.aws.client("sns").publish(
        TopicArn=settings.topic,
        Subject=title[:_LONGEST_SUBJECT],
        Message="\n".join([title, "", *lines, "", f"What runs where: mlops-stages releases {settings.name}"]),
    )
    promotion.store.create(told, {"at": promotion.at(), "subject": subject})
