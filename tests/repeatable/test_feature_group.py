"""FeatureGroup and FeatureShare: both stores under the data's key, a table in the team's database, read-only shares."""

from dataclasses import replace

import pytest
from aws_cdk import Stack

from mlops_stages.repeatable import FeatureGroup, FeatureGroupSpec, FeatureShare, FeatureSpec
from tests.foundation.built import Built, built, refused, resolved
from tests.repeatable.data_given import (
    DATA,
    DELAYS,
    DEVELOPMENT,
    EXPERIMENTATION,
    PERIMETER,
    RESTRICTED,
    team_data,
)


@pytest.fixture(scope="module")
def found() -> Built:
    return built(team_data)


def test_both_stores_are_under_the_key_of_the_data(found: Built) -> None:
    group = found.one("AWS::SageMaker::FeatureGroup")
    keys = {
        str(group["OnlineStoreConfig"]["SecurityConfig"]["KmsKeyId"]),
        str(group["OfflineStoreConfig"]["S3StorageConfig"]["KmsKeyId"]),
    }
    assert len(keys) == 1
    assert "Internal" in keys.pop()
    assert group["OnlineStoreConfig"]["EnableOnlineStore"] is True


def test_its_history_lies_in_features_and_its_table_in_the_teams_database(found: Built) -> None:
    offline = found.one("AWS::SageMaker::FeatureGroup")["OfflineStoreConfig"]
    (bucket,) = [
        n for n, b in found.resources("AWS::S3::Bucket").items() if "internal" in b["Properties"]["BucketName"]
    ]
    assert resolved(offline["S3StorageConfig"]["S3Uri"]) == f"s3://{bucket}/features/"
    assert offline["DataCatalogConfig"] == {
        "Catalog": "AwsDataCatalog",
        "Database": "acme_arrivals_internal",
        "TableName": "route_delays",
    }


def test_it_is_named_for_its_team_retained_and_waits_for_what_it_needs(found: Built) -> None:
    ((_, resource),) = found.resources("AWS::SageMaker::FeatureGroup").items()
    assert resource["Properties"]["FeatureGroupName"] == "arrivals-route-delays"
    assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")
    needed = " ".join(resource["DependsOn"])
    for part in ("BucketPolicy", "Database"):
        assert part in needed


def test_its_tags_never_change(found: Built) -> None:
    tags = found.one("AWS::SageMaker::FeatureGroup")["Tags"]
    assert {tag["Key"] for tag in tags} == {"team", "data-classification"}


def test_one_without_an_online_store_says_so_by_having_none() -> None:
    offline_only = built(lambda stack: team_data(stack, feature_groups=[replace(DELAYS, online=False)]))
    assert "OnlineStoreConfig" not in offline_only.one("AWS::SageMaker::FeatureGroup")


def test_it_is_shared_read_only_within_the_organization(found: Built) -> None:
    share = found.one("AWS::RAM::ResourceShare")
    assert share["AllowExternalPrincipals"] is False
    assert share["Principals"] == sorted([EXPERIMENTATION, DEVELOPMENT])
    assert share["ResourceArns"] == [f"arn:aws:sagemaker:eu-west-1:{DATA}:feature-group/arrivals-route-delays"]
    assert share["PermissionArns"] == ["arn:aws:ram::aws:permission/AWSRAMPermissionSageMakerFeatureGroupReadOnly"]


def test_a_restricted_group_is_shared_with_development_alone() -> None:
    restricted = built(lambda stack: team_data(stack, feature_groups=[replace(DELAYS, classification=RESTRICTED)]))
    assert restricted.one("AWS::RAM::ResourceShare")["Principals"] == [DEVELOPMENT]


def test_the_feature_store_appends_history_and_can_do_nothing_else(found: Built) -> None:
    (policy,) = [p for p in found.all("AWS::IAM::ManagedPolicy") if "feature store" in p["Description"]]
    actions = {action for each in policy["PolicyDocument"]["Statement"] for action in each["Action"]}
    assert {action for action in actions if action.startswith("s3:")} == {
        "s3:GetBucketAcl",
        "s3:GetObject",
        "s3:PutObject",
        "s3:PutObjectAcl",
    }
    written = next(s for s in policy["PolicyDocument"]["Statement"] if "s3:PutObject" in s["Action"])
    assert all("/features/" in resource for resource in written["Resource"])


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        (replace(DELAYS, features=DELAYS.features[:1]), "give 2 to 2500"),
        (replace(DELAYS, features=[*DELAYS.features, FeatureSpec(name="Route", type="String")]), "named twice"),
        (replace(DELAYS, features=[*DELAYS.features, FeatureSpec(name="write_time", type="String")]), "write_time"),
        (replace(DELAYS, record_identifier="nothing"), "record identifier nothing"),
        (replace(DELAYS, event_time="nothing"), "event time nothing"),
        (replace(DELAYS, event_time="route"), "name two features"),
        (
            replace(
                DELAYS,
                features=[*DELAYS.features, FeatureSpec(name="at", type="Integral")],
                event_time="at",
            ),
            "String or Fractional",
        ),
    ],
)
def test_what_the_feature_store_would_refuse_is_refused(spec: FeatureGroupSpec, said: str) -> None:
    message, _ = refused(lambda stack: team_data(stack, feature_groups=[spec]))
    assert message.startswith("REP-060: feature group route-delays of team arrivals: ")
    assert said in message


def test_a_zone_of_another_classification_is_refused() -> None:
    def make(stack: Stack) -> None:
        team = team_data(stack)
        FeatureGroup(
            stack, "Group", spec=DELAYS, team="arrivals", zone=team.zones[RESTRICTED], role=team.jobs_roles[RESTRICTED]
        )

    message, created = refused(make)
    assert message.startswith("REP-061")
    assert not [path for path in created if path.startswith("Alone/Group")]


@pytest.mark.parametrize(("groups", "accounts"), [([], [DEVELOPMENT]), (["arrivals-x"], [])])
def test_a_share_of_nothing_or_with_nobody_is_refused(groups: list[str], accounts: list[str]) -> None:
    message, created = refused(
        lambda stack: FeatureShare(
            stack, "Share", name="features", perimeter=PERIMETER, groups=groups, accounts=accounts
        )
    )
    assert message.startswith("REP-062")
    assert created == []
