"""Invariant 6: every alarm reaches a person, and every resource says whose it is."""

import json
from functools import cache
from typing import Any, cast

from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

from mlops_stages.platform import load
from tests.invariants.conftest import Organization

OURS = {"team", "model", "stage", "cost-center", "data-classification"}


@cache
def takes_tags(type_name: str) -> bool:
    """Whether CloudFormation takes tags for a type, and lets them be changed without replacing the resource."""
    schema = cast(
        "dict[str, dict[str, Any]]", PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", type_name).schema
    )
    tagging = schema.get("tagging", {})
    return bool(tagging.get("taggable")) and tagging.get("tagUpdatable") is not False


def test_every_resource_carries_the_tags(organization: Organization) -> None:
    """Every one whose type takes tags, as its own resource schema says."""
    bare: list[str] = []
    for resource in organization.resources():
        if not takes_tags(resource.type):
            continue
        properties = resource.properties
        tags = properties.get("Tags", properties.get("ResourceTags", []))
        keys = {tag["Key"] for tag in tags}
        if not keys >= OURS:
            bare.append(f"{resource}: {sorted(OURS - keys)}")
    assert bare == []


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


def test_every_alarm_reaches_a_named_person(organization: Organization) -> None:
    platform = load(organization.assembly.platform_file)
    named = {platform.owner} | {address for team in platform.teams for address in team.budget.notify}
    alarms = list(organization.resources("AWS::CloudWatch::Alarm"))
    assert alarms
    for alarm in alarms:
        (action,) = alarm.properties["AlarmActions"]
        readers = [
            s.properties["Endpoint"]
            for s in organization.resources("AWS::SNS::Subscription")
            if s.properties["TopicArn"] == action and s.stack == alarm.stack
        ]
        assert readers, f"{alarm}"
        assert set(readers) <= named, f"{alarm}"
    for budget in organization.resources("AWS::Budgets::Budget"):
        for notification in budget.properties["NotificationsWithSubscribers"]:
            assert {s["Address"] for s in notification["Subscribers"]} <= named, f"{budget}"
    for watch in organization.resources("AWS::CE::AnomalySubscription"):
        assert {s["Address"] for s in watch.properties["Subscribers"]} <= named, f"{watch}"


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
