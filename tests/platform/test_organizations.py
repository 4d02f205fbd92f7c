"""The organizations that everything is tested with."""

from pathlib import Path
from typing import Protocol, TextIO, cast

import pytest

from mlops_stages.platform import (
    OFFER,
    DataCatalog,
    Feature,
    FeatureGroup,
    Guardrails,
    IdentityCenterSignIn,
    ImportedNetwork,
    Model,
    Networks,
    OwnNetwork,
    Persona,
    PersonaGroups,
    Platform,
    Repository,
    Retraining,
    SamlSignIn,
    Team,
    load,
    parse,
)
from mlops_stages.platform.fields import sections_with_paths
from mlops_stages.platform.section import Section

VALID = (
    "comprehensive",
    "control_tower",
    "identity_center",
    "imported_network",
    "minimal",
    "one_account",
    "serving_alone",
    "several_accounts",
    "staging_with_production",
)
ELSEWHERE = {
    ImportedNetwork: "imported_network",
    SamlSignIn: "control_tower",
    Networks: "staging_with_production",
    Retraining: "staging_with_production",
    **dict.fromkeys(
        (
            DataCatalog,
            Feature,
            FeatureGroup,
            Guardrails,
            IdentityCenterSignIn,
            Model,
            OwnNetwork,
            PersonaGroups,
            Platform,
            Repository,
            Team,
        ),
        "several_accounts",
    ),
}


class Generate(Protocol):
    def organization(self, teams: int, people: int = 10) -> dict[str, object]: ...

    def write(self, platform: dict[str, object], to: Path | TextIO) -> None: ...


def keys_set(value: object) -> dict[type[Section], set[str]]:
    """The keys that a platform sets, by section."""
    found: dict[type[Section], set[str]] = {}
    if isinstance(value, Section):
        found.setdefault(type(value), set()).update(value.model_fields_set)
        for key in value.model_fields_set:
            merge(found, keys_set(getattr(value, key)))
    elif isinstance(value, tuple):
        for item in cast("tuple[object, ...]", value):
            merge(found, keys_set(item))
    return found


def merge(into: dict[type[Section], set[str]], more: dict[type[Section], set[str]]) -> None:
    for section, keys in more.items():
        into.setdefault(section, set()).update(keys)


@pytest.mark.parametrize("name", VALID)
def test_each_organization_is_valid_and_can_be_deployed(name: str, organizations: Path) -> None:
    platform = load(organizations / f"{name}.yaml")
    platform.refuse_beyond(OFFER)


def test_there_are_no_others(organizations: Path) -> None:
    assert sorted(path.stem for path in organizations.glob("*.yaml")) == sorted(VALID)


def test_the_comprehensive_organization_sets_every_key(organizations: Path) -> None:
    keys = keys_set(load(organizations / "comprehensive.yaml"))
    # A model that is retrained has a pipeline and an endpoint: its team and its platform are of stage reliable.
    for section, name in (*ELSEWHERE.items(), (Model, ELSEWHERE[Retraining])):
        merge(keys, {section: keys_set(load(organizations / f"{name}.yaml"))[section]})
    unset = {
        section.__name__: sorted(missing)
        for section in sections_with_paths(Platform)
        if (missing := set(section.model_fields) - keys.get(section, set()))
    }
    assert not unset, f"add these keys to tests/organizations/comprehensive.yaml: {unset}"


def test_the_reference_organization_is_realistic(root: Path) -> None:
    platform = load(root / "platform.yaml")
    assert platform.accounts_in_use == tuple(str(digit) * 12 for digit in range(1, 8))
    assert [team.name for team in platform.teams] == ["fraud", "pricing", "arrivals"]
    assert [model.name for model in platform.team("arrivals").models] == ["late-arrival"]
    assert all(3 <= len(team.members) <= 6 for team in platform.teams)
    personas = {member.persona for team in platform.teams for member in team.members}
    assert personas | {member.persona for member in platform.members} == set(Persona)
    assert all(
        None not in (model.sla, model.quality, model.drift, model.rollout)
        for team in platform.teams
        for model in team.models
    )


def test_the_reference_organization_is_short_enough_to_read(root: Path) -> None:
    assert len((root / "platform.yaml").read_text().splitlines()) < 130


def test_a_generated_organization_is_as_large_as_asked_with_every_persona(generate: Generate) -> None:
    platform = parse(generate.organization(100, people=10))
    assert len(platform.teams) == 100
    assert all(len(team.members) == 10 for team in platform.teams)
    for team in platform.teams:
        assert {member.persona for member in team.members} | {member.persona for member in platform.members} == set(
            Persona
        )


@pytest.mark.parametrize("people", [1, 5, 30])
def test_a_generated_organization_may_have_small_and_large_teams(people: int, generate: Generate) -> None:
    assert {len(team.members) for team in parse(generate.organization(3, people)).teams} == {people}


def test_a_generated_organization_is_the_same_each_time_and_in_a_file(generate: Generate, tmp_path: Path) -> None:
    assert generate.organization(7) == generate.organization(7)
    generate.write(generate.organization(7), tmp_path / "platform.yaml")
    assert load(tmp_path / "platform.yaml") == parse(generate.organization(7))


def test_adding_a_team_changes_no_other_team(generate: Generate) -> None:
    fewer, more = parse(generate.organization(3)), parse(generate.organization(4))
    assert more.teams[:3] == fewer.teams
