"""Credentials of those who do a team's duties: people by the platform's sign-in."""

from __future__ import annotations

from typing import cast

from mlops_stages.errors import UserError
from mlops_stages.local.client import inventory
from mlops_stages.local.endpoint import Endpoint, holder
from mlops_stages.platform import Duty, Model, Platform, Team


def session(
    endpoint: Endpoint, platform: Platform, team: Team, email: str, duty: Duty, model: Model | None = None
) -> dict[str, str]:
    """Return the environment of a person who takes on a duty of their team, or of the model that is given.

    Errors: LOC-051 when the duty is not theirs, LOC-052 when the team has none yet, LOC-041 when the role's trust
    policy does not let them in.
    """
    if team.stage < duty.stage:
        raise UserError(
            "LOC-052",
            f"team {team.name}",
            f"its stage is {team.stage}; a team has the duty {duty} from stage {duty.stage} on",
            f"write `stage: {duty.stage}` for the team, and deploy with `mlops-stages up`",
        )
    able = duty.people(team, model)
    if email not in able:
        who = ", ".join(able) or "nobody"
        whose = f"team {team.name}" if model is None else f"model {model.name}"
        raise UserError(
            "LOC-051",
            email,
            f"the duty {duty} of {whose} is not theirs; it is for {who}",
            "name one of them, or list the person under another role in platform.yaml",
        )
    account = platform.account(duty.purpose)
    names = platform.addresses
    role_arn = (
        names.duty_role(account, team.name, duty)
        if model is None
        else names.model_role(account, team.name, model.name, duty)
    )
    return taken_on(endpoint, platform, role_arn, email, _persona(team, email))


def taken_on(endpoint: Endpoint, platform: Platform, role_arn: str, email: str, persona: str) -> dict[str, str]:
    """Return the environment of a person who takes on a role by the platform's sign-in, as what persona they come.

    Error: LOC-041 when the role's trust policy does not let them in.
    """
    request = {
        "role_arn": role_arn,
        "email": email,
        "sign_in": {**platform.sign_in.model_dump(mode="json"), "account": platform.sign_in_account},
        "permission_set": f"{platform.name}-{persona}",
    }
    credentials = cast("dict[str, str]", inventory.post(endpoint, "sessions", request))
    return holder(endpoint.url, platform.region, credentials)


def _persona(team: Team, email: str) -> str:
    return next((m.persona.replace("_", "-") for m in team.members if m.email == email), "business-owner")
