"""The ledgers' only writer: a Lambda function behind a FIFO queue for each model.

Team and model are those of the queue, never of a message: who may send for one model writes nothing for another. What
could not be written lies in a queue of the model's own, from which the function reads again when it is told to.

A model's retraining sends to the same queue as its promotion. It rejects, and decides nothing else: SQS says who has
sent a message, and no other record of retraining's is taken.

Of which models a version may be released without a second approval, the writer is told by its own stack, in an account
where those who release administer nothing: a promotion that was changed records no such release of another model.
"""

from __future__ import annotations

import json
import logging
import os
import re
from collections.abc import Mapping, Sequence
from typing import Any

from .codes import LedgerError
from .kinds import RELEASED_BY_RULE
from .ledger import Ledger
from .numbered import S3, client
from .records import read_entry
from .values import shown

LOG = logging.getLogger(__name__)
LOG.setLevel(logging.INFO)

_QUEUE = re.compile(
    r"arn:[a-z-]{1,20}:sqs:[a-z0-9-]{1,30}:[0-9]{12}:([a-z0-9]{1,12})_ledger(-failed)?_([a-z0-9-]{1,40})_([a-z0-9-]{1,40})\.fifo"
)

_REJECTED = "rejected"
BUCKET, ONE_APPROVAL = "LEDGER_BUCKET", "LEDGER_ONE_APPROVAL"
"""The variables: the bucket, and the models of each class of risk whose retrained versions need one approval."""

_ledgers: dict[tuple[str, str, str], Ledger] = {}
"""Kept while Lambda keeps this process: each knows where its end was."""


def queue_name(platform: str, team: str, model: str) -> str:
    """The name of a model's queue, which says whose it is: no part can hold an underscore."""
    return f"{platform}_ledger_{team}_{model}.fifo"


def retraining_session(platform: str, model: str) -> str:
    """The session under which a model's retraining sends: the name of its function."""
    return f"{platform}-{model}-retraining"


def handler(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    """Lambda's entry."""
    by_class = json.loads(os.environ.get(ONE_APPROVAL, "{}"))
    return handle(event, os.environ[BUCKET], _client(), _ledgers, by_class)


def handle(
    event: Mapping[str, Any],
    bucket: str,
    s3: S3,
    ledgers: dict[tuple[str, str, str], Ledger],
    by_class: Mapping[str, Sequence[str]] | None = None,
) -> dict[str, Any]:
    """Append the messages of a batch; return those that were not.

    After the first that fails, the rest of its group is left for later: the order holds. A message that fails every
    time goes to the dead-letter queue, and an alarm tells. What is read from there has lost its place already: one that
    fails again keeps none of the others. `by_class` names the models of each class of risk whose retrained versions
    need one approval.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
    """
    stopped: set[tuple[str, str]] = set()
    failed: list[dict[str, str]] = []
    for message in event["Records"]:
        identity = str(message["messageId"])
        group = (str(message["eventSourceARN"]), str(message["attributes"].get("MessageGroupId")))
        if group not in stopped:
            try:
                _append(message, group, bucket, s3, ledgers, by_class or {})
                continue
            except LedgerError as error:
                LOG.error("message %s is not recorded: %s", identity, error)
            except Exception:
                LOG.exception("message %s is not recorded: AWS failed, it is tried again", identity)
            if not _was_put_aside(group[0]):
                stopped.add(group)
        failed.append({"itemIdentifier": identity})
    return {"batchItemFailures": failed}


def _was_put_aside(source: str) -> bool:
    queue = _QUEUE.fullmatch(source)
    return queue is not None and queue[2] is not None


def _append(
    message: Mapping[str, Any],
    group: tuple[str, str],
    bucket: str,
    s3: S3,
    ledgers: dict[tuple[str, str, str], Ledger],
    by_class: Mapping[str, Sequence[str]],
) -> None:
    source, name = group
    queue = _QUEUE.fullmatch(source)
    if queue is None:
        raise LedgerError("LED-009", shown(source), "it is the queue of no model")
    platform, team, model = queue[1], queue[3], queue[4]
    if name != model:
        raise LedgerError("LED-009", f"{team}/{model}", f"its group is {shown(name)}, not the model's name")
    entry = read_entry(str(message["body"]).encode("utf-8", "surrogatepass"), f"{team}/{model}")
    if entry.kind != _REJECTED and _session(message) == retraining_session(platform, model):
        raise LedgerError("LED-010", f"{team}/{model}", f"the record is {shown(entry.kind)}")
    if entry.kind == RELEASED_BY_RULE and f"{team}/{model}" not in by_class.get(entry.body["risk"], ()):
        raise LedgerError("LED-011", f"{team}/{model}", f"the record says {shown(entry.body['risk'])} risk")
    ledger = ledgers.setdefault((bucket, team, model), Ledger(s3, bucket, team, model))
    done = ledger.append(entry)
    LOG.info(
        "%s/%s %s: %s %s (%s)", team, model, done.number, entry.kind, entry.event,
        "recorded" if done.new else "was recorded already",
    )  # fmt: skip


def _session(message: Mapping[str, Any]) -> str:
    """The session under which a role has sent a message: of a function, its name.

    Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
    """
    return str(message["attributes"].get("SenderId")).partition(":")[2]


def _client() -> S3:
    if "s3" not in _clients:
        # A throttled request is tried again here, then by the queue.
        config = {"retries": {"mode": "standard", "max_attempts": 6}, "connect_timeout": 3, "read_timeout": 5}
        _clients["s3"] = client("s3", config)
    return _clients["s3"]


_clients: dict[str, S3] = {}
