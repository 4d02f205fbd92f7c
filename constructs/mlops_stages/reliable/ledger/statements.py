"""Who may do what with the ledger and its heads, on both sides of an account's border."""

from collections.abc import Sequence

from mlops_stages.foundation import Perimeter, Statement, title_case
from mlops_stages.platform import Addresses
from mlops_stages.repeatable.sharing import only, roots
from mlops_stages.runtime.ledger.heads import HEADS
from mlops_stages.runtime.ledger.records import EVENTS, RECORDS

LIST = ("s3:ListBucket", "s3:ListBucketVersions")
"""Versions and delete markers, too: what a plain listing hides is what a check is for."""
READ = ("s3:GetObject", "s3:GetObjectVersion")
READ_LOCKS = ("s3:GetObjectRetention",)
READ_SETTINGS = (
    "s3:GetBucketObjectLockConfiguration",
    "s3:GetBucketPolicy",
    "s3:GetBucketVersioning",
)
READ_PUBLIC_KEY = ("kms:DescribeKey", "kms:GetPublicKey")


def _through(perimeter: Perimeter, *services: str) -> dict[str, list[str] | str]:
    names = [f"{service}.{perimeter.region}.amazonaws.com" for service in services]
    return {"kms:ViaService": names[0] if len(names) == 1 else names}


def send_to_ledger(addresses: Addresses, team: str, model: str) -> tuple[Statement, ...]:
    """What a model's promotion, or its retraining, must be allowed, to send records to the model's own queue."""
    return (
        Statement(
            sid="SendRecordsOfTheModel",
            actions=["sqs:SendMessage"],
            resources=[addresses.ledger_queue(team, model)],
        ),
        Statement(
            sid="EncryptRecordsOnTheirWay",
            actions=["kms:Decrypt", "kms:GenerateDataKey"],
            resources=[addresses.keys(addresses.ledger_account)],
            conditions={
                "ForAnyValue:StringEquals": {"kms:ResourceAliases": [addresses.ledger_key_alias]},
                "StringEquals": {"kms:ViaService": f"sqs.{addresses.region}.amazonaws.com"},
            },
            why="a key of another account has an id that nobody here knows; its alias names it",
        ),
    )


def write_ledger(addresses: Addresses, perimeter: Perimeter, key_arn: str) -> tuple[Statement, ...]:
    """What the writer does: take messages off the queues of models, and add records."""
    bucket = addresses.bucket_arn(addresses.ledger_bucket)
    queues = (addresses.ledger_queue_name("*", "*"), addresses.ledger_failed_queue_name("*", "*"))
    return (
        Statement(
            sid="TakeMessagesOffTheQueuesOfModels",
            actions=[
                "sqs:ChangeMessageVisibility",
                "sqs:DeleteMessage",
                "sqs:GetQueueAttributes",
                "sqs:ReceiveMessage",
            ],
            resources=[perimeter.arn("sqs", name) for name in queues],
            why="the queues of every model, those that come later included; each queue's policy names this role",
        ),
        Statement(sid="FindTheEndOfALedger", actions=LIST, resources=[bucket]),
        Statement(
            sid="ReadRecords",
            actions=READ,
            resources=[f"{bucket}/{prefix}/*" for prefix in (RECORDS, EVENTS)],
            why="the records of every model: the next one names the bytes of the last",
        ),
        Statement(
            sid="AddRecords",
            actions=["s3:PutObject"],
            resources=[f"{bucket}/{prefix}/*" for prefix in (RECORDS, EVENTS)],
            why="the records of every model; the bucket's policy refuses to write over one",
        ),
        Statement(
            sid="UseTheKeyOfTheLedger",
            actions=["kms:Decrypt", "kms:GenerateDataKey"],
            resources=[key_arn],
            conditions={"StringEquals": _through(perimeter, "s3", "sqs")},
        ),
    )


def sign_heads(addresses: Addresses, perimeter: Perimeter, key_arn: str, signing_key_arn: str) -> tuple[Statement, ...]:
    """What the signer does: read the ledger, sign its heads, and add them to their bucket."""
    heads = addresses.bucket_arn(addresses.heads_bucket)
    return (
        *_read_ledger(addresses, READ),
        Statement(sid="FindTheLastHead", actions=LIST, resources=[heads]),
        Statement(
            sid="ReadHeads",
            actions=READ,
            resources=[f"{heads}/{HEADS}/*"],
            why="the heads of every model's ledger: the next one names the bytes of the last",
        ),
        Statement(
            sid="AddHeads",
            actions=["s3:PutObject"],
            resources=[f"{heads}/{HEADS}/*"],
            why="the heads of every model's ledger; the bucket's policy refuses to write over one",
        ),
        Statement(
            sid="UseTheKeyOfTheHeads",
            actions=["kms:Decrypt", "kms:GenerateDataKey"],
            resources=[key_arn],
            conditions={"StringEquals": _through(perimeter, "s3")},
        ),
        Statement(
            sid="SignHeads",
            actions=["kms:Sign"],
            resources=[signing_key_arn],
            conditions={"StringEquals": {"kms:SigningAlgorithm": "ECDSA_SHA_256"}},
        ),
    )


def audit_ledger(addresses: Addresses) -> tuple[Statement, ...]:
    """What an auditor does: read records, heads, their locks and the public key; in whichever account they are."""
    ledger, heads = (addresses.bucket_arn(name) for name in (addresses.ledger_bucket, addresses.heads_bucket))
    return (
        *_read_ledger(addresses, (*READ, *READ_LOCKS)),
        Statement(sid="ListHeads", actions=LIST, resources=[heads]),
        Statement(
            sid="ReadHeads",
            actions=(*READ, *READ_LOCKS),
            resources=[f"{heads}/{HEADS}/*"],
            why="the heads of every model's ledger",
        ),
        Statement(sid="ReadHowTheBucketsAreSet", actions=READ_SETTINGS, resources=[ledger, heads]),
        Statement(
            sid="DecryptHeads",
            actions=["kms:Decrypt"],
            resources=[addresses.keys(addresses.heads_account)],
            conditions={
                "ForAnyValue:StringEquals": {"kms:ResourceAliases": [addresses.heads_key_alias]},
                "StringEquals": {"kms:ViaService": f"s3.{addresses.region}.amazonaws.com"},
            },
            why="a key of another account has an id that nobody here knows; its alias names it",
        ),
        Statement(
            sid="ReadThePublicKeyOfTheSigner",
            actions=READ_PUBLIC_KEY,
            resources=[addresses.keys(addresses.heads_account)],
            conditions={"ForAnyValue:StringEquals": {"kms:ResourceAliases": [addresses.signing_key_alias]}},
            why="a key of another account has an id that nobody here knows; its alias names it",
        ),
    )


def _read_ledger(addresses: Addresses, actions: Sequence[str]) -> tuple[Statement, ...]:
    bucket = addresses.bucket_arn(addresses.ledger_bucket)
    return (
        Statement(sid="ListLedgers", actions=LIST, resources=[bucket]),
        Statement(
            sid="ReadLedgers",
            actions=actions,
            resources=[f"{bucket}/{prefix}/*" for prefix in (RECORDS, EVENTS)],
            why="the ledger of every model",
        ),
        Statement(
            sid="DecryptLedgers",
            actions=["kms:Decrypt"],
            resources=[addresses.keys(addresses.ledger_account)],
            conditions={
                "ForAnyValue:StringEquals": {"kms:ResourceAliases": [addresses.ledger_key_alias]},
                "StringEquals": {"kms:ViaService": f"s3.{addresses.region}.amazonaws.com"},
            },
            why="a key of another account has an id that nobody here knows; its alias names it",
        ),
    )


def lets_read(role_arn: str, perimeter: Perimeter, *, prefixes: Sequence[str]) -> tuple[Statement, ...]:
    """What a bucket's policy says to let a role read, of whichever account; `{bucket}` stands for its ARN."""
    who, conditions = roots(perimeter, [role_arn.split(":")[4]]), only(perimeter, [role_arn])
    name = title_case(role_arn.rsplit(".", 1)[-1])
    return (
        Statement(sid=f"List{name}", principals=who, actions=LIST, resources=["{bucket}"], conditions=conditions),
        Statement(
            sid=f"Read{name}",
            principals=who,
            actions=(*READ, *READ_LOCKS),
            resources=[f"{{bucket}}/{prefix}/*" for prefix in prefixes],
            conditions=conditions,
        ),
        Statement(
            sid=f"ReadSettings{name}",
            principals=who,
            actions=READ_SETTINGS,
            resources=["{bucket}"],
            conditions=conditions,
        ),
    )


def lets_decrypt(role_arn: str, perimeter: Perimeter) -> Statement:
    """What a key's policy says to let a role decrypt through S3, of whichever account."""
    name = title_case(role_arn.rsplit(".", 1)[-1])
    through = {"kms:ViaService": f"s3.{perimeter.region}.amazonaws.com"}
    return Statement(
        sid=f"DecryptThroughS3{name}",
        principals=roots(perimeter, [role_arn.split(":")[4]]),
        actions=["kms:Decrypt"],
        conditions=only(perimeter, [role_arn], also=through),
    )


def deny_ending_the_key(deployed_by: Sequence[str]) -> Statement:
    """What a key's policy says so that nobody makes what is under it unreadable, or unverifiable.

    Who deploys is let through: a create that fails must be able to take the key back.
    """
    return Statement(
        sid="DenyEndingTheKey",
        effect="Deny",
        principals="*",
        actions=["kms:DisableKey", "kms:ScheduleKeyDeletion"],
        conditions={"ArnNotEquals": {"aws:PrincipalArn": list(deployed_by)}},
    )
