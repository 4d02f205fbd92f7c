"""Who may take on a duty, told before anybody is asked."""

import pytest

from mlops_stages.errors import UserError
from mlops_stages.local.client import duties
from mlops_stages.local.endpoint import Endpoint
from mlops_stages.platform import Duty, Platform, Stage, load
from tests.conftest import ROOT

NOWHERE = Endpoint("http://127.0.0.1:1", "s3cret")


def platform(stage: Stage) -> Platform:
    """The reference, its teams all at one stage."""
    reference = load(ROOT / "platform.yaml")
    teams = tuple(team.model_copy(update={"stage": stage}) for team in reference.teams)
    return reference.model_copy(update={"stage": stage, "teams": teams})


def test_a_duty_is_for_those_who_have_it() -> None:
    acme = platform(Stage.REPEATABLE)
    with pytest.raises(UserError) as error:
        duties.session(NOWHERE, acme, acme.team("arrivals"), "kim.tran@acme.example", Duty.CURATE)
    assert error.value.code == "LOC-051"
    assert "luis.vega@acme.example" in str(error.value)


def test_a_model_is_for_its_owner_and_those_who_lead() -> None:
    acme = platform(Stage.REPEATABLE)
    team = acme.team("arrivals")
    with pytest.raises(UserError) as error:
        duties.session(NOWHERE, acme, team, "kim.tran@acme.example", Duty.APPROVE, team.models[0])
    assert error.value.code == "LOC-051"
    assert error.value.message.startswith("the duty approve of model late-arrival is not theirs")


def test_a_team_of_the_initial_stage_has_no_duties_elsewhere() -> None:
    acme = platform(Stage.INITIAL)
    with pytest.raises(UserError) as error:
        duties.session(NOWHERE, acme, acme.team("arrivals"), "luis.vega@acme.example", Duty.CURATE)
    assert error.value.code == "LOC-052"
