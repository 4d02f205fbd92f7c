"""The channel of a chat that shows what a model's owner is told."""

from typing import Annotated

from pydantic import Field

from mlops_stages.platform.section import Section
from mlops_stages.platform.text import Text

WorkspaceId = Annotated[
    str,
    Text(
        "PLT-247",
        "the id of a Slack workspace",
        "its id: a T, then digits and capitals",
        r"T[A-Z0-9]{8,20}",
        "T0123ABCD",
    ),
]
ChannelId = Annotated[
    str,
    Text(
        "PLT-248",
        "the id of a Slack channel",
        "its id: a C, then digits and capitals; for an old private channel a G",
        r"[CG][A-Z0-9]{8,20}",
        "C0123ABCD",
    ),
]


class Slack(Section):
    """A channel of Slack, in a workspace that the accounts production and tooling were let into by hand, once each."""

    workspace: WorkspaceId = Field(
        description="The workspace's id, as the console of Amazon Q Developer in chat applications shows it.",
        examples=["T0123ABCD"],
    )
    channel: ChannelId = Field(
        description="The channel's id, the last part of its link. It shows the alarms of one team.",
        examples=["C0123ABCD"],
    )


class Chat(Section):
    """Where a chat shows what is told by mail."""

    slack: Slack = Field(description="The channel.", examples=[{"workspace": "T0123ABCD", "channel": "C0123ABCD"}])
