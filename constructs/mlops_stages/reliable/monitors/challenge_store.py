"""Where production keeps the requests that a team's candidates are judged on, until they are."""

from collections.abc import Sequence

from aws_cdk import aws_s3 as s3
from constructs import Construct

from mlops_stages.foundation import CustomerManagedKey, Lifecycle, Perimeter, RetainedBucket, Statement, title_case
from mlops_stages.platform import Addresses
from mlops_stages.repeatable import requests_bucket, requests_key, requests_of
from mlops_stages.repeatable.artifact_store import PRODUCTION

KEEP_DAYS = 30
"""A run scores the requests of the day on which it starts. They are made of decisions, which are kept for years."""
NONCURRENT_DAYS = 1


class ChallengeStore(Construct):
    """A team's bucket and key in production, with names that the development account knows.

    The monitors of each model write its requests, and its pipeline in the development account reads them, neither those
    of another model. They are not among the decisions, so that no role of another account may use the key that those
    are under, and go after a month: half a year's lock would keep copies of decisions longer than the decisions.

    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-walkthroughs-managing-access-example2.html
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
        access_log_bucket: s3.IBucket,
    ) -> None:
        """Create the key and the bucket.

        Args:
            scope: the parent.
            id: the construct's id in it.
            perimeter: the account that the models serve in.
            addresses: the platform's names.
            team: whose models they are.
            models: names of the models that are retrained, at least one.
            access_log_bucket: where S3 writes who asked for what.

        Raises:
            ValueError: `REL-081` without a model, or with one twice.
        """
        if not models or len({*models}) < len(models):
            message = f"REL-081: {id}: models {', '.join(models)} are retrained; name at least one, each once"
            raise ValueError(message)
        super().__init__(scope, id)
        self._addresses, self._team = addresses, team
        self.key = CustomerManagedKey(
            self,
            "Key",
            perimeter=perimeter,
            alias=addresses.challenges_key_alias(team).removeprefix("alias/"),
            description=f"Requests that candidates of team {team} are judged on",
            via=["s3"],
            statements=requests_key(addresses, team, models, perimeter),
        )
        self.bucket = RetainedBucket(
            self,
            "Bucket",
            key=self.key,
            perimeter=perimeter,
            access_log_bucket=access_log_bucket,
            name=addresses.challenges_bucket(team),
            lifecycle=Lifecycle(current_days=KEEP_DAYS, noncurrent_days=NONCURRENT_DAYS),
            statements=[
                *requests_bucket(addresses, team, models, perimeter),
                *_written_by_monitors(addresses, team, models),
            ],
        )

    def keep_requests(self, model: str) -> tuple[Statement, ...]:
        """The statements for the role of a model's monitors."""
        return keep_requests(self._addresses, self._team, model, self.key.key_arn)


def keep_requests(addresses: Addresses, team: str, model: str, key_arn: str) -> tuple[Statement, ...]:
    """What the role of a model's monitors does in the store."""
    bucket = addresses.bucket_arn(addresses.challenges_bucket(team))
    return (
        Statement(
            sid="KeepRequests",
            actions=["s3:GetObject", "s3:PutObject"],
            resources=[f"{bucket}/{requests_of(addresses, team, model)}"],
            why="a folder for each day on which the model is judged",
        ),
        Statement(
            # S3 says that an object is not there only to whoever may list: without it, every first look is refused.
            sid="ListRequests",
            actions=["s3:ListBucket"],
            resources=[bucket],
        ),
        Statement(
            sid="UseTheKeyOfRequests",
            actions=["kms:Decrypt", "kms:GenerateDataKey"],
            resources=[key_arn],
        ),
    )


def _written_by_monitors(addresses: Addresses, team: str, models: Sequence[str]) -> list[Statement]:
    """Refuse to everybody to write but by the monitors of the model whose part it is; and to delete."""
    roles = {model: addresses.monitor_role(team, model, PRODUCTION) for model in models}

    def refuse(sid: str, resource: str, writers: Sequence[str]) -> Statement:
        return Statement(
            sid=sid,
            effect="Deny",
            principals="*",
            actions=["s3:PutObject"],
            resources=[resource],
            conditions={"ArnNotEquals": {"aws:PrincipalArn": list(writers)}},
        )

    return [
        *(
            # Numbered: "card-1" and "card1" read alike without their hyphens.
            refuse(
                f"DenyOtherWritersOf{title_case(model)}{number}",
                f"{{bucket}}/{requests_of(addresses, team, model)}",
                [role],
            )
            for number, (model, role) in enumerate(roles.items(), 1)
        ),
        refuse("DenyOtherWriters", "{bucket}/*", list(roles.values())),
        Statement(
            sid="DenyDeletion",
            effect="Deny",
            principals="*",
            actions=["s3:DeleteObject", "s3:DeleteObjectVersion"],
            resources=["{bucket}/*"],
        ),
    ]
