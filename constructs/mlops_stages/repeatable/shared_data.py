"""Both sides of sharing a team's data: what the data account lets in, and what a role elsewhere must be allowed.

Read-only, for roles of the same team. Development sees all classifications, experimentation all but `restricted`.
"""

from collections.abc import Sequence

from mlops_stages.foundation import Perimeter, Statement
from mlops_stages.platform import Addresses, DataClassification
from mlops_stages.repeatable.data_names import SHARED, DataNames
from mlops_stages.repeatable.sharing import only, roots

OBJECTS = ("s3:GetObject", "s3:GetObjectVersion")
LISTS = ("s3:ListBucket", "s3:ListBucketVersions")
DECRYPT = ("kms:Decrypt", "kms:DescribeKey")
READ_FEATURES = (
    "sagemaker:BatchGetRecord",
    "sagemaker:DescribeFeatureGroup",
    "sagemaker:DescribeFeatureMetadata",
    "sagemaker:GetRecord",
)
"""What AWSRAMPermissionSageMakerFeatureGroupReadOnly lets another account do.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-cross-account-access.html
"""


def readers(addresses: Addresses, classification: DataClassification) -> tuple[str, ...]:
    """The other accounts that read the shared data of a classification; none where all purposes share one account."""
    accounts = {addresses.development}
    if classification < DataClassification.RESTRICTED:
        accounts.add(addresses.experimentation)
    return tuple(sorted(accounts - {addresses.data}))


def read_shared_data(
    addresses: Addresses, team: str, classifications: Sequence[DataClassification]
) -> tuple[Statement, ...]:
    """The statements for a role of the team, in whatever account, that reads its shared data of some classifications.

    They cover the current object and each older version, and the records of feature groups. The data account's own
    policies decide the same again. The catalog is not among them: it does not leave the data account
    (docs/decisions/bucket-policies-share-the-data.md).

    Sources: https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-walkthroughs-managing-access-example2.html,
    https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-resource-aliases
    """
    names = DataNames(addresses=addresses, team=team, classifications=classifications)
    if not names.buckets:
        return ()
    return (
        Statement(
            sid="ReadSharedDataOfTheTeam",
            actions=OBJECTS,
            resources=names.objects(SHARED),
            why="the objects of this team's own buckets, in the zones that are shared",
        ),
        Statement(
            sid="ListSharedDataOfTheTeam",
            actions=LISTS,
            resources=names.buckets,
            conditions={"StringLike": {"s3:prefix": [f"{zone}/*" for zone in SHARED]}},
        ),
        Statement(sid="FindTheBucketsOfTheTeam", actions=["s3:GetBucketLocation"], resources=names.buckets),
        Statement(
            sid="DecryptSharedDataOfTheTeam",
            actions=DECRYPT,
            resources=[addresses.keys(addresses.data)],
            conditions={"ForAnyValue:StringEquals": {"kms:ResourceAliases": names.key_aliases}},
            why="a key of another account has an id that nobody here knows; its alias names it",
        ),
        Statement(
            sid="ReadFeaturesOfTheTeam",
            actions=READ_FEATURES,
            resources=[names.feature_groups],
            why="the feature groups whose names start with the team; those of other classifications stay encrypted",
        ),
    )


def shared_bucket(
    addresses: Addresses, team: str, classification: DataClassification, perimeter: Perimeter
) -> tuple[Statement, ...]:
    """What the policy of the team's bucket lets other accounts do: read the shared zones."""
    accounts = readers(addresses, classification)
    if not accounts:
        return ()
    who, roles = roots(perimeter, accounts), [addresses.team_roles(account, team) for account in accounts]
    return (
        Statement(
            sid="RolesOfTheTeamReadWhatIsShared",
            principals=who,
            actions=OBJECTS,
            resources=[f"{{bucket}}/{zone}/*" for zone in SHARED],
            conditions=only(perimeter, roles),
        ),
        Statement(
            sid="RolesOfTheTeamListWhatIsShared",
            principals=who,
            actions=LISTS,
            resources=["{bucket}"],
            conditions={
                **only(perimeter, roles),
                "StringLike": {"s3:prefix": [f"{zone}/*" for zone in SHARED]},
            },
        ),
        Statement(
            sid="RolesOfTheTeamFindTheBucket",
            principals=who,
            actions=["s3:GetBucketLocation"],
            resources=["{bucket}"],
            conditions=only(perimeter, roles),
        ),
    )


def shared_key(
    addresses: Addresses, team: str, classification: DataClassification, perimeter: Perimeter
) -> tuple[Statement, ...]:
    """What the key's policy lets other accounts do: decrypt, through S3 and the feature store only."""
    accounts = readers(addresses, classification)
    if not accounts:
        return ()
    roles = [addresses.team_roles(account, team) for account in accounts]
    conditions = only(perimeter, roles)
    through = [f"{service}.{perimeter.region}.amazonaws.com" for service in ("s3", "sagemaker")]
    equals = {**conditions.get("StringEquals", {}), "kms:ViaService": through}
    return (
        Statement(
            sid="RolesOfTheTeamDecryptFromOtherAccounts",
            principals=roots(perimeter, accounts),
            actions=["kms:Decrypt"],
            conditions={**conditions, "StringEquals": equals},
        ),
        Statement(
            sid="RolesOfTheTeamDescribeTheKey",
            principals=roots(perimeter, accounts),
            actions=["kms:DescribeKey"],
            conditions=conditions,
        ),
    )
