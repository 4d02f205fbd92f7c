"""The Reliable stage: tested, released, watched, rolled back."""

from mlops_stages.reliable.capture_store import Capture, CaptureStore
from mlops_stages.reliable.invoker_role import InvokerRole
from mlops_stages.reliable.model_endpoint import ModelEndpoint
from mlops_stages.reliable.model_transform import ModelTransform
from mlops_stages.reliable.release_roles import CloudFormationRole, DeployRole
from mlops_stages.reliable.releaser_role import ReleaserRole
from mlops_stages.reliable.served_model import ServedModel
from mlops_stages.reliable.serving_account import ServingAccount
from mlops_stages.reliable.serving_role import ServingRole, serving_actions
from mlops_stages.reliable.serving_security_group import ServingSecurityGroup
from mlops_stages.reliable.team_serving import HostedModel, TeamServing
from mlops_stages.serving.batch import Batch, Place
from mlops_stages.serving.capacity import Instances, Serverless
from mlops_stages.serving.challenger import Challenger
from mlops_stages.serving.rollout import Rollout
from mlops_stages.serving.service_level import RollbackLimits, ServiceLevel

__all__ = [
    "Batch",
    "Capture",
    "CaptureStore",
    "Challenger",
    "CloudFormationRole",
    "DeployRole",
    "HostedModel",
    "Instances",
    "InvokerRole",
    "ModelEndpoint",
    "ModelTransform",
    "Place",
    "ReleaserRole",
    "RollbackLimits",
    "Rollout",
    "ServedModel",
    "Serverless",
    "ServiceLevel",
    "ServingAccount",
    "ServingRole",
    "ServingSecurityGroup",
    "TeamServing",
    "serving_actions",
]
