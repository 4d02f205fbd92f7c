"""Asks the accounts of a platform, read-only, for everything that a deploy will trip over. No CDK import."""

from mlops_stages.preflight.access import Access, Caller, LocalAccess, UserAccess
from mlops_stages.preflight.check import Check, Fault, Unjudged
from mlops_stages.preflight.checks import CHECKS
from mlops_stages.preflight.findings import Finding, NotSeen, Reason, Report, Severity
from mlops_stages.preflight.plan import Plan, Planned, read_plan
from mlops_stages.preflight.run import preflight

__all__ = [
    "CHECKS",
    "Access",
    "Caller",
    "Check",
    "Fault",
    "Finding",
    "LocalAccess",
    "NotSeen",
    "Plan",
    "Planned",
    "Reason",
    "Report",
    "Severity",
    "Unjudged",
    "UserAccess",
    "preflight",
    "read_plan",
]
