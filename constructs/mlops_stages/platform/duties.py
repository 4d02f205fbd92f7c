"""What people do for their team outside the experimentation account, each under a role for it."""

from enum import StrEnum

from mlops_stages.platform.accounts import Purpose
from mlops_stages.platform.model import Model
from mlops_stages.platform.people import Persona
from mlops_stages.platform.stage import Stage
from mlops_stages.platform.team import Team


class Duty(StrEnum):
    """One thing that a team must do in another account, under a role of the team or of one of its models."""

    CURATE = "curate"
    """Bring in raw data and run the jobs that make datasets of it."""
    TRAIN = "train"
    """Follow the pipelines, and try again what failed."""
    APPROVE = "approve"
    """Approve or reject a version of one model."""
    RELEASE = "release"
    """Let an approved version of one model into production, or bring an earlier one back."""
    INVOKE_STAGING = "invoke-staging"
    """Call one model's endpoint in staging, as its callers would."""
    INVOKE_PRODUCTION = "invoke-production"
    """Call one model's endpoint in production, as its callers do."""
    SEE_PRODUCTION = "see-production"
    """See what the monitors of one model found in production, have them run earlier days, acknowledge its alarms."""

    QUERY_PRODUCTION = "query-production"
    """Query the decisions of one model in production, their labels, and what its monitors found."""

    @property
    def purpose(self) -> Purpose:
        """Where it is done."""
        return _WHERE[self]

    @property
    def stage(self) -> Stage:
        """From which stage of a team on there is its role."""
        return Stage.RELIABLE if self in _ON_SERVED_MODELS else Stage.REPEATABLE

    @property
    def is_for_one_model(self) -> bool:
        """Whether its role is that of one model, and not the whole team's."""
        return self is Duty.APPROVE or self in _ON_SERVED_MODELS

    def people(self, team: Team, model: Model | None = None) -> tuple[str, ...]:
        """The addresses of those who do it, for one model or for any of the team's, each once, in order.

        Approving is for the model's owner, who need not be one of the team's people, and those who lead the team;
        releasing for the model's approvers; calling an endpoint by hand for all of them and the ML engineers; seeing
        what monitors found, and acknowledging alarms, for owner, approvers and those who are told next; querying
        decisions for the analysts whom the model names, and nobody else. The latter four there are once the team's
        stage has models that serve.
        """
        models = team.models if model is None else (model,)
        if self in _ON_SERVED_MODELS:
            models = tuple(each for each in models if team.stage >= self.stage and self._is_of(each))
            if not models:
                return ()
        addresses = {member.email for member in team.members if member.persona in _WHO[self]}
        if self in _OF_APPROVERS:
            addresses |= {email for each in models for email in each.approvers}
        if self in _OF_OWNERS:
            addresses |= {each.owner for each in models}
        if self is Duty.QUERY_PRODUCTION:
            addresses |= {email for each in models for email in each.analysts}
        if self is Duty.SEE_PRODUCTION:
            addresses |= {email for each in models for email in team.told_next(each)}
        return tuple(sorted(addresses))

    def _is_of(self, model: Model) -> bool:
        """Whether there is this duty of a model that serves."""
        if self in (Duty.SEE_PRODUCTION, Duty.QUERY_PRODUCTION):
            return model.has_decisions_read
        return model.serves if self is Duty.RELEASE else model.endpoint is not None

    def models(self, team: Team, email: str) -> tuple[Model, ...]:
        """The models of a team for which somebody does it."""
        return tuple(model for model in team.models if email in self.people(team, model))


_OF_APPROVERS = (Duty.RELEASE, Duty.INVOKE_STAGING, Duty.INVOKE_PRODUCTION, Duty.SEE_PRODUCTION)
_ON_SERVED_MODELS = (*_OF_APPROVERS, Duty.QUERY_PRODUCTION)
_OF_OWNERS = (Duty.APPROVE, Duty.INVOKE_STAGING, Duty.INVOKE_PRODUCTION, Duty.SEE_PRODUCTION)
_WHERE = {
    Duty.CURATE: Purpose.DATA,
    Duty.TRAIN: Purpose.DEVELOPMENT,
    Duty.APPROVE: Purpose.TOOLING,
    Duty.RELEASE: Purpose.TOOLING,
    Duty.INVOKE_STAGING: Purpose.STAGING,
    Duty.INVOKE_PRODUCTION: Purpose.PRODUCTION,
    Duty.SEE_PRODUCTION: Purpose.PRODUCTION,
    Duty.QUERY_PRODUCTION: Purpose.PRODUCTION,
}
_WHO = {
    Duty.CURATE: {Persona.DATA_ENGINEER},
    Duty.TRAIN: {Persona.DATA_SCIENTIST, Persona.LEAD_DATA_SCIENTIST, Persona.ML_ENGINEER},
    Duty.APPROVE: {Persona.LEAD_DATA_SCIENTIST},
    Duty.RELEASE: set[Persona](),
    Duty.INVOKE_STAGING: {Persona.ML_ENGINEER},
    Duty.INVOKE_PRODUCTION: {Persona.ML_ENGINEER},
    Duty.SEE_PRODUCTION: set[Persona](),
    Duty.QUERY_PRODUCTION: set[Persona](),
}
