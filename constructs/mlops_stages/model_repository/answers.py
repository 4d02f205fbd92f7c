"""What a model repository is rendered with: all of it follows from platform.yaml."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from mlops_stages.errors import UserError
from mlops_stages.platform import Model, Platform, Purpose, Team
from mlops_stages.platform.text import ENVIRONMENT

Plain = Annotated[str, Field(pattern=r"^[A-Za-z0-9._+'=@:/-]+$", max_length=300)]
"""A text that means nothing of its own to YAML, make, Python or a shell, wherever a template puts it in quotes."""

EnvironmentName = Annotated[str, Field(pattern=rf"^{ENVIRONMENT}$", max_length=255)]
"""The same of GitHub's environments, whose names may have spaces."""

_SHOWN = 10


class Answers(BaseModel):
    """The values that the template's files hold; read back from a repository they are checked again."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    platform: Plain
    region: Plain
    team: Plain
    model: Plain
    owner: Plain
    classification: Plain
    code_owners: list[Plain]
    metric: Plain
    bound_kind: Literal["minimum", "maximum"]
    bound: float
    provider: Literal["github", "gitlab"]
    branch: Plain
    environment: EnvironmentName | None
    tooling_account: Plain
    artifacts_bucket: Plain
    pipelines_bucket: Plain
    data_bucket: Plain
    image: Plain
    ci_role: Plain
    deliver_role: Plain
    sla_availability_percent: float | None = None
    sla_p99_latency_ms: int | None = None

    @property
    def condition(self) -> str:
        """How the pipeline's gate compares the metric with the bound."""
        return "GreaterThanOrEqualTo" if self.bound_kind == "minimum" else "LessThanOrEqualTo"


def answers_for(platform: Platform, name: str) -> Answers:
    """Return what the repository of `TEAM/MODEL` is rendered with.

    Errors: MDL-001 the name has not that form, MDL-002 platform.yaml has no such model, MDL-003 platform.yaml lacks
    what a model repository needs.
    """
    team, model = _find(platform, name)
    repository, quality = team.repository, model.quality
    missing = list(_missing(platform, team, model))
    if missing or repository is None or quality is None:
        raise UserError(
            "MDL-003",
            name,
            f"platform.yaml lacks what its repository needs: {'; '.join(missing)}",
            "add it to platform.yaml, then try again",
        )
    addresses = platform.addresses
    people = team.people
    return Answers(
        platform=platform.name,
        region=platform.region,
        team=team.name,
        model=model.name,
        owner=model.owner,
        classification=model.data_classification.value,
        code_owners=list(dict.fromkeys((model.owner, *people.lead_data_scientists, *people.ml_engineers))),
        metric=quality.metric,
        bound_kind="minimum" if quality.maximum is None else "maximum",
        bound=next(bound for bound in (quality.minimum, quality.maximum) if bound is not None),
        provider=repository.provider,
        branch=repository.branch,
        environment=repository.environment,
        tooling_account=addresses.tooling,
        artifacts_bucket=addresses.artifacts_bucket(team.name),
        pipelines_bucket=addresses.pipelines_bucket(team.name),
        data_bucket=addresses.data_bucket(team.name, model.data_classification),
        image=addresses.image_uri(team.name, model.name),
        ci_role=addresses.ci_role(team.name),
        deliver_role=addresses.deliver_role(team.name),
        sla_availability_percent=None if model.sla is None else model.sla.availability_percent,
        sla_p99_latency_ms=None if model.sla is None else model.sla.p99_latency_ms,
    )


def _find(platform: Platform, name: str) -> tuple[Team, Model]:
    team_name, slash, model_name = name.partition("/")
    if not (slash and team_name and model_name) or "/" in model_name:
        raise UserError("MDL-001", repr(name), "it does not name a team and a model", "write TEAM/MODEL")
    for team in platform.teams:
        for model in team.models:
            if (team.name, model.name) == (team_name, model_name):
                return team, model
    known = [f"{team.name}/{model.name}" for team in platform.teams for model in team.models]
    some = ", ".join([*known[:_SHOWN], *(["..."] if len(known) > _SHOWN else [])]) or "none yet"
    raise UserError(
        "MDL-002", repr(name), "platform.yaml has no such model", f"add it there, or write one that it has: {some}"
    )


def _missing(platform: Platform, team: Team, model: Model) -> Iterator[str]:
    for purpose in (Purpose.EXPERIMENTATION, Purpose.DEVELOPMENT, Purpose.TOOLING, Purpose.DATA):
        if platform.accounts.of(purpose) is None:
            yield f"accounts.{purpose.value}"
    if team.repository is None:
        yield f"the `repository` of team {team.name}"
    if model.quality is None:
        yield f"the `quality` of model {model.name}"
