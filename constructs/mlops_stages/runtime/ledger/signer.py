"""Signs the head of every ledger, in another account than the ledgers': a Lambda function that runs twice a day.

Before it signs, it checks what was appended since its last head. It signs nothing that does not continue that head, so
that records which are taken away, replaced or reordered stop it, and its alarm tells.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import Any

from .checking import LedgerCheck, Position
from .codes import LedgerError
from .heads import HEADS, Head, SignedHead, read_head
from .ledger import utc_now
from .listing import models, versions
from .numbered import S3, NumberedObjects, client
from .records import BEFORE_THE_FIRST, RECORDS, file_name

LOG = logging.getLogger(__name__)
LOG.setLevel(logging.INFO)

ALGORITHM = "ECDSA_SHA_256"
_MOST_RECORDS = 20_000
"""Of one ledger in one run: what is more is signed by the next."""


class NotSignedError(RuntimeError):
    """Some ledgers were not signed; the others were."""


@dataclass
class Signer:
    """Reads ledgers, and writes signed heads."""

    ledger_s3: S3
    ledger_bucket: str
    heads_s3: S3
    heads_bucket: str
    sign: Callable[[bytes], bytes]
    now: Callable[[], str] = utc_now

    def run(self) -> dict[str, int]:
        """Sign each ledger's head; return how many records each had. Raises NotSignedError, once through with all."""
        signed: dict[str, int] = {}
        failed: list[str] = []
        found = {
            *models(self.ledger_s3, self.ledger_bucket, RECORDS),
            *models(self.heads_s3, self.heads_bucket, HEADS),  # a ledger that is gone does not go unnoticed
        }
        for team, model in sorted(found):
            name = f"{team}/{model}"
            try:
                signed[name] = self.sign_one(team, model)
                LOG.info("%s: signed at record %s", name, signed[name])
            except LedgerError as error:
                LOG.error("%s is not signed: %s", name, error)
                failed.append(name)
            except Exception:
                LOG.exception("%s is not signed: AWS failed", name)
                failed.append(name)
        if failed:
            raise NotSignedError(", ".join(failed))
        return signed

    def sign_one(self, team: str, model: str) -> int:
        """Check what one ledger has become since its last head, and sign it. Errors: LED-020, LED-021, LED-030."""
        heads = NumberedObjects(self.heads_s3, self.heads_bucket, f"{HEADS}/{team}/{model}/")
        last = heads.last()
        prefix = f"{RECORDS}/{team}/{model}/"
        signed: Head | None = None
        if last is not None:
            try:
                signed = read_head(last.content, f"{prefix}{last.number}").head
            except LedgerError as error:
                raise LedgerError("LED-021", f"{HEADS}/{team}/{model}", error.message) from error
        # From the signed record itself: it must still be the one that was signed.
        begin = 0 if signed is None else signed.records - 1
        check = LedgerCheck(
            team,
            model,
            heads=() if signed is None else (signed,),
            after=Position(begin, BEFORE_THE_FIRST if begin == 0 else None),
        )
        listed = versions(self.ledger_s3, self.ledger_bucket, prefix, after=f"{prefix}{file_name(begin)}")
        findings = list(islice(check.findings(islice(listed, _MOST_RECORDS)), 5))
        if findings:
            told = "; ".join(f"{each.code} {each.where}: {each.what}" for each in findings)
            raise LedgerError("LED-030", f"{team}/{model}", told)
        end = check.position
        if end.number == 0 or end.sha256 is None:
            raise LedgerError("LED-030", f"{team}/{model}", "there is no record to sign")
        head = Head(
            bucket=self.ledger_bucket,
            team=team,
            model=model,
            records=end.number,
            sha256=end.sha256,
            number=1 if last is None else last.number + 1,
            previous=BEFORE_THE_FIRST if last is None else last.sha256,
            at=self.now(),
        )
        if not heads.create(head.number, SignedHead(head, self.sign(head.to_bytes())).to_bytes()):
            raise LedgerError("LED-024", f"{HEADS}/{team}/{model}", "another run signs it at the same time")
        return end.number


def handler(_event: object, _context: object) -> dict[str, int]:
    """Lambda's entry."""
    config = {"retries": {"mode": "standard", "max_attempts": 6}, "connect_timeout": 3, "read_timeout": 10}
    s3, kms = client("s3", config), client("kms", config)
    signer = Signer(s3, os.environ["LEDGER_BUCKET"], s3, os.environ["HEADS_BUCKET"], by_kms(kms, os.environ["KEY_ARN"]))
    return signer.run()


def by_kms(kms: Any, key: str) -> Callable[[bytes], bytes]:  # noqa: ANN401  # boto3 has no types
    """Sign by a key of KMS: the bytes themselves go there, so that its audit trail and a verifier see one message."""

    def sign(content: bytes) -> bytes:
        answer = kms.sign(KeyId=key, Message=content, MessageType="RAW", SigningAlgorithm=ALGORITHM)
        signature: bytes = answer["Signature"]
        return signature

    return sign
