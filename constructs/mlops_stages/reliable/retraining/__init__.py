"""When a model is trained again, and what becomes of the version."""

from mlops_stages.reliable.retraining.model_retraining import ModelRetraining, RetrainingTerms
from mlops_stages.reliable.retraining.statements import retraining_actions

__all__ = ["ModelRetraining", "RetrainingTerms", "retraining_actions"]
