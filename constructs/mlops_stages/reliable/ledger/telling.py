"""Who hears when the ledger's bucket or its keys are changed."""

from collections.abc import Mapping, Sequence
from typing import Any

from constructs import Construct

from mlops_stages.foundation import EventNotice


def tell_of_changes_to_the_bucket(scope: Construct, id: str, *, name: str, bucket: str, topic_arn: str) -> None:
    """A notice of every call that changes a bucket itself, a deploy's included, and of those that were refused.

    The calls are management events, which every trail has; those that write objects are not among them.

    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-s3-info.html
    """
    _tell(
        scope,
        id,
        name=name,
        service="s3",
        detail={"readOnly": [False], "eventCategory": ["Management"], "requestParameters": {"bucketName": [bucket]}},
        why=f"The bucket {bucket}, which nobody but a deploy may change, was changed, or that was refused.",
        topic_arn=topic_arn,
    )


def tell_of_changes_to_the_key(
    scope: Construct, id: str, *, name: str, key_arn: str, whose: str, calls: Sequence[str], topic_arn: str
) -> None:
    """A notice of calls that change who may do what with a key.

    Source: https://docs.aws.amazon.com/kms/latest/developerguide/understanding-kms-entries.html
    """
    _tell(
        scope,
        id,
        name=name,
        service="kms",
        detail={"eventName": list(calls), "resources": {"ARN": [key_arn]}},
        why=f"The key {whose} was changed, or that was refused. Nobody but a deploy has a reason to.",
        topic_arn=topic_arn,
    )


def _tell(
    scope: Construct, id: str, *, name: str, service: str, detail: Mapping[str, Any], why: str, topic_arn: str
) -> None:
    EventNotice(
        scope,
        id,
        name=name,
        pattern={
            "source": [f"aws.{service}"],
            "detail-type": ["AWS API Call via CloudTrail"],
            "detail": {"eventSource": [f"{service}.amazonaws.com"], **detail},
        },
        why=why,
        topic_arns=[topic_arn],
        failures_to=topic_arn,
    )
