"""The Initial stage: an experimentation account that is safe to give to data scientists."""

from mlops_stages.initial.account_baseline import AccountBaseline, GivenFromOutside
from mlops_stages.initial.account_network import (
    ImportedNetworkOptions,
    NetworkOptions,
    OwnNetworkOptions,
    account_network,
)
from mlops_stages.initial.audit_trail import AuditTrail
from mlops_stages.initial.cost_anomaly_watch import CostAnomalyWatch
from mlops_stages.initial.experiment_tracking import ExperimentTracking
from mlops_stages.initial.experimentation_account import (
    ExperimentationAccount,
    StudioOptions,
)
from mlops_stages.initial.landing_zone import LandingZone
from mlops_stages.initial.security_alarms import SecurityAlarms
from mlops_stages.initial.studio_domain import StudioDomain
from mlops_stages.initial.studio_profile import StudioProfile
from mlops_stages.initial.team_budget import TeamBudget
from mlops_stages.initial.team_workspace import AccountParts, Budget, Person, TeamWorkspace

__all__ = [
    "AccountBaseline",
    "AccountParts",
    "AuditTrail",
    "Budget",
    "CostAnomalyWatch",
    "ExperimentTracking",
    "ExperimentationAccount",
    "GivenFromOutside",
    "ImportedNetworkOptions",
    "LandingZone",
    "NetworkOptions",
    "OwnNetworkOptions",
    "Person",
    "SecurityAlarms",
    "StudioDomain",
    "StudioOptions",
    "StudioProfile",
    "TeamBudget",
    "TeamWorkspace",
    "account_network",
]
