"""Every check, a file a subject."""

from typing import Any

from mlops_stages.preflight.check import Check
from mlops_stages.preflight.checks import (
    bootstrap,
    catalog,
    code_hosts,
    cost,
    given,
    identity_center,
    imported_network,
    instances,
    leftovers,
    names,
    organization,
    people,
    quotas,
    service_roles,
    serving_instances,
    trails,
    zones,
)

CHECKS: tuple[Check[Any], ...] = (
    *organization.CHECKS,
    *code_hosts.CHECKS,
    *trails.CHECKS,
    *cost.CHECKS,
    *identity_center.CHECKS,
    *catalog.CHECKS,
    *service_roles.CHECKS,
    *bootstrap.CHECKS,
    *zones.CHECKS,
    *imported_network.CHECKS,
    *given.CHECKS,
    *quotas.CHECKS,
    *instances.CHECKS,
    *serving_instances.CHECKS,
    *leftovers.CHECKS,
    *people.CHECKS,
    *names.CHECKS,
)
"""In the order of their codes."""

__all__ = ["CHECKS"]
