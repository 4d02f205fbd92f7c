"""The code of the functions of promotions and of retraining: one archive for all models."""

from pathlib import Path

from mlops_stages import runtime
from mlops_stages.foundation import FunctionCode

_RUNTIME = Path(str(runtime.__file__)).parent

CODE = FunctionCode(
    paths=[
        _RUNTIME / "promotion",
        _RUNTIME / "retraining",
        _RUNTIME / "capture",
        _RUNTIME / "ledger",
        _RUNTIME / "causes.py",
        _RUNTIME / "chat.py",
        _RUNTIME / "findings.py",
        _RUNTIME / "registered_model.py",
        _RUNTIME / "dataset_manifest.py",
    ],
    under="mlops_stages/runtime",
    distributions=["aws-lambda-powertools", "jmespath", "typing-extensions"],
)
REQUEST, TASK = (f"mlops_stages.runtime.promotion.{name}.handler" for name in ("request", "task"))
"""What Lambda calls."""
