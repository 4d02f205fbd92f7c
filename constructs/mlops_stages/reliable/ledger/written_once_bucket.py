"""A bucket whose objects are written once, by one role, and that nobody can change or delete for years."""

from collections.abc import Sequence

from aws_cdk import aws_s3 as s3
from constructs import Construct

from mlops_stages.foundation import CustomerManagedKey, Lifecycle, Perimeter, RetainedBucket, Statement
from mlops_stages.runtime.ledger.keeping import RETENTION_YEARS, days_locked

CHANGES_OF_OBJECTS = (
    "s3:BypassGovernanceRetention",
    "s3:DeleteObject",
    "s3:DeleteObjectTagging",
    "s3:DeleteObjectVersion",
    "s3:DeleteObjectVersionTagging",
    "s3:ObjectOwnerOverrideToBucketOwner",
    "s3:PutObjectAcl",
    "s3:PutObjectLegalHold",
    "s3:PutObjectRetention",
    "s3:PutObjectTagging",
    "s3:PutObjectVersionAcl",
    "s3:PutObjectVersionTagging",
    "s3:ReplicateDelete",
    "s3:ReplicateObject",
    "s3:ReplicateTags",
    "s3:RestoreObject",
)
"""What could hide, replace or free an object, a replication from elsewhere included."""

CHANGES_OF_THE_BUCKET = (
    "s3:DeleteBucket",
    "s3:DeleteBucketPolicy",
    "s3:PutBucketAcl",
    "s3:PutBucketLogging",
    "s3:PutBucketObjectLockConfiguration",
    "s3:PutBucketOwnershipControls",
    "s3:PutBucketPolicy",
    "s3:PutBucketPublicAccessBlock",
    "s3:PutBucketVersioning",
    "s3:PutEncryptionConfiguration",
    "s3:PutLifecycleConfiguration",
    "s3:PutReplicationConfiguration",
)
"""What could weaken the bucket for objects that are still to come."""


class WrittenOnceBucket(RetainedBucket):
    """Object Lock in compliance mode, no lifecycle that ends anything, and a policy that names the one writer.

    A version cannot be deleted by anybody, AWS's root user included, before its time. What Object Lock leaves open, a
    newer version or a delete marker on top, the policy refuses: a put must say `If-None-Match`, and nobody deletes.
    Only who deploys changes the bucket itself. The account's root user can replace any bucket's policy: that is told
    (`AdministrationNotice`) and then found by a verification, not prevented.

    Sources: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html,
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        key: CustomerManagedKey,
        perimeter: Perimeter,
        access_log_bucket: s3.IBucket,
        writer_role_arn: str,
        deployed_by: Sequence[str],
        retention_years: int = RETENTION_YEARS,
        statements: Sequence[Statement] = (),
    ) -> None:
        """Create the bucket and its policy.

        Args:
            scope: the parent.
            id: the construct's id in it.
            name: what other accounts know it by.
            key: the only key that objects may be under.
            perimeter: whose principals may call at all.
            access_log_bucket: where S3 writes who asked for what.
            writer_role_arn: of the only role that adds objects.
            deployed_by: ARNs of the roles that may change the bucket itself, such as the bootstrap's for
                CloudFormation.
            retention_years: for which an object is locked from when it is written. Nobody can shorten it afterwards.
            statements: who else may read, with `{bucket}` for the bucket's ARN.

        Raises:
            ValueError: `REL-060` for less than a year, or nobody who deploys.
        """
        if retention_years < 1 or not deployed_by:
            message = f"REL-060: {id}: give at least one year of retention, and the role that deploys the bucket"
            raise ValueError(message)
        super().__init__(
            scope,
            id,
            key=key,
            perimeter=perimeter,
            access_log_bucket=access_log_bucket,
            name=name,
            lifecycle=Lifecycle(noncurrent_days=None),
            locked_days=days_locked(retention_years),
            statements=[*_written_once(writer_role_arn, deployed_by), *statements],
        )


def _written_once(writer_role_arn: str, deployed_by: Sequence[str]) -> tuple[Statement, ...]:
    objects = ["{bucket}/*"]
    return (
        Statement(
            sid="DenyOtherWriters",
            effect="Deny",
            principals="*",
            actions=["s3:PutObject"],
            resources=objects,
            conditions={"ArnNotEquals": {"aws:PrincipalArn": writer_role_arn}},
        ),
        Statement(
            sid="DenyWritingOverWhatIsThere",
            effect="Deny",
            principals="*",
            actions=["s3:PutObject"],
            resources=objects,
            conditions={"Null": {"s3:if-none-match": "true"}},
            why="parts of an upload have no such header, and are refused with it: no record is that large",
        ),
        Statement(
            sid="DenyChangingObjects",
            effect="Deny",
            principals="*",
            actions=CHANGES_OF_OBJECTS,
            resources=objects,
        ),
        Statement(
            sid="DenyChangingTheBucket",
            effect="Deny",
            principals="*",
            actions=CHANGES_OF_THE_BUCKET,
            resources=["{bucket}"],
            conditions={"ArnNotEquals": {"aws:PrincipalArn": list(deployed_by)}},
        ),
    )
