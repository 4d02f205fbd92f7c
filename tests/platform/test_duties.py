"""Duties: who does what for a team, and where."""

from mlops_stages.platform import Alarms, Duty, Platform, Purpose, Stage, load
from tests.conftest import ROOT
from tests.platform.test_served_models import KEY, platform, served


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


def test_what_is_decided_about_a_model_is_for_one_model() -> None:
    ours = [Duty.APPROVE, Duty.RELEASE, Duty.INVOKE_STAGING, Duty.INVOKE_PRODUCTION, Duty.SEE_PRODUCTION]
    ours.append(Duty.QUERY_PRODUCTION)
    assert [duty for duty in Duty if duty.is_for_one_model] == ours


def test_a_model_that_serves_is_released_by_its_approvers_and_called_by_ml_engineers_too() -> None:
    team = served(endpoint={"instance_type": "ml.m5.large"}).teams[0]
    assert Duty.RELEASE.people(team) == ("ann@tiny.example", "bo@tiny.example")
    for duty in (Duty.INVOKE_STAGING, Duty.INVOKE_PRODUCTION):
        assert duty.people(team) == ("ann@tiny.example", "bo@tiny.example", "own@tiny.example")
    assert Duty.RELEASE.models(team, "bo@tiny.example") == team.models
    assert Duty.RELEASE.models(team, "lea@tiny.example") == ()


def test_a_model_whose_decisions_are_read_is_seen_by_its_owner_its_approvers_and_who_is_told_next() -> None:
    team = reference().team("arrivals")
    model = team.models[0]
    people = ("flora.king@acme.example", "hugo.stein@acme.example", "zoe.martin@acme.example")
    assert Duty.SEE_PRODUCTION.people(team, model) == people
    others = model.model_copy(update={"alarms": Alarms(escalate_to=("vera.boss@acme.example",))})
    assert Duty.SEE_PRODUCTION.people(team, others) == (*people[:2], "vera.boss@acme.example", people[2])
    assert Duty.SEE_PRODUCTION.people(team, model.model_copy(update={"inputs": ()})) == ()
    assert Duty.SEE_PRODUCTION.people(served(endpoint={"instance_type": "ml.m5.large"}).teams[0]) == ()


def test_decisions_are_queried_by_the_analysts_that_a_model_names_and_by_nobody_else() -> None:
    team = reference().team("arrivals")
    model = team.models[0]
    assert Duty.QUERY_PRODUCTION.people(team, model) == ("kim.tran@acme.example",)
    assert Duty.QUERY_PRODUCTION.people(team, model.model_copy(update={"analysts": ()})) == ()
    assert Duty.QUERY_PRODUCTION.people(team, model.model_copy(update={"inputs": ()})) == ()


def test_a_batch_is_released_and_nobody_calls_it() -> None:
    place = {"bucket": "tiny", "prefix": "given", "key_arn": KEY}
    places = {which: {**place, "prefix": which} for which in ("given", "made")}
    batch = {
        "schedule": "rate(1 hour)",
        "instance_type": "ml.m5.large",
        "staging": {which: {**each, "bucket": "tiny-staging"} for which, each in places.items()},
        "production": places,
    }
    team = platform(approvers=["bo@tiny.example", "ann@tiny.example"], batch=batch).teams[0]
    assert Duty.RELEASE.people(team) == ("ann@tiny.example", "bo@tiny.example")
    assert Duty.INVOKE_PRODUCTION.people(team) == ()


def test_nobody_releases_or_calls_before_the_stage_in_which_models_serve() -> None:
    team = served(stage="repeatable", endpoint={"instance_type": "ml.m5.large"}).teams[0]
    assert [duty for duty in Duty if duty.stage is Stage.RELIABLE and duty.people(team)] == []
    assert Duty.APPROVE.people(team)


def test_each_duty_is_done_in_one_account() -> None:
    assert {duty: duty.purpose for duty in Duty} == {
        Duty.CURATE: Purpose.DATA,
        Duty.TRAIN: Purpose.DEVELOPMENT,
        Duty.APPROVE: Purpose.TOOLING,
        Duty.RELEASE: Purpose.TOOLING,
        Duty.INVOKE_STAGING: Purpose.STAGING,
        Duty.INVOKE_PRODUCTION: Purpose.PRODUCTION,
        Duty.SEE_PRODUCTION: Purpose.PRODUCTION,
        Duty.QUERY_PRODUCTION: Purpose.PRODUCTION,
    }
