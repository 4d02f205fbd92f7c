"""Units for the platform's accounts, and policies that hold wherever an account sits."""

import json
from typing import Any

import pytest
from aws_cdk import Stack

from mlops_stages.platform import Purpose
from mlops_stages.platform.guardrails import (
    MOST_APPROVED_TYPES,
    MOST_EXEMPT_CHARACTERS,
    MOST_EXEMPT_ROLES,
    MOST_REGIONS,
)
from mlops_stages.platform.studio import MOST_INSTANCE_TYPES
from mlops_stages.repeatable.guardrails import DEPLOYMENT_ROLES, deployment_roles
from mlops_stages.repeatable.organization_guardrails import UNITS, OrganizationGuardrails
from mlops_stages.repeatable.service_control_policy import MOST_ATTACHED
from tests.foundation.built import Built, built, refused, resolved
from tests.repeatable.guarded import ACCOUNTS, TYPES, guardrails

POLICY, UNIT = "AWS::Organizations::Policy", "AWS::Organizations::OrganizationalUnit"


@pytest.fixture(scope="module")
def made() -> Built:
    return built(guardrails)


@pytest.fixture(scope="module")
def in_one_account() -> Built:
    return built(lambda stack: guardrails(stack, accounts=dict.fromkeys(Purpose, "121212121212")))


def targets(made: Built) -> dict[str, list[str]]:
    """The targets of each policy, units by their name."""
    names = {f"{name}.Id": unit["Properties"]["Name"] for name, unit in made.resources(UNIT).items()}
    return {
        policy["Name"]: [names.get(target, target) for target in resolved(policy["TargetIds"])]
        for policy in made.all(POLICY)
    }


def test_a_unit_for_each_kind_of_account_stands_under_the_platforms_own(made: Built) -> None:
    parents = {unit["Name"]: resolved(unit["ParentId"]) for unit in made.all(UNIT)}
    assert parents.pop("acme") == "r-a1b2"
    assert set(parents) == {"acme-experimentation", "acme-workloads", "acme-shared"}
    (platform,) = [f"{name}.Id" for name, unit in made.resources(UNIT).items() if unit["Properties"]["Name"] == "acme"]
    assert set(parents.values()) == {platform}


def test_each_purpose_belongs_in_one_unit() -> None:
    assert sorted(purpose for purposes in UNITS.values() for purpose in purposes) == sorted(Purpose)


def test_every_account_and_its_unit_have_the_policies_of_its_kind(made: Built) -> None:
    every = sorted(ACCOUNTS.values())
    exploring = ACCOUNTS[Purpose.EXPERIMENTATION]
    assert targets(made) == {
        "acme-audit": ["acme", *every],
        "acme-access": ["acme", *every],
        "acme-data": ["acme", *every],
        "acme-exploring": ["acme-experimentation", exploring],
        "acme-operating": ["acme-workloads", "acme-shared", *(account for account in every if account != exploring)],
    }


@pytest.mark.parametrize("which", ["made", "in_one_account"])
def test_no_target_has_more_policies_than_the_former_quota_of_aws_lets_it_have(
    which: str, request: pytest.FixtureRequest
) -> None:
    attached: dict[str, int] = {}
    for each in targets(request.getfixturevalue(which)).values():
        for target in each:
            attached[target] = attached.get(target, 0) + 1
    # FullAWSAccess is on each of them too.
    assert max(attached.values()) + 1 <= MOST_ATTACHED


def test_one_account_for_all_purposes_may_explore_and_is_named_once(in_one_account: Built) -> None:
    assert targets(in_one_account)["acme-exploring"] == ["acme-experimentation", "121212121212"]
    assert targets(in_one_account)["acme-operating"] == ["acme-workloads", "acme-shared"]
    assert targets(in_one_account)["acme-audit"] == ["acme", "121212121212"]


def test_nothing_goes_with_its_stack(made: Built) -> None:
    for resource in {**made.resources(POLICY), **made.resources(UNIT)}.values():
        assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")


def test_organizations_is_asked_for_one_change_at_a_time(made: Built) -> None:
    resources = {**made.resources(UNIT), **made.resources(POLICY)}
    # By DependsOn, or by the reference of a unit to the unit above it, which is the only other resource then.
    waits: dict[str, str] = {}
    for name, resource in resources.items():
        parent = resource["Properties"].get("ParentId")
        referred = [] if isinstance(parent, str | None) or "DependsOn" in resource else [parent["Fn::GetAtt"][0]]
        for other in (*resource.get("DependsOn", []), *referred):
            waits[name] = other
    assert len(waits) == len(resources) - 1, "all but the first wait"
    assert len(set(waits.values())) == len(waits), "each for another"


def test_no_finding_stands(made: Built) -> None:
    assert made.findings == ()


def test_the_template_is_the_same_each_time() -> None:
    assert json.dumps(built(guardrails).body) == json.dumps(built(guardrails).body)


def test_the_most_that_a_platform_file_can_name_fits() -> None:
    longest = [f"ml.{n:012}.{n:012}" for n in range(MOST_APPROVED_TYPES + MOST_INSTANCE_TYPES)]
    regions = [f"ap-southeast-{n}" for n in range(MOST_REGIONS)]
    each = MOST_EXEMPT_CHARACTERS // MOST_EXEMPT_ROLES
    exempt = [f"{n}".ljust(each, "x") for n in range(MOST_EXEMPT_ROLES)]
    roles = (*deployment_roles("q" * 10), *exempt)
    built(
        lambda stack: _guardrails(
            stack, instance_types=longest, regions=regions, platform="abcdefghijkl", deployment_roles=roles
        )
    )


@pytest.mark.parametrize("role", ["", "*", "tf-*", "a*b", "acme-*", "acme/fraud/acme-fraud.train", "AWSReservedSSO_*"])
def test_a_role_that_anybody_may_have_is_not_exempt(role: str) -> None:
    message, made = refused(lambda stack: _guardrails(stack, deployment_roles=(*DEPLOYMENT_ROLES, role)))
    assert message.startswith(f"REP-017: Guardrails: {role!r} could be anybody's role")
    assert made == []


@pytest.mark.parametrize("missing", ["accounts", "regions", "instance_types"])
def test_nothing_to_guard_and_nothing_to_allow_are_refused(missing: str) -> None:
    message, made = refused(lambda stack: _guardrails(stack, **{missing: []}))
    assert message.startswith("REP-013: Guardrails: name at least one account")
    assert made == []


def _guardrails(stack: Stack, **given: Any) -> OrganizationGuardrails:  # noqa: ANN401 - any of its options
    options: dict[str, Any] = {
        "platform": "acme",
        "partition": "aws",
        "root_id": "r-a1b2",
        "accounts": ACCOUNTS,
        "regions": ["eu-west-1"],
        "instance_types": TYPES,
        **given,
    }
    return OrganizationGuardrails(stack, "Guardrails", **options)
