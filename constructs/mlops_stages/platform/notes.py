"""What is worth knowing about a platform.yaml that is valid: it deploys, and something may not work as meant."""

from collections.abc import Iterator

from mlops_stages.platform.errors import Fault
from mlops_stages.platform.plain import Map, map_of, models_in, stage_of, teams_in, text_of
from mlops_stages.platform.rules_of_identity_center import by_identity_center, studio_people_in
from mlops_stages.platform.stage import Stage

USERS_COMMAND = (
    "aws identitystore list-users --query 'Users[].[UserName,UserId]' --output text --identity-store-id "
    "$(aws sso-admin list-instances --query 'Instances[0].IdentityStoreId' --output text)"
)
"""Prints the users of the organization's instance, run where it is administered."""

_SHOWN_PEOPLE = 3

_ON_SERVED_MODELS = ("drift", "rollout", "sla")
"""What is said of a model that serves, which none does before stage reliable."""


def noted_in(platform: Map) -> Iterator[Fault]:
    """Every note on a platform, as plain data."""
    yield from repositories_without_numbers(platform)
    yield from people_without_studio(platform)
    yield from promises_that_nothing_keeps_yet(platform)


def repositories_without_numbers(platform: Map) -> Iterator[Fault]:
    """CI of a newer GitHub repository is refused by a trust that holds only its name.

    Source: https://docs.github.com/en/actions/reference/security/oidc
    """
    for index, team in teams_in(platform):
        repository = map_of(team.get("repository"))
        if text_of(repository, "provider") != "github" or "repository_id" in repository:
            continue
        if Stage.INITIAL in (stage_of(platform), stage_of(team)):
            continue  # no CI signs in yet
        path = f"{text_of(repository, 'owner')}/{text_of(repository, 'name')}"
        yield Fault(
            "PLT-501",
            ("teams", index, "repository"),
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
    stages = {team.get("name"): stage_of(team) for _, team in teams_in(platform)}
    said: dict[str, set[str]] = {}
    for _, team, model in models_in(platform):
        reached = [stage for stage in (stage_of(platform), stages.get(team)) if stage is not None]
        keys = {key for key in _ON_SERVED_MODELS if model.get(key) is not None}
        if keys and min(reached) < Stage.RELIABLE:
            said[f"{team}/{text_of(model, 'name')}"] = keys
    if said:
        keys = ", ".join(f"`{key}`" for key in sorted({key for keys in said.values() for key in keys}))
        yield Fault(
            "PLT-503",
            ("teams",),
            f"Nothing acts on {keys} of {', '.join(sorted(said))} yet: models serve from stage {Stage.RELIABLE}.",
            "Leave them for that stage, or take them out.",
        )


def numbers_command(path: str) -> str:
    """The command that prints a repository's two keys, ready for platform.yaml."""
    return f"""gh api repos/{path} --jq '"owner_id: \\"\\(.owner.id)\\", repository_id: \\"\\(.id)\\""'"""
