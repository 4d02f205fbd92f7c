"""Somebody in the channel of a chat that shows a model's alarms."""

from docs.tables.threats.threat import Actor, Threat

_CHANNEL = "reliable/notices/test_chat_channel.py"
_SHOWN = "runtime/notices/test_chat.py"

ACTOR = Actor(
    name="A member of the chat channel that shows a model's alarms",
    holds="reads what is shown there, and may write to Amazon Q Developer in the channel",
    threats=(
        Threat(
            tries="runs commands in the account from the channel",
            stopped_by="the channel's guardrail is `AWSDenyAll`, its role has no policy, and each member would need a "
            "role of their own",
            tests={_CHANNEL: ("test_nobody_does_anything_from_the_channel",)},
            remains="Whoever may change the configuration in the account may change the guardrail; CloudTrail has it.",
        ),
        Threat(
            tries="learns from a message who answers for a model, or what a decision or a label was",
            stopped_by="a message has the sentence, the figure, times and commands, and no address",
            tests={
                _SHOWN: ("test_it_names_no_person",),
                "runtime/test_chat.py": ("test_an_address_is_shown_as_a_person",),
            },
            remains="Which model is wrong, and since when, the whole channel reads; who is in it, the workspace says.",
        ),
        Threat(
            tries="has a message mention everybody, or lead to a page of their own",
            stopped_by="what a chat takes for markup is written so that it is shown as text",
            tests={"runtime/test_chat.py": ("test_no_text_mentions_anybody_or_is_a_link",)},
        ),
        Threat(
            tries="silences the alarms by what the channel does not take",
            stopped_by="the mail is sent first, and whatever becomes of the channel is recorded and stops nothing",
            tests={
                _SHOWN: (
                    "test_what_the_channel_does_not_take_is_recorded_and_the_mail_was_sent",
                    "test_nothing_is_shown_before_the_mail_was_sent",
                ),
            },
        ),
        Threat(
            tries="has another team's alarms shown in the channel, or another function speak there",
            stopped_by="platform.yaml takes a channel for one team; the roles of the functions of its models alone may "
            "publish to its topic",
            tests={
                _CHANNEL: ("test_the_functions_of_its_models_alone_speak_there",),
                "platform/test_hostile.py": ("test_a_fault_is_told_once_and_nothing_else_is_told",),
            },
            remains="Any member can write a text that looks like a message; no button of it does anything.",
        ),
    ),
)
