"""Where a team's data lands: one bucket and one key for each classification."""

from collections.abc import Sequence

from aws_cdk import Tags
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from mlops_stages.foundation import CustomerManagedKey, Perimeter, RetainedBucket, Statement
from mlops_stages.foundation.customer_managed_key import ENCRYPT_AND_DECRYPT
from mlops_stages.foundation.retained_bucket import READ, WRITE
from mlops_stages.platform import DataClassification


class LandingZone(Construct):
    """A team's data, apart by classification: what is confidential shares neither bucket nor key with what is internal.

    Source: https://docs.aws.amazon.com/prescriptive-guidance/latest/defining-bucket-names-data-lakes/welcome.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        platform: str,
        team: str,
        classifications: Sequence[DataClassification],
        perimeter: Perimeter,
        access_log_bucket: s3.IBucket,
    ) -> None:
        """Create a key and a bucket for each classification.

        Args:
            scope: the parent.
            id: the construct's id in it.
            platform: the organization's name.
            team: whose data it is.
            classifications: how sensitive the team's data is; each gets a place of its own.
            perimeter: whose principals may call at all.
            access_log_bucket: where S3 writes who asked for what.

        Raises:
            ValueError: `INI-010` without a classification.
        """
        if not classifications:
            message = f"INI-010: {id}: a landing zone needs at least one data classification"
            raise ValueError(message)
        super().__init__(scope, id)
        self._places: dict[DataClassification, RetainedBucket] = {}
        for classification in sorted(set(classifications)):
            place = Construct(self, classification.title())
            Tags.of(place).add("data-classification", classification.value)
            key = CustomerManagedKey(
                place,
                "Key",
                perimeter=perimeter,
                alias=f"{platform}/{team}/{classification}",
                description=f"The {classification} data of team {team}",
                via=["s3", "sagemaker", "ec2"],
            )
            self._places[classification] = RetainedBucket(
                place, "Bucket", key=key, perimeter=perimeter, access_log_bucket=access_log_bucket
            )

    @property
    def classifications(self) -> tuple[DataClassification, ...]:
        """The classifications that have a place here, least sensitive first."""
        return tuple(self._places)

    def bucket(self, classification: DataClassification) -> RetainedBucket:
        """The bucket for data of one classification."""
        return self._places[classification]

    def grant_read(self, grantee: iam.IGrantable, classification: DataClassification) -> iam.Grant:
        """Let a principal read the data of one classification."""
        return self._places[classification].grant_read(grantee)

    def grant_read_write(self, grantee: iam.IGrantable, classification: DataClassification) -> iam.Grant:
        """Let a principal read and write the data of one classification."""
        return self._places[classification].grant_read_write(grantee)

    def read_write(self) -> tuple[Statement, ...]:
        """The statements for a policy whose roles read and write all of the team's data."""
        buckets = list(self._places.values())
        arns = [b.bucket_arn for b in buckets]
        keys = [b.encryption_key.key_arn for b in buckets]
        return (
            Statement(
                sid="ReadAndWriteTheTeamsData",
                actions=[*READ, *WRITE],
                resources=[*arns, *(f"{arn}/*" for arn in arns)],
                why="the objects of this team's own buckets, each named by its ARN",
            ),
            Statement(sid="UseTheKeysOfTheTeamsData", actions=ENCRYPT_AND_DECRYPT, resources=keys),
            Statement(
                sid="LetJobsHoldGrantsOfTheTeamsKeys",
                actions=["kms:CreateGrant"],
                resources=keys,
                conditions={"Bool": {"kms:GrantIsForAWSResource": "true"}},
            ),
        )
