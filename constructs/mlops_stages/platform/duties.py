"""What people do for their team outside the experimentation account, each under a role for it."""

from enum import StrEnum

from mlops_stages.platform.accounts import Purpose
from mlops_stages.platform.model import Model
from mlops_stages.platform.people import Persona
from mlops_stages.platform.team import Team


class Duty(StrEnum):
    """One thing that a team must do in another account, under a role of the team or of one of its models."""

    CURATE = "curate"
    """Bring in raw data and run the jobs that make datasets of it."""
    TRAIN = "train"
    """Follow the pipelines, and try again what failed."""
    APPROVE = "approve"
    """Approve or reject a version of one model."""

    @property
    def purpose(self) -> Purpose:
        """Where it is done."""
        return _WHERE[self]

    @property
    def is_for_one_model(self) -> bool:
        """Whether its role is that of one model, and not the whole team's."""
        return self is Duty.APPROVE

    def people(self, team: Team, model: Model | None = None) -> tuple[str, ...]:
        """The addresses of those who do it, for one model or for any of the team's, each once, in order.

        Approving is for the model's owner, who need not be one of the team's people, and those who lead the team.
        """
        addresses = {member.email for member in team.members if member.persona in _WHO[self]}
        if self.is_for_one_model:
            addresses |= {each.owner for each in (team.models if model is None else (model,))}
        return tuple(sorted(addresses))

    def models(self, team: Team, email: str) -> tuple[Model, ...]:
        """The models of a team for which somebody does it."""
        return tuple(model for model in team.models if email in self.people(team, model))


_WHERE = {Duty.CURATE: Purpose.DATA, Duty.TRAIN: Purpose.DEVELOPMENT, Duty.APPROVE: Purpose.TOOLING}
_WHO = {
    Duty.CURATE: {Persona.DATA_ENGINEER},
    Duty.TRAIN: {Persona.DATA_SCIENTIST, Persona.LEAD_DATA_SCIENTIST, Persona.ML_ENGINEER},
    Duty.APPROVE: {Persona.LEAD_DATA_SCIENTIST},
}
