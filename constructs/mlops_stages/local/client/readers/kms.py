"""Reading KMS keys and aliases back."""

from __future__ import annotations

from mlops_stages.local.client.readers.api import Api, Part, Properties, Reader, Resource, picked
from mlops_stages.local.client.readers.compare import key, policy, tags


def _key(api: Api, resource: Resource) -> Properties:
    found = api.call("kms", "describe_key", KeyId=resource.physical_id)["KeyMetadata"]
    return picked(found, "Description", "Enabled", "KeySpec", "KeyUsage", "MultiRegion", "Origin")


def _policy(api: Api, resource: Resource) -> Properties:
    return {"KeyPolicy": api.call("kms", "get_key_policy", KeyId=resource.physical_id, PolicyName="default")["Policy"]}


def _rotation(api: Api, resource: Resource) -> Properties:
    found = api.call("kms", "get_key_rotation_status", KeyId=resource.physical_id)
    return {
        "EnableKeyRotation": found["KeyRotationEnabled"],
        **picked(found, "RotationPeriodInDays"),
    }


def _tags(api: Api, resource: Resource) -> Properties:
    found = api.call("kms", "list_resource_tags", KeyId=resource.physical_id)["Tags"]
    return {"Tags": [{"Key": tag["TagKey"], "Value": tag["TagValue"]} for tag in found]}


def _alias(api: Api, resource: Resource) -> Properties:
    found = api.listed("kms", "list_aliases", "Aliases", "AliasName").get(resource.physical_id, {})
    target = found.get("TargetKeyId")
    return {**picked(found, "AliasName"), **({} if target is None else {"TargetKeyId": target})}


READERS = (
    Reader(
        type="AWS::KMS::Key",
        parts=(
            Part(properties=("Description", "Enabled", "KeySpec", "KeyUsage", "MultiRegion", "Origin"), read=_key),
            Part(properties=("KeyPolicy",), read=_policy),
            Part(properties=("EnableKeyRotation", "RotationPeriodInDays"), read=_rotation),
            Part(properties=("Tags",), read=_tags),
        ),
        canonical={"KeyPolicy": policy, "Tags": tags},
        hidden={
            "PendingWindowInDays": "shown only once the key's deletion is scheduled",
            "BypassPolicyLockoutSafetyCheck": "an argument of the call, kept nowhere",
        },
    ),
    Reader(
        type="AWS::KMS::Alias",
        parts=(Part(properties=("AliasName", "TargetKeyId"), read=_alias),),
        canonical={"TargetKeyId": key},
    ),
)
