"""Reading DynamoDB tables back."""

from __future__ import annotations

from mlops_stages.local.client.readers.api import Api, Part, Properties, Reader, Resource, picked
from mlops_stages.local.client.readers.compare import key, tags
from mlops_stages.local.json_values import mapping

_TABLE = (
    "AttributeDefinitions",
    "BillingMode",
    "DeletionProtectionEnabled",
    "GlobalSecondaryIndexes",
    "KeySchema",
    "LocalSecondaryIndexes",
    "SSESpecification",
    "StreamSpecification",
    "TableClass",
    "TableName",
)


def _table(api: Api, resource: Resource) -> Properties:
    found = api.call("dynamodb", "describe_table", TableName=resource.physical_id)["Table"]
    sse = mapping(found.get("SSEDescription"))
    encrypted: Properties = {
        "SSEEnabled": sse.get("Status") in ("ENABLED", "UPDATING"),
        **picked(sse, "SSEType"),
        **({"KMSMasterKeyId": sse["KMSMasterKeyArn"]} if "KMSMasterKeyArn" in sse else {}),
    }
    return {
        **picked(found, *_TABLE),
        "BillingMode": mapping(found.get("BillingModeSummary")).get("BillingMode", "PROVISIONED"),
        "SSESpecification": encrypted,
        "TableClass": mapping(found.get("TableClassSummary")).get("TableClass", "STANDARD"),
    }


def _recovery(api: Api, resource: Resource) -> Properties:
    found = api.call("dynamodb", "describe_continuous_backups", TableName=resource.physical_id)
    told = found["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    enabled = told["PointInTimeRecoveryStatus"] == "ENABLED"
    return {
        "PointInTimeRecoverySpecification": {
            "PointInTimeRecoveryEnabled": enabled,
            **picked(told, "RecoveryPeriodInDays"),
        }
    }


def _time_to_live(api: Api, resource: Resource) -> Properties:
    found = api.call("dynamodb", "describe_time_to_live", TableName=resource.physical_id)["TimeToLiveDescription"]
    enabled = found.get("TimeToLiveStatus") in ("ENABLED", "ENABLING")
    return {"TimeToLiveSpecification": {"Enabled": enabled, **picked(found, "AttributeName")}}


def _policy(api: Api, resource: Resource) -> Properties:
    arn = f"arn:aws:dynamodb:{resource.region}:{resource.account}:table/{resource.physical_id}"
    found = api.ask(("PolicyNotFoundException",), "dynamodb", "get_resource_policy", ResourceArn=arn)
    return {"ResourcePolicy": {"PolicyDocument": found["Policy"]}} if found else {}


def _tags(api: Api, resource: Resource) -> Properties:
    arn = f"arn:aws:dynamodb:{resource.region}:{resource.account}:table/{resource.physical_id}"
    return picked(api.call("dynamodb", "list_tags_of_resource", ResourceArn=arn), "Tags")


READERS = (
    Reader(
        type="AWS::DynamoDB::Table",
        parts=(
            Part(properties=_TABLE, read=_table),
            Part(properties=("PointInTimeRecoverySpecification",), read=_recovery),
            Part(properties=("TimeToLiveSpecification",), read=_time_to_live),
            Part(properties=("ResourcePolicy",), read=_policy),
            Part(properties=("Tags",), read=_tags),
        ),
        canonical={"SSESpecification.KMSMasterKeyId": key, "Tags": tags},
    ),
)
