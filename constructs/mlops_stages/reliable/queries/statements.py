"""What it takes to query one model's tables by Athena, and what Athena needs to keep the results."""

from collections.abc import Mapping

from mlops_stages.foundation import Perimeter, Statement
from mlops_stages.reliable.served_model import ServedModel
from mlops_stages.runtime.decisions.hours import DECISIONS
from mlops_stages.runtime.labels.source import LABELS
from mlops_stages.runtime.monitor_runs.days import MONITORS

_THROUGH_ATHENA = {"ForAnyValue:StringEquals": {"aws:CalledVia": "athena.amazonaws.com"}}


def query_decisions(served: ServedModel, bucket_name: str, data_key_arn: str) -> tuple[Statement, ...]:
    """Run queries in the model's workgroup; rows, and only rows, are read through Athena alone.

    Sources: https://docs.aws.amazon.com/athena/latest/ug/example-policies-workgroup.html,
    https://docs.aws.amazon.com/athena/latest/ug/fine-grained-access-to-glue-resources.html,
    https://docs.aws.amazon.com/athena/latest/ug/security-iam-athena-calledvia.html
    """
    perimeter, addresses = served.perimeter, served.addresses
    database = addresses.tables_name(served.model, served.environment)
    store = f"arn:{perimeter.partition}:s3:::{bucket_name}"
    own = [f"{folder}/endpoint={served.endpoint_name}/*" for folder in (DECISIONS, LABELS, MONITORS)]
    return (
        Statement(
            sid="RunQueriesInOneWorkgroup",
            actions=[
                "athena:GetQueryExecution",
                "athena:GetQueryResults",
                "athena:GetQueryResultsStream",
                "athena:GetWorkGroup",
                "athena:StartQueryExecution",
                "athena:StopQueryExecution",
            ],
            resources=[
                perimeter.arn("athena", f"workgroup/{addresses.queries_name(served.model, served.environment)}")
            ],
        ),
        Statement(
            sid="SeeTables",
            actions=[
                "glue:GetDatabase",
                "glue:GetPartition",
                "glue:GetPartitions",
                "glue:GetTable",
                "glue:GetTables",
            ],
            resources=[
                perimeter.arn("glue", each) for each in ("catalog", f"database/{database}", f"table/{database}/*")
            ],
            why="the database is the model's own, and so is each table in it",
        ),
        Statement(
            # Athena looks for it by itself, whatever database a query names.
            sid="SeeTheDefaultDatabase",
            actions=["glue:GetDatabase"],
            resources=[perimeter.arn("glue", "database/default")],
        ),
        Statement(
            sid="ReadRowsThroughAthena",
            actions=["s3:GetObject"],
            resources=[f"{store}/{each}" for each in own],
            conditions=_THROUGH_ATHENA,
            why="a folder for each variant, day and hour",
        ),
        Statement(
            sid="ListRowsThroughAthena",
            actions=["s3:ListBucket"],
            resources=[store],
            conditions={"StringLike": {"s3:prefix": own}, **_THROUGH_ATHENA},
        ),
        Statement(sid="SeeWhereTheBucketIs", actions=["s3:GetBucketLocation"], resources=[store]),
        Statement(
            sid="DecryptRows",
            actions=["kms:Decrypt"],
            resources=[data_key_arn],
            conditions={
                "StringEquals": {"kms:ViaService": f"s3.{perimeter.region}.amazonaws.com"},
                **_THROUGH_ATHENA,
            },
        ),
        Statement(
            sid="EncryptResults",
            actions=["kms:Decrypt", "kms:GenerateDataKey"],
            resources=[data_key_arn],
            conditions={"StringEquals": {"kms:ViaService": f"athena.{perimeter.region}.amazonaws.com"}},
        ),
    )


def keep_results(perimeter: Perimeter, analysts: Mapping[str, str]) -> tuple[Statement, ...]:
    """A key's statements: Athena keeps the results of some workgroups under it, and gives them to their analysts alone.

    By `analysts`, the ARN of the role of each workgroup's.

    Source: https://docs.aws.amazon.com/athena/latest/ug/managed-results.html
    """
    arns = [perimeter.arn("athena", f"workgroup/{each}") for each in analysts]
    athena = {"Service": ["encryption.athena.amazonaws.com"]}
    ours = {"StringEquals": {"aws:SourceAccount": perimeter.account}}
    return (
        Statement(
            sid="AnalystsUseItThroughAthena",
            principals={"AWS": [perimeter.root]},
            actions=["kms:Decrypt", "kms:GenerateDataKey"],
            conditions={
                "StringEquals": {
                    "kms:CallerAccount": perimeter.account,
                    "kms:ViaService": f"athena.{perimeter.region}.amazonaws.com",
                },
                "ArnEquals": {"aws:PrincipalArn": list(analysts.values())},
            },
        ),
        Statement(
            sid="AthenaKeepsResultsOfOurWorkgroups",
            principals=athena,
            actions=["kms:Decrypt", "kms:GenerateDataKey"],
            conditions={"ArnEquals": {"aws:SourceArn": arns, "kms:EncryptionContext:aws:athena:arn": arns}, **ours},
        ),
        Statement(
            # Which has no encryption context.
            sid="AthenaSeesTheKeyForOurWorkgroups",
            principals=athena,
            actions=["kms:DescribeKey"],
            conditions={"ArnEquals": {"aws:SourceArn": arns}, **ours},
        ),
    )
