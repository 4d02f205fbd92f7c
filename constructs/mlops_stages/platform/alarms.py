"""A model's alarms: how long its owner has to acknowledge one, and who is told then."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from mlops_stages.platform.chat import Chat
from mlops_stages.platform.intervals import from_to, length_of
from mlops_stages.platform.section import Section
from mlops_stages.platform.text import Email

MOST_OTHERS = 10
Within = Annotated[str, from_to("PLT-249", "15m", "7d", "4h")]


class Alarms(Section):
    """What becomes of an alarm that nobody acknowledges."""

    acknowledge_within: Within = Field(
        default="4h", description="How long there is to acknowledge one, from `15m` to `7d`.", examples=["4h"]
    )
    escalate_to: tuple[Email, ...] = Field(
        default=(),
        max_length=MOST_OTHERS,
        description="Who is told then, at most 10 addresses. Left out: the team's business owners besides the model's "
        "owner; without any, its lead data scientists; without those, the owner again.",
        examples=[["bo@acme.example"]],
    )
    chat: Chat | None = Field(
        default=None,
        description="A channel that shows what is told by mail, without anybody's address. Left out: mail alone.",
        examples=[{"slack": {"workspace": "T0123ABCD", "channel": "C0123ABCD"}}],
    )

    @property
    def minutes(self) -> int:
        """How long there is to acknowledge one."""
        return length_of(self.acknowledge_within) // timedelta(minutes=1)
