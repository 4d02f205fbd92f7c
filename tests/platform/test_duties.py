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


def test_owners_of_models_and_leads_approve() -> None:
    assert Duty.APPROVE.people(reference().team("arrivals")) == ("flora.king@acme.example", "hugo.stein@acme.example")


def test_each_duty_is_done_in_one_account() -> None:
    assert {duty: duty.purpose for duty in Duty} == {
        Duty.CURATE: Purpose.DATA,
        Duty.TRAIN: Purpose.DEVELOPMENT,
        Duty.APPROVE: Purpose.TOOLING,
    }
