"""The policies of CloudFormation's role: all that handlers call, on what the stacks make, and nothing else."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast

import pytest

from docs import generate
from docs.tables import deploy_policies
from docs.tables.deploy_policies import MOST_CHARACTERS, Scope, named_by, permissions, policies, schema, unneeded
from docs.tables.deploy_rules import BESIDES, NOT_ACTIONS, PORTIONS, TYPES, UNDOCUMENTED, UNNEEDED
from tests.conftest import GENERATED_TEAMS, VALID_ORGANIZATIONS, Assembly
from tests.docs.pages import ROOT, commands
from tests.iam_data import actions, overlap
from tests.iam_faults import faults
from tests.invariants.statements import as_list
from tests.resolved_templates import ResolvedTemplates

SCOPES: tuple[Scope, ...] = ("accounts", "organization")
HINT = "add it to docs/tables/deploy_rules.py, then run python -m docs.generate"
EXAMPLES = tuple(name for name in VALID_ORGANIZATIONS if name not in GENERATED_TEAMS)
"""Generated teams consist of what the others do."""


@dataclass(frozen=True)
class Deployed:
    """A resource of an example organization, its properties resolved."""

    organization: str
    stack: str
    account: str
    region: str
    type: str
    arn: str | None
    properties: Mapping[str, Any]

    @property
    def scope(self) -> Scope:
        return "organization" if self.stack.endswith("-organization") else "accounts"

    @property
    def platform(self) -> str:
        return self.stack.partition("-")[0]

    def __str__(self) -> str:
        return f"{self.type} {self.arn or ''} of {self.stack} ({self.organization})"


@pytest.fixture(scope="module")
def deployed(assembly: Callable[[str], Assembly]) -> tuple[Deployed, ...]:
    """Every resource of every example organization."""
    return tuple(each for name in EXAMPLES for each in _deployed(assembly(name)))


def _deployed(built: Assembly) -> Iterator[Deployed]:
    resolved = ResolvedTemplates(built.templates, built.environments)
    for stack, template in resolved.templates.items():
        for name, body in template["Resources"].items():
            arn = resolved.arn(stack, name) if resolved.has_arn(body["Type"]) else None
            properties = resolved.resolve(stack, body.get("Properties", {}))
            yield Deployed(built.organization, stack, *resolved.environments[stack], body["Type"], arn, properties)


@cache
def statements(scope: Scope) -> list[dict[str, Any]]:
    """The statements of a scope's policies, as their files have them."""
    names = [name for name in policies() if ("organization" in name) == (scope == "organization")]
    return [s for name in names for s in json.loads((ROOT / "docs" / name).read_text("utf-8"))["Statement"]]


def resources_of(scope: Scope, permission: str, at: Deployed) -> list[str]:
    """What a permission is granted on, with a deployment's own names in place of the placeholders."""
    return _filled_in(scope, permission, at.account, at.platform, at.region)


@cache
def _filled_in(scope: Scope, permission: str, account: str, platform: str, region: str) -> list[str]:
    found = [r for s in statements(scope) if permission in s["Action"] for r in as_list(s["Resource"])]
    for placeholder, value in {"ACCOUNT": account, "PLATFORM": platform, "REGION": region}.items():
        found = [resource.replace(placeholder, value) for resource in found]
    return found


@pytest.mark.parametrize("name", policies())
def test_a_policys_file_is_up_to_date(name: str) -> None:
    written = (ROOT / "docs" / name).read_text("utf-8")
    assert written == deploy_policies.text(policies()[name]), f"{name} is stale; make it again: {generate.COMMAND}"


@pytest.mark.parametrize("path", sorted((ROOT / "docs").glob("*.json")), ids=lambda path: path.stem)
def test_every_policy_of_the_pages_is_right_by_the_data_of_aws(path: Path) -> None:
    written = json.loads(path.read_text("utf-8"))["Statement"]
    found = [f"{s['Sid']}: {fault}" for s in written for fault in faults(s)]
    assert [fault for fault in found if not any(action in fault for action in UNDOCUMENTED)] == []


def test_every_bootstrap_of_the_pages_gets_all_policies_of_an_account() -> None:
    """A deployment that lacks one is refused half-way through."""
    wanted = {name.removesuffix(".json").removeprefix("deploy-policy-") for name in policies()} - {"organization"}
    option = "--cloudformation-execution-policies"
    found = [(page, words[words.index(option) + 1]) for page, words in commands() if option in words]
    assert {page for page, _ in found} == {"getting-started.md", "several-accounts.md"}
    assert [(page, {part.removeprefix("$POLICY-") for part in given.split(",")}) for page, given in found] == [
        (page, wanted) for page, _ in found
    ]


def test_there_is_no_other_policy_for_deployments() -> None:
    assert {path.name for path in (ROOT / "docs").glob("deploy-policy*.json")} == set(policies())


@pytest.mark.parametrize("name", policies())
def test_a_policy_names_its_actions_and_is_within_iams_size(name: str) -> None:
    policy = policies()[name]
    assert not [a for s in policy["Statement"] for a in s["Action"] if "*" in a]
    assert deploy_policies.size(policy) <= MOST_CHARACTERS


def test_the_types_are_those_that_the_example_organizations_deploy(deployed: tuple[Deployed, ...]) -> None:
    found: dict[str, set[str]] = {scope: set() for scope in SCOPES}
    for each in deployed:
        found[each.scope].add(each.type)
    assert {scope: sorted(types) for scope, types in found.items()} == {s: sorted(t) for s, t in TYPES.items()}, HINT


@pytest.mark.parametrize("scope", SCOPES)
def test_all_that_the_handlers_call_is_granted_or_not_needed_for_a_reason(scope: Scope) -> None:
    granted = {action for statement in statements(scope) for action in statement["Action"]}
    named = {permission for type_name in TYPES[scope] for permission in permissions(type_name)}
    missing = [each for each in named - granted if not (unneeded(scope, each) and unneeded(scope, each).why)]  # pyright: ignore[reportOptionalMemberAccess]
    assert sorted(missing) == [], HINT
    assert granted - named == set(BESIDES[scope]) - named


def test_what_is_not_needed_goes_with_properties_that_no_template_sets(deployed: tuple[Deployed, ...]) -> None:
    watched = {(rule.scope, prop) for rule in UNNEEDED for prop in rule.only_with}
    found = [
        f"{prop}: {each}"
        for scope, prop in sorted(watched)
        for each in deployed
        if each.scope == scope and each.type == prop.partition(".")[0] and _has(each.properties, prop.split(".")[1:])
    ]
    assert found == []


def _has(properties: object, path: list[str]) -> bool:
    if not path:
        return True
    if not isinstance(properties, dict):
        return False
    body = cast("dict[str, object]", properties)
    return path[0] in body and _has(body[path[0]], path[1:])


def test_a_type_names_what_is_not_needed_only_with_a_property_of_its_own() -> None:
    for scope in SCOPES:
        for permission, types in named_by(scope).items():
            rule = unneeded(scope, permission)
            if rule is not None and rule.only_with:
                assert set(types) <= {prop.partition(".")[0] for prop in rule.only_with}, permission


def test_a_property_that_a_rule_watches_is_one_of_its_type() -> None:
    for rule in UNNEEDED:
        for prop in rule.only_with:
            type_name, name, *_ = prop.split(".")
            assert name in schema(type_name)["properties"], prop


def test_no_rule_is_left_over() -> None:
    used = {id(unneeded(scope, permission)) for scope in SCOPES for permission in named_by(scope)}
    assert [rule.permissions for rule in UNNEEDED if id(rule) not in used] == []
    granting = {statement["Sid"] for scope in SCOPES for statement in statements(scope) if statement["Action"]}
    assert {portion.sid for portion in PORTIONS} == granting


def test_what_handlers_misname_is_no_action_and_the_right_one_is_granted_or_not_needed() -> None:
    granted = {action for statement in statements("accounts") for action in statement["Action"]}
    for wrong, right in NOT_ACTIONS.items():
        assert not actions(wrong), wrong
        assert actions(right), right
        assert right in granted or unneeded("accounts", right), right


def test_every_resource_may_be_made_under_its_name(deployed: tuple[Deployed, ...]) -> None:
    asked = [
        (permission, each)
        for each in deployed
        if each.arn is not None
        for permission, handlers in permissions(each.type).items()
        if "create" in handlers and unneeded(each.scope, permission) is None
        if any(action.resource_types and action.is_on(each.arn) for action in actions(permission))
    ]
    assert {each.type for _, each in asked} >= {"AWS::S3::Bucket", "AWS::IAM::Role", "AWS::ECR::Repository"}
    refused = {
        f"{permission} on {each}"
        for permission, each in asked
        if not any(each.arn and overlap(pattern, each.arn) for pattern in resources_of(each.scope, permission, each))
        and "*" not in resources_of(each.scope, permission, each)
    }
    assert sorted(refused) == []


def test_every_role_that_a_resource_names_may_be_passed_to_its_service(deployed: tuple[Deployed, ...]) -> None:
    (passing,) = [s for s in statements("accounts") if s["Action"] == ["iam:PassRole"]]
    services = set(passing["Condition"]["StringEquals"]["iam:PassedToService"])
    trusted = {
        each.arn: {
            service
            for statement in each.properties["AssumeRolePolicyDocument"]["Statement"]
            for service in as_list(statement["Principal"].get("Service", []))
        }
        for each in deployed
        if each.type == "AWS::IAM::Role"
    }
    passed = [
        (each, arn)
        for each in deployed
        if each.scope == "accounts" and not each.type.startswith(("AWS::IAM::", "AWS::KMS::"))
        for arn in _role_arns(each.properties)
    ]
    assert {each.type for each, _ in passed} >= {
        "AWS::CloudTrail::Trail",
        "AWS::EC2::FlowLog",
        "AWS::SageMaker::Pipeline",
    }
    for each, arn in passed:
        assert any(overlap(pattern, arn) for pattern in resources_of("accounts", "iam:PassRole", each)), (
            f"{arn}: {each}"
        )
        assert trusted.get(arn, services) & services, f"{arn}: {each}"


def _role_arns(part: object, name: str = "") -> Iterator[str]:
    """The ARNs that stand as roles in a resource's properties, not in a policy of it."""
    if isinstance(part, dict):
        for key, value in cast("dict[str, object]", part).items():
            if "Polic" not in key:
                yield from _role_arns(value, key)
    elif isinstance(part, list):
        for value in cast("list[object]", part):
            yield from _role_arns(value, name)
    elif isinstance(part, str) and part.startswith("arn:") and ":role/" in part:
        yield part


def test_roles_get_rights_under_the_boundaries_that_the_stacks_make_and_no_other(
    deployed: tuple[Deployed, ...],
) -> None:
    (giving,) = [s for s in statements("accounts") if "iam:AttachRolePolicy" in s["Action"]]
    allowed: list[str] = giving["Condition"]["StringEquals"]["iam:PermissionsBoundary"]
    names = [each.properties.get("ManagedPolicyName", "") for each in deployed if each.organization == "reference"]
    made = {name for name in names if name.endswith("boundary")}
    assert {arn.rpartition("/")[2].replace("PLATFORM", "acme") for arn in allowed} == made


def test_code_hosts_are_those_that_stacks_trust(deployed: tuple[Deployed, ...]) -> None:
    (trusting,) = [s for s in statements("accounts") if "iam:CreateOpenIDConnectProvider" in s["Action"]]
    made = {each.properties["Url"].removeprefix("https://") for each in deployed if each.type.endswith("OIDCProvider")}
    assert made <= {arn.partition("/")[2] for arn in trusting["Resource"]}


def test_of_the_organizations_policies_a_deployment_touches_service_control_policies_alone() -> None:
    only = {"StringEquals": {"organizations:PolicyType": "SERVICE_CONTROL_POLICY"}}
    found = {
        action: statement.get("Condition")
        for statement in statements("organization")
        for action in statement["Action"]
        if action.startswith("organizations:") and action.endswith(("Policy", "Policies"))
    }
    assert {"organizations:AttachPolicy", "organizations:CreatePolicy", "organizations:UpdatePolicy"} <= found.keys()
    assert set(map(str, found.values())) == {str(only)}
