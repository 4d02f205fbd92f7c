"""What the model says once it is valid."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from mlops_stages.platform import (
    CostAnomalies,
    DataClassification,
    IamSignIn,
    IdentityCenterSignIn,
    ImportedNetwork,
    Model,
    OwnNetwork,
    Persona,
    Platform,
    PlatformErrors,
    Purpose,
    SamlSignIn,
    Stage,
    load,
    parse,
)
from mlops_stages.platform.names import (
    MEMBER_NAME_LONGEST,
    MODEL_NAME_LONGEST,
    PLATFORM_NAME_LONGEST,
    TEAM_NAME_LONGEST,
    member_name,
    turned_around,
)

Read = Callable[[str], Platform]


@pytest.fixture(scope="module")
def comprehensive(organizations: Path) -> Platform:
    return load(organizations / "comprehensive.yaml")


@pytest.fixture(scope="module")
def smallest(organizations: Path) -> Platform:
    return load(organizations / "minimal.yaml")


def test_what_is_left_out_has_a_safe_default(smallest: Platform) -> None:
    assert smallest.network == OwnNetwork(cidr="10.20.0.0/16")
    assert smallest.sign_in == IamSignIn(method="iam", mfa=True)
    assert smallest.studio.idle_shutdown_minutes == 60
    assert smallest.permissions_boundary_arn is None
    assert smallest.cost_anomalies == CostAnomalies(monitor_arn=None, minimum_usd=100)
    assert smallest.organization_id is None
    assert smallest.teams == ()


def test_stages_are_ordered_and_contain_those_below() -> None:
    assert Stage.INITIAL < Stage.REPEATABLE < Stage.RELIABLE < Stage.SCALABLE
    assert Stage.RELIABLE >= Stage.RELIABLE
    assert Stage.RELIABLE.includes(Stage.INITIAL)
    assert not Stage.INITIAL.includes(Stage.REPEATABLE)
    assert Stage.REPEATABLE.up_to == (Stage.INITIAL, Stage.REPEATABLE)
    assert max(Stage) is Stage.SCALABLE


def test_classifications_are_ordered_by_sensitivity() -> None:
    assert DataClassification.PUBLIC < DataClassification.INTERNAL
    assert DataClassification.CONFIDENTIAL < DataClassification.RESTRICTED


def test_an_account_is_found_by_its_purpose(comprehensive: Platform) -> None:
    assert comprehensive.account(Purpose.TOOLING) == "303030303030"


def test_asking_for_an_account_that_is_not_named_is_a_programming_mistake(smallest: Platform) -> None:
    with pytest.raises(KeyError, match="governance"):
        smallest.account(Purpose.GOVERNANCE)


def test_accounts_in_use_are_those_of_the_stage_each_once_in_the_order_of_purposes(
    comprehensive: Platform, organizations: Path
) -> None:
    assert comprehensive.accounts_in_use == ("101010101010",)
    repeatable = Platform.model_validate({**comprehensive.model_dump(), "stage": Stage.REPEATABLE})
    assert repeatable.accounts_in_use == ("101010101010", "202020202020", "303030303030", "404040404040")
    assert load(organizations / "one_account.yaml").accounts_in_use == ("121212121212",)


def test_members_are_ordered_by_persona_then_by_address(comprehensive: Platform) -> None:
    team = comprehensive.team("forecasting-and-more")
    assert [(member.persona, member.name) for member in team.members] == [
        (Persona.DATA_SCIENTIST, "ann-lee"),
        (Persona.DATA_SCIENTIST, "o-brien-ml"),
        (Persona.LEAD_DATA_SCIENTIST, "lea"),
        (Persona.DATA_ENGINEER, "dan"),
        (Persona.ML_ENGINEER, "mel"),
        (Persona.BUSINESS_OWNER, "bo"),
    ]


def test_the_platforms_own_members_are_its_engineers_and_auditors(comprehensive: Platform) -> None:
    assert [(member.persona, member.email) for member in comprehensive.members] == [
        (Persona.PLATFORM_ENGINEER, "pat.the-platform-engineer-with-a-long-name@everything.example"),
        (Persona.PLATFORM_ENGINEER, "paula@everything.example"),
        (Persona.AUDITOR, "ada@everything.example"),
    ]


def test_a_long_short_name_is_cut_and_ends_in_a_hash_of_the_address() -> None:
    long = member_name("pat.the-platform-engineer-with-a-long-name@everything.example")
    assert long == "pat-the-platf-" + long[-6:]
    assert len(long) == MEMBER_NAME_LONGEST
    assert long != member_name("pat.the-platform-engineer-with-a-long-name@other.example")


def test_a_short_name_of_signs_alone_is_made_from_the_hash() -> None:
    assert member_name("_@x.example").startswith("person-")


def test_a_name_that_starts_with_another_is_turned_around() -> None:
    assert turned_around("fraud-eu", "fraud") == "eu-fraud"
    assert turned_around("fraud-2", "fraud") == "fraud2"


def test_a_short_name_does_not_depend_on_capitals() -> None:
    assert member_name("Ann.Lee@Acme.example") == member_name("ann.lee@acme.example") == "ann-lee"
    assert member_name("A" * 30 + "@x.example") == member_name("a" * 30 + "@X.example")


def test_classifications_of_a_team_include_those_of_its_models(comprehensive: Platform) -> None:
    assert [each.value for each in comprehensive.team("forecasting-and-more").classifications] == [
        "public",
        "internal",
        "confidential",
        "restricted",
    ]
    assert comprehensive.team("ops").classifications == (DataClassification.INTERNAL,)


def test_an_unknown_team_is_a_programming_mistake(comprehensive: Platform) -> None:
    with pytest.raises(KeyError, match="nobody"):
        comprehensive.team("nobody")


def test_drift_is_measured_at_an_interval(comprehensive: Platform) -> None:
    drift = comprehensive.teams[0].models[0].drift
    assert drift is not None
    assert drift.interval == timedelta(hours=6)


def test_people_sign_in_where_the_platform_says(comprehensive: Platform, smallest: Platform) -> None:
    assert comprehensive.sign_in_account == "999999999999"
    assert smallest.sign_in_account == "012345678901"


def test_each_way_to_sign_in_and_each_network_is_its_own_type(organizations: Path) -> None:
    assert isinstance(load(organizations / "control_tower.yaml").sign_in, SamlSignIn)
    assert isinstance(load(organizations / "identity_center.yaml").sign_in, IdentityCenterSignIn)
    assert isinstance(load(organizations / "imported_network.yaml").network, ImportedNetwork)


def test_a_boundary_from_outside_is_the_same_policy_in_each_account(
    comprehensive: Platform, smallest: Platform
) -> None:
    assert (
        comprehensive.permissions_boundary_in("222222222222")
        == "arn:aws:iam::222222222222:policy/landing-zone/everything-boundary"
    )
    assert smallest.permissions_boundary_in("222222222222") is None


def test_a_boundary_of_aws_itself_stays_as_it_is(read: Read, minimal: str) -> None:
    arn = "arn:aws:iam::aws:policy/PowerUserAccess"
    platform = read(f"{minimal}permissions_boundary_arn: {arn}\n")
    assert platform.permissions_boundary_in("222222222222") == arn


def test_the_partition_is_that_of_the_region(read: Read, minimal: str) -> None:
    assert read(minimal).partition == "aws"
    assert read(minimal.replace("eu-central-1", "us-gov-west-1")).partition == "aws-us-gov"


def test_a_platform_cannot_be_changed(smallest: Platform) -> None:
    with pytest.raises(ValidationError):
        smallest.name = "other"  # pyright: ignore[reportAttributeAccessIssue] - that is the test


def test_platforms_are_equal_whatever_file_they_come_from(read: Read, minimal: str, smallest: Platform) -> None:
    assert read("# moved down\n\n" + minimal) == smallest


def test_a_platform_made_in_python_is_held_to_the_same_rules(smallest: Platform) -> None:
    with pytest.raises(PlatformErrors) as caught:
        Platform(
            name="acme",
            region="eu-west-1",
            stage=Stage.REPEATABLE,
            owner="ann@acme.example",
            cost_center="1",
            accounts=smallest.accounts,
            people=smallest.people,
        )
    assert [error.path for error in caught.value.errors] == [
        "accounts.data",
        "accounts.development",
        "accounts.tooling",
    ]


def test_plain_data_is_checked_as_a_file_is() -> None:
    with pytest.raises(PlatformErrors) as caught:
        parse({"name": "X", "stage": "initial"})
    error = next(error for error in caught.value.errors if error.path == "name")
    assert (error.code, error.file, error.line) == ("PLT-201", None, None)


def test_the_longest_names_fit_what_aws_allows() -> None:
    role = PLATFORM_NAME_LONGEST + 1 + TEAM_NAME_LONGEST + 1 + MEMBER_NAME_LONGEST
    endpoint = PLATFORM_NAME_LONGEST + 1 + TEAM_NAME_LONGEST + 1 + MODEL_NAME_LONGEST
    bucket = PLATFORM_NAME_LONGEST + 1 + TEAM_NAME_LONGEST + 1 + len("confidential") + 1 + 12
    assert role <= 64
    assert endpoint <= 63
    assert bucket <= 63


def test_a_model_needs_no_promises_yet() -> None:
    model = Model(name="card-fraud", owner="bo@acme.example", data_classification=DataClassification.INTERNAL)
    assert (model.sla, model.quality, model.drift, model.rollout) == (None, None, None, None)
