"""What people may do in an experimentation account, in reviewable portions.

Each function gives the statements of one capability; a persona is a set of capabilities (`persona.py`). The teams are
kept apart by names: what a team makes in SageMaker starts with the team's name, and `${aws:PrincipalTag/team}` of the
caller's role says which team that is. Roles cannot change their own tags.

Sources: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html (actions,
resources and condition keys),
https://docs.aws.amazon.com/sagemaker/latest/dg/security_iam_id-based-policy-examples.html
"""

from mlops_stages.foundation.capabilities.account import Account
from mlops_stages.foundation.capabilities.account_wide import (
    audit_account,
    follow_business,
    operate_platform,
)
from mlops_stages.foundation.capabilities.jobs import (
    attach_jobs_to_network,
    deny_file_systems,
    deny_other_output_keys,
    deny_other_volume_keys,
    encrypt_volumes,
    equip_jobs,
    isolated,
    pull_images,
    run_isolated_jobs,
    tagged_for,
    write_logs_of_jobs,
)
from mlops_stages.foundation.capabilities.studio import lead_team, use_studio

__all__ = [
    "Account",
    "attach_jobs_to_network",
    "audit_account",
    "deny_file_systems",
    "deny_other_output_keys",
    "deny_other_volume_keys",
    "encrypt_volumes",
    "equip_jobs",
    "follow_business",
    "isolated",
    "lead_team",
    "operate_platform",
    "pull_images",
    "run_isolated_jobs",
    "tagged_for",
    "use_studio",
    "write_logs_of_jobs",
]
