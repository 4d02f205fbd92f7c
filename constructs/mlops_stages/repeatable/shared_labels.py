"""Both sides of reading a model's labels where its decisions are judged: what the data account lets in, and the role.

Whoever labels a model's decisions writes `labels/MODEL/yyyy/mm/dd/hh/*.jsonl`, by the hour in which they were
collected. The role that judges the model, in production, reads that folder and no other.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from mlops_stages.foundation import Perimeter, Statement, title_case
from mlops_stages.platform import Addresses, DataClassification
from mlops_stages.repeatable.data_names import LABELS, DataNames
from mlops_stages.repeatable.sharing import decrypt_through_s3, only, roots


@dataclass(frozen=True, kw_only=True)
class LabelledModel:
    """A model whose labels one role reads.

    Attributes:
        name: the model's name.
        classification: how sensitive its labels are: as its data.
        reader_account: the id of the account that the role is in.
        reader_role_arn: the role's ARN; it need not exist yet.
    """

    name: str
    classification: DataClassification
    reader_account: str
    reader_role_arn: str


def read_labels(
    addresses: Addresses, team: str, model: str, classification: DataClassification
) -> tuple[Statement, ...]:
    """The statements for the role that reads a model's labels, in whatever account.

    It lists before it reads: S3 says that an object is not there only to whoever may list the whole bucket, and
    refuses a request for one that is not. The key is that of all the team's data of the classification, so what it
    decrypts is narrowed by what it may read.

    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-walkthroughs-managing-access-example2.html
    """
    names = DataNames(addresses=addresses, team=team, classifications=[classification])
    (bucket,) = names.buckets
    return (
        Statement(
            sid="ListLabelsOfTheModel",
            actions=["s3:ListBucket"],
            resources=[bucket],
            conditions={"StringLike": {"s3:prefix": labels_of(model)}},
        ),
        Statement(
            sid="ReadLabelsOfTheModel",
            actions=["s3:GetObject"],
            resources=[f"{bucket}/{labels_of(model)}"],
            why="a folder for each hour, with files of any name",
        ),
        decrypt_through_s3("DecryptLabels", addresses, addresses.data, names.key_aliases),
    )


def labels_bucket(models: Sequence[LabelledModel], perimeter: Perimeter) -> tuple[Statement, ...]:
    """What the policy of the team's bucket lets the roles of other accounts do: each list and read its own model's."""
    return tuple(
        statement
        # Numbered: "card-1" and "card1" read alike without their hyphens.
        for number, model in enumerate(_elsewhere(models, perimeter), 1)
        for statement in (
            Statement(
                sid=f"ReadLabelsOf{title_case(model.name)}{number}",
                principals=roots(perimeter, [model.reader_account]),
                actions=["s3:GetObject"],
                resources=[f"{{bucket}}/{labels_of(model.name)}"],
                conditions=only(perimeter, [model.reader_role_arn]),
            ),
            Statement(
                sid=f"ListLabelsOf{title_case(model.name)}{number}",
                principals=roots(perimeter, [model.reader_account]),
                actions=["s3:ListBucket"],
                resources=["{bucket}"],
                conditions={
                    **only(perimeter, [model.reader_role_arn]),
                    "StringLike": {"s3:prefix": labels_of(model.name)},
                },
            ),
        )
    )


def labels_key(models: Sequence[LabelledModel], perimeter: Perimeter) -> tuple[Statement, ...]:
    """What the key's policy lets these roles do: decrypt, through S3 only."""
    readers = _elsewhere(models, perimeter)
    if not readers:
        return ()
    through = {"kms:ViaService": f"s3.{perimeter.region}.amazonaws.com"}
    return (
        Statement(
            sid="WhoJudgesModelsDecryptsLabels",
            principals=roots(perimeter, [model.reader_account for model in readers]),
            actions=["kms:Decrypt"],
            conditions=only(perimeter, [model.reader_role_arn for model in readers], also=through),
        ),
    )


def labels_of(model: str) -> str:
    """The pattern of the keys of a model's labels."""
    return f"{labels_prefix(model)}/*"


def labels_prefix(model: str) -> str:
    """The folder of a model's labels, without a slash at its end."""
    return f"{LABELS}/{model}"


def _elsewhere(models: Sequence[LabelledModel], perimeter: Perimeter) -> list[LabelledModel]:
    """Those read from another account, by name; in the data account itself, the role's own policy decides."""
    readers = (model for model in models if model.reader_account != perimeter.account)
    return sorted(readers, key=lambda model: model.name)
