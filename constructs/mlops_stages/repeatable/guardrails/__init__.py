"""What nobody in the accounts may do, administrators included: statements of service control policies."""

from mlops_stages.repeatable.guardrails.access import keep_access, only_for_the_platform
from mlops_stages.repeatable.guardrails.denial import (
    DEPLOYMENT_ROLES,
    Denial,
    Guarded,
    deployment_roles,
    document,
    size,
)
from mlops_stages.repeatable.guardrails.machine_learning import machine_learning, no_notebooks, studio_in_our_network
from mlops_stages.repeatable.guardrails.regions import only_allowed_regions
from mlops_stages.repeatable.guardrails.staying import keep_the_audit_trail, keep_what_is_deployed, stay
from mlops_stages.repeatable.guardrails.storage import encrypted_storage, nothing_public

__all__ = [
    "DEPLOYMENT_ROLES",
    "Denial",
    "Guarded",
    "deployment_roles",
    "document",
    "encrypted_storage",
    "keep_access",
    "keep_the_audit_trail",
    "keep_what_is_deployed",
    "machine_learning",
    "no_notebooks",
    "nothing_public",
    "only_allowed_regions",
    "only_for_the_platform",
    "size",
    "stay",
    "studio_in_our_network",
]
