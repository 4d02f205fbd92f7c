"""The local feature store: groups through CloudFormation and the API, records online, shares through RAM."""

from __future__ import annotations

import secrets
from typing import Any

import pytest

from tests.local.clients import LocalAws, allow, policy, refusal
from tests.local.feature_groups import DEFINITIONS, NAME, template
from tests.local.stacks import RefusedStackError, Stack, att, changed, ref, resource

READ_ONLY = "arn:aws:ram::aws:permission/AWSRAMPermissionSageMakerFeatureGroupReadOnly"
Record = list[dict[str, str]]


def record(when: str = "2013-09-01T00:00:00Z", **values: str) -> Record:
    said = {"route": "JFK-LAX", "observed_at": when, "delay": "7.5", "flights": "12", **values}
    return [{"FeatureName": name, "ValueAsString": value} for name, value in said.items()]


@pytest.fixture
def stack(local_aws: LocalAws, account: str) -> Stack:
    return Stack(local_aws, account)


def describe(stack: Stack) -> dict[str, Any]:
    found: dict[str, Any] = stack.client("sagemaker").describe_feature_group(FeatureGroupName=NAME)
    return found


def test_a_group_is_described_as_its_template_declares_it_and_has_a_table(stack: Stack) -> None:
    out = stack.create(template(), Ref=ref("Group"), Status=att("Group", "FeatureGroupStatus"))
    assert out == {"Ref": NAME, "Status": "Created"}
    found = describe(stack)
    assert found["FeatureDefinitions"] == DEFINITIONS
    storage = found["OfflineStoreConfig"]["S3StorageConfig"]
    assert storage["ResolvedOutputS3Uri"].startswith(f"{storage['S3Uri']}{stack.account}/sagemaker/eu-west-1/")
    table = stack.client("glue").get_table(DatabaseName="acme_routes", Name="routes")["Table"]
    columns = {column["Name"]: column["Type"] for column in table["StorageDescriptor"]["Columns"]}
    assert columns == {
        "route": "string",
        "observed_at": "string",
        "delay": "double",
        "flights": "bigint",
        "write_time": "timestamp",
        "api_invocation_time": "timestamp",
        "is_deleted": "boolean",
    }
    assert table["StorageDescriptor"]["Location"] == storage["ResolvedOutputS3Uri"]
    assert stack.client("sagemaker").list_tags(ResourceArn=found["FeatureGroupArn"])["Tags"] == [
        {"Key": "team", "Value": "arrivals"}
    ]
    (listed,) = stack.client("sagemaker").list_feature_groups(NameContains="rou")["FeatureGroupSummaries"]
    assert (listed["FeatureGroupName"], listed["FeatureGroupStatus"]) == (NAME, "Created")


def test_features_are_added_and_nothing_else_changes(stack: Stack) -> None:
    resources = template()
    stack.create(resources)
    more = [*DEFINITIONS, {"FeatureName": "distance", "FeatureType": "Integral"}]
    stack.update(changed(resources, "Group", FeatureDefinitions=more))
    assert describe(stack)["FeatureDefinitions"] == more
    with pytest.raises(RefusedStackError, match="can be added"):
        stack.update(changed(resources, "Group", FeatureDefinitions=DEFINITIONS[:-1]))
    with pytest.raises(RefusedStackError, match="already exists"):
        stack.update(changed(resources, "Group", Tags=[{"Key": "team", "Value": "other"}]))


def test_a_deleted_group_leaves_its_table(stack: Stack) -> None:
    resources = template()
    stack.create(resources)
    stack.update({name: found for name, found in resources.items() if name != "Group"})
    refusal(lambda: describe(stack), code="ResourceNotFound")
    assert stack.client("glue").get_table(DatabaseName="acme_routes", Name="routes")


@pytest.mark.parametrize(
    ("properties", "said"),
    [
        ({"RecordIdentifierFeatureName": "nothing"}, "must be names of feature definitions"),
        ({"EventTimeFeatureName": "flights"}, "String or Fractional"),
        ({"FeatureDefinitions": [*DEFINITIONS, {"FeatureName": "Delay", "FeatureType": "String"}]}, "unique"),
        ({"FeatureDefinitions": [*DEFINITIONS, {"FeatureName": "write_time", "FeatureType": "String"}]}, "write_time"),
        ({"RoleArn": None}, "RoleArn is required"),
        ({"OfflineStoreConfig": None, "OnlineStoreConfig": None}, "At least one"),
        ({"FeatureGroupName": "-bad-"}, "pattern"),
    ],
)
def test_what_the_feature_store_would_refuse_is_refused(stack: Stack, properties: dict[str, Any], said: str) -> None:
    with pytest.raises(RefusedStackError, match=said):
        stack.create(changed(template(), "Group", **properties))


def test_a_table_that_cannot_be_made_leaves_no_group(stack: Stack) -> None:
    resources = template()
    nowhere = {
        **resources["Group"]["Properties"]["OfflineStoreConfig"],
        "DataCatalogConfig": {"Catalog": "AwsDataCatalog", "Database": "none", "TableName": "routes"},
    }
    with pytest.raises(RefusedStackError, match="Glue table cannot be made"):
        stack.create(changed(resources, "Group", OfflineStoreConfig=nowhere))
    refusal(lambda: describe(stack), code="ResourceNotFound")


@pytest.fixture
def online(stack: Stack) -> Any:  # noqa: ANN401 - a client
    stack.create(template())
    return stack.client("sagemaker-featurestore-runtime")


def read(online: Any, **more: Any) -> Any:  # noqa: ANN401 - a client, its parameters, its answer
    return online.get_record(FeatureGroupName=NAME, RecordIdentifierValueAsString="JFK-LAX", **more).get("Record")


def test_the_latest_record_by_event_time_is_read(online: Any) -> None:  # noqa: ANN401 - a client
    assert read(online) is None
    online.put_record(FeatureGroupName=NAME, Record=record(delay="1.0"))
    late = record("2013-08-01T00:00:00Z", delay="2.0")
    online.put_record(FeatureGroupName=NAME, Record=late)
    assert read(online) == record(delay="1.0")
    online.put_record(FeatureGroupName=NAME, Record=record("2013-09-02T00:00:00Z", delay="3.0"))
    assert read(online, FeatureNames=["delay"]) == [{"FeatureName": "delay", "ValueAsString": "3.0"}]
    assert len(read(online, FeatureNames=["delay", "route"])) == 2
    wanted = {"FeatureGroupName": NAME, "RecordIdentifiersValueAsString": ["JFK-LAX", "none"]}
    (found,) = online.batch_get_record(Identifiers=[wanted])["Records"]
    assert found["RecordIdentifierValueAsString"] == "JFK-LAX"


def test_a_deleted_record_is_gone_until_a_later_one_comes(online: Any) -> None:  # noqa: ANN401 - a client
    gone = {"FeatureGroupName": NAME, "RecordIdentifierValueAsString": "JFK-LAX"}
    for mode in ("SoftDelete", "HardDelete"):
        online.put_record(FeatureGroupName=NAME, Record=record("2013-10-01T00:00:00Z"))
        online.delete_record(**gone, EventTime="2013-09-30T00:00:00Z", DeletionMode=mode)
        assert read(online) is not None
        online.delete_record(**gone, EventTime="2013-10-01T00:00:00Z", DeletionMode=mode)
        assert read(online) is None
    online.put_record(FeatureGroupName=NAME, Record=record("2013-10-02T00:00:00Z"))
    assert read(online) is not None


@pytest.mark.parametrize(
    "values",
    [
        {"delay": "late"},
        {"flights": "1.5"},
        {"unknown": "1"},
        {"observed_at": "yesterday"},
        {"route": ""},
    ],
)
def test_a_record_that_does_not_fit_is_refused(online: Any, values: dict[str, str]) -> None:  # noqa: ANN401 - a client
    refusal(lambda: online.put_record(FeatureGroupName=NAME, Record=record(**values)), code="ValidationError")
    assert read(online) is None


def history(stack: Stack) -> list[str]:
    """The keys of the files of the group's history, below its place."""
    uri = describe(stack)["OfflineStoreConfig"]["S3StorageConfig"]["ResolvedOutputS3Uri"]
    bucket, _, prefix = uri.removeprefix("s3://").partition("/")
    listed = stack.client("s3").list_objects_v2(Bucket=bucket, Prefix=f"{prefix}/")
    return sorted(found["Key"].removeprefix(f"{prefix}/") for found in listed.get("Contents", []))


def test_each_record_and_each_deletion_is_history_by_its_event_time(stack: Stack) -> None:
    stack.create(template())
    online = stack.client("sagemaker-featurestore-runtime")
    online.put_record(FeatureGroupName=NAME, Record=record("2013-09-02T07:00:00Z"))
    online.put_record(FeatureGroupName=NAME, Record=record("2013-09-01T23:59:59Z", delay="1e3"))
    gone = {"FeatureGroupName": NAME, "RecordIdentifierValueAsString": "JFK-LAX"}
    online.delete_record(**gone, EventTime="2013-09-03T00:00:00Z")
    online.put_record(FeatureGroupName=NAME, Record=record("2013-10-01T00:00:00Z"), TargetStores=["OnlineStore"])
    assert [key.rpartition("_")[0] for key in history(stack)] == [
        "year=2013/month=09/day=01/hour=23/20130901T235959Z",
        "year=2013/month=09/day=02/hour=07/20130902T070000Z",
        "year=2013/month=09/day=03/hour=00/20130903T000000Z",
    ]


def test_a_file_of_the_history_is_parquet_under_the_groups_key(stack: Stack) -> None:
    stack.create(template())
    stack.client("sagemaker-featurestore-runtime").put_record(FeatureGroupName=NAME, Record=record())
    storage = describe(stack)["OfflineStoreConfig"]["S3StorageConfig"]
    bucket, _, prefix = storage["ResolvedOutputS3Uri"].removeprefix("s3://").partition("/")
    found = stack.client("s3").get_object(Bucket=bucket, Key=f"{prefix}/{history(stack)[0]}")
    content = found["Body"].read()
    assert content.startswith(b"PAR1")
    assert content.endswith(b"PAR1")
    assert b"JFK-LAX" in content
    assert (found["ServerSideEncryption"], found["SSEKMSKeyId"]) == ("aws:kms", storage["KmsKeyId"])


def test_a_group_without_an_online_store_has_history_only(stack: Stack) -> None:
    stack.create(template(OnlineStoreConfig={"EnableOnlineStore": False}))
    online = stack.client("sagemaker-featurestore-runtime")
    online.put_record(FeatureGroupName=NAME, Record=record())
    assert len(history(stack)) == 1
    refusal(lambda: read(online), code="ValidationError")


def test_a_bucket_that_is_gone_blocks_the_history_and_says_why(stack: Stack) -> None:
    stack.create(template())
    stack.client("s3").delete_bucket(Bucket=stack.id_of("Bucket"))
    online = stack.client("sagemaker-featurestore-runtime")
    online.put_record(FeatureGroupName=NAME, Record=record())
    assert read(online) == record()
    status = describe(stack)["OfflineStoreStatus"]
    assert status["Status"] == "Blocked"
    assert "bucket" in status["BlockedReason"]


def test_a_record_needs_permission_on_the_group_and_on_its_key(local_aws: LocalAws, account: str, stack: Stack) -> None:
    stack.create(template())
    arn = f"arn:aws:sagemaker:eu-west-1:{account}:feature-group/{NAME}"
    keys = f"arn:aws:kms:eu-west-1:{account}:key/*"
    key = stack.id_of("Key")
    local_aws.client("kms", account).put_key_policy(
        KeyId=key,
        PolicyName="default",
        Policy=policy({**allow("kms:*"), "Principal": {"AWS": f"arn:aws:iam::{account}:root"}}),
    )

    def of(*statements: dict[str, Any]) -> Any:  # noqa: ANN401 - a client
        return local_aws.client("sagemaker-featurestore-runtime", local_aws.as_role(account, *statements))

    refusal(lambda: read(of(allow("sagemaker:GetRecord", on=f"{arn}-other"), allow("kms:Decrypt", on=keys))))
    assert "kms:Decrypt" in refusal(lambda: read(of(allow("sagemaker:GetRecord", on=arn))))
    by_sagemaker = {"StringEquals": {"kms:ViaService": "sagemaker.eu-west-1.amazonaws.com"}}
    both = of(
        allow("sagemaker:GetRecord", "sagemaker:BatchGetRecord", on=arn), allow("kms:*", on=keys, when=by_sagemaker)
    )
    assert read(both) is None
    wanted = {"FeatureGroupName": NAME, "RecordIdentifiersValueAsString": ["JFK-LAX"]}
    assert both.batch_get_record(Identifiers=[wanted])["Records"] == []
    refusal(lambda: both.put_record(FeatureGroupName=NAME, Record=record()))


def share(account: str, *principals: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - properties of the share
    arn = f"arn:aws:sagemaker:eu-west-1:{account}:feature-group/{NAME}"
    declared = {
        "Name": "features",
        "AllowExternalPrincipals": False,
        "PermissionArns": [READ_ONLY],
        "Principals": list(principals),
        "ResourceArns": [arn],
        "Tags": [{"Key": "team", "Value": "arrivals"}],
        **more,
    }
    return {**resource("AWS::RAM::ResourceShare", **declared), "DependsOn": "Group"}


@pytest.fixture
def neighbours(local_aws: LocalAws, account: str) -> list[str]:
    """Two accounts of the same organization."""
    others = [str(int(account) + number) for number in (1, 2)]
    organization = {"id": f"o-{secrets.token_hex(5)}", "accounts": [account, *others]}
    assert local_aws.ask("POST", "/_mlops-stages/organization", organization)[0] == 200
    return others


def test_a_shared_group_is_read_by_the_accounts_it_is_shared_with_and_no_other(
    local_aws: LocalAws, account: str, stack: Stack, neighbours: list[str]
) -> None:
    resources = {**template(), "Share": share(account, neighbours[0])}
    out = stack.create(resources, Arn=ref("Share"), Status=att("Share", "Status"))
    assert out["Status"] == "ACTIVE"
    stack.client("sagemaker-featurestore-runtime").put_record(FeatureGroupName=NAME, Record=record())
    arn = f"arn:aws:sagemaker:eu-west-1:{account}:feature-group/{NAME}"
    asked = {"FeatureGroupName": arn, "RecordIdentifierValueAsString": "JFK-LAX"}

    def of(owner: str) -> Any:  # noqa: ANN401 - a client
        return local_aws.client(
            "sagemaker-featurestore-runtime", local_aws.as_role(owner, allow("sagemaker:*"), allow("kms:*"))
        )

    assert of(neighbours[0]).get_record(**asked)["Record"] == record()
    refusal(lambda: of(neighbours[0]).put_record(FeatureGroupName=arn, Record=record()))
    refusal(lambda: of(neighbours[1]).get_record(**asked))
    stack.update(changed(resources, "Share", Principals=[neighbours[1]]))
    refusal(lambda: of(neighbours[0]).get_record(**asked))
    assert of(neighbours[1]).get_record(**asked)["Record"] == record()


def test_a_share_is_described_as_its_template_declares_it(account: str, stack: Stack, neighbours: list[str]) -> None:
    resources = {**template(), "Share": share(account, *neighbours)}
    arn = stack.create(resources, Arn=ref("Share"))["Arn"]
    ram = stack.client("ram")

    def entities(kind: str) -> set[str]:
        found = ram.get_resource_share_associations(associationType=kind, resourceShareArns=[arn])
        return {each["associatedEntity"] for each in found["resourceShareAssociations"]}

    assert entities("PRINCIPAL") == set(neighbours)
    assert entities("RESOURCE") == {f"arn:aws:sagemaker:eu-west-1:{account}:feature-group/{NAME}"}
    (found,) = ram.list_resource_share_permissions(resourceShareArn=arn)["permissions"]
    assert found["arn"] == READ_ONLY
    stack.update(changed(resources, "Share", Name="renamed", Tags=[{"Key": "cost-center", "Value": "1"}]))
    (described,) = ram.get_resource_shares(resourceOwner="SELF", resourceShareArns=[arn])["resourceShares"]
    assert (described["name"], described["allowExternalPrincipals"]) == ("renamed", False)
    assert described["tags"] == [{"key": "cost-center", "value": "1"}]
    stack.update(template() | {"Bucket": resources["Bucket"], "Group": resources["Group"]})
    refusal(lambda: ram.get_resource_shares(resourceOwner="SELF", resourceShareArns=[arn]), code="UnknownResource")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"Principals": ["999999999999"]}, "can only be shared within your AWS Organization"),
        ({"PermissionArns": ["arn:aws:ram::aws:permission/AWSRAMPermissionNothing"]}, "could not be found"),
        ({"ResourceArns": ["arn:aws:sagemaker:eu-west-1:999999999999:feature-group/x"]}, "not valid"),
    ],
)
@pytest.mark.usefixtures("neighbours")
def test_a_share_that_ram_would_refuse_is_refused(account: str, stack: Stack, more: dict[str, Any], said: str) -> None:
    with pytest.raises(RefusedStackError, match=said):
        stack.create({**template(), "Share": share(account, **more)})
