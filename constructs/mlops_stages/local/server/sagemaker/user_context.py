"""Who did something, as SageMaker describes it in CreatedBy and LastModifiedBy."""

from __future__ import annotations

from mlops_stages.local.server import engine
from mlops_stages.local.server.api.records import Record


def user_context() -> Record:
    """Return the signer of the request being served as a UserContext."""
    return {"IamIdentity": {"Arn": engine.current_caller()}}
