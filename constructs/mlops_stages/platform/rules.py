"""What must agree across platform.yaml.

The rules read plain data (maps, lists, texts), as written or as a Platform gives it, and pass over what has another
mistake already: so they can run beside the checks of single fields, and every mistake is told in one go.
"""

import re
from collections.abc import Callable, Iterator

from mlops_stages.platform import (
    rules_of_accounts,
    rules_of_alarms,
    rules_of_analysts,
    rules_of_delivery,
    rules_of_identity_center,
    rules_of_labels,
    rules_of_models,
    rules_of_networks,
    rules_of_retraining,
)
from mlops_stages.platform.accounts import Accounts, Purpose
from mlops_stages.platform.errors import Fault, shown
from mlops_stages.platform.model import HIGHER_IS_BETTER, LOWER_IS_BETTER
from mlops_stages.platform.names import TEAM_NAME_LONGEST, member_name, turned_around
from mlops_stages.platform.plain import (
    LIKELY_KEYS,
    Map,
    Place,
    is_map,
    is_number,
    list_of,
    map_of,
    may_have,
    models_in,
    networks_in,
    people_in,
    repeated,
    stage_of,
    teams_in,
    text_of,
)
from mlops_stages.platform.regions import PARTITIONS
from mlops_stages.platform.suggest import nearest
from mlops_stages.platform.text import RESERVED_TEAM_NAMES


def faults_in(platform: Map) -> Iterator[Fault]:
    """Everything in it that does not agree."""
    for rule in RULES:
        yield from rule(platform)


def accounts_of_the_stage(platform: Map) -> Iterator[Fault]:
    """A stage needs the accounts of its own purposes and of all stages below."""
    stage, accounts = stage_of(platform), platform.get("accounts")
    if stage is None or not is_map(accounts):
        return
    named = set(accounts)
    # A misspelt purpose is one mistake, told as an unknown key, and not a missing account as well.
    named |= {nearest(key, Purpose) or key for key in list(named)[:LIKELY_KEYS] if key not in Accounts.model_fields}
    for purpose in Purpose:
        if purpose.stage <= stage and purpose not in named:
            yield Fault(
                "PLT-301",
                ("accounts", purpose.value),
                f"Stage {stage} needs an account for {purpose}, and none is named.",
                f"Add `{purpose}:` with an account id (one that has another purpose too may do), or lower the stage.",
            )


def stages_of_teams(platform: Map) -> Iterator[Fault]:
    """No team is above its platform."""
    highest = stage_of(platform)
    for index, team in teams_in(platform):
        stage = stage_of(team)
        if highest is not None and stage is not None and stage > highest:
            yield Fault(
                "PLT-302",
                ("teams", index, "stage"),
                f"The team's stage {stage} is above the platform's, {highest}.",
                f"Write `stage: {highest}` here, or raise the platform's stage to {stage}.",
            )


def one_name_one_team(platform: Map) -> Iterator[Fault]:
    """Team names are unique."""
    names = [(("teams", index, "name"), text_of(team, "name")) for index, team in teams_in(platform)]
    for loc, name, first in repeated(names):
        yield Fault("PLT-303", loc, f"The team {shown(name)} is there already: {first}.", "Rename one of the two.")


def one_name_one_model(platform: Map) -> Iterator[Fault]:
    """Model names are unique in the whole platform, so that an audit or a dashboard needs no more than the name."""
    names = [((*loc, "name"), text_of(model, "name")) for loc, _, model in models_in(platform)]
    for loc, name, first in repeated(names):
        yield Fault("PLT-304", loc, f"The model {shown(name)} is there already: {first}.", "Rename one of the two.")


def one_person_one_role(platform: Map) -> Iterator[Fault]:
    """Nobody is twice in one team, nor twice among those who serve all teams."""
    for _, people in people_in(platform):
        for loc, email, first in repeated([(loc, email.lower()) for loc, email in people]):
            yield Fault(
                "PLT-305",
                loc,
                f"{shown(email)} is listed here already: {first}.",
                "Keep one of the two: the role that the person works in.",
            )


def short_names_differ(platform: Map) -> Iterator[Fault]:
    """Two people of one team never get the same short name."""
    for _, people in people_in(platform):
        seen: dict[str, str] = {}
        for loc, email in people:
            other = seen.setdefault(member_name(email), email)
            if other.lower() != email.lower():
                yield Fault(
                    "PLT-306",
                    loc,
                    f"{shown(email)} and {shown(other)} both get the short name {shown(member_name(email))}.",
                    f"Give one another address, such as {shown(email.replace('@', '+2@'))}, "
                    "which most mail systems deliver to the same person.",
                )


def no_team_within_another(platform: Map) -> Iterator[Fault]:
    """No team's name starts with another's and a hyphen.

    Permissions of `fraud` reach what is named `fraud-*`; a team `fraud-eu` would lie open to it. And `fraud-eu` with
    `ann` would make the same name as `fraud` with `eu-ann`.
    """
    teams = [(index, name) for index, team in teams_in(platform) if (name := text_of(team, "name"))]
    names = {*RESERVED_TEAM_NAMES, *(name for _, name in teams)}
    for index, name in teams:
        parts = name[:TEAM_NAME_LONGEST].split("-")
        outer = next((start for n in range(1, len(parts)) if (start := "-".join(parts[:n])) in names), None)
        if outer is None:
            continue
        yield Fault(
            "PLT-307",
            ("teams", index, "name"),
            f"{shown(name)} starts with {shown(outer)} and a hyphen: what '{outer}' may do with all "
            f"that is named '{outer}-...' would reach this team's too.",
            f"Choose another name, such as {shown(turned_around(name, outer))}.",
        )


def lists_without_repeats(platform: Map) -> Iterator[Fault]:
    """Nothing is listed twice where once is meant."""
    for place, items in _lists(platform):
        named = [
            ((*place, index), str(item).lower()) for index, item in enumerate(items) if isinstance(item, str | int)
        ]
        for loc, item, first in repeated(named):
            yield Fault("PLT-308", loc, f"{shown(item)} is listed already: {first}.", "Remove one of the two.")


def _lists(platform: Map) -> Iterator[tuple[Place, list[object]]]:
    studio = map_of(platform.get("studio"))
    for place, network in networks_in(platform):
        for key in ("subnet_ids", "zones"):
            yield (*place, key), list_of(network.get(key))
    for key in ("code_hosts", "existing_oidc_providers"):
        yield (key,), list_of(platform.get(key))
    guardrails = map_of(platform.get("guardrails"))
    for key in ("regions", "approved_instance_types", "exempt_roles"):
        yield ("guardrails", key), list_of(guardrails.get(key))
    yield ("studio", "instance_types"), list_of(studio.get("instance_types"))
    for index, team in teams_in(platform):
        budget, data = map_of(team.get("budget")), map_of(team.get("data"))
        yield ("teams", index, "budget", "notify"), list_of(budget.get("notify"))
        yield ("teams", index, "budget", "thresholds_percent"), list_of(budget.get("thresholds_percent"))
        yield ("teams", index, "data", "classifications"), list_of(data.get("classifications"))
    for loc, _, model in models_in(platform):
        yield (*loc, "approvers"), list_of(model.get("approvers"))
        yield (*loc, "analysts"), list_of(model.get("analysts"))


def teams_have_people(platform: Map) -> Iterator[Fault]:
    """A team without people owns nothing."""
    for index, team in teams_in(platform):
        people = team.get("people")
        if is_map(people) and all(listed == [] for listed in people.values()):
            yield Fault(
                "PLT-309",
                ("teams", index, "people"),
                "The team has no people.",
                "List at least one, such as `data_scientists: [ann@acme.example]`.",
            )


def quality_has_its_bound(platform: Map) -> Iterator[Fault]:
    """A metric that should be high has a minimum, one that should be low a maximum, and neither has both."""
    for loc, _, model in models_in(platform):
        quality = map_of(model.get("quality"))
        metric, place = text_of(quality, "metric"), (*loc, "quality")
        if metric in HIGHER_IS_BETTER:
            right, wrong, example = "minimum", "maximum", 0.9
        elif metric in LOWER_IS_BETTER:
            right, wrong, example = "maximum", "minimum", 0.5
        else:
            continue
        fix = f"Write `{right}: {example}` (your own number), and no `{wrong}`."
        if wrong in quality:
            yield Fault("PLT-310", (*place, wrong), f"{metric} has a {right}, not a {wrong}.", fix)
        elif not may_have(quality, right):
            yield Fault("PLT-310", place, f"{metric} has no {right}.", fix)
        bound = quality.get(right)
        if metric not in (*LOWER_IS_BETTER, "r2") and is_number(bound) and bound < 0:
            yield Fault("PLT-310", (*place, right), f"{metric} is never below 0.", fix)


def tags_differ(platform: Map) -> Iterator[Fault]:
    """Tag keys differ in more than capitals."""
    keys = [(("tags", key), key.lower()) for key in map_of(platform.get("tags"))]
    for loc, _, first in repeated(keys):
        yield Fault("PLT-311", loc, f"{shown(loc[-1])} differs from {first} only in capitals.", "Keep one of the two.")


def arns_belong(platform: Map) -> Iterator[Fault]:
    """An ARN from outside is in the region's partition, and in an account that the platform names."""
    partition = PARTITIONS.get(text_of(platform, "region") or "")
    accounts = map_of(platform.get("accounts")).values()
    for loc, arn in (
        (("permissions_boundary_arn",), text_of(platform, "permissions_boundary_arn")),
        (("sign_in", "provider_arn"), text_of(map_of(platform.get("sign_in")), "provider_arn")),
        (("sign_in", "instance_arn"), text_of(map_of(platform.get("sign_in")), "instance_arn")),
        (("data_catalog", "key_arn"), text_of(map_of(platform.get("data_catalog")), "key_arn")),
        (_MONITOR, _monitor_of(platform)),
    ):
        parts = (arn or "").split(":")
        if len(parts) < 6:
            continue
        if partition is not None and parts[1] != partition:
            fix = f"Use one that starts with 'arn:{partition}:'."
            yield Fault("PLT-312", loc, f"The ARN is of {shown(parts[1])}; the region is of '{partition}'.", fix)
        known = [account for account in accounts if isinstance(account, str)]
        if known and loc != _MONITOR and parts[4] not in ("", "aws", *known):
            fix = f"Use one of an account that the platform names, such as {shown(known[0])}."
            yield Fault("PLT-313", loc, f"The platform names no account {shown(parts[4])}.", fix)


_MONITOR: Place = ("cost_anomalies", "monitor_arn")


def _monitor_of(platform: Map) -> str | None:
    return text_of(map_of(platform.get("cost_anomalies")), "monitor_arn")


def monitor_is_of_the_account(platform: Map) -> Iterator[Fault]:
    """A monitor tells only of its own account, and only there can anyone subscribe to it."""
    home = text_of(map_of(platform.get("accounts")), "experimentation")
    monitor = re.match("arn:[^:]*:ce::([0-9]{12}):anomalymonitor/", _monitor_of(platform) or "")
    if home is not None and monitor is not None and monitor[1] != home:
        yield Fault(
            "PLT-315",
            _MONITOR,
            f"The monitor is of account {shown(monitor[1])}; the costs watched are those of account {shown(home)}.",
            "Use the experimentation account's own monitor, or leave it out where there is none yet.",
        )


def trust_is_narrowed(platform: Map) -> Iterator[Fault]:
    """Who signs in from another account is known to be of the organization; without its id, nothing would say so."""
    sign_in, home = map_of(platform.get("sign_in")), text_of(map_of(platform.get("accounts")), "experimentation")
    account = text_of(sign_in, "account")
    if text_of(sign_in, "method") != "iam" or account is None or home is None or account == home:
        return
    if not may_have(platform, "organization_id"):
        yield Fault(
            "PLT-314",
            ("sign_in", "account"),
            f"People sign in from account {shown(account)}, and no organization is named to narrow the trust to.",
            "Add `organization_id:`, from AWS Organizations, or leave the account out: people then sign in from "
            f"{shown(home)}.",
        )


RULES: tuple[Callable[[Map], Iterator[Fault]], ...] = (
    accounts_of_the_stage,
    stages_of_teams,
    one_name_one_team,
    one_name_one_model,
    one_person_one_role,
    short_names_differ,
    no_team_within_another,
    lists_without_repeats,
    teams_have_people,
    quality_has_its_bound,
    tags_differ,
    arns_belong,
    monitor_is_of_the_account,
    trust_is_narrowed,
    *rules_of_accounts.RULES,
    *rules_of_delivery.RULES,
    *rules_of_networks.RULES,
    *rules_of_identity_center.RULES,
    *rules_of_models.RULES,
    *rules_of_labels.RULES,
    *rules_of_alarms.RULES,
    *rules_of_analysts.RULES,
    *rules_of_retraining.RULES,
)
