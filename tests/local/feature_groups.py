"""A stack with a feature group, its key, bucket, database and role, as the tests of several services take it."""

from __future__ import annotations

import secrets
from typing import Any

from tests.local.stacks import att, ref, resource, role

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
