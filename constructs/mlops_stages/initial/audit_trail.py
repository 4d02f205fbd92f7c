"""Who did what: the record that nobody can change."""

from aws_cdk import aws_cloudtrail as cloudtrail
from aws_cdk import aws_s3 as s3
from constructs import Construct

from mlops_stages.foundation import (
    CustomerManagedKey,
    EncryptedLogGroup,
    Lifecycle,
    Perimeter,
    RetainedBucket,
    ServiceRole,
    Statement,
    logs_may_encrypt,
    retain,
)

Selector = cloudtrail.CfnTrail.AdvancedEventSelectorProperty
Field = cloudtrail.CfnTrail.AdvancedFieldSelectorProperty


class AuditTrail(Construct):
    """A trail of all regions with management events and the data events of S3, in a bucket that nobody can empty.

    Log files are signed in a chain (validation), lie under a key of their own, and cannot be deleted before their time
    (Object Lock in compliance mode: not by administrators, not by AWS). The same events go to a log group for alarms.

    Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/best-practices-security.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        perimeter: Perimeter,
        access_log_bucket: s3.IBucket,
        permissions_boundary_arn: str,
        locked_days: int = 365,
    ) -> None:
        """Create the trail.

        Args:
            scope: the parent.
            id: the construct's id in it.
            name: the trail's name.
            perimeter: whose principals may read the bucket at all.
            access_log_bucket: records who reads the trail.
            permissions_boundary_arn: for the role that writes to the log group.
            locked_days: days for which no log file can be deleted.
        """
        super().__init__(scope, id)
        trail_arn = perimeter.arn("cloudtrail", f"trail/{name}")
        from_trail = {"StringEquals": {"aws:SourceArn": trail_arn}}
        trails = f"arn:{perimeter.partition}:cloudtrail:*:{perimeter.account}:trail/*"
        self.key = CustomerManagedKey(
            self,
            "Key",
            perimeter=perimeter,
            alias=name,
            description="The audit trail",
            via=["s3"],
            statements=[
                Statement(
                    sid="CloudTrailEncryptsThisTrail",
                    principals={"Service": ["cloudtrail.amazonaws.com"]},
                    actions=["kms:Decrypt", "kms:GenerateDataKey"],
                    conditions={
                        **from_trail,
                        "StringLikeIfExists": {"kms:EncryptionContext:aws:cloudtrail:arn": trails},
                    },
                ),
                Statement(
                    sid="CloudTrailDescribesTheKey",
                    principals={"Service": ["cloudtrail.amazonaws.com"]},
                    actions=["kms:DescribeKey"],
                    conditions=from_trail,
                ),
                *logs_may_encrypt(perimeter),
            ],
        )
        self.bucket = RetainedBucket(
            self,
            "Bucket",
            key=self.key,
            perimeter=perimeter,
            access_log_bucket=access_log_bucket,
            lifecycle=Lifecycle(noncurrent_days=locked_days),
            locked_days=locked_days,
            # CloudTrail names our key for its log files, and none for the digests that sign them.
            service_encrypts=True,
            statements=[
                Statement(
                    sid="CloudTrailChecksTheBucket",
                    principals={"Service": ["cloudtrail.amazonaws.com"]},
                    actions=["s3:GetBucketAcl"],
                    resources=["{bucket}"],
                    conditions=from_trail,
                ),
                Statement(
                    sid="CloudTrailWritesThisTrail",
                    principals={"Service": ["cloudtrail.amazonaws.com"]},
                    actions=["s3:PutObject"],
                    resources=[f"{{bucket}}/AWSLogs/{perimeter.account}/*"],
                    conditions=from_trail,
                ),
            ],
        )
        log_group = EncryptedLogGroup(self, "Events", key=self.key)
        role = ServiceRole(
            self,
            "Role",
            perimeter=perimeter,
            service="cloudtrail.amazonaws.com",
            description="Copies the audit trail to its log group",
            permissions_boundary_arn=permissions_boundary_arn,
            trust_conditions={"ArnLike": {"aws:SourceArn": trail_arn}},
            # https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-required-policy-for-cloudwatch-logs.html
            service_hides_its_source=True,
            statements=[
                Statement(
                    sid="WriteTheTrailsEvents",
                    actions=["logs:CreateLogStream", "logs:PutLogEvents"],
                    resources=[log_group.log_group_arn],
                )
            ],
        )
        self.log_group_name: str = log_group.log_group_name
        self.trail = cloudtrail.CfnTrail(
            self,
            "Resource",
            trail_name=name,
            is_logging=True,
            is_multi_region_trail=True,
            include_global_service_events=True,
            enable_log_file_validation=True,
            s3_bucket_name=self.bucket.bucket_name,
            kms_key_id=self.key.key_arn,
            cloud_watch_logs_log_group_arn=log_group.log_group_arn,
            cloud_watch_logs_role_arn=role.role_arn,
            advanced_event_selectors=self._selectors(access_log_bucket),
        )
        """The trail itself: what it has recorded once cannot be deleted."""
        self.trail.node.add_dependency(self.key.alias, self.bucket.policy)
        retain(self.trail)

    def _selectors(self, access_log_bucket: s3.IBucket) -> list[Selector]:
        # Deliveries to the trail's own bucket and to the access logs would be recorded for ever.
        own = [f"{self.bucket.bucket_arn}/", f"{access_log_bucket.bucket_arn}/"]
        return [
            Selector(name="Management", field_selectors=[Field(field="eventCategory", equal_to=["Management"])]),
            Selector(
                name="EveryObject",
                field_selectors=[
                    Field(field="eventCategory", equal_to=["Data"]),
                    Field(field="resources.type", equal_to=["AWS::S3::Object"]),
                    Field(field="resources.ARN", not_starts_with=own),
                ],
            ),
        ]
