"""The ledger of what was trained, approved, deployed and rolled back, and the signed heads that prove its order."""

from mlops_stages.reliable.ledger.ledger import Ledger
from mlops_stages.reliable.ledger.ledger_heads import LedgerHeads
from mlops_stages.reliable.ledger.model_ledger import ModelLedger
from mlops_stages.reliable.ledger.statements import send_to_ledger

__all__ = ["Ledger", "LedgerHeads", "ModelLedger", "send_to_ledger"]
