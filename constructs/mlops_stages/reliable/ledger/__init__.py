"""The ledger of what was trained, approved, deployed and rolled back, and the signed heads that prove its order."""

from mlops_stages.reliable.ledger.ledger import Ledger
from mlops_stages.reliable.ledger.ledger_heads import LedgerHeads
from mlops_stages.reliable.ledger.model_ledger import ModelLedger
from mlops_stages.reliable.ledger.statements import send_to_ledger
from mlops_stages.reliable.ledger.written_once_bucket import RETENTION_YEARS, days_locked

__all__ = ["RETENTION_YEARS", "Ledger", "LedgerHeads", "ModelLedger", "days_locked", "send_to_ledger"]
