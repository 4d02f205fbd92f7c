"""What a team's code becomes on its way to production: step scripts, models, evaluations."""

from collections.abc import Iterator, Sequence

from aws_cdk import aws_s3 as s3
from constructs import Construct

from mlops_stages.foundation import CustomerManagedKey, Lifecycle, Perimeter, RetainedBucket, Statement, title_case
from mlops_stages.foundation.customer_managed_key import DECRYPT, ENCRYPT_AND_DECRYPT
from mlops_stages.platform import Addresses
from mlops_stages.repeatable.sharing import only, refuse_unnamed_readers, roots, serving_roles

CODE, MODELS, EVALUATIONS = "code", "models", "evaluations"
"""The bucket's prefixes: what CI uploads, what pipelines make, and how good it is."""

READ_OBJECTS = ("s3:GetObject", "s3:GetObjectVersion")
WRITE_OBJECTS = ("s3:AbortMultipartUpload", "s3:ListMultipartUploadParts", "s3:PutObject")
"""Without deletion: what a registered model names stays."""
LIST = ("s3:GetBucketLocation", "s3:ListBucket")
PRODUCTION = "production"
"""The environment in which models are judged."""


class ArtifactStore(Construct):
    """A team's bucket and key in the tooling account, with names that the other accounts know.

    CI writes `code/`, each object once, which data jobs and pipelines read; a model's pipeline writes its own part
    of `models/` and `evaluations/`; the roles that serve models read `models/`, and those that judge a model
    read its `evaluations/`. Whoever else may write by a policy of their own is refused by
    the bucket's. Nobody deletes, and no version ever expires: a version in the registry names them.

    SageMaker writes models and evaluations without saying that it replaces nothing, so that S3 cannot refuse it to
    replace: each run has paths of its own, what was replaced stays as a version, and readers compare the digests.

    Sources: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html,
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-walkthroughs-managing-access-example2.html
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
        readers: Sequence[str],
        access_log_bucket: s3.IBucket,
        compared: Sequence[str] = (),
    ) -> None:
        """Create the key and the bucket.

        Args:
            scope: the parent.
            id: the construct's id in it.
            perimeter: the tooling account and its organization.
            addresses: the platform's names.
            team: whose store it is.
            models: names of the team's models, each with a pipeline that writes.
            readers: ids of the accounts that run models.
            access_log_bucket: where S3 writes who asked for what.
            compared: those of the models whose decisions are compared with baselines, or whose candidates are judged: a
                role in production reads their evaluations.

        Raises:
            ValueError: `REP-038` for readers that the addresses name neither staging nor production.
        """
        refuse_unnamed_readers(id, addresses, readers)
        super().__init__(scope, id)
        alias = addresses.artifacts_key_alias(team)
        self.key = CustomerManagedKey(
            self,
            "Key",
            perimeter=perimeter,
            alias=alias.removeprefix("alias/"),
            description=f"Code, images, models and evaluations of team {team}",
            via=["s3", "ecr"],
            statements=_key_statements(perimeter, addresses, team, readers, compared),
        )
        self.bucket = RetainedBucket(
            self,
            "Bucket",
            key=self.key,
            perimeter=perimeter,
            access_log_bucket=access_log_bucket,
            name=addresses.artifacts_bucket(team),
            key_names=[addresses.key_alias_arn(perimeter.account, alias)],
            lifecycle=Lifecycle(noncurrent_days=None),
            statements=_bucket_statements(perimeter, addresses, team, models, readers, compared),
        )


def _key_statements(
    perimeter: Perimeter, addresses: Addresses, team: str, readers: Sequence[str], compared: Sequence[str]
) -> list[Statement]:
    """Other accounts use the key through S3 only; what they may reach there, the bucket's policy says."""
    through_s3 = {"kms:ViaService": f"s3.{perimeter.region}.amazonaws.com"}
    team_roles = [addresses.team_roles(addresses.development, team)]
    statements: list[Statement] = []
    if addresses.development != perimeter.account:
        development = roots(perimeter, [addresses.development])
        statements = [
            Statement(
                sid="TheTeamsRolesInDevelopmentUseItThroughS3",
                principals=development,
                actions=ENCRYPT_AND_DECRYPT,
                conditions=only(perimeter, team_roles, also=through_s3),
            ),
            Statement(
                sid="TheTeamsRolesInDevelopmentLookItUp",
                principals=development,
                actions=["kms:DescribeKey"],
                conditions=only(perimeter, team_roles),
            ),
        ]
    if addresses.data != perimeter.account:
        statements.append(
            Statement(
                sid="DataJobsDecryptTheCodeThroughS3",
                principals=roots(perimeter, [addresses.data]),
                actions=["kms:Decrypt"],
                conditions=only(perimeter, [addresses.data_jobs_roles(team)], also=through_s3),
            )
        )
    others = sorted({*readers} - {perimeter.account})
    if others:
        statements.append(
            Statement(
                sid="RolesThatServeDecryptThroughS3",
                principals=roots(perimeter, others),
                actions=DECRYPT,
                conditions=only(perimeter, serving_roles(addresses, others, team, "*"), also=through_s3),
            )
        )
    if compared and addresses.production != perimeter.account:
        statements.append(
            Statement(
                sid="RolesThatJudgeDecryptThroughS3",
                principals=roots(perimeter, [addresses.account_of(PRODUCTION)]),
                actions=["kms:Decrypt"],
                conditions=only(perimeter, [_judge(addresses, team, model) for model in compared], also=through_s3),
            )
        )
    return statements


def _judge(addresses: Addresses, team: str, model: str) -> str:
    return addresses.monitor_role(team, model, PRODUCTION)


def _bucket_statements(
    perimeter: Perimeter,
    addresses: Addresses,
    team: str,
    models: Sequence[str],
    readers: Sequence[str],
    compared: Sequence[str],
) -> list[Statement]:
    development = roots(perimeter, [addresses.development])
    team_roles = [addresses.team_roles(addresses.development, team)]
    made = [f"{{bucket}}/{prefix}/*" for prefix in (MODELS, EVALUATIONS)]
    statements = [
        Statement(
            sid="TheTeamsRolesInDevelopmentList",
            principals=development,
            actions=LIST,
            resources=["{bucket}"],
            conditions=only(perimeter, team_roles),
        ),
        Statement(
            sid="TheTeamsRolesInDevelopmentRead",
            principals=development,
            actions=READ_OBJECTS,
            resources=[f"{{bucket}}/{CODE}/*", *made],
            conditions=only(perimeter, team_roles),
        ),
    ]
    data = roots(perimeter, [addresses.data])
    statements += [
        Statement(
            sid="DataJobsReadTheCode",
            principals=data,
            actions=READ_OBJECTS,
            resources=[f"{{bucket}}/{CODE}/*"],
            conditions=only(perimeter, [addresses.data_jobs_roles(team)]),
        ),
        Statement(
            sid="DataJobsListTheCode",
            principals=data,
            actions=["s3:ListBucket"],
            resources=["{bucket}"],
            conditions={
                **only(perimeter, [addresses.data_jobs_roles(team)]),
                "StringLike": {"s3:prefix": [f"{CODE}/*"]},
            },
        ),
        Statement(
            sid="DataJobsFindTheBucket",
            principals=data,
            actions=["s3:GetBucketLocation"],
            resources=["{bucket}"],
            conditions=only(perimeter, [addresses.data_jobs_roles(team)]),
        ),
    ]
    statements += [
        Statement(
            # Numbered: "card-1" and "card1" read alike without their hyphens.
            sid=f"Pipeline{number}Of{title_case(model)}WritesItsPart",
            principals=development,
            actions=WRITE_OBJECTS,
            resources=[f"{{bucket}}/{prefix}/{model}/*" for prefix in (MODELS, EVALUATIONS)],
            conditions=only(perimeter, [addresses.pipeline_role(team, model)]),
        )
        for number, model in enumerate(models, 1)
    ]
    if readers:
        who, serving = roots(perimeter, readers), serving_roles(addresses, readers, team, "*")
        statements += [
            Statement(
                sid="RolesThatServeList",
                principals=who,
                actions=LIST,
                resources=["{bucket}"],
                conditions=only(perimeter, serving),
            ),
            Statement(
                sid="RolesThatServeReadModels",
                principals=who,
                actions=READ_OBJECTS,
                resources=[f"{{bucket}}/{MODELS}/*"],
                conditions=only(perimeter, serving),
            ),
        ]
    statements += [
        Statement(
            sid=f"JudgeOf{title_case(model)}{number}ReadsEvaluations",
            principals=roots(perimeter, [addresses.account_of(PRODUCTION)]),
            actions=["s3:GetObject"],
            resources=[f"{{bucket}}/{EVALUATIONS}/{model}/*"],
            conditions=only(perimeter, [_judge(addresses, team, model)]),
        )
        for number, model in enumerate(compared, 1)
    ]
    return [*statements, *_written_once(addresses, team, models)]


def _written_once(addresses: Addresses, team: str, models: Sequence[str]) -> Iterator[Statement]:
    """Refuse to everybody to write but by the role that makes it, to replace code, and to delete."""
    yield Statement(
        sid="DenyReplacingCode",
        effect="Deny",
        principals="*",
        actions=["s3:PutObject"],
        resources=[f"{{bucket}}/{CODE}/*"],
        # The parts of an upload cannot carry the header; the request that completes it can.
        conditions={"Null": {"s3:if-none-match": "true"}, "Bool": {"s3:ObjectCreationOperation": "true"}},
    )
    yield Statement(
        sid="DenyCodeButFromCi",
        effect="Deny",
        principals="*",
        actions=["s3:PutObject"],
        resources=[f"{{bucket}}/{CODE}/*"],
        conditions={"ArnNotEquals": {"aws:PrincipalArn": addresses.ci_role(team)}},
    )
    for number, model in enumerate(models, 1):
        yield Statement(
            sid=f"Deny{title_case(model)}ButFromItsPipeline{number}",
            effect="Deny",
            principals="*",
            actions=["s3:PutObject"],
            resources=[f"{{bucket}}/{prefix}/{model}/*" for prefix in (MODELS, EVALUATIONS)],
            conditions={"ArnNotEquals": {"aws:PrincipalArn": addresses.pipeline_role(team, model)}},
        )
    yield Statement(
        sid="DenyDeletion",
        effect="Deny",
        principals="*",
        actions=["s3:DeleteObject", "s3:DeleteObjectVersion"],
        resources=["{bucket}/*"],
    )
