"""The standard model repository: rendered for a model of platform.yaml, and updated with the team's changes kept."""

from mlops_stages.model_repository.answers import Answers, answers_for
from mlops_stages.model_repository.rendering import TEMPLATE_VERSION, rendered
from mlops_stages.model_repository.updating import Update, update
from mlops_stages.model_repository.writing import write_new

__all__ = ["TEMPLATE_VERSION", "Answers", "Update", "answers_for", "rendered", "update", "write_new"]
