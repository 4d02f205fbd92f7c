"""A model repository's way through the local AWS: data, image, code, pipeline, and the package that comes of it."""

from mlops_stages.local.client.model_runs.packages import ALL_DAYS, Registered
from mlops_stages.local.client.model_runs.run import ModelRun, curate, train

__all__ = ["ALL_DAYS", "ModelRun", "Registered", "curate", "train"]
