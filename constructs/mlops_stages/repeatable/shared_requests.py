"""Both sides of reading what production shares for retraining: what it lets in, and the roles that read it.

The monitors in production write `challenges/endpoint=ENDPOINT/utc_day=DAY/`: `requests.csv.gz`, which candidates are
judged on, and `findings.json`, which says whether the model is right. The role of the model's pipeline, in the
development account, and that of its retraining, in the tooling account, read that folder and no other.
"""

from collections.abc import Sequence

from mlops_stages.foundation import Perimeter, Statement, title_case
from mlops_stages.platform import Addresses
from mlops_stages.repeatable.artifact_store import PRODUCTION
from mlops_stages.repeatable.sharing import decrypt_through_s3, only, roots

CHALLENGES, FINDINGS = "challenges", "findings.json"
"""The folder of the bucket, and in it the name of what was found of a day."""


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
        _decrypt("DecryptRequests", addresses, team),
    )


def _decrypt(sid: str, addresses: Addresses, team: str) -> Statement:
    alias = addresses.challenges_key_alias(team)
    return decrypt_through_s3(sid, addresses, addresses.account_of(PRODUCTION), alias)


def read_findings(addresses: Addresses, team: str, model: str) -> tuple[Statement, ...]:
    """The statements for the role of a model's retraining: what was found, and no request."""
    bucket, own = addresses.bucket_arn(addresses.challenges_bucket(team)), requests_of(addresses, team, model)
    return (
        Statement(
            # It lists before it reads: S3 says that an object is not there only to whoever may list all.
            sid="ListFindingsOfTheModel",
            actions=["s3:ListBucket"],
            resources=[bucket],
            conditions={"StringLike": {"s3:prefix": own}},
        ),
        Statement(
            sid="ReadFindingsOfTheModel",
            actions=["s3:GetObject"],
            resources=[f"{bucket}/{own}/{FINDINGS}"],
            why="a folder for each day on which the model was judged",
        ),
        _decrypt("DecryptFindings", addresses, team),
    )


def requests_bucket(
    addresses: Addresses, team: str, models: Sequence[str], perimeter: Perimeter
) -> tuple[Statement, ...]:
    """What the policy of the team's bucket in production lets others do: each list and read its own model's folder."""
    readers = roots(perimeter, [addresses.development, addresses.tooling])
    return (
        *(
            statement
            # Numbered: "card-1" and "card1" read alike without their hyphens.
            for number, model in enumerate(models, 1)
            for statement in (
                Statement(
                    sid=f"ReadRequestsOf{title_case(model)}{number}",
                    principals=readers,
                    actions=["s3:GetObject"],
                    resources=[f"{{bucket}}/{requests_of(addresses, team, model)}"],
                    conditions=only(perimeter, _readers(addresses, team, model)),
                ),
                Statement(
                    sid=f"ListRequestsOf{title_case(model)}{number}",
                    principals=readers,
                    actions=["s3:ListBucket"],
                    resources=["{bucket}"],
                    conditions={
                        **only(perimeter, _readers(addresses, team, model)),
                        "StringLike": {"s3:prefix": requests_of(addresses, team, model)},
                    },
                ),
            )
        ),
        Statement(
            sid="PipelinesFindTheBucket",
            principals=roots(perimeter, [addresses.development]),
            actions=["s3:GetBucketLocation"],
            resources=["{bucket}"],
            # Any of the team's: their roles by name would not fit, and where a bucket is is no secret.
            conditions=only(perimeter, [addresses.pipeline_role(team, "*")]),
        ),
    )


def requests_key(addresses: Addresses, team: str, models: Sequence[str], perimeter: Perimeter) -> tuple[Statement, ...]:
    """What the key's policy lets roles of other accounts do: decrypt, through S3 only."""
    accounts = {addresses.development, addresses.tooling} - {perimeter.account}
    if not accounts:
        return ()
    through = {"kms:ViaService": f"s3.{perimeter.region}.amazonaws.com"}
    roles = [role for model in models for role in _readers(addresses, team, model) if role.split(":")[4] in accounts]
    return (
        Statement(
            sid="PipelinesAndRetrainingDecryptRequests",
            principals=roots(perimeter, accounts),
            actions=["kms:Decrypt"],
            conditions=only(perimeter, roles, also=through),
        ),
    )


def _readers(addresses: Addresses, team: str, model: str) -> list[str]:
    return [addresses.pipeline_role(team, model), addresses.retrain_role(team, model)]
