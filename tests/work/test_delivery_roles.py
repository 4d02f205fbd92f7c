"""The roles of the platform's own delivery: the ways of the bootstrap, and nothing beside them.

Whoever owns what is asked for trusts the whole tooling account here, so that the roles' own policies alone decide.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from mlops_stages.platform import Addresses, Platform, load
from tests.conftest import Assembly
from tests.invariants.statements import statements
from tests.work import local_judge, second_judge
from tests.work.request import Request, request
from tests.work.world import ConcreteTemplates, Owned, Role, World

STACK = "pier-delivery"
STEPS = ("review", "deliver-staging", "deliver-production")
KINDS = ("lookup-role", "deploy-role", "file-publishing-role", "image-publishing-role", "cfn-exec-role")
TEAM, MODEL = "berths", "overnight"
Given = tuple[str, str, Mapping[str, str]]


@pytest.fixture(scope="module")
def built(assembly: Callable[[str], Assembly]) -> Assembly:
    return assembly("staging_with_production")


@pytest.fixture(scope="module")
def platform(built: Assembly) -> Platform:
    return load(built.platform_file)


def world_with(built: Assembly, platform: Platform, templates: Mapping[str, Any]) -> World:
    assert platform.organization_id is not None
    return World(
        ConcreteTemplates(templates, built.environments), organization=platform.organization_id, region=platform.region
    )


@pytest.fixture(scope="module")
def world(built: Assembly, platform: Platform) -> World:
    return world_with(built, platform, built.templates)


def bootstrap(platform: Platform, kind: str, account: str) -> str:
    return f"arn:aws:iam::{account}:role/cdk-hnb659fds-{kind}-{account}-{platform.region}"


def ways(platform: Platform) -> dict[str, set[tuple[str, str]]]:
    """The roles of the bootstrap that each step takes on, by kind and account."""
    everywhere, deploy = platform.accounts_deployed_to, ("deploy-role", "file-publishing-role")
    staging = platform.addresses.account_of("staging")
    return {
        "review": {("lookup-role", account) for account in everywhere},
        "deliver-staging": {(kind, staging) for kind in deploy},
        "deliver-production": {(kind, account) for kind in deploy for account in everywhere},
    }


def beside(platform: Platform, names: Addresses) -> list[Given]:
    """What none of them does, with the condition keys under which it would best be allowed."""
    tooling, region, governance = names.tooling, platform.region, names.ledger_account
    group = names.packages(TEAM, MODEL).replace("*", "7")
    mine = names.delivery_role("deliver-production")
    key = f"arn:aws:kms:{region}:{governance}:key/01234567-89ab-cdef-0123-456789abcdef"
    roles = (
        names.model_role(tooling, TEAM, MODEL, "approve"),
        names.model_role(tooling, TEAM, MODEL, "release"),
        names.promote_role(TEAM, MODEL),
        names.deploy_role(TEAM, MODEL, "production"),
        names.deliver_role(TEAM),
        f"arn:aws:iam::{governance}:role/OrganizationAccountAccessRole",
    )
    return [
        *(("sts:AssumeRole", role, {}) for role in roles),
        ("sagemaker:UpdateModelPackage", group, {"sagemaker:ModelApprovalStatus": "Approved"}),
        ("s3:GetObject", f"arn:aws:s3:::pier-{TEAM}-artifacts-{tooling}/models/{MODEL}/abc/model.tar.gz", {}),
        ("s3:PutObject", f"arn:aws:s3:::{names.ledger_bucket}/ledger/{TEAM}/{MODEL}/000000000009.json", {}),
        ("sqs:SendMessage", names.ledger_queue(TEAM, MODEL), {}),
        ("kms:Sign", key, {}),
        ("kms:PutKeyPolicy", key, {}),
        (
            "organizations:UpdatePolicy",
            f"arn:aws:organizations::{governance}:policy/o-x/service_control_policy/p-1",
            {},
        ),
        ("cloudformation:UpdateStack", f"arn:aws:cloudformation:{region}:{tooling}:stack/pier-tooling/1", {}),
        ("lambda:UpdateFunctionCode", f"arn:aws:lambda:{region}:{governance}:function:pier-ledger-writer", {}),
        ("iam:UpdateAssumeRolePolicy", mine, {}),
        ("iam:DeleteRolePermissionsBoundary", mine, {}),
        ("iam:PassRole", bootstrap(platform, "cfn-exec-role", tooling), {}),
        ("sns:Publish", f"arn:aws:sns:{region}:{tooling}:pier-alarms", {}),
    ]


def asked(world: World, role: Role, given: Iterable[Given]) -> list[Request]:
    """The requests, of owners who trust the role's whole account."""
    found: list[Request] = []
    for action, resource, keys in given:
        plain = request(world, role=role, action="sns:Publish", resource=resource, network=None, given=keys)
        account = resource.split(":")[4] or role.account
        trust = {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"AWS": f"arn:aws:iam::{role.account}:root"},
                    "Action": action,
                    "Resource": "*",
                }
            ],
        }
        found.append(replace(plain, action=action, owned=Owned(account, trust)))
    return found


def allowed(world: World, requests: list[Request]) -> list[tuple[str, str]]:
    """What either judge allows."""
    with local_judge.judging(world):
        local = [local_judge.allows(each) for each in requests]
    second = [verdict.allows for verdict in second_judge.judge(requests)]
    judged = zip(requests, local, second, strict=True)
    return [(each.action, each.resource) for each, by_us, by_them in judged if by_us or by_them]


def role_of(world: World, platform: Platform, step: str) -> Role:
    return world.roles[platform.addresses.delivery_role(step)]


@pytest.mark.parametrize("step", STEPS)
def test_a_step_takes_on_its_roles_of_the_bootstrap_and_no_other(world: World, platform: Platform, step: str) -> None:
    every = [bootstrap(platform, kind, account) for kind in KINDS for account in platform.accounts_deployed_to]
    given: list[Given] = [("sts:AssumeRole", arn, {}) for arn in every]
    found = {arn for _, arn in allowed(world, asked(world, role_of(world, platform, step), given))}
    assert found == {bootstrap(platform, kind, account) for kind, account in ways(platform)[step]}


@pytest.mark.parametrize("step", STEPS)
def test_no_step_decides_about_models_reads_them_or_writes_what_was_decided(
    world: World, platform: Platform, step: str
) -> None:
    given = beside(platform, platform.addresses)
    assert allowed(world, asked(world, role_of(world, platform, step), given)) == []


def test_review_alone_tells_the_owner(world: World, platform: Platform) -> None:
    given: list[Given] = [("sns:Publish", platform.addresses.delivery_topic, {})]
    tells = {step for step in STEPS if allowed(world, asked(world, role_of(world, platform, step), given))}
    assert tells == {"review"}


@pytest.mark.parametrize(
    ("sid", "step"),
    [("LookAtWhatIsDeployed", "review"), ("DeployByTheRolesOfTheBootstrap", "deliver-production")],
)
def test_a_way_to_every_role_is_found(built: Assembly, platform: Platform, sid: str, step: str) -> None:
    """A fault put into the template: what the tests above must show."""
    templates = {**built.templates, STACK: copy.deepcopy(built.templates[STACK])}
    changed = [
        statement
        for resource in templates[STACK]["Resources"].values()
        for statement in statements(resource.get("Properties", {}))
        if statement.get("Sid") == sid
    ]
    before = json.dumps(changed)
    for statement in changed:
        statement["Resource"] = "*"
    assert json.dumps(changed) != before
    world = world_with(built, platform, templates)
    given = beside(platform, platform.addresses)
    found = allowed(world, asked(world, role_of(world, platform, step), given))
    assert {action for action, _ in found} == {"sts:AssumeRole"}
    assert len(found) == 6
