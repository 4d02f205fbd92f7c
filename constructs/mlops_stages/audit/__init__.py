"""The questions that are asked of a live platform's records: by auditors, without the right to change anything."""

from mlops_stages.audit.calls import Called, called
from mlops_stages.audit.ledger import Ledgers, Line, Verified
from mlops_stages.audit.one_approval import Declared
from mlops_stages.audit.public_key import PublicKey, PublicKeyError
from mlops_stages.audit.way import Way, lasted, ways

__all__ = [
    "Called",
    "Declared",
    "Ledgers",
    "Line",
    "PublicKey",
    "PublicKeyError",
    "Verified",
    "Way",
    "called",
    "lasted",
    "ways",
]
