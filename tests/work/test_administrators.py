"""What administrators may still do where there are guardrails, as the page says: judged by both evaluators."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from mlops_stages.platform import Platform, load
from tests.conftest import ORGANIZATIONS, Assembly
from tests.invariants.statements import as_list
from tests.work import local_judge, second_judge
from tests.work.administrators import Attempt, attempts, read
from tests.work.world import ConcreteTemplates, Json, World


def _world(assembly: Assembly, platform: Platform, templates: Mapping[str, Any] | None = None) -> World:
    assert platform.organization_id is not None
    concrete = ConcreteTemplates(assembly.templates if templates is None else templates, assembly.environments)
    return World(concrete, organization=platform.organization_id, region=platform.region)


@pytest.fixture(scope="module", params=["reference", "several_accounts"])
def tried(request: pytest.FixtureRequest, assembly: Callable[[str], Assembly]) -> tuple[World, list[Attempt]]:
    """Every attempt, in one organization with guardrails."""
    built = assembly(request.param)
    platform = load(built.platform_file)
    assert platform.guardrails is not None
    world = _world(built, platform)
    return world, list(attempts(world, platform))


def test_every_organization_with_guardrails_is_judged() -> None:
    guarded = {file.stem for file in ORGANIZATIONS.glob("*.yaml") if "\nguardrails:" in file.read_text("utf-8")}
    assert guarded == {"several_accounts"}, "and the reference"


def test_both_judges_refuse_and_allow_what_the_page_says(tried: tuple[World, list[Attempt]]) -> None:
    world, made = tried
    with local_judge.judging(world):
        local = [local_judge.allows(attempt.request) for attempt in made]
    second = second_judge.judge([attempt.request for attempt in made])
    wrong = [
        f"{'possible' if attempt.is_possible else 'refused'} by the page, {attempt}: local {by_us}, second {by_them}"
        for attempt, by_us, by_them in zip(made, local, second, strict=True)
        if by_us is not attempt.is_possible or by_them.allows is not attempt.is_possible
    ]
    assert not wrong, "\n".join(wrong)


def test_the_statement_that_the_page_names_is_the_one_that_refuses(tried: tuple[World, list[Attempt]]) -> None:
    """Without it, the administrator may; so no row is refused by something else alone."""
    world, made = tried
    with local_judge.judging(world):
        wrong = [
            str(attempt)
            for attempt in made
            if attempt.refused
            and not local_judge.allows(
                replace(
                    attempt.request,
                    owned=replace(attempt.request.owned, policy=None),
                    control_policies=[
                        (level, {name: _without(policy, attempt.refused) for name, policy in policies.items()})
                        for level, policies in attempt.request.control_policies
                    ],
                )
            )
        ]
    assert wrong == []


def _without(policy: Json, sid: str) -> Json:
    return {**policy, "Statement": [each for each in as_list(policy["Statement"]) if each.get("Sid") != sid]}


def test_who_deploys_may_do_what_others_change_by_deployment(tried: tuple[World, list[Attempt]]) -> None:
    """And nothing that nobody may."""
    world, made = tried
    never = {"NobodyStopsTheAuditTrail", "NobodyLeavesTheOrganization"}
    asked = [attempt for attempt in made if attempt.refused]
    deployed: list[tuple[Attempt, bool]] = []
    with local_judge.judging(world):
        for attempt in asked:
            role = attempt.request.role
            deployer = replace(
                role, arn=f"arn:aws:iam::{role.account}:role/cdk-hnb659fds-cfn-exec-role-1-{world.region}"
            )
            context = {**attempt.request.context, "aws:PrincipalArn": deployer.arn}
            owned = replace(attempt.request.owned, policy=None)
            as_deployer = replace(attempt.request, role=deployer, context=context, owned=owned)
            deployed.append((attempt, local_judge.allows(as_deployer)))
    assert [str(attempt) for attempt, allowed in deployed if allowed is (attempt.refused in never)] == []


def test_buckets_of_teams_that_cloudformation_names_are_known_by_their_logical_ids(
    assembly: Callable[[str], Assembly],
) -> None:
    """CloudFormation's name of a bucket holds the start of its logical id: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/resources-section-structure.html."""
    unnamed = [
        (stack, name)
        for stack, template in assembly("reference").templates.items()
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::S3::Bucket" and "BucketName" not in resource["Properties"] and "-team-" in stack
    ]
    assert len(unnamed) > 3
    assert [each for each in unnamed if not each[1].startswith(("TeamData", "TeamCapture", "TeamDecisions"))] == []


def test_every_row_says_why() -> None:
    for row in read():
        assert len(row.get("possible", row.get("refused_by", "x" * 40))) >= 40, row["tries"]
