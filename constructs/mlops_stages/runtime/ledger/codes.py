"""Every code of the ledger: why a record is refused, why the writer or the signer stops, what a verification finds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Cause:
    """What a code means, and what to do about it."""

    code: str
    meaning: str
    fix: str


_CAUSES = (
    # A record is refused: its message goes to the dead-letter queue
    Cause("LED-001", "The message is not a JSON object in UTF-8.", "Send the object that `records.Entry` writes."),
    Cause("LED-002", "A field of the entry is missing or unknown.", "Send `kind`, `event`, `at` and `body`, no more."),
    Cause("LED-003", "The kind of record is unknown.", "Use one of the kinds that the error names."),
    Cause("LED-004", "A field of the body is missing or unknown.", "Send the fields that the kind has."),
    Cause("LED-005", "A value does not fit its field.", "Send a value of the form that the error names."),
    Cause("LED-006", "A number is not an integer of at most 15 digits.", 'Write a decimal as text: `"0.70"`.'),
    Cause("LED-007", "A text holds characters that are not shown as they are.", "Remove control characters."),
    Cause("LED-008", "The record is too large, or nested too deeply.", "Keep evidence in S3, and record its SHA-256."),
    Cause("LED-009", "The message is not for this model's ledger.", "Send it to the model's queue, in its group."),
    Cause("LED-010", "Retraining sends what is no rejection.", "Find who else sends in its name: it rejects alone."),
    Cause(
        "LED-011",
        "A release without a second approval, of a model whose class platform.yaml does not let do that.",
        "Deploy the ledger's stack where platform.yaml lets it; else find out who deployed the promotion.",
    ),
    # The writer or the signer stops: nothing is written until a person has looked
    Cause(
        "LED-020",
        "Something lies at the ledger's end that no writer put there.",
        "Run `mlops-stages ledger verify`.",
    ),
    Cause("LED-021", "The ledger's last object is not a record of this model.", "Run `mlops-stages ledger verify`."),
    Cause("LED-022", "The event is recorded already, with other content.", "Give what is new an event of its own."),
    Cause("LED-023", "The index names a record that does not hold the event.", "Run `mlops-stages ledger verify`."),
    Cause("LED-024", "Other writers were faster every time.", "Find out who else writes; the message is tried again."),
    Cause(
        "LED-030",
        "The ledger does not continue what was signed last.",
        "Run `mlops-stages ledger verify`; nothing is signed.",
    ),
    # What a verification finds
    Cause("LED-101", "A record has several versions.", "Take the oldest version; find who wrote the others."),
    Cause("LED-102", "A record is hidden by a delete marker.", "Read its version; find who deleted it."),
    Cause("LED-103", "Records are missing.", "Find who could remove them: see who may administer the bucket."),
    Cause("LED-104", "A record does not follow the bytes of the one before it.", "Trust nothing from there on."),
    Cause("LED-105", "An object is not a record in canonical form.", "Trust nothing from there on."),
    Cause("LED-106", "A record's number is not that of its key.", "Trust nothing from there on."),
    Cause("LED-107", "A record is of another team or model.", "Trust nothing from there on."),
    Cause("LED-108", "An event is recorded twice.", "Take the first; find who wrote the second."),
    Cause("LED-109", "An object lies there whose name no record has.", "Find who put it there."),
    Cause("LED-110", "A record can be deleted: it has no retention.", "Find who changed the bucket's Object Lock."),
    Cause("LED-111", "A record's retention is weaker or shorter than declared.", "Find who changed it."),
    Cause("LED-112", "A record's time is before that of an earlier one.", "Find who wrote it, and with which clock."),
    Cause("LED-113", "A record's time is not when S3 took it.", "Believe S3; find who wrote it, and with which clock."),
    Cause("LED-120", "The signature of a head does not hold.", "Check the public key; else trust no later head."),
    Cause("LED-121", "The ledger ends before a record that was signed.", "Find who took its last records."),
    Cause("LED-122", "A record differs from the one that was signed.", "The ledger was rewritten up to there."),
    Cause("LED-123", "A head is of another ledger.", "Take heads of this bucket, team and model."),
    Cause("LED-124", "The newest head is older than two days.", "Find out why the signer does not run."),
    Cause(
        "LED-130",
        "A version was released without a second approval, and the ledger lacks what that takes.",
        "Find who wrote it, and let two people decide about the version.",
    ),
    Cause(
        "LED-131",
        "A version was released without a second approval, which its class of risk does not let it.",
        "See in git what platform.yaml said then. Where it named that class, verify with `--one-approval-until DAY`.",
    ),
)

CODES: dict[str, Cause] = {cause.code: cause for cause in _CAUSES}
"""Each code and what it means. None changes its meaning or is used again."""


class LedgerError(ValueError):
    """Why nothing is written: a code, where, what is wrong, and what to do."""

    def __init__(self, code: str, where: str, message: str) -> None:
        super().__init__(code, where, message)
        self.code: str = code
        self.where: str = where
        self.message: str = message
        self.fix: str = CODES[code].fix

    def __str__(self) -> str:
        return f"{self.code} {self.where}: {self.message}; {self.fix}"
