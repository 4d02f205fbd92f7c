"""What people do for their team outside the experimentation account, each under a role of the team for it."""

from enum import StrEnum

from mlops_stages.platform.accounts import Purpose
from mlops_stages.platform.people import Persona
from mlops_stages.platform.team import Team


class Duty(StrEnum):
    """One thing that a team must do in another account."""

    CURATE = "curate"
    """Bring in raw data and run the jobs that make datasets of it."""
    TRAIN = "train"
    """Follow the pipelines, and try again what failed."""
    APPROVE = "approve"
    """Approve or reject a version of a model."""

    @property
    def purpose(self) -> Purpose:
        """Where it is done."""
        return _WHERE[self]

    def people(self, team: Team) -> tuple[str, ...]:
        """The addresses of those who do it, each once, in order.

        Approving is for the owners of models and those who lead; a model's owner need not be one of the team's people.
        """
        addresses = {member.email for member in team.members if member.persona in _WHO[self]}
        if self is Duty.APPROVE:
            addresses |= {model.owner for model in team.models}
        return tuple(sorted(addresses))


_WHERE = {Duty.CURATE: Purpose.DATA, Duty.TRAIN: Purpose.DEVELOPMENT, Duty.APPROVE: Purpose.TOOLING}
_WHO = {
    Duty.CURATE: {Persona.DATA_ENGINEER},
    Duty.TRAIN: {Persona.DATA_SCIENTIST, Persona.LEAD_DATA_SCIENTIST, Persona.ML_ENGINEER},
    Duty.APPROVE: {Persona.LEAD_DATA_SCIENTIST},
}
