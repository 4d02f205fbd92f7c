"""The Repeatable stage: the same work, done twice, by someone else, with the same result."""

from mlops_stages.repeatable.approver_role import ApproverRole
from mlops_stages.repeatable.artifact_store import ArtifactStore
from mlops_stages.repeatable.code_connection import CodeConnection
from mlops_stages.repeatable.data_account import DataAccount
from mlops_stages.repeatable.data_catalog import DataCatalog
from mlops_stages.repeatable.data_statements import OwnCatalog
from mlops_stages.repeatable.data_zone import DataZone
from mlops_stages.repeatable.deliver_role import DeliverRole
from mlops_stages.repeatable.development_account import DevelopmentAccount
from mlops_stages.repeatable.feature_group import FeatureGroup, FeatureGroupSpec, FeatureSpec
from mlops_stages.repeatable.feature_share import FeatureShare
from mlops_stages.repeatable.image_registry import ImageRegistry
from mlops_stages.repeatable.model_package_group import ModelPackageGroup
from mlops_stages.repeatable.organization_guardrails import OrganizationGuardrails
from mlops_stages.repeatable.package_registry import PackageRegistry
from mlops_stages.repeatable.permission_sets import PermissionSets
from mlops_stages.repeatable.pipeline_role import PipelineRole
from mlops_stages.repeatable.repository_provider import RepositoryProvider
from mlops_stages.repeatable.repository_role import RepositoryRole
from mlops_stages.repeatable.service_control_policy import ServiceControlPolicy
from mlops_stages.repeatable.shared_baselines import evaluations_of, list_candidates, read_baselines
from mlops_stages.repeatable.shared_data import read_shared_data
from mlops_stages.repeatable.shared_labels import LabelledModel, labels_prefix, read_labels
from mlops_stages.repeatable.shared_requests import (
    read_findings,
    read_requests,
    requests_bucket,
    requests_key,
    requests_of,
)
from mlops_stages.repeatable.source_repository import SourceRepository
from mlops_stages.repeatable.start_retraining_role import StartRetrainingRole
from mlops_stages.repeatable.team_data import TeamData
from mlops_stages.repeatable.team_development import TeamDevelopment, TrainedModel
from mlops_stages.repeatable.team_tooling import RegisteredModel, TeamTooling
from mlops_stages.repeatable.tooling_account import ToolingAccount
from mlops_stages.repeatable.trainer_role import TrainerRole
from mlops_stages.repeatable.training_pipeline import TrainingPipeline

__all__ = [
    "ApproverRole",
    "ArtifactStore",
    "CodeConnection",
    "DataAccount",
    "DataCatalog",
    "DataZone",
    "DeliverRole",
    "DevelopmentAccount",
    "FeatureGroup",
    "FeatureGroupSpec",
    "FeatureShare",
    "FeatureSpec",
    "ImageRegistry",
    "LabelledModel",
    "ModelPackageGroup",
    "OrganizationGuardrails",
    "OwnCatalog",
    "PackageRegistry",
    "PermissionSets",
    "PipelineRole",
    "RegisteredModel",
    "RepositoryProvider",
    "RepositoryRole",
    "ServiceControlPolicy",
    "SourceRepository",
    "StartRetrainingRole",
    "TeamData",
    "TeamDevelopment",
    "TeamTooling",
    "ToolingAccount",
    "TrainedModel",
    "TrainerRole",
    "TrainingPipeline",
    "evaluations_of",
    "labels_prefix",
    "list_candidates",
    "read_baselines",
    "read_findings",
    "read_labels",
    "read_requests",
    "read_shared_data",
    "requests_bucket",
    "requests_key",
    "requests_of",
]
