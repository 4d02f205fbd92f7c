"""Who is told of a model's alarms, and who next."""

from mlops_stages.reliable.notices.model_notices import CODE, Escalation, ModelNotices

__all__ = ["CODE", "Escalation", "ModelNotices"]
