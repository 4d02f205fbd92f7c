"""Alarms of a model: how long its owner has to acknowledge one, and who is told then."""

from pathlib import Path
from typing import Any

import pytest

from mlops_stages.platform import Alarms, Model, Team, load
from tests.platform.test_labels import faults, late_arrival

OTHERS = {"escalate_to": ["vera.boss@acme.example"]}


@pytest.fixture(scope="module")
def reference(root: Path) -> Path:
    return root / "platform.yaml"


@pytest.fixture(scope="module")
def team(reference: Path) -> Team:
    return load(reference).team("arrivals")


def with_people(team: Team, **people: Any) -> tuple[Team, Model]:  # noqa: ANN401 - plain data
    """A team of other people, and its model, of whose alarms nothing is said."""
    (model,) = team.models
    changed = team.model_copy(update={"people": team.people.model_copy(update=people)})
    return changed, model.model_copy(update={"alarms": None})


@pytest.mark.parametrize(("within", "minutes"), [("15m", 15), ("4h", 240), ("7d", 10_080)])
def test_there_is_from_a_quarter_of_an_hour_to_a_week(reference: Path, within: str, minutes: int) -> None:
    alarms = late_arrival(reference, alarms={"acknowledge_within": within}).alarms
    assert alarms is not None
    assert alarms.minutes == minutes


@pytest.mark.parametrize("within", ["14m", "8d", "0h", "", "4"])
def test_another_time_is_refused(reference: Path, within: str) -> None:
    assert {code for code, _ in faults(reference, alarms={"acknowledge_within": within})} <= {"PLT-249", "PLT-012"}


def test_it_is_four_hours_where_nothing_is_said() -> None:
    assert Alarms().minutes == 240


def test_those_are_told_next_who_are_named(team: Team) -> None:
    assert team.told_next(team.models[0]) == ("flora.king@acme.example",)


def test_else_the_business_owners_besides_the_models_owner(team: Team) -> None:
    changed, model = with_people(team, business_owners=("hugo.stein@acme.example", "vera.boss@acme.example"))
    assert changed.told_next(model) == ("vera.boss@acme.example",)


def test_else_the_lead_data_scientists(team: Team) -> None:
    assert Team.told_next(*with_people(team)) == ("flora.king@acme.example",)


def test_else_the_owner_again(team: Team) -> None:
    assert Team.told_next(*with_people(team, lead_data_scientists=())) == ("hugo.stein@acme.example",)


def test_nobody_tells_of_alarms_without_decisions_that_are_read(reference: Path) -> None:
    assert ("PLT-379", "alarms") in faults(reference, alarms=OTHERS, labels=None, inputs=None)
    assert ("PLT-379", "alarms") in faults(reference, alarms=OTHERS, labels=None, endpoint=None, rollout=None)


def test_the_owner_is_nobody_else(reference: Path) -> None:
    owner = {"escalate_to": ["hugo.stein@acme.example"]}
    assert faults(reference, alarms=owner) == [("PLT-379", "alarms.escalate_to")]
    two = {"escalate_to": ["hugo.stein@acme.example", "vera.boss@acme.example"]}
    assert late_arrival(reference, alarms=two).alarms is not None


def test_who_is_told_acknowledges_in_a_session_of_their_name(reference: Path) -> None:
    strange = {"escalate_to": ["vera'boss@acme.example"]}
    assert faults(reference, alarms=strange) == [("PLT-360", "alarms.escalate_to[0]")]


CHAT = {"slack": {"workspace": "T0123ABCD", "channel": "C0123ABCD"}}


def test_a_channel_shows_what_is_told_by_mail(reference: Path) -> None:
    alarms = late_arrival(reference, alarms={"chat": CHAT}).alarms
    assert alarms is not None
    assert alarms.chat is not None
    assert (alarms.chat.slack.workspace, alarms.chat.slack.channel) == ("T0123ABCD", "C0123ABCD")


def test_without_one_there_is_mail_alone(reference: Path) -> None:
    assert Alarms().chat is None


@pytest.mark.parametrize(
    "workspace", ["", "T", "C0123ABCD", "T0123abcd", "T0123ABCD ", "T" + "0" * 21, "T0123ABC\u0414"]
)
def test_what_is_no_workspace_is_refused(reference: Path, workspace: str) -> None:
    chat = {"slack": {**CHAT["slack"], "workspace": workspace}}
    ((code, place),) = faults(reference, alarms={"chat": chat})
    assert (code, place) == ("PLT-247", "alarms.chat.slack.workspace")


@pytest.mark.parametrize("channel", ["", "C", "#alarms", "T0123ABCD", "c0123abcd", "C0123ABCD\n", "C0123-ABCD"])
def test_what_is_no_channel_is_refused(reference: Path, channel: str) -> None:
    chat = {"slack": {**CHAT["slack"], "channel": channel}}
    assert {code for code, _ in faults(reference, alarms={"chat": chat})} <= {"PLT-248", "PLT-012"}


def test_a_chat_without_a_channel_is_refused(reference: Path) -> None:
    assert faults(reference, alarms={"chat": {}}) == [("PLT-102", "alarms.chat.slack")]
