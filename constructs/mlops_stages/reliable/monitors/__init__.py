"""What judges a model's decisions by their labels, and tells its owner when it is not right."""

from mlops_stages.reliable.monitors.challenge_store import ChallengeStore
from mlops_stages.reliable.monitors.model_dashboard import ModelDashboard
from mlops_stages.reliable.monitors.model_monitor import ModelMonitor
from mlops_stages.reliable.monitors.model_reader_role import ModelReaderRole
from mlops_stages.reliable.monitors.terms import MonitorTerms

__all__ = ["ChallengeStore", "ModelDashboard", "ModelMonitor", "ModelReaderRole", "MonitorTerms"]
