"""Invariant 6: every alarm reaches a person, and every resource says whose it is."""

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any, cast

from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

from mlops_stages.foundation.tags import TAGS_FOR_LIFE, TAGS_HANDED_DOWN
from mlops_stages.local.server.logs.filter_patterns import compiled
from mlops_stages.platform import OUR_TAGS, POLICY_TAGS, load
from mlops_stages.platform.tags import MOST_TAGS
from tests.invariants.conftest import Organization, Placed
from tests.resolved_templates import ResolvedTemplates

OURS = set(OUR_TAGS)
NEVER_CHANGE = {"team", "data-classification"}
"""What a feature group is made for; another team or classification is another group."""


@cache
def schema_of(type_name: str) -> dict[str, Any]:
    """CloudFormation's registry schema of a type."""
    return cast("dict[str, Any]", PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", type_name).schema)


def takes_tags(type_name: str) -> bool:
    """Whether CloudFormation takes tags for a type, and lets them be changed without replacing the resource."""
    return bool(schema_of(type_name).get("tagging", {}).get("taggable")) and not keeps_its_tags(type_name)


def keeps_its_tags(type_name: str) -> bool:
    """Whether a type takes tags that another value would not change, or change by replacing the resource."""
    schema = schema_of(type_name)
    tagging = schema.get("tagging", {})
    where = tagging.get("tagProperty", "/properties/Tags")
    at_birth = where in schema.get("createOnlyProperties", [])
    return bool(tagging.get("taggable")) and (at_birth or tagging.get("tagUpdatable") is False)


def test_every_resource_carries_the_tags(organization: Organization) -> None:
    """Every one whose type takes tags, as its own resource schema says."""
    bare: list[str] = []
    for resource in organization.resources():
        if not takes_tags(resource.type) or resource.type == TAGS_HANDED_DOWN:
            continue
        properties = resource.properties
        tags = properties.get("Tags", properties.get("ResourceTags", []))
        keys = {tag["Key"] for tag in tags}
        if not keys >= OURS:
            bare.append(f"{resource}: {sorted(OURS - keys)}")
    assert bare == []


def test_a_domain_hands_down_no_tags(organization: Organization) -> None:
    """What runs in it has the tags of its user's profile alone, and no more than AWS's 50."""
    for domain in organization.resources(TAGS_HANDED_DOWN):
        assert domain.properties["TagPropagation"] == "ENABLED"
        assert "Tags" not in domain.properties
    for profile in organization.resources("AWS::SageMaker::UserProfile"):
        assert {tag["Key"] for tag in profile.properties["Tags"]} >= OURS


def test_organization_tags_ours_and_those_of_studio_fit_on_an_app() -> None:
    """Studio adds the domain, the profile and the space to what it starts."""
    assert MOST_TAGS + len(OURS) + len(("domain-arn", "user-profile-arn", "space-arn")) <= 50


def test_no_stack_has_tags_that_cloudformation_would_spread(organization: Organization) -> None:
    """They would reach what takes tags at birth only, too: the next cost center would then replace it."""
    stacks = [
        artifact
        for artifact in organization.assembly.manifest["artifacts"].values()
        if artifact["type"] == "aws:cloudformation:stack"
    ]
    assert stacks
    assert [artifact["properties"].get("tags") for artifact in stacks if artifact["properties"].get("tags")] == []


def test_what_takes_tags_at_birth_only_has_none_that_change(organization: Organization) -> None:
    for resource in organization.resources():
        if keeps_its_tags(resource.type):
            assert resource.type in TAGS_FOR_LIFE, f"{resource}"
            tags = resource.properties.get("Tags", resource.properties.get("ResourceTags", []))
            assert {tag["Key"] for tag in tags} <= NEVER_CHANGE, f"{resource}"


def test_no_type_is_left_without_tags_for_nothing() -> None:
    assert [type_name for type_name in TAGS_FOR_LIFE if not keeps_its_tags(type_name)] == []


def test_every_tag_that_a_policy_looks_at_is_reserved(organization: Organization) -> None:
    reserved = {*OUR_TAGS, *POLICY_TAGS}
    text = json.dumps(organization.templates)
    looked_at = set(re.findall(r"aws:(?:Principal|Request|Resource)Tag/([\w.:=+@-]+)", text))
    assert looked_at <= reserved
    organizations_own = load(organization.assembly.platform_file).tags.keys()
    roles = organization.resources("AWS::IAM::Role")
    ours = {tag["Key"] for role in roles for tag in role.properties["Tags"]} - organizations_own
    assert ours <= reserved


def test_every_team_pays_for_its_own(organization: Organization) -> None:
    platform = load(organization.assembly.platform_file)
    centers = {team.name: team.cost_center for team in platform.teams} | {"platform": platform.cost_center}
    for resource in organization.resources("AWS::KMS::Key", "AWS::S3::Bucket", "AWS::IAM::Role"):
        tags = {tag["Key"]: tag["Value"] for tag in resource.properties["Tags"]}
        assert centers[tags["team"]] == tags["cost-center"], f"{resource}"


def test_the_organizations_own_tags_are_everywhere_too(organization: Organization) -> None:
    platform = load(organization.assembly.platform_file)
    for resource in organization.resources("AWS::S3::Bucket", "AWS::IAM::Role", "AWS::SageMaker::UserProfile"):
        tags = {tag["Key"]: tag["Value"] for tag in resource.properties["Tags"]}
        assert platform.tags.items() <= tags.items(), f"{resource}"


def readers_of(organization: Organization, stack: str, topic: Any) -> set[str]:  # noqa: ANN401 - part of a template
    """Who is told by a topic, of this stack or of the one that exports it."""
    at, value = organization.imported(stack, topic)
    return {
        s.properties["Endpoint"]
        for s in organization.resources("AWS::SNS::Subscription")
        if s.properties["TopicArn"] == value and s.stack == at
    }


def told_by_function(functions: Mapping[str, Placed], alarm: Placed, action: Any) -> Placed | None:  # noqa: ANN401 - part of a template
    """The function that an alarm calls, by its name or as a resource of its stack; None where it tells a topic."""
    if isinstance(action, str):
        return functions.get(action.rpartition(":")[2]) if ":function:" in action else None
    named = action.get("Fn::GetAtt", [None])[0]
    return next((each for each in functions.values() if (each.stack, each.logical_id) == (alarm.stack, named)), None)


def test_every_alarm_reaches_a_named_person(organization: Organization) -> None:
    platform = load(organization.assembly.platform_file)
    named = {platform.owner} | {address for team in platform.teams for address in team.budget.notify}
    owners = {model.owner for team in platform.teams for model in team.models}
    alarms = list(organization.resources("AWS::CloudWatch::Alarm"))
    assert alarms
    next_ones = {address for team in platform.teams for model in team.models for address in team.told_next(model)}
    functions = {each.properties["FunctionName"]: each for each in organization.resources("AWS::Lambda::Function")}
    for alarm in alarms:
        (action,) = alarm.properties["AlarmActions"]
        function = told_by_function(functions, alarm, action)
        if function is None:
            readers = readers_of(organization, alarm.stack, action)
        else:
            topics = re.findall(
                r'{"Ref": "(\w+Notices(?:Owner|Others)\w*)"}', json.dumps(function.properties["Environment"])
            )
            assert len(topics) == 2, f"{alarm}"
            readers = {who for topic in topics for who in readers_of(organization, function.stack, {"Ref": topic})}
            assert readers & owners, f"{alarm}"
        assert readers, f"{alarm}"
        assert readers <= named | owners | next_ones, f"{alarm}"
    for rule in organization.resources("AWS::Events::Rule"):
        for target in rule.properties["Targets"]:
            if isinstance(target["Arn"], str) and ":function:" in target["Arn"]:
                assert target["DeadLetterConfig"], f"{rule}"  # it works; what it cannot do is kept, and an alarm tells
                continue
            readers = readers_of(organization, rule.stack, target["Arn"])
            assert readers, f"{rule}"
            assert readers <= named | owners, f"{rule}"
    for budget in organization.resources("AWS::Budgets::Budget"):
        for notification in budget.properties["NotificationsWithSubscribers"]:
            assert {s["Address"] for s in notification["Subscribers"]} <= named, f"{budget}"
    for watch in organization.resources("AWS::CE::AnomalySubscription"):
        assert {s["Address"] for s in watch.properties["Subscribers"]} <= named, f"{watch}"


def test_a_change_of_any_boundary_in_an_account_is_told_where_its_trail_is(organization: Organization) -> None:
    resolved = ResolvedTemplates(organization.templates, organization.assembly.environments)
    account = {stack: account for stack, (account, _) in organization.assembly.environments.items()}
    patterns = {
        account[each.stack]: str(resolved.resolve(each.stack, each.properties["FilterPattern"]))
        for each in organization.resources("AWS::Logs::MetricFilter")
        if each.properties["MetricTransformations"][0]["MetricName"] == "BoundaryChanged"
    }
    assert patterns
    for role in organization.resources("AWS::IAM::Role"):
        arn = resolved.resolve(role.stack, role.properties["PermissionsBoundary"])
        event = {"eventName": "CreatePolicyVersion", "requestParameters": {"policyArn": arn}}
        if account[role.stack] in patterns:
            assert compiled(patterns[account[role.stack]])(json.dumps(event)), f"{role}: {arn}"


def test_every_person_has_a_role_and_those_who_work_in_studio_a_profile(organization: Organization) -> None:
    platform = load(organization.assembly.platform_file)
    roles = {r.properties.get("RoleName") for r in organization.resources("AWS::IAM::Role")}
    profiles = {
        p.properties["UserProfileName"]: json.dumps(p.properties["UserSettings"]["ExecutionRole"])
        for p in organization.resources("AWS::SageMaker::UserProfile")
    }
    for member in platform.members:
        assert f"{platform.name}-platform-{member.name}" in roles
    for team in platform.teams:
        for member in team.members:
            assert f"{platform.name}-{team.name}-{member.name}" in roles
            assert (f"{team.name}-{member.name}" in profiles) is (member.persona != "business_owner")
    assert len(set(profiles.items())) == len(profiles)
