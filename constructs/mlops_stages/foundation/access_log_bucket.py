"""Where S3 writes who asked for what."""

from functools import cached_property

from aws_cdk import aws_s3 as s3
from constructs import Construct

from mlops_stages.foundation.acknowledge import acknowledge
from mlops_stages.foundation.perimeter import Perimeter
from mlops_stages.foundation.retain import retain
from mlops_stages.foundation.retained_bucket import (
    BUCKET_OWNER_ENFORCED,
    PUBLIC_ACCESS_BLOCK,
    REPLICATION_REASON,
    REPLICATION_RULE,
    Lifecycle,
    tls_only,
)
from mlops_stages.foundation.statement import Statement, policy_document

LOG_KEY_REASON = (
    "S3 delivers server access logs only to buckets with SSE-S3; a bucket under a KMS key receives none "
    "(docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html)."
)
DESTINATION_REASON = (
    "The account's other stacks log here, which the rule cannot see. A destination that logs to itself would log "
    "each of its own deliveries, without end."
)


class AccessLogBucket(Construct):
    """The account's bucket for S3 server access logs: versioned, retained, written by S3's log service alone.

    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        perimeter: Perimeter,
        keep_days: int = 365,
        logs_come_from_other_stacks: bool = False,
    ) -> None:
        """Create the bucket and its policy.

        Args:
            scope: the parent.
            id: the construct's id in it.
            perimeter: the account whose logs are delivered.
            keep_days: days that a log record is kept.
            logs_come_from_other_stacks: nothing in this stack logs here, so that the packs cannot see what the bucket
                is for, and would have it log too.
        """
        super().__init__(scope, id)
        resource = s3.CfnBucket(
            self,
            "Resource",
            bucket_encryption=s3.CfnBucket.BucketEncryptionProperty(
                server_side_encryption_configuration=[
                    s3.CfnBucket.ServerSideEncryptionRuleProperty(
                        server_side_encryption_by_default=s3.CfnBucket.ServerSideEncryptionByDefaultProperty(
                            sse_algorithm="AES256"
                        )
                    )
                ]
            ),
            versioning_configuration=s3.CfnBucket.VersioningConfigurationProperty(status="Enabled"),
            public_access_block_configuration=PUBLIC_ACCESS_BLOCK,
            ownership_controls=BUCKET_OWNER_ENFORCED,
            lifecycle_configuration=Lifecycle(current_days=keep_days, noncurrent_days=30).to_cloudformation(),
        )
        retain(resource)
        acknowledge(resource, REPLICATION_RULE, REPLICATION_REASON)
        acknowledge(resource, "S3DefaultEncryptionKMS", LOG_KEY_REASON)
        if logs_come_from_other_stacks:
            acknowledge(resource, "S3BucketLoggingEnabled", DESTINATION_REASON, in_solutions="S1")
        self.bucket_name: str = resource.ref
        self.bucket_arn: str = resource.attr_arn
        delivery = Statement(
            sid="S3DeliversAccessLogsOfThisAccount",
            principals={"Service": ["logging.s3.amazonaws.com"]},
            actions=["s3:PutObject"],
            resources=[f"{self.bucket_arn}/*"],
            conditions=perimeter.from_this_account,
        )
        self.policy = s3.CfnBucketPolicy(
            self,
            "Policy",
            bucket=self.bucket_name,
            policy_document=policy_document([*tls_only(self.bucket_arn), delivery]),
        )
        """What must exist before logs are delivered."""
        retain(self.policy)

    @cached_property
    def bucket(self) -> s3.IBucket:
        """The bucket, for whatever logs to it."""
        return s3.Bucket.from_bucket_name(self, "Imported", self.bucket_name)
