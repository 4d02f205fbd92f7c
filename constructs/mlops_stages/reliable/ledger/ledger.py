"""The account's part of the ledger: the bucket that keeps every model's records, and the function that adds them."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from constructs import Construct

from mlops_stages.foundation import (
    CustomerManagedKey,
    DutyRole,
    EncryptedLogGroup,
    FunctionCode,
    LambdaFunction,
    Perimeter,
    SignIn,
    Statement,
    actions_of,
    people_of,
    run_functions,
    trust_in_lambda,
)
from mlops_stages.initial.account_baseline import AccountBaseline, GivenFromOutside
from mlops_stages.platform import Addresses
from mlops_stages.reliable.ledger.statements import (
    audit_ledger,
    deny_ending_the_key,
    lets_decrypt,
    lets_read,
    sign_heads,
    write_ledger,
)
from mlops_stages.reliable.ledger.telling import tell_of_changes_to_the_bucket, tell_of_changes_to_the_key
from mlops_stages.reliable.ledger.written_once_bucket import WrittenOnceBucket
from mlops_stages.reliable.metric_alarm import tell_when
from mlops_stages.repeatable.sharing import only, refuse_sharing_at_large, roots
from mlops_stages.runtime import ledger as runtime
from mlops_stages.runtime.ledger.keeping import RETENTION_YEARS
from mlops_stages.runtime.ledger.records import EVENTS, RECORDS
from mlops_stages.runtime.ledger.writer import BUCKET, ONE_APPROVAL

CODE = FunctionCode(paths=[Path(runtime.__file__).parent])
"""Of the writer and the signer: the ledger's own code and nothing else."""

WRITER_SECONDS = 60
NOT_ASYNCHRONOUS = "Lambda itself calls it, with messages of queues; what fails every time goes to a queue for that."
CHANGES_OF_KEYS = (
    "CreateGrant",
    "DisableKey",
    "PutKeyPolicy",
    "ScheduleKeyDeletion",
)
EVERY_ACCOUNT = ("logs:CreateLogStream", "logs:PutLogEvents", "sts:GetCallerIdentity")
"""What a trail writes, and what every SDK asks."""


def actions_in_use() -> tuple[str, ...]:
    """Every action that a role of the ledger or its heads may use: the list of either's boundary."""
    nowhere = Perimeter(partition="", account="", region="")
    names = Addresses(
        platform="",
        partition="",
        region="",
        experimentation="",
        development="",
        tooling="",
        data="",
        production="",
    )
    used = [
        *run_functions(nowhere, [""], log_group_arn="", key_arn=""),
        *write_ledger(names, nowhere, ""),
        *sign_heads(names, nowhere, "", ""),
        *audit_ledger(names),
        Statement(sid="CallTheSigner", actions=["lambda:InvokeFunction"]),
        Statement(sid="KeepWhatFailed", actions=["sqs:SendMessage"]),
    ]
    return tuple(sorted({*actions_of(used), *EVERY_ACCOUNT}))


class Ledger(Construct):
    """Bucket, key and writer of all ledgers of a platform; a model's queue comes on top (`ModelLedger`).

    In an account where those who release administer nothing, if the platform has one. The writer alone adds records,
    each once; the signer of another account and the auditors read them.

    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        owner: str,
        perimeter: Perimeter,
        addresses: Addresses,
        auditors: Sequence[str],
        sign_in: SignIn,
        deployed_by: Sequence[str],
        retention_years: int = RETENTION_YEARS,
        retrains: bool = False,
        one_approval: Mapping[str, Sequence[str]] | None = None,
        given: GivenFromOutside | None = None,
        with_audit_trail: bool = True,
    ) -> None:
        """Create the account's part of the ledger.

        Args:
            scope: the parent.
            id: the construct's id in it.
            owner: e-mail address of who is told when a record could not be written.
            perimeter: the ledger's account and its organization.
            addresses: the platform's names.
            auditors: e-mail addresses of who reads ledgers; without any, only administrators do.
            sign_in: how they come in.
            deployed_by: ARNs of the roles that may change the bucket itself, such as the bootstrap's for
                CloudFormation.
            retention_years: for which a record is locked. Nobody can shorten it afterwards.
            retrains: whether any model has a `ModelRetraining`, which sends what it rejects.
            one_approval: by class of risk the models, as TEAM/MODEL, whose retrained versions need no second approval;
                of no other model such a release is recorded.
            given: what exists already.
            with_audit_trail: false where the account has the platform's trail already, for another purpose.

        Raises:
            ValueError: `REL-060` for less than a year of retention, or nobody who deploys; `REP-037` for other
                accounts without an organization to narrow them to; `FND-051` for a sign-in from another account
                without one.
        """
        names = addresses
        others = [addresses.tooling, addresses.heads_account]
        refuse_sharing_at_large(id, perimeter, others)
        auditor_name = names.ledger_auditor_role.rsplit("/", 1)[-1]
        trust = people_of(auditor_name, names.platform, sign_in, sorted(set(auditors)), perimeter) if auditors else []
        super().__init__(scope, id)
        baseline = AccountBaseline(
            self,
            platform=names.platform,
            owner=owner,
            perimeter=perimeter,
            boundary_name=f"{names.platform}-ledger-boundary",
            operations_alias=f"{names.platform}/ledger/operations",
            actions=actions_in_use(),
            trail_name=f"{names.platform}-audit" if with_audit_trail else None,
            tells_of_calls=True,
            runs_functions=True,
            has_own_bucket=True,
            given=given,
        )
        self.alarm_topic = baseline.alarm_topic
        self.permissions_boundary_arn: str = baseline.permissions_boundary_arn
        readers = [names.ledger_signer_role, *([names.ledger_auditor_role] if auditors else [])]
        self.key = CustomerManagedKey(
            self,
            "Key",
            perimeter=perimeter,
            alias=names.ledger_key_alias.removeprefix("alias/"),
            description="Records of the ledger, and messages on their way to it",
            via=["s3", "sqs"],
            statements=[
                Statement(
                    sid="PromotionsEncryptWhatTheySend",
                    principals=roots(perimeter, [names.tooling]),
                    actions=["kms:Decrypt", "kms:GenerateDataKey"],
                    conditions=only(
                        perimeter,
                        [names.promote_roles(), *([names.retrain_roles()] if retrains else [])],
                        also={"kms:ViaService": f"sqs.{perimeter.region}.amazonaws.com"},
                    ),
                ),
                *(lets_decrypt(role, perimeter) for role in readers),
                deny_ending_the_key(deployed_by),
            ],
        )
        self.bucket = WrittenOnceBucket(
            self,
            "Bucket",
            name=names.ledger_bucket,
            key=self.key,
            perimeter=perimeter,
            access_log_bucket=baseline.access_log_bucket,
            writer_role_arn=names.ledger_writer_role,
            deployed_by=deployed_by,
            retention_years=retention_years,
            statements=[each for role in readers for each in lets_read(role, perimeter, prefixes=[RECORDS, EVENTS])],
        )
        self._writer(perimeter, names, baseline, one_approval or {})
        if auditors:
            DutyRole(
                self,
                "Auditor",
                platform=names.platform,
                team="platform",
                name=auditor_name,
                description="Reads every model's ledger and its signed heads",
                trust=trust,
                statements=audit_ledger(names),
                permissions_boundary_arn=baseline.permissions_boundary_arn,
            )
        tell_of_changes_to_the_bucket(
            self,
            "BucketChanged",
            name=f"{names.platform}-ledger-bucket-changed",
            bucket=names.ledger_bucket,
            topic_arn=self.alarm_topic.topic_arn,
        )
        tell_of_changes_to_the_key(
            self,
            "KeyChanged",
            name=f"{names.platform}-ledger-key-changed",
            key_arn=self.key.key_arn,
            whose="of the ledger",
            calls=CHANGES_OF_KEYS,
            topic_arn=self.alarm_topic.topic_arn,
        )
        baseline.start_trail_after_the_rest()

    def _writer(
        self,
        perimeter: Perimeter,
        names: Addresses,
        baseline: AccountBaseline,
        one_approval: Mapping[str, Sequence[str]],
    ) -> None:
        told = json.dumps({risk: sorted(models) for risk, models in one_approval.items()}, sort_keys=True)
        logs = EncryptedLogGroup(self, "WriterLogs", key=baseline.operations_key)
        operations_key_arn = baseline.operations_key.key_arn
        role = DutyRole(
            self,
            "WriterRole",
            platform=names.platform,
            team="platform",
            name=names.ledger_writer_role.rsplit("/", 1)[-1],
            description="Adds records to the ledger",
            trust=[trust_in_lambda(perimeter)],
            statements=[
                *run_functions(
                    perimeter,
                    [names.ledger_writer_name],
                    log_group_arn=logs.log_group_arn,
                    key_arn=operations_key_arn,
                ),
                *write_ledger(names, perimeter, self.key.key_arn),
            ],
            permissions_boundary_arn=baseline.permissions_boundary_arn,
        )
        self.writer = LambdaFunction(
            self,
            "Writer",
            name=names.ledger_writer_name,
            description="Adds records to the ledgers of models, one after the other",
            code=CODE.placed(self),
            handler="ledger.writer.handler",
            role_arn=role.role_arn,
            log_group=logs,
            key_arn=operations_key_arn,
            environment={BUCKET: names.ledger_bucket, **({ONE_APPROVAL: told} if one_approval else {})},
            never_called_asynchronously=NOT_ASYNCHRONOUS,
            timeout_seconds=WRITER_SECONDS,
        )
        self.writer.resource.node.add_dependency(self.bucket.policy)
        tell_when(
            self,
            "WriterFails",
            name=f"{names.platform}-ledger-writer-fails",
            why="The ledger's writer failed as a whole: its log says why. Messages are tried again, then kept.",
            metric=("AWS/Lambda", "Errors"),
            dimensions={"FunctionName": self.writer.name},
            tells=baseline.alarm_topic.topic_arn,
        )
