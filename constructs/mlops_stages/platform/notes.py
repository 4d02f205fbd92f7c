"""What is worth knowing about a platform.yaml that is valid: it deploys, and something may not work as meant."""

from collections.abc import Iterator

from mlops_stages.platform.errors import Fault
from mlops_stages.platform.plain import (
    Map,
    Place,
    is_map,
    list_of,
    map_of,
    models_in,
    repositories_in,
    stage_of,
    teams_in,
    text_of,
)
from mlops_stages.platform.rules_of_identity_center import by_identity_center, studio_people_in
from mlops_stages.platform.rules_of_models import approved_without, makers
from mlops_stages.platform.stage import Stage

USERS_COMMAND = (
    "aws identitystore list-users --query 'Users[].[UserName,UserId]' --output text --identity-store-id "
    "$(aws sso-admin list-instances --query 'Instances[0].IdentityStoreId' --output text)"
)
"""Prints the users of the organization's instance, run where it is administered."""

_SHOWN_PEOPLE = 3

_ON_SERVED_MODELS = (
    "alarms",
    "analysts",
    "approvers",
    "batch",
    "drift",
    "endpoint",
    "inputs",
    "labels",
    "retraining",
    "rollout",
    "runbook",
    "sla",
)
"""What is said of a model that serves, which none does before stage reliable."""

_SERVED = ("endpoint", "batch")


def noted_in(platform: Map) -> Iterator[Fault]:
    """Every note on a platform, as plain data."""
    yield from repositories_without_numbers(platform)
    yield from people_without_studio(platform)
    yield from promises_that_nothing_keeps_yet(platform)
    yield from delivery_before_its_stage(platform)
    yield from models_that_serve_nowhere(platform)
    yield from drift_that_nothing_measures(platform)
    yield from versions_that_nobody_releases(platform)


def repositories_without_numbers(platform: Map) -> Iterator[Fault]:
    """CI of a newer GitHub repository is refused by a trust that holds only its name.

    Source: https://docs.github.com/en/actions/reference/security/oidc
    """
    stages: dict[Place, Stage | None] = {
        ("teams", index, "repository"): stage_of(team) for index, team in teams_in(platform)
    }
    for loc, repository in repositories_in(platform):
        if text_of(repository, "provider") != "github" or "repository_id" in repository:
            continue
        if Stage.INITIAL in (stage_of(platform), stages.get(loc)) or (loc not in stages and not _delivers(platform)):
            continue  # no CI signs in yet
        path = f"{text_of(repository, 'owner')}/{text_of(repository, 'name')}"
        yield Fault(
            "PLT-501",
            loc,
            f"The CI of {path} cannot sign in if the repository was created or renamed since 15 July 2026: "
            "tokens of such repositories name them by number too.",
            f"Add what this prints: {numbers_command(path)}",
        )


def people_without_studio(platform: Map) -> Iterator[Fault]:
    """A profile opens for nobody who is not assigned to the domain's application in Identity Center.

    Source: https://docs.aws.amazon.com/singlesignon/latest/userguide/assignuserstoapp.html
    """
    if not by_identity_center(platform):
        return
    assigned = {email.lower() for email in map_of(map_of(platform.get("sign_in")).get("users"))}
    missing = sorted({email for _, email in studio_people_in(platform)} - assigned)
    if missing:
        first = ", ".join(missing[:_SHOWN_PEOPLE])
        more = f" and {len(missing) - _SHOWN_PEOPLE} more" if len(missing) > _SHOWN_PEOPLE else ""
        yield Fault(
            "PLT-502",
            ("sign_in",),
            f"Studio does not open for {first}{more} until somebody assigns them to the domain's application in "
            "Identity Center.",
            f"Add them to `sign_in.users`, each with the id that this prints: {USERS_COMMAND}",
        )


def promises_that_nothing_keeps_yet(platform: Map) -> Iterator[Fault]:
    """What is declared of models that serve is checked from the first stage on, and acts where models serve."""
    said, reliable = dict[str, set[str]](), _reliable(platform)
    for _, team, model in models_in(platform):
        keys = {key for key in _ON_SERVED_MODELS if model.get(key)}
        if keys and team not in reliable:
            said[f"{team}/{text_of(model, 'name')}"] = keys
    if said:
        keys = ", ".join(f"`{key}`" for key in sorted({key for keys in said.values() for key in keys}))
        yield Fault(
            "PLT-503",
            ("teams",),
            f"Nothing acts on {keys} of {', '.join(sorted(said))} yet: models serve from stage {Stage.RELIABLE}.",
            "Leave them for that stage, or take them out.",
        )


def delivery_before_its_stage(platform: Map) -> Iterator[Fault]:
    """The roles by which the infrastructure is delivered are deployed with staging and production."""
    if "delivery" in platform and not _delivers(platform):
        message = f"Nothing acts on `delivery` yet: the platform's own roles come with stage {Stage.RELIABLE}."
        yield Fault("PLT-503", ("delivery",), message, "Leave it for that stage, or take it out.")


def _delivers(platform: Map) -> bool:
    return (stage_of(platform) or Stage.INITIAL) >= Stage.RELIABLE


def _reliable(platform: Map) -> set[str]:
    """The teams that have come to the stage in which models serve; their platform has, then, too."""
    teams = ((text_of(team, "name") or "", stage_of(team)) for _, team in teams_in(platform))
    return {name for name, stage in teams if stage is not None and stage >= Stage.RELIABLE}


def models_that_serve_nowhere(platform: Map) -> Iterator[Fault]:
    """A model of a reliable team that is trained, or of which something is promised, and which answers nobody."""
    reliable = _reliable(platform)
    for loc, team, model in models_in(platform):
        if team not in reliable or any(key in model for key in _SERVED):
            continue
        keys = [key for key in _ON_SERVED_MODELS if model.get(key) and key != "drift"]
        name = f"{team}/{text_of(model, 'name')}"
        fix = "Add `endpoint:` or `batch:`"
        if keys:
            listed = ", ".join(f"`{key}`" for key in keys)
            message = f"Nothing acts on {listed} of {name}: it has neither `endpoint` nor `batch`."
            yield Fault("PLT-504", loc, message, f"{fix}, or leave them out.")
        elif "pipeline" in model:
            message = f"{name} is trained and serves nowhere: it has neither `endpoint` nor `batch`."
            yield Fault("PLT-504", loc, message, f"{fix}, or leave it so.")


def drift_that_nothing_measures(platform: Map) -> Iterator[Fault]:
    """The monitors measure drift besides judging by labels, and are deployed for models that have some."""
    reliable = _reliable(platform)
    for loc, team, model in models_in(platform):
        if "drift" in model and "labels" not in model and team in reliable:
            message = f"Nothing measures the drift of {team}/{text_of(model, 'name')}: it has no `labels`."
            fix = "Add `inputs:` and `labels:`, by which monitors judge it, too; or take it out."
            yield Fault("PLT-504", (*loc, "drift"), message, fix)


def versions_that_nobody_releases(platform: Map) -> Iterator[Fault]:
    """Who trains a version, or writes its code, gives neither approval: there must be two others."""
    for index, team in teams_in(platform):
        people = map_of(team.get("people"))
        for number, model in enumerate(list_of(team.get("models"))):
            if not is_map(model) or not any(key in model for key in _SERVED):
                continue
            stuck = [maker for maker in makers(people) if not approved_without(maker, model, people)]
            if stuck:
                yield Fault(
                    "PLT-505",
                    ("teams", index, "models", number, "approvers"),
                    f"A version whose training {stuck[0]} starts, or whose code they write, could be released by "
                    "nobody: two others must approve it, the owner or a lead and one of the approvers.",
                    "Name another approver, and see that the model has an owner or a lead besides that person.",
                )


def numbers_command(path: str) -> str:
    """The command that prints a repository's two keys, ready for platform.yaml."""
    return f"""gh api repos/{path} --jq '"owner_id: \\"\\(.owner.id)\\", repository_id: \\"\\(.id)\\""'"""
