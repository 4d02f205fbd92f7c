"""Both sides of reading the requests that candidates are judged on: what production lets in, and the pipeline's role.

The monitors in production write `challenges/endpoint=ENDPOINT/utc_day=DAY/requests.csv.gz`. The role of the model's
pipeline, in the development account, reads that folder and no other.
"""

from collections.abc import Sequence

from mlops_stages.foundation import Perimeter, Statement, title_case
from mlops_stages.platform import Addresses
from mlops_stages.repeatable.artifact_store import PRODUCTION
from mlops_stages.repeatable.sharing import only, roots

CHALLENGES = "challenges"
"""The folder of the bucket."""


def requests_of(addresses: Addresses, team: str, model: str) -> str:
    """The pattern of the keys of a model's requests."""
    return f"{CHALLENGES}/endpoint={addresses.endpoint_name(team, model, PRODUCTION)}/*"


def read_requests(addresses: Addresses, team: str, model: str) -> tuple[Statement, ...]:
    """The statements for the role of a model's pipeline.

    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-walkthroughs-managing-access-example2.html
    """
    bucket, own = addresses.bucket_arn(addresses.challenges_bucket(team)), requests_of(addresses, team, model)
    return (
        Statement(
            sid="ListRequestsOfTheModel",
            actions=["s3:ListBucket"],
            resources=[bucket],
            conditions={"StringLike": {"s3:prefix": own}},
        ),
        Statement(
            sid="ReadRequestsOfTheModel",
            actions=["s3:GetObject"],
            resources=[f"{bucket}/{own}"],
            why="a folder for each day on which the model was judged",
        ),
        Statement(sid="FindTheBucketOfRequests", actions=["s3:GetBucketLocation"], resources=[bucket]),
        Statement(
            sid="DecryptRequests",
            actions=["kms:Decrypt"],
            resources=[addresses.keys(addresses.account_of(PRODUCTION))],
            conditions={
                "ForAnyValue:StringEquals": {"kms:ResourceAliases": addresses.challenges_key_alias(team)},
                "StringEquals": {"kms:ViaService": f"s3.{addresses.region}.amazonaws.com"},
            },
            why="a key of another account has an id that nobody here knows; its alias names it",
        ),
    )


def requests_bucket(
    addresses: Addresses, team: str, models: Sequence[str], perimeter: Perimeter
) -> tuple[Statement, ...]:
    """What the policy of the team's bucket in production lets pipelines do: each list and read its own model's."""
    development = roots(perimeter, [addresses.development])
    roles = {model: addresses.pipeline_role(team, model) for model in models}
    return (
        *(
            statement
            # Numbered: "card-1" and "card1" read alike without their hyphens.
            for number, (model, role) in enumerate(roles.items(), 1)
            for statement in (
                Statement(
                    sid=f"ReadRequestsOf{title_case(model)}{number}",
                    principals=development,
                    actions=["s3:GetObject"],
                    resources=[f"{{bucket}}/{requests_of(addresses, team, model)}"],
                    conditions=only(perimeter, [role]),
                ),
                Statement(
                    sid=f"ListRequestsOf{title_case(model)}{number}",
                    principals=development,
                    actions=["s3:ListBucket"],
                    resources=["{bucket}"],
                    conditions={
                        **only(perimeter, [role]),
                        "StringLike": {"s3:prefix": requests_of(addresses, team, model)},
                    },
                ),
            )
        ),
        Statement(
            sid="PipelinesFindTheBucket",
            principals=development,
            actions=["s3:GetBucketLocation"],
            resources=["{bucket}"],
            # Any of the team's: ten roles by name would not fit, and where a bucket is is no secret.
            conditions=only(perimeter, [addresses.pipeline_role(team, "*")]),
        ),
    )


def requests_key(addresses: Addresses, team: str, models: Sequence[str], perimeter: Perimeter) -> tuple[Statement, ...]:
    """What the key's policy lets pipelines of another account do: decrypt, through S3 only."""
    if addresses.development == perimeter.account:
        return ()
    through = {"kms:ViaService": f"s3.{perimeter.region}.amazonaws.com"}
    roles = [addresses.pipeline_role(team, model) for model in models]
    return (
        Statement(
            sid="PipelinesDecryptRequests",
            principals=roots(perimeter, [addresses.development]),
            actions=["kms:Decrypt"],
            conditions=only(perimeter, roles, also=through),
        ),
    )
