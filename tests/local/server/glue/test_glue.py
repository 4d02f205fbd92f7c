"""Glue's catalog: its encryption through CloudFormation, and what a call is judged on."""

from __future__ import annotations

import secrets
from typing import Any

import pytest

from tests.local.clients import LocalAws, allow, refusal
from tests.local.stacks import RefusedStackError, Stack, att, changed, ref, resource, role

KEY_POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}],
}


NAME = "routes"


DEFINITIONS = [
    {"FeatureName": "route", "FeatureType": "String"},
    {"FeatureName": "observed_at", "FeatureType": "String"},
    {"FeatureName": "delay", "FeatureType": "Fractional"},
    {"FeatureName": "flights", "FeatureType": "Integral"},
]


def template(**more: Any) -> dict[str, Any]:  # noqa: ANN401 - properties of the group
    name = f"features-{secrets.token_hex(6)}"
    offline = {
        "S3StorageConfig": {"S3Uri": f"s3://{name}/features/", "KmsKeyId": att("Key", "Arn")},
        "DataCatalogConfig": {"Catalog": "AwsDataCatalog", "Database": ref("Database"), "TableName": "routes"},
    }
    return {
        "Role": role(),
        "Key": resource("AWS::KMS::Key", KeyPolicy=KEY_POLICY),
        "Bucket": resource("AWS::S3::Bucket", BucketName=name),
        "Database": resource(
            "AWS::Glue::Database", CatalogId=ref("AWS::AccountId"), DatabaseInput={"Name": "acme_routes"}
        ),
        "Group": {
            **resource(
                "AWS::SageMaker::FeatureGroup",
                **{
                    "FeatureGroupName": NAME,
                    "RecordIdentifierFeatureName": "route",
                    "EventTimeFeatureName": "observed_at",
                    "FeatureDefinitions": DEFINITIONS,
                    "RoleArn": att("Role", "Arn"),
                    "OfflineStoreConfig": offline,
                    "OnlineStoreConfig": {
                        "EnableOnlineStore": True,
                        "SecurityConfig": {"KmsKeyId": att("Key", "Arn")},
                    },
                    "Tags": [{"Key": "team", "Value": "arrivals"}],
                    **more,
                },
            ),
            "DependsOn": "Bucket",
        },
    }


@pytest.fixture
def stack(local_aws: LocalAws, account: str) -> Stack:
    return Stack(local_aws, account)


def test_the_catalogs_encryption_is_set_changed_and_taken_away(account: str, stack: Stack) -> None:
    key = resource("AWS::KMS::Key", KeyPolicy=KEY_POLICY)

    def settings(mode: str) -> dict[str, Any]:
        at_rest = {"CatalogEncryptionMode": mode, **({"SseAwsKmsKeyId": ref("Key")} if mode == "SSE-KMS" else {})}
        return resource(
            "AWS::Glue::DataCatalogEncryptionSettings",
            CatalogId=ref("AWS::AccountId"),
            DataCatalogEncryptionSettings={
                "EncryptionAtRest": at_rest,
                "ConnectionPasswordEncryption": {"ReturnConnectionPasswordEncrypted": True, "KmsKeyId": ref("Key")},
            },
        )

    def found() -> dict[str, Any]:
        answer = stack.client("glue").get_data_catalog_encryption_settings()
        return answer["DataCatalogEncryptionSettings"]

    assert found()["EncryptionAtRest"] == {"CatalogEncryptionMode": "DISABLED"}
    stack.create({"Key": key, "Settings": settings("SSE-KMS")})
    assert found()["EncryptionAtRest"]["CatalogEncryptionMode"] == "SSE-KMS"
    assert found()["ConnectionPasswordEncryption"]["AwsKmsKeyId"] == stack.id_of("Key")
    stack.update({"Key": key, "Settings": settings("DISABLED")})
    assert found()["EncryptionAtRest"] == {"CatalogEncryptionMode": "DISABLED"}
    stack.update({"Key": key})
    assert found()["ConnectionPasswordEncryption"] == {"ReturnConnectionPasswordEncrypted": False}
    with pytest.raises(RefusedStackError, match="does not exist"):
        stack.update({"Key": key, "Settings": changed({"S": settings("SSE-KMS")}, "S")["S"] | _with_key("none")})


def _with_key(key: str) -> dict[str, Any]:
    at_rest = {"CatalogEncryptionMode": "SSE-KMS", "SseAwsKmsKeyId": key}
    return {
        "Properties": {
            "CatalogId": ref("AWS::AccountId"),
            "DataCatalogEncryptionSettings": {"EncryptionAtRest": at_rest},
        }
    }


def test_a_glue_call_is_judged_on_the_catalog_the_database_and_the_table(
    local_aws: LocalAws, account: str, stack: Stack
) -> None:
    stack.create(template())
    prefix = f"arn:aws:glue:eu-west-1:{account}"
    on = [f"{prefix}:catalog", f"{prefix}:database/acme_routes", f"{prefix}:table/acme_routes/routes"]
    asked = {"DatabaseName": "acme_routes", "Name": "routes"}
    glue = local_aws.client("glue", local_aws.as_role(account, allow("glue:*", on=on)))
    assert glue.get_table(**asked)["Table"]["Name"] == "routes"
    assert glue.get_database(Name="acme_routes")["Database"]["Name"] == "acme_routes"
    refusal(lambda: glue.create_table(DatabaseName="acme_routes", TableInput={"Name": "other"}))
    refusal(lambda: glue.get_database(Name="other"))
    refusal(lambda: glue.get_crawler(Name="any"))
    for missing in on:
        less = local_aws.as_role(account, allow("glue:*", on=[arn for arn in on if arn != missing]))
        refusal(lambda less=less: local_aws.client("glue", less).get_table(**asked))
