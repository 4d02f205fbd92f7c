"""What a model that serves is told, and what SageMaker can give of it: for platform.yaml and the constructs alike."""

from mlops_stages.serving.batch import Batch, Place
from mlops_stages.serving.capacity import Instances, Serverless
from mlops_stages.serving.challenger import Challenger
from mlops_stages.serving.refused import RefusedError
from mlops_stages.serving.rollout import Rollout, TrafficShift
from mlops_stages.serving.service_level import RollbackLimits, ServiceLevel
from mlops_stages.serving.terms import EndpointTerms

__all__ = [
    "Batch",
    "Challenger",
    "EndpointTerms",
    "Instances",
    "Place",
    "RefusedError",
    "RollbackLimits",
    "Rollout",
    "Serverless",
    "ServiceLevel",
    "TrafficShift",
]
