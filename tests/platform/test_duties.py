"""Duties: who does what for a team, and where."""

from mlops_stages.platform import Duty, Platform, Purpose, load
from tests.conftest import ROOT


def reference() -> Platform:
    return load(ROOT / "platform.yaml")


def test_data_engineers_curate_and_nobody_else() -> None:
    assert Duty.CURATE.people(reference().team("arrivals")) == ("luis.vega@acme.example",)
    assert Duty.CURATE.people(reference().team("pricing")) == ()


def test_whoever_works_on_models_trains() -> None:
    people = Duty.TRAIN.people(reference().team("arrivals"))
    assert people == ("flora.king@acme.example", "kim.tran@acme.example", "zoe.martin@acme.example")


def test_a_models_owner_and_leads_approve_it() -> None:
    assert Duty.APPROVE.people(reference().team("arrivals")) == ("flora.king@acme.example", "hugo.stein@acme.example")


def test_the_owner_of_one_model_approves_no_other_of_the_team() -> None:
    team = reference().team("arrivals")
    first = team.models[0]
    second = first.model_copy(update={"name": "gate-change", "owner": "zoe.martin@acme.example"})
    both = team.model_copy(update={"models": (first, second)})
    assert Duty.APPROVE.people(both, second) == ("flora.king@acme.example", "zoe.martin@acme.example")
    assert Duty.APPROVE.models(both, "zoe.martin@acme.example") == (second,)
    assert Duty.APPROVE.models(both, "flora.king@acme.example") == (first, second)
    assert Duty.APPROVE.models(both, "kim.tran@acme.example") == ()


def test_approving_alone_is_for_one_model() -> None:
    assert [duty for duty in Duty if duty.is_for_one_model] == [Duty.APPROVE]


def test_each_duty_is_done_in_one_account() -> None:
    assert {duty: duty.purpose for duty in Duty} == {
        Duty.CURATE: Purpose.DATA,
        Duty.TRAIN: Purpose.DEVELOPMENT,
        Duty.APPROVE: Purpose.TOOLING,
    }
