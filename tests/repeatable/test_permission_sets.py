"""People of Identity Center get in by a permission set that grants nothing but their roles."""

import json
from typing import Any

import pytest
from aws_cdk import Stack

from mlops_stages.platform import Persona, Purpose, load
from mlops_stages.platform.duties import Duty
from mlops_stages.repeatable.permission_sets import WHERE, PermissionSets
from tests.conftest import ORGANIZATIONS
from tests.foundation.built import Built, built, refused, resolved
from tests.foundation.judge import Caller
from tests.repeatable.guarded import ACCOUNTS

SEVERAL = load(ORGANIZATIONS / "several_accounts.yaml")
INSTANCE = "arn:aws:sso:::instance/ssoins-0123456789abcdef"
GROUPS = {persona: f"01234567-89ab-cdef-0123-{number:012}" for number, persona in enumerate(Persona)}
SET, ASSIGNMENT = "AWS::SSO::PermissionSet", "AWS::SSO::Assignment"
ATTRIBUTES = "AWS::SSO::InstanceAccessControlAttributeConfiguration"


def permission_sets(stack: Stack, **given: Any) -> PermissionSets:  # noqa: ANN401 - any of its options
    options: dict[str, Any] = {
        "platform": "acme",
        "partition": "aws",
        "instance_arn": INSTANCE,
        "accounts": ACCOUNTS,
        "groups": GROUPS,
        **given,
    }
    return PermissionSets(stack, "People", **options)


@pytest.fixture(scope="module")
def made() -> Built:
    return built(permission_sets)


def policy_of(made: Built, persona: Persona) -> dict[str, Any]:
    name = f"acme-{persona.replace('_', '-')}"
    return next(resolved(each["InlinePolicy"]) for each in made.all(SET) if each["Name"] == name)


def test_there_is_one_for_each_persona_with_the_name_that_trust_expects(made: Built) -> None:
    names = {each["Name"] for each in made.all(SET)}
    assert names == {f"acme-{persona.replace('_', '-')}" for persona in Persona}
    assert all(len(name) <= 32 for name in names)


def test_a_session_is_a_working_day_and_never_longer_than_half_a_day(made: Built) -> None:
    assert {each["SessionDuration"] for each in made.all(SET)} == {"PT8H"}
    for hours in (0, 13):
        message, left = refused(lambda stack, hours=hours: permission_sets(stack, session_hours=hours))
        assert message.startswith("REP-014")
        assert left == []


@pytest.mark.parametrize("persona", list(Persona))
def test_a_persona_may_take_on_roles_of_the_platform_and_nothing_else(made: Built, persona: Persona) -> None:
    caller = Caller(policies=[policy_of(made, persona)], tags={"email": "ann@acme.example"})
    role = f"arn:aws:iam::{ACCOUNTS[Purpose.EXPERIMENTATION]}:role/acme/fraud/acme-fraud.train"
    assert caller.may("sts:AssumeRole", role)
    assert not caller.may("sts:AssumeRole", "arn:aws:iam::111111111111:role/Administrator")
    assert not caller.may("sts:AssumeRole", "arn:aws:iam::111111111111:role/cdk-hnb659fds-deploy-role")
    assert not caller.may("sts:AssumeRole", "arn:aws:iam::999999999999:role/acme/fraud/acme-fraud.train")
    for action in ("s3:GetObject", "sagemaker:CreateTrainingJob", "iam:CreateRole", "sts:TagSession"):
        assert not caller.may(action, "*")


def test_nobody_without_an_address_takes_on_anything(made: Built) -> None:
    caller = Caller(policies=[policy_of(made, Persona.ML_ENGINEER)])
    assert not caller.may("sts:AssumeRole", "arn:aws:iam::222222222222:role/acme/fraud/acme-fraud.train")


def test_each_group_comes_into_the_accounts_where_its_persona_has_a_role(made: Built) -> None:
    sets = {f"{name}.PermissionSetArn": each["Properties"]["Name"] for name, each in made.resources(SET).items()}
    assigned: dict[str, set[str]] = {}
    for each in made.all(ASSIGNMENT):
        assigned.setdefault(sets[resolved(each["PermissionSetArn"])], set()).add(each["TargetId"])
    assert assigned == {
        f"acme-{persona.replace('_', '-')}": {ACCOUNTS[purpose] for purpose in WHERE[persona]} for persona in Persona
    }
    assert {each["PrincipalType"] for each in made.all(ASSIGNMENT)} == {"GROUP"}


def test_everyone_who_has_a_duty_comes_into_the_account_where_it_is_done() -> None:
    personas = {member.persona for team in SEVERAL.teams for member in team.members}
    assert len(personas) == 5
    for duty in Duty:
        for team in SEVERAL.teams:
            on_duty = {member.persona for member in team.members if member.email in duty.people(team)}
            assert all(duty.purpose in WHERE[persona] for persona in on_duty)
    assert all(Duty.APPROVE.purpose in WHERE[persona] for persona in personas), "any of them may own a model"


def test_one_account_for_all_purposes_is_assigned_once() -> None:
    made = built(lambda stack: permission_sets(stack, accounts=dict.fromkeys(Purpose, "121212121212")))
    assert made.types[ASSIGNMENT] == len(Persona)
    for persona in Persona:
        assert policy_of(made, persona)["Statement"][0]["Resource"] == ["arn:aws:iam::121212121212:role/acme/*/acme-*"]


def test_a_persona_without_a_group_is_assigned_nowhere() -> None:
    only = built(lambda stack: permission_sets(stack, groups={Persona.AUDITOR: GROUPS[Persona.AUDITOR]}))
    assert {each["PrincipalId"] for each in only.all(ASSIGNMENT)} == {GROUPS[Persona.AUDITOR]}
    assert ASSIGNMENT not in built(lambda stack: permission_sets(stack, groups=None)).types


def test_the_address_is_passed_on_and_stays_so_without_the_stack(made: Built) -> None:
    (attributes,) = made.resources(ATTRIBUTES).values()
    assert attributes["Properties"] == {
        "InstanceArn": INSTANCE,
        "AccessControlAttributes": [{"Key": "email", "Value": {"Source": ["${path:emails[primary eq true].value}"]}}],
    }
    assert attributes["DeletionPolicy"] == "RetainExceptOnCreate"


def test_adding_an_account_changes_nothing_of_the_others(made: Built) -> None:
    fewer = {purpose: account for purpose, account in ACCOUNTS.items() if purpose is not Purpose.GOVERNANCE}
    before = built(lambda stack: permission_sets(stack, accounts=fewer)).resources(ASSIGNMENT)
    after = made.resources(ASSIGNMENT)
    assert {name: json.dumps(each) for name, each in before.items()}.items() <= {
        name: json.dumps(each) for name, each in after.items()
    }.items()


def test_no_finding_stands(made: Built) -> None:
    assert made.findings == ()


def test_a_name_over_the_length_and_no_account_are_refused() -> None:
    message, left = refused(lambda stack: permission_sets(stack, platform="thirteenchars"))
    assert message.startswith("REP-015: People: thirteenchars-lead-data-scientist")
    assert left == []
    assert refused(lambda stack: permission_sets(stack, accounts={}))[0].startswith("REP-016")
