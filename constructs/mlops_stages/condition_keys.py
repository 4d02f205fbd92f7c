"""Condition keys of IAM's that have two spellings: AWS supplies one of them, and nobody outside of it knows which.

A statement is right whichever AWS supplies where it names both under an operator that a missing key satisfies:
`ArnNotLike` or `Null: true` in a Deny. An Allow under both would demand both at once, and never hold.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

_Value = TypeVar("_Value")

SPELLINGS: Mapping[str, str] = {
    "sagemaker:DomainSharingOutputKmsKey": "sagemaker:DomainSharingOutputKmsKeyArn",
    "sagemaker:FeatureGroupOfflineStoreKmsKey": "sagemaker:FeatureGroupOfflineStoreKmsKeyArn",
    "sagemaker:FeatureGroupOnlineStoreKmsKey": "sagemaker:FeatureGroupOnlineStoreKmsKeyArn",
    "sagemaker:ModelLifeCycle/Stage": "sagemaker:ModelLifeCycle:Stage",
    "sagemaker:ModelLifeCycle/StageStatus": "sagemaker:ModelLifeCycle:StageStatus",
    "sagemaker:OutputKmsKey": "sagemaker:OutputKmsKeyArn",
    "sagemaker:VolumeKmsKey": "sagemaker:VolumeKmsKeyArn",
}
"""The spelling of AWS's examples and older data, and that of its service authorization reference of today.

Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html
"""


class Spelling(StrEnum):
    """Which spelling of such keys is supplied."""

    OLDER = "older"
    NEWER = "newer"


VARIABLE = "MLOPS_STAGES_CONDITION_KEYS"
"""The environment variable that says which spelling the local AWS supplies: one of `Spelling`."""


def spellings(key: str) -> tuple[str, ...]:
    """Every spelling of a condition key, the older first; the key alone where it has one."""
    return next((pair for pair in SPELLINGS.items() if key in pair), (key,))


def in_both_spellings(conditions: Mapping[str, _Value]) -> dict[str, _Value]:
    """The same test of each key in every spelling of it."""
    return {name: value for key, value in conditions.items() for name in spellings(key)}


def supplied(context: Mapping[str, _Value], spelling: Spelling) -> dict[str, _Value]:
    """The context of a request with its keys in one spelling."""
    which = 0 if spelling is Spelling.OLDER else -1
    return {spellings(key)[which]: value for key, value in context.items()}
