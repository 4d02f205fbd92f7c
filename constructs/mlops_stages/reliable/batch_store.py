"""Where the records of a team's batch models lie, and their answers."""

from collections.abc import Sequence

from aws_cdk import aws_s3 as s3
from constructs import Construct

from mlops_stages.foundation import CustomerManagedKey, Lifecycle, Perimeter, RetainedBucket
from mlops_stages.platform import Addresses, DataClassification
from mlops_stages.reliable.capture_store import KEEP_DAYS, NONCURRENT_DAYS
from mlops_stages.serving.batch import Place

GIVEN, MADE = "given", "made"
"""The bucket's prefixes, with a model's name behind each: what is scored, and the answers."""


class BatchStore(Construct):
    """A team's bucket and key in one environment, with a prefix for each model's records and one for its answers.

    Whoever gives records to score takes them away when they are scored, by a policy of their own in this account; what
    nobody takes away expires with the answers, as captured decisions of that classification do.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        perimeter: Perimeter,
        addresses: Addresses,
        team: str,
        environment: str,
        classifications: Sequence[DataClassification],
        access_log_bucket: s3.IBucket,
    ) -> None:
        """Create the key and the bucket.

        Args:
            scope: the parent.
            id: the construct's id in it.
            perimeter: the account that the models serve in.
            addresses: the platform's names.
            team: whose models they are.
            environment: `staging` or `production`.
            classifications: how sensitive the models' data is; what is kept least long decides.
            access_log_bucket: where S3 writes who asked for what.

        Raises:
            ValueError: `REL-045` without a classification.
        """
        if not classifications:
            message = f"REL-045: {id}: give the classification of at least one model"
            raise ValueError(message)
        super().__init__(scope, id)
        alias = addresses.batch_key_alias(team, environment)
        self.key = CustomerManagedKey(
            self,
            "Key",
            perimeter=perimeter,
            alias=alias.removeprefix("alias/"),
            description=f"What the batch models of team {team} score in {environment}, and their answers",
            via=["s3"],
        )
        self._name = addresses.batch_bucket(team, environment)
        self.bucket = RetainedBucket(
            self,
            "Bucket",
            key=self.key,
            perimeter=perimeter,
            access_log_bucket=access_log_bucket,
            name=self._name,
            key_names=[addresses.key_alias_arn(perimeter.account, alias)],
            lifecycle=Lifecycle(
                current_days=min(KEEP_DAYS[each] for each in classifications), noncurrent_days=NONCURRENT_DAYS
            ),
        )

    def given(self, model: str) -> Place:
        """What a model scores."""
        return Place(bucket_name=self._name, prefix=f"{GIVEN}/{model}", key_arn=self.key.key_arn)

    def made(self, model: str) -> Place:
        """What it answers."""
        return Place(bucket_name=self._name, prefix=f"{MADE}/{model}", key_arn=self.key.key_arn)
