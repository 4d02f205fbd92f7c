"""Signed heads: how long a ledger was at a time and which bytes ended it, said by a key of another account.

A head is signed as canonical JSON: `jq -cSj .head` prints the bytes that the signature is of.
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
import re
from dataclasses import dataclass
from typing import Any, cast

from .codes import LedgerError
from .kinds import NAME, SHA256, TIME, Form, check_value
from .values import canonical, read_object, shown

FORMAT = "mlops-stages/ledger-head/1"
HEADS = "heads"
"""The prefix of the heads in their bucket: HEADS/TEAM/MODEL/000000000001.json."""

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_BUCKET_NAME = Form("a bucket's name", lambda value: isinstance(value, str) and _BUCKET.fullmatch(value) is not None)


@dataclass(frozen=True, kw_only=True)
class Head:
    """The end of a ledger at a time.

    Attributes:
        bucket: the ledger's.
        team: whose ledger it is.
        model: as well.
        records: how many records there were.
        sha256: of the bytes of the last of them.
        number: of this head, in the chain of heads.
        previous: the SHA-256 of the bytes of the object with the head before it.
        at: when it was signed.
    """

    bucket: str
    team: str
    model: str
    records: int
    sha256: str
    number: int
    previous: str
    at: str

    def to_bytes(self) -> bytes:
        """What is signed."""
        return canonical({"format": FORMAT, **dataclasses.asdict(self)})


@dataclass(frozen=True)
class SignedHead:
    """A head, and the signature of its bytes: ECDSA over P-256 with SHA-256, in DER as KMS gives it."""

    head: Head
    signature: bytes

    def to_bytes(self) -> bytes:
        """The object's bytes."""
        head = {"format": FORMAT, **dataclasses.asdict(self.head)}
        return canonical({"head": head, "signature": base64.b64encode(self.signature).decode()})


def read_head(content: bytes, where: str) -> SignedHead:
    """Return the head that an object holds, in canonical form. Errors: LED-001, LED-002, LED-005 to LED-008."""
    found = read_object(content, where)
    if found.keys() != {"head", "signature"} or not isinstance(found["head"], dict):
        raise LedgerError("LED-002", where, "it is not a signed head")
    given = cast("dict[str, Any]", found["head"])
    names = {"format", *(field.name for field in dataclasses.fields(Head))}
    if given.keys() != names or given.pop("format") != FORMAT:
        raise LedgerError("LED-002", where, f"it is not a head of {FORMAT}")
    forms = {"bucket": _BUCKET_NAME, "team": NAME, "model": NAME, "sha256": SHA256, "previous": SHA256, "at": TIME}
    for name, form in forms.items():
        check_value(form, given[name], f"{where}.{name}")
    for name in ("records", "number"):
        if type(given[name]) is not int or given[name] < 1:
            raise LedgerError("LED-005", f"{where}.{name}", f"{shown(given[name])} is not a number from 1 up")
    try:
        signature = base64.b64decode(found["signature"], validate=True)
    except (TypeError, ValueError, binascii.Error) as error:
        raise LedgerError("LED-005", f"{where}.signature", "it is not in Base64") from error
    signed = SignedHead(Head(**given), signature)
    if signed.to_bytes() != content:
        raise LedgerError("LED-001", where, "it is not in canonical form")
    return signed
