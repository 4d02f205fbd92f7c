"""What must agree across platform.yaml from stage repeatable on, where several accounts work together."""

from collections.abc import Iterable, Iterator

from mlops_stages.platform.accounts import Purpose
from mlops_stages.platform.data import DataClassification
from mlops_stages.platform.errors import Fault, shown
from mlops_stages.platform.features import EVENT_TIME_TYPES
from mlops_stages.platform.guardrails import MOST_EXEMPT_CHARACTERS, MOST_EXEMPT_ROLES
from mlops_stages.platform.plain import (
    Map,
    Place,
    is_map,
    list_of,
    map_of,
    may_have,
    models_in,
    repeated,
    repositories_in,
    stage_of,
    teams_in,
    text_of,
)
from mlops_stages.platform.regions import PARTITIONS
from mlops_stages.platform.role_patterns import is_of_the_platform, is_too_wide
from mlops_stages.platform.stage import Stage


def nothing_before_its_stage(platform: Map) -> Iterator[Fault]:
    """What a stage would not deploy is refused rather than passed over."""
    stage = stage_of(platform)
    if "guardrails" in platform and stage is not None and stage < Stage.REPEATABLE:
        yield Fault(
            "PLT-317",
            ("guardrails",),
            f"Guardrails are deployed from stage {Stage.REPEATABLE}; the platform's is {stage}.",
            f"Raise the platform's stage to {Stage.REPEATABLE}, or leave the guardrails out.",
        )
    below = {index for index, team in teams_in(platform) if _stage_of_team(team) == Stage.INITIAL}
    for index, team in teams_in(platform):
        if index in below and list_of(team.get("features")):
            yield _of_team_below(("teams", index, "features"), "feature groups")
    for loc, _, model in models_in(platform):
        if loc[1] in below and "pipeline" in model:
            yield _of_team_below((*loc, "pipeline"), "a pipeline")


def _stage_of_team(team: Map) -> Stage | None:
    return stage_of(team) if may_have(team, "stage") else Stage.INITIAL


def _of_team_below(loc: Place, what: str) -> Fault:
    fix = f"Write `stage: {Stage.REPEATABLE}` for the team, or leave `{loc[-1]}` out."
    message = f"A team has {what} from stage {Stage.REPEATABLE}; this team's is {Stage.INITIAL}."
    return Fault("PLT-317", loc, message, fix)


def organization_is_named(platform: Map) -> Iterator[Fault]:
    """Trust across accounts is narrowed to the organization, and guardrails are policies of it."""
    if may_have(platform, "organization_id"):
        return
    stage, accounts = stage_of(platform), map_of(platform.get("accounts"))
    used = {
        account
        for purpose in Purpose
        if stage is not None and purpose.stage <= stage and (account := text_of(accounts, purpose)) is not None
    }
    if stage is not None and stage >= Stage.REPEATABLE and len(used) > 1:
        message = f"From stage {Stage.REPEATABLE} on, {len(used)} accounts trust each other, and no organization"
    elif "guardrails" in platform:
        message = "Guardrails are an organization's policies, and no organization"
    else:
        return
    fix = "Add `organization_id:`, from AWS Organizations."
    yield Fault("PLT-316", ("organization_id",), f"{message} is named.", fix)


def regions_include_the_own(platform: Map) -> Iterator[Fault]:
    """What may be done only where the platform is not would stop the platform itself."""
    own, regions = text_of(platform, "region"), list_of(map_of(platform.get("guardrails")).get("regions"))
    if own not in PARTITIONS or not regions:
        return
    place: Place = ("guardrails", "regions")
    if own not in regions:
        message = f"The platform's own region {own} is not among the allowed ones."
        yield Fault("PLT-318", place, message, f"Add {own} to the list.")
    for index, region in enumerate(regions):
        if isinstance(region, str) and region in PARTITIONS and PARTITIONS[region] != PARTITIONS[own]:
            message = f"{region} is in another part of AWS than {own}, and no account is in both."
            yield Fault("PLT-318", (*place, index), message, "Remove it.")


def instance_is_named(platform: Map) -> Iterator[Fault]:
    """Permission sets and their assignments are of one instance of Identity Center."""
    sign_in = map_of(platform.get("sign_in"))
    if text_of(sign_in, "method") != "identity_center" or may_have(sign_in, "instance_arn"):
        return
    fix = "Add `instance_arn:`, from the settings of IAM Identity Center"
    if "groups" in sign_in:
        message = "Groups are named, and no instance of Identity Center that they belong to."
        yield Fault("PLT-319", ("sign_in", "groups"), message, f"{fix}, or leave the groups out.")
    elif "guardrails" in platform:
        message = "Guardrails deploy permission sets for Identity Center, and its instance is not named."
        yield Fault("PLT-319", ("sign_in",), message, f"{fix}.")


def groups_need_guardrails(platform: Map) -> Iterator[Fault]:
    """Permission sets are deployed in the management account, which only guardrails name."""
    sign_in = map_of(platform.get("sign_in"))
    if text_of(sign_in, "method") == "identity_center" and not may_have(platform, "guardrails"):
        for key in ("instance_arn", "groups"):
            if key in sign_in:
                yield Fault(
                    "PLT-326",
                    ("sign_in", key),
                    "Permission sets are deployed with `guardrails`, and none are declared.",
                    f"Leave `{key}` out: someone else makes the permission sets. Or declare `guardrails`.",
                )


def management_account_is_apart(platform: Map) -> Iterator[Fault]:
    """A service control policy does not hold in the management account, so nothing to be guarded is there."""
    management = text_of(map_of(platform.get("guardrails")), "management_account")
    for purpose, account in map_of(platform.get("accounts")).items():
        if management is not None and account == management:
            yield Fault(
                "PLT-325",
                ("guardrails", "management_account"),
                f"Account {shown(management)} is for {purpose} too; guardrails do not hold in a management account.",
                "Name an account without another purpose.",
            )
            return


def exempt_roles_are_of_others(platform: Map) -> Iterator[Fault]:
    """No role that the platform makes is exempt from its guardrails, and one policy holds all names."""
    name = text_of(platform, "name")
    listed = list_of(map_of(platform.get("guardrails")).get("exempt_roles"))
    roles = [(index, role) for index, role in enumerate(listed) if isinstance(role, str)]
    for index, role in roles:
        if name and not is_too_wide(role) and is_of_the_platform(role, name):
            yield Fault(
                "PLT-341",
                ("guardrails", "exempt_roles", index),
                f"{shown(role)} could be a role that this platform makes for people, jobs or CI.",
                f"Name another deployer's role; no pattern may begin with '{name}-' or '{name}/'.",
            )
    together = sum(len(role) for _, role in roles)
    if together > MOST_EXEMPT_CHARACTERS and len(roles) <= MOST_EXEMPT_ROLES:
        yield Fault(
            "PLT-342",
            ("guardrails", "exempt_roles"),
            f"The names have {together} characters together; a policy takes {MOST_EXEMPT_CHARACTERS}.",
            "Exempt fewer roles, or let `*` stand for the end of long names.",
        )


def one_repository_one_team(platform: Map) -> Iterator[Fault]:
    """The CI of a repository becomes one team's role, or the platform's own."""
    named: list[tuple[Place, str | None]] = []
    for loc, repository in repositories_in(platform):
        parts = [text_of(repository, key) for key in ("provider", "owner", "name")]
        path = None if None in parts else "/".join(str(part).lower() for part in parts)
        named.append((loc, path))
    for loc, path, first in repeated(named):
        message = f"The repository {shown(path)} is another's already: {first}."
        yield Fault("PLT-323", loc, message, "Give each team, and the platform itself, a repository of its own.")


def repository_fits_its_provider(platform: Map) -> Iterator[Fault]:
    """What only one provider has is refused for the other."""
    for loc, repository in repositories_in(platform):
        provider, owner = text_of(repository, "provider"), text_of(repository, "owner")
        if provider == "github" and owner is not None and "/" in owner:
            message = f"{shown(owner)} has a slash; on GitHub nothing is within an organization but repositories."
            yield Fault("PLT-324", (*loc, "owner"), message, "Write the owner alone.")
        if provider == "gitlab" and "environment" in repository:
            message = "A token of GitLab's CI does not name the environment as what it is."
            yield Fault("PLT-324", (*loc, "environment"), message, "Remove it, and name a protected `branch`.")
        given = [key for key in ("owner_id", "repository_id") if key in repository]
        if provider == "gitlab" and given and loc[0] == "teams":
            message = "A team's repository at GitLab is told apart by path and branch, not by numbers."
            yield Fault("PLT-324", (*loc, given[0]), message, "Remove it.")
        elif len(given) == 1:
            message = f"{shown(given[0])} alone tells no repository apart."
            yield Fault("PLT-324", (*loc, given[0]), message, "Give owner_id and repository_id, or neither.")


def code_hosts_are_trusted(platform: Map) -> Iterator[Fault]:
    """Where code hosts are named, each repository is at one of them, and so is each provider that exists."""
    stage, hosts = stage_of(platform), platform.get("code_hosts")
    if not isinstance(hosts, list):
        return
    for index, host in enumerate(list_of(platform.get("existing_oidc_providers"))):
        if host in _HOSTS and host not in hosts:
            message = f"The provider of {host} exists, and {host} is not among the platform's code hosts."
            fix = f"Add {host} to `code_hosts`, or remove it here."
            yield Fault("PLT-343", ("existing_oidc_providers", index), message, fix)
    if stage is None or stage < Stage.REPEATABLE:
        return
    for loc, repository in repositories_in(platform):
        provider = text_of(repository, "provider")
        if provider in _HOSTS and provider not in hosts:
            message = f"The repository is at {provider}, which is not among the platform's code hosts."
            fix = f"Add {provider} to `code_hosts` at the top of the file, or leave `code_hosts` out."
            yield Fault("PLT-327", (*loc, "provider"), message, fix)


_HOSTS = ("github", "gitlab")


def catalog_key_is_the_accounts(platform: Map) -> Iterator[Fault]:
    """A key of the catalog is named only where the account keeps its own setting, and is in the catalog's region."""
    catalog, region = map_of(platform.get("data_catalog")), text_of(platform, "region")
    arn = text_of(catalog, "key_arn")
    if arn is None:
        return
    place, parts = ("data_catalog", "key_arn"), arn.split(":")
    if text_of(catalog, "encryption") in (None, "platform") and (
        "encryption" in catalog or not may_have(catalog, "encryption")
    ):
        message = "A key is named, and the platform encrypts the catalog under one of its own."
        yield Fault("PLT-344", place, message, "Write `encryption: account` beside it, or remove the key.")
    elif region in PARTITIONS and len(parts) > 5 and parts[1] == PARTITIONS[region] and parts[3] != region:
        message = f"The key is of region {shown(parts[3])}; the catalog is in {region}."
        yield Fault("PLT-344", place, message, f"Use a key of {region}.")


def feature_groups_agree(platform: Map) -> Iterator[Fault]:
    """Names are unique, what a group refers to is in it, and its classification is one of the team's."""
    for index, team in teams_in(platform):
        place: Place = ("teams", index, "features")
        groups = [((*place, n), group) for n, group in enumerate(list_of(team.get("features"))) if is_map(group)]
        for loc, name, first in repeated(((*loc, "name"), text_of(group, "name")) for loc, group in groups):
            message = f"The feature group {shown(name)} is there already: {first}."
            yield Fault("PLT-320", loc, message, "Rename one of the two.")
        known = _classifications_of(team)
        for loc, group in groups:
            yield from _group_agrees(loc, group)
            classification = text_of(group, "data_classification")
            if classification in set(DataClassification) and known and classification not in known:
                yield Fault(
                    "PLT-322",
                    (*loc, "data_classification"),
                    f"The team has no {classification} data; its classifications are: {', '.join(sorted(known))}.",
                    f"Add {classification} to the team's `data.classifications`, or use one of those.",
                )


def _classifications_of(team: Map) -> set[str]:
    """As `Team.classifications`; none where they cannot be known."""
    declared = map_of(team.get("data")).get("classifications")
    if declared is None and not may_have(team, "data"):
        declared = [DataClassification.INTERNAL.value]
    models = [text_of(model, "data_classification") for model in list_of(team.get("models")) if is_map(model)]
    stated = {text for text in list_of(declared) if isinstance(text, str)}
    return stated | {text for text in models if text is not None} if stated else set()


def _group_agrees(loc: Place, group: Map) -> Iterator[Fault]:
    features = [
        ((*loc, "features", n), feature) for n, feature in enumerate(list_of(group.get("features"))) if is_map(feature)
    ]
    names = [((*place, "name"), text_of(feature, "name")) for place, feature in features]
    for place, name, first in repeated([(place, name and name.lower()) for place, name in names]):
        message = f"The feature {shown(name)} is there already: {first}; columns do not differ in capitals."
        yield Fault("PLT-320", place, message, "Rename one of the two.")
    types = {name: text_of(feature, "type") for (_, name), (_, feature) in zip(names, features, strict=True)}
    yield from _refers(loc, group, [name for _, name in names])
    event_time = text_of(group, "event_time")
    kind = types.get(event_time)
    if kind is not None and kind not in EVENT_TIME_TYPES:
        message = f"The event time is of type {shown(kind)}; it must be {' or '.join(EVENT_TIME_TYPES)}."
        yield Fault("PLT-321", (*loc, "event_time"), message, f"Write `type: String` for {shown(event_time)}.")
    if event_time is not None and event_time == text_of(group, "record_identifier"):
        message = "The event time is the record identifier too; each record would have one value only."
        yield Fault("PLT-321", (*loc, "event_time"), message, "Name another feature.")


def _refers(loc: Place, group: Map, names: Iterable[str | None]) -> Iterator[Fault]:
    known = [name for name in names if name is not None]
    for key in ("record_identifier", "event_time"):
        name = text_of(group, key)
        if name is not None and known and name not in known:
            message = f"{shown(name)} is none of the group's features."
            yield Fault(
                "PLT-321", (*loc, key), message, f"Add it to `features`, or name one, such as {shown(known[0])}."
            )


RULES = (
    nothing_before_its_stage,
    organization_is_named,
    regions_include_the_own,
    instance_is_named,
    groups_need_guardrails,
    management_account_is_apart,
    exempt_roles_are_of_others,
    one_repository_one_team,
    repository_fits_its_provider,
    code_hosts_are_trusted,
    catalog_key_is_the_accounts,
    feature_groups_agree,
)
