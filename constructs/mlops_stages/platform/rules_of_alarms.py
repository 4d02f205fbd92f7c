"""What must agree about the alarms of a model: there are some, somebody else is told, and a channel is one team's."""

from collections.abc import Iterator

from mlops_stages.platform.errors import Fault, shown
from mlops_stages.platform.plain import Map, is_map, list_of, map_of, may_have, models_in, text_of


def alarms_are_told_others(platform: Map) -> Iterator[Fault]:
    """What tells of alarms comes with what reads decisions; others are not the owner alone."""
    for loc, _, model in models_in(platform):
        alarms, place = model.get("alarms"), (*loc, "alarms")
        if not is_map(alarms):
            continue
        has_instances = may_have(model, "endpoint") and "serverless" not in map_of(model.get("endpoint"))
        if not has_instances or model.get("inputs") == [] or not may_have(model, "inputs"):
            message = (
                "The model has no `endpoint` on instances or no `inputs`: nobody but its owner is told of its alarms."
            )
            yield Fault("PLT-379", place, message, "Add what is missing, or leave `alarms` out.")
        others = {each for each in list_of(map_of(alarms).get("escalate_to")) if isinstance(each, str)}
        owner = text_of(model, "owner")
        if owner is not None and others == {owner}:
            message = f"{shown(owner)} is the model's owner, and told of its alarms already."
            yield Fault("PLT-379", (*place, "escalate_to"), message, "Name somebody else, or leave `escalate_to` out.")


def channels_are_of_one_team(platform: Map) -> Iterator[Fault]:
    """An account takes one configuration of a channel, and a team's stack makes it.

    Source: https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/1155
    """
    first: dict[str, tuple[int | str, str, str]] = {}
    for loc, team, model in models_in(platform):
        slack = map_of(map_of(map_of(model.get("alarms")).get("chat")).get("slack"))
        workspace, channel = text_of(slack, "workspace"), text_of(slack, "channel")
        if workspace is None or channel is None:
            continue
        before = first.setdefault(channel, (loc[1], team, workspace))
        if before != (loc[1], team, workspace):
            message = f"Channel {shown(channel)} is named for team {shown(before[1])} in {shown(before[2])} already."
            place = (*loc, "alarms", "chat", "slack", "channel")
            yield Fault("PLT-378", place, message, "Name a channel of this team's own, and its one workspace.")


RULES = (alarms_are_told_others, channels_are_of_one_team)
