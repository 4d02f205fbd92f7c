"""The typed model of platform.yaml: what an organization's platform is, and everything that can be wrong with it."""

from mlops_stages.platform.accounts import Accounts, Purpose
from mlops_stages.platform.addresses import Addresses
from mlops_stages.platform.alarms import Alarms
from mlops_stages.platform.cost_anomalies import CostAnomalies
from mlops_stages.platform.data import Data, DataClassification
from mlops_stages.platform.data_catalog import DataCatalog
from mlops_stages.platform.delivery import Delivery, PlatformRepository
from mlops_stages.platform.duties import Duty
from mlops_stages.platform.errors import PlatformError, PlatformErrors
from mlops_stages.platform.features import Feature, FeatureGroup
from mlops_stages.platform.guardrails import Guardrails
from mlops_stages.platform.json_schema import schema
from mlops_stages.platform.labels import BiasLimit, Labels, Segment
from mlops_stages.platform.loading import load, loads, parse
from mlops_stages.platform.model import Drift, Model, Quality, Rollout, Sla
from mlops_stages.platform.network import ImportedNetwork, Networks, OwnNetwork
from mlops_stages.platform.offer import OFFER, Offer
from mlops_stages.platform.people import Member, Persona, PlatformPeople, TeamPeople
from mlops_stages.platform.platform import Platform
from mlops_stages.platform.retraining import Retraining
from mlops_stages.platform.risk import RetrainedVersions, Risk
from mlops_stages.platform.sign_in import IamSignIn, IdentityCenterSignIn, PersonaGroups, SamlSignIn
from mlops_stages.platform.stage import Stage
from mlops_stages.platform.studio import Studio
from mlops_stages.platform.tags import OUR_TAGS, POLICY_TAGS
from mlops_stages.platform.team import Budget, Repository, Team

__all__ = [
    "OFFER",
    "OUR_TAGS",
    "POLICY_TAGS",
    "Accounts",
    "Addresses",
    "Alarms",
    "BiasLimit",
    "Budget",
    "CostAnomalies",
    "Data",
    "DataCatalog",
    "DataClassification",
    "Delivery",
    "Drift",
    "Duty",
    "Feature",
    "FeatureGroup",
    "Guardrails",
    "IamSignIn",
    "IdentityCenterSignIn",
    "ImportedNetwork",
    "Labels",
    "Member",
    "Model",
    "Networks",
    "Offer",
    "OwnNetwork",
    "Persona",
    "PersonaGroups",
    "Platform",
    "PlatformError",
    "PlatformErrors",
    "PlatformPeople",
    "PlatformRepository",
    "Purpose",
    "Quality",
    "Repository",
    "RetrainedVersions",
    "Retraining",
    "Risk",
    "Rollout",
    "SamlSignIn",
    "Segment",
    "Sla",
    "Stage",
    "Studio",
    "Team",
    "TeamPeople",
    "load",
    "loads",
    "parse",
    "schema",
]
