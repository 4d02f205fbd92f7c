"""The commands from a repository to production traffic and back: which they are, whose decisions, and how many."""

from __future__ import annotations

import re
import shlex

import pytest

from mlops_stages.cli.way import Step, back, counted, to_production
from mlops_stages.model_repository import answers_for, rendered
from mlops_stages.platform import Duty, Model, Platform, Team, load
from tests.cli.test_approve import platform as served
from tests.conftest import ROOT

REPOSITORY = "../late-arrival"


@pytest.fixture(scope="module")
def platform() -> Platform:
    return served()


@pytest.fixture(scope="module")
def team(platform: Platform) -> Team:
    return platform.team("arrivals")


@pytest.fixture(scope="module")
def model(team: Team) -> Model:
    return team.models[0]


def ours(steps: tuple[Step, ...]) -> list[str]:
    return [words[1] for step in steps if (words := shlex.split(step.command))[0] == "mlops-stages"]


def test_the_way_is_from_a_repository_to_an_answer_of_production(platform: Platform, team: Team, model: Model) -> None:
    steps = to_production(platform, team, model, REPOSITORY)
    way = ["new-model", "up", "train", "approve", "follow", "approve", "follow", "invoke"]
    assert ours(steps) == way
    assert counted(steps) == {"commands": 8, "decisions": 2}
    assert ours(to_production(platform, team, model, REPOSITORY, make=False)) == way[1:]


def test_the_readme_counts_what_the_way_is() -> None:
    reference = load(ROOT / "platform.yaml")
    arrivals = reference.team("arrivals")
    number = counted(to_production(reference, arrivals, arrivals.models[0], REPOSITORY))
    said = f"[{number['commands']} commands, {number['decisions']} of them human decisions]"
    assert said in (ROOT / "README.md").read_text("utf-8")


def test_two_people_decide_who_have_the_duty_for_it(platform: Platform, team: Team, model: Model) -> None:
    first, second = [step for step in to_production(platform, team, model, REPOSITORY) if step.decides]
    people = {member.name: member.email for member in team.members}
    deciders = [shlex.split(step.command)[-1] for step in (first, second)]
    addresses = [people.get(name, name) for name in deciders]
    assert addresses[0] != addresses[1]
    assert addresses[0] in Duty.APPROVE.people(team, model)
    assert addresses[1] in Duty.RELEASE.people(team, model)
    assert ["--for" in step.command for step in (first, second)] == [False, True]


def test_a_pipeline_that_platform_yaml_does_not_name_yet_is_copied_first(
    platform: Platform, team: Team, model: Model
) -> None:
    new = model.model_copy(update={"pipeline": None})
    steps = to_production(platform, team, new, "../a b")
    assert steps[1].command == f"cp '../a b/pipeline/definition.json' pipelines/{model.name}.json"
    assert f"`pipeline: pipelines/{model.name}.json`" in steps[1].why
    assert counted(steps)["commands"] == 9


def test_a_model_that_does_not_serve_or_that_one_alone_approves_has_no_way(
    platform: Platform, team: Team, model: Model
) -> None:
    unserved = model.model_copy(update={"endpoint": None})
    alone = model.model_copy(update={"approvers": (model.owner,)})
    for each in (unserved, alone):
        assert to_production(platform, team, each, REPOSITORY) == back(team, each, REPOSITORY) == ()


def test_a_bad_version_goes_the_same_way_until_production(platform: Platform, team: Team, model: Model) -> None:
    bad, good = back(team, model, REPOSITORY), to_production(platform, team, model, REPOSITORY)
    assert [step for step in bad if step.decides] == [step for step in good if step.decides]
    assert ours(bad) == ["new-model", "train", "approve", "follow", "approve", "releases", "ledger"]
    assert "| mlops-stages follow arrivals/late-arrival --send -" in bad[6].command


def test_what_breaks_it_is_one_line_of_the_standard_repository() -> None:
    reference = load(ROOT / "platform.yaml")
    arrivals = reference.team("arrivals")
    broken = shlex.split(back(arrivals, arrivals.models[0], REPOSITORY)[1].command)
    found, replaced = broken[2].removeprefix("s/").removesuffix("/").split("/")
    scoring = rendered(answers_for(reference, "arrivals/late-arrival"))["serving/scoring.py"]
    assert scoring.count(found) == 1
    assert broken[3] == f"{REPOSITORY}/serving/scoring.py"
    compile(scoring.replace(found, replaced), "scoring.py", "exec")


def test_what_callers_then_send_is_the_hour_that_it_fails_at(team: Team, model: Model) -> None:
    send = back(team, model, REPOSITORY)[6].command
    found, replaced = shlex.split(send)[1].removeprefix("s/").removesuffix("/").split("/")
    assert re.sub(found, replaced, '{"dest": "IAH", "hour": 5.0, "distance": 1400}') == (
        '{"dest": "IAH", "hour": 3, "distance": 1400}'
    )
