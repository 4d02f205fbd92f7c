"""A bucket that keeps what it is given: encrypted, versioned, logged, TLS only, never deleted with its stack."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from aws_cdk import Token
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from mlops_stages.foundation.acknowledge import acknowledge
from mlops_stages.foundation.customer_managed_key import CustomerManagedKey
from mlops_stages.foundation.grant import grant
from mlops_stages.foundation.perimeter import Perimeter
from mlops_stages.foundation.retain import retain
from mlops_stages.foundation.statement import Statement, policy_document

READ = ("s3:GetObject", "s3:GetObjectVersion", "s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketVersions")
WRITE = (
    "s3:AbortMultipartUpload",
    "s3:DeleteObject",
    "s3:ListMultipartUploadParts",
    "s3:PutObject",
    "s3:PutObjectTagging",
)

REPLICATION_REASON = (
    "Versions are kept and the bucket is retained, in one region on purpose: the data must not leave it. "
    "The rule asks for a copy in a second region."
)
REPLICATION_RULE = "S3BucketReplicationEnabled"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
PUBLIC_ACCESS_BLOCK = s3.CfnBucket.PublicAccessBlockConfigurationProperty(
    block_public_acls=True, block_public_policy=True, ignore_public_acls=True, restrict_public_buckets=True
)
BUCKET_OWNER_ENFORCED = s3.CfnBucket.OwnershipControlsProperty(
    rules=[s3.CfnBucket.OwnershipControlsRuleProperty(object_ownership="BucketOwnerEnforced")]
)


@dataclass(frozen=True, kw_only=True)
class Lifecycle:
    """How long objects are kept.

    Attributes:
        current_days: days until a current object expires; `None` keeps it.
        noncurrent_days: days until a replaced or deleted version is gone for good; `None` keeps it.
        incomplete_upload_days: days until the parts of an upload that never completed are removed.
    """

    current_days: int | None = None
    noncurrent_days: int | None = 90
    incomplete_upload_days: int = 7

    def to_cloudformation(self) -> s3.CfnBucket.LifecycleConfigurationProperty:
        """The rule in the bucket's template."""
        noncurrent = (
            None
            if self.noncurrent_days is None
            else s3.CfnBucket.NoncurrentVersionExpirationProperty(noncurrent_days=self.noncurrent_days)
        )
        rule = s3.CfnBucket.RuleProperty(
            id="ForgetWhatIsNoLongerCurrent" if noncurrent is not None else "AbortIncompleteUploads",
            status="Enabled",
            expiration_in_days=self.current_days,
            noncurrent_version_expiration=noncurrent,
            abort_incomplete_multipart_upload=s3.CfnBucket.AbortIncompleteMultipartUploadProperty(
                days_after_initiation=self.incomplete_upload_days
            ),
        )
        return s3.CfnBucket.LifecycleConfigurationProperty(rules=[rule])


def tls_only(bucket_arn: str) -> tuple[Statement, ...]:
    """Refuse plain HTTP and TLS before 1.2, for everyone.

    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html
    """
    everything = (bucket_arn, f"{bucket_arn}/*")
    return (
        Statement(
            sid="RefusePlainHttp",
            effect="Deny",
            principals="*",
            actions=["s3:*"],
            resources=everything,
            conditions={"Bool": {"aws:SecureTransport": "false"}},
        ),
        Statement(
            sid="RefuseOldTls",
            effect="Deny",
            principals="*",
            actions=["s3:*"],
            resources=everything,
            conditions={"NumericLessThan": {"s3:TlsVersion": "1.2"}},
        ),
    )


class RetainedBucket(Construct):
    """A bucket under one customer-managed key, for data, artefacts or an audit trail.

    Objects under another key, callers outside the perimeter and transport without TLS 1.2 are refused by the bucket's
    own policy. With `locked_days`, versions cannot be deleted or overwritten before that time by anyone (compliance
    mode).

    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        key: CustomerManagedKey,
        perimeter: Perimeter,
        access_log_bucket: s3.IBucket,
        name: str | None = None,
        lifecycle: Lifecycle | None = None,
        locked_days: int | None = None,
        statements: Sequence[Statement] = (),
        service_encrypts: bool = False,
        key_names: Sequence[str] = (),
    ) -> None:
        """Create the bucket and its policy.

        Args:
            scope: the parent.
            id: the construct's id in it.
            key: the only key that objects may be encrypted with.
            perimeter: whose principals may call at all.
            access_log_bucket: where S3 writes who asked for what.
            name: what other accounts know it by; `None` leaves the name to CloudFormation.
            lifecycle: how long old versions are kept.
            locked_days: days of Object Lock in compliance mode; `None` for no lock.
            statements: what else the bucket's policy says; `{bucket}` in their resources becomes this bucket's ARN.
            service_encrypts: an AWS service writes here and names no key in its requests (the default key applies).
            key_names: other names of the key that a request may give, such as the ARN of its alias: all that another
                account knows of it.

        Raises:
            ValueError: `FND-010` for a lock shorter than a day, `FND-012` for a name that S3 does not take.
        """
        if name is not None and not Token.is_unresolved(name) and not _NAME.fullmatch(name):
            message = f"FND-012: {id}: {name!r} is not a bucket name; give 3 to 63 of a-z, 0-9 and inner hyphens"
            raise ValueError(message)
        if locked_days is not None and locked_days < 1 and not Token.is_unresolved(locked_days):
            message = f"FND-010: {id}: an Object Lock of {locked_days} days locks nothing; give at least 1 or no lock"
            raise ValueError(message)
        super().__init__(scope, id)
        self.encryption_key = key
        """The key that the objects are under."""
        self._key_names = (key.key_arn, *key_names)
        lock = None
        if locked_days is not None:
            lock = s3.CfnBucket.ObjectLockConfigurationProperty(
                object_lock_enabled="Enabled",
                rule=s3.CfnBucket.ObjectLockRuleProperty(
                    default_retention=s3.CfnBucket.DefaultRetentionProperty(mode="COMPLIANCE", days=locked_days)
                ),
            )
        bucket = s3.CfnBucket(
            self,
            "Resource",
            bucket_name=name,
            bucket_encryption=s3.CfnBucket.BucketEncryptionProperty(
                server_side_encryption_configuration=[
                    s3.CfnBucket.ServerSideEncryptionRuleProperty(
                        bucket_key_enabled=True,
                        server_side_encryption_by_default=s3.CfnBucket.ServerSideEncryptionByDefaultProperty(
                            sse_algorithm="aws:kms", kms_master_key_id=key.key_arn
                        ),
                    )
                ]
            ),
            versioning_configuration=s3.CfnBucket.VersioningConfigurationProperty(status="Enabled"),
            public_access_block_configuration=PUBLIC_ACCESS_BLOCK,
            ownership_controls=BUCKET_OWNER_ENFORCED,
            logging_configuration=s3.CfnBucket.LoggingConfigurationProperty(
                destination_bucket_name=access_log_bucket.bucket_name, log_file_prefix=f"{self.node.path}/"
            ),
            lifecycle_configuration=(lifecycle if lifecycle is not None else Lifecycle()).to_cloudformation(),
            object_lock_enabled=True if lock is not None else None,
            object_lock_configuration=lock,
        )
        retain(bucket)
        acknowledge(bucket, REPLICATION_RULE, REPLICATION_REASON)
        self.bucket_name: str = bucket.ref
        self.bucket_arn: str = bucket.attr_arn
        self._policy_statements = [
            *tls_only(self.bucket_arn),
            *self._perimeter(perimeter),
            *self._only_this_key(service_encrypts=service_encrypts),
            *(self._placed(statement) for statement in statements),
        ]
        self.policy = s3.CfnBucketPolicy(
            self, "Policy", bucket=self.bucket_name, policy_document=policy_document(self._policy_statements)
        )
        """What must exist before a service may write: depend on it."""
        retain(self.policy)

    def _perimeter(self, perimeter: Perimeter) -> tuple[Statement, ...]:
        return (
            Statement(
                sid="RefuseStrangers",
                effect="Deny",
                principals="*",
                actions=["s3:*"],
                resources=(self.bucket_arn, f"{self.bucket_arn}/*"),
                conditions={
                    "StringNotEqualsIfExists": perimeter.our_principals,
                    "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
                },
                why="a mistaken grant cannot open the data to another organization",
            ),
        )

    def _only_this_key(self, *, service_encrypts: bool) -> tuple[Statement, ...]:
        objects = (f"{self.bucket_arn}/*",)
        other_key = Statement(
            sid="RefuseAnotherKey",
            effect="Deny",
            principals="*",
            actions=["s3:PutObject"],
            resources=objects,
            conditions={
                "StringNotEqualsIfExists": {
                    "s3:x-amz-server-side-encryption-aws-kms-key-id": (
                        self._key_names[0] if len(self._key_names) == 1 else list(self._key_names)
                    )
                },
                "Null": {"s3:x-amz-server-side-encryption": "false"},
            },
        )
        own_key = Statement(
            sid="RefuseCustomerProvidedKeys",
            effect="Deny",
            principals="*",
            actions=["s3:PutObject"],
            resources=objects,
            conditions={"Null": {"s3:x-amz-server-side-encryption-customer-algorithm": "false"}},
            why="an object under a key that only its writer has is lost to everybody else, ransom included",
        )
        return (own_key,) if service_encrypts else (own_key, other_key)

    def _placed(self, statement: Statement) -> Statement:
        resources = [r.replace("{bucket}", self.bucket_arn) for r in statement.resources]
        return replace(statement, resources=resources)

    @cached_property
    def bucket(self) -> s3.IBucket:
        """The bucket as an `IBucket`; grant by this construct, which covers the key too."""
        return s3.Bucket.from_bucket_attributes(
            self, "Imported", bucket_arn=self.bucket_arn, encryption_key=self.encryption_key.key
        )

    def grant_read(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let a principal list, read and decrypt."""
        self.encryption_key.grant_decrypt(grantee)
        return self._grant(grantee, READ)

    def grant_read_write(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let a principal list, read, write and mark objects as deleted; versions stay."""
        self.encryption_key.grant_encrypt_decrypt(grantee)
        return self._grant(grantee, (*READ, *WRITE))

    def _grant(self, grantee: iam.IGrantable, actions: Sequence[str]) -> iam.Grant:
        return grant(grantee, actions=actions, resources=[self.bucket_arn, f"{self.bucket_arn}/*"])


def import_bucket(scope: Construct, id: str, *, name: str) -> s3.IBucket:
    """A bucket that exists already, by name; for access logs, S3 takes only one of the same account and region.

    Raises:
        ValueError: `FND-011` for an empty name.
    """
    if not name:
        message = f"FND-011: {id}: the name of the imported bucket is empty"
        raise ValueError(message)
    return s3.Bucket.from_bucket_name(scope, id, name)
