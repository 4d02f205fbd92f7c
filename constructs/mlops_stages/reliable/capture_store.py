"""Where a team's models keep what they were asked and what they answered."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from mlops_stages.foundation import CustomerManagedKey, Lifecycle, Perimeter, RetainedBucket, Statement, title_case
from mlops_stages.platform import Addresses, DataClassification
from mlops_stages.reliable.queries.statements import keep_results

CAPTURE = "capture"
"""The bucket's prefix, under which SageMaker makes `ENDPOINT/VARIANT/yyyy/mm/dd/hh/`, by the hour in UTC."""
CSV_TYPES = ("text/csv",)
JSON_TYPES = ("application/json", "application/jsonlines")
"""What is kept as text; SageMaker keeps everything else in base64."""
KEEP_DAYS: Mapping[DataClassification, int] = {
    DataClassification.PUBLIC: 730,
    DataClassification.INTERNAL: 730,
    DataClassification.CONFIDENTIAL: 365,
    DataClassification.RESTRICTED: 90,
}
"""How long a captured decision is kept, by how sensitive it is, unless the composer says otherwise."""
NONCURRENT_DAYS = 30
"""Nobody replaces a captured file; what is expired can be brought back for so long."""
_CONTENT_TYPE = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9])*/[a-zA-Z0-9](-*[a-zA-Z0-9.])*")
_MOST_TYPES = 10


@dataclass(frozen=True, kw_only=True)
class Capture:
    """What an endpoint captures, and where to; `CaptureStore.capture` makes one.

    Attributes:
        bucket_arn: the bucket.
        destination: the prefix in it, as an address of S3.
        key_arn: the key that captured files are under.
        percent: of requests that are captured, 1 to 100. Below 100 no question about a single decision can be answered
            for certain.
        csv_types: content types that are kept as text, lines of values.
        json_types: content types that are kept as text, JSON.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html
    """

    bucket_arn: str
    destination: str
    key_arn: str
    percent: int = 100
    csv_types: Sequence[str] = CSV_TYPES
    json_types: Sequence[str] = JSON_TYPES

    def check(self, where: str) -> None:
        """Refuse what SageMaker does not take.

        Raises:
            ValueError: `REL-033` for a share of requests, or content types, that SageMaker does not take.
        """
        if not 1 <= self.percent <= 100:
            message = f"REL-033: {where}: {self.percent} % of requests cannot be captured; give 1 to 100"
            raise ValueError(message)
        for types in (self.csv_types, self.json_types):
            if not 1 <= len(types) <= _MOST_TYPES or not all(_CONTENT_TYPE.fullmatch(each) for each in types):
                message = (
                    f"REL-033: {where}: content types {', '.join(map(repr, types))}; give 1 to {_MOST_TYPES} such as "
                    "text/csv, without parameters"
                )
                raise ValueError(message)


class CaptureStore(Construct):
    """A team's captured decisions of one classification in one environment: a bucket under a key of its own.

    SageMaker writes under each model's execution role, into the part of that model's endpoint alone; whoever else may
    write by a policy of their own is refused by the bucket's. Nobody deletes: a decision expires by its age. Read by
    whom `grant_read` names.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        perimeter: Perimeter,
        addresses: Addresses,
        team: str,
        models: Sequence[str],
        environment: str,
        classification: DataClassification,
        access_log_bucket: s3.IBucket,
        keep_days: int | None = None,
        analysts: Mapping[str, str] | None = None,
    ) -> None:
        """Create the key and the bucket.

        Args:
            scope: the parent.
            id: the construct's id in it.
            perimeter: the account that the models serve in.
            addresses: the platform's names.
            team: whose models they are.
            models: names of the models that write, at least one.
            environment: such as `staging` or `production`.
            classification: how sensitive the decisions are; it decides how long they are kept.
            access_log_bucket: where S3 writes who asked for what.
            keep_days: days that a decision is kept, where the classification is not to decide.
            analysts: Athena's workgroups, by name, whose results are under the key, too, and the ARNs of the roles
                that take them.

        Raises:
            ValueError: `REL-034` without a model, with one twice, or for days of which nothing would be kept.
        """
        days = KEEP_DAYS[classification] if keep_days is None else keep_days
        if not models or len({*models}) < len(models) or days < 1:
            message = (
                f"REL-034: {id}: models {', '.join(models)}, kept {days} days; name at least one, each once, and keep "
                "at least a day"
            )
            raise ValueError(message)
        super().__init__(scope, id)
        self.key = CustomerManagedKey(
            self,
            "Key",
            perimeter=perimeter,
            alias=addresses.capture_key_alias(team, environment, classification).removeprefix("alias/"),
            description=f"Captured decisions ({classification}) of team {team} in {environment}",
            via=["s3"],
            statements=keep_results(perimeter, analysts) if analysts else (),
        )
        self.bucket = RetainedBucket(
            self,
            "Bucket",
            key=self.key,
            perimeter=perimeter,
            access_log_bucket=access_log_bucket,
            lifecycle=Lifecycle(current_days=days, noncurrent_days=NONCURRENT_DAYS),
            statements=_written_by_endpoints(perimeter, addresses, team, models, environment),
        )

    def capture(
        self, *, percent: int = 100, csv_types: Sequence[str] = CSV_TYPES, json_types: Sequence[str] = JSON_TYPES
    ) -> Capture:
        """What an endpoint is told."""
        return Capture(
            bucket_arn=self.bucket.bucket_arn,
            destination=_destination(self.bucket.bucket_name),
            key_arn=self.key.key_arn,
            percent=percent,
            csv_types=csv_types,
            json_types=json_types,
        )

    def grant_read(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let a monitor, or whoever answers questions about decisions, list, read and decrypt."""
        return self.bucket.grant_read(grantee)


def captured_to(partition: str, bucket_name: str, key_arn: str, *, percent: int = 100) -> Capture:
    """What an endpoint of another stack than the store's is told."""
    return Capture(
        bucket_arn=f"arn:{partition}:s3:::{bucket_name}",
        destination=_destination(bucket_name),
        key_arn=key_arn,
        percent=percent,
    )


def _destination(bucket_name: str) -> str:
    return f"s3://{bucket_name}/{CAPTURE}"


def _written_by_endpoints(
    perimeter: Perimeter, addresses: Addresses, team: str, models: Sequence[str], environment: str
) -> list[Statement]:
    """Refuse to everybody to write but by the role of the endpoint whose part it is, and to delete."""
    parts = {model: f"{{bucket}}/{CAPTURE}/{addresses.endpoint_name(team, model, environment)}/*" for model in models}
    statements = [
        Statement(
            # Numbered: "card-1" and "card1" read alike without their hyphens.
            sid=f"DenyOtherWritersOf{title_case(model)}{number}",
            effect="Deny",
            principals="*",
            actions=["s3:PutObject"],
            resources=[part],
            conditions={
                "ArnNotEquals": {"aws:PrincipalArn": addresses.serve_role(perimeter.account, team, model, environment)}
            },
        )
        for number, (model, part) in enumerate(parts.items(), 1)
    ]
    statements += [
        Statement(
            sid="DenyOtherWriters",
            effect="Deny",
            principals="*",
            actions=["s3:PutObject"],
            resources=["{bucket}/*"],
            conditions={
                "ArnNotEquals": {
                    "aws:PrincipalArn": [
                        addresses.serve_role(perimeter.account, team, model, environment) for model in models
                    ]
                }
            },
        ),
        Statement(
            sid="DenyDeletion",
            effect="Deny",
            principals="*",
            actions=["s3:DeleteObject", "s3:DeleteObjectVersion"],
            resources=["{bucket}/*"],
        ),
    ]
    return statements
