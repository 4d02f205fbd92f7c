"""Work only where the organization has agreed to."""

from mlops_stages.repeatable.guardrails.denial import Denial, Guarded

GLOBAL_SERVICES = (
    "account:*",
    "aws-portal:*",
    "billing:*",
    "budgets:*",
    "ce:*",
    "cloudfront:*",
    "consolidatedbilling:*",
    "cur:*",
    "freetier:*",
    "globalaccelerator:*",
    "health:*",
    "iam:*",
    "invoicing:*",
    "networkmanager:*",
    "organizations:*",
    "payments:*",
    "pricing:*",
    "route53:*",
    "route53domains:*",
    "s3:GetAccountPublicAccessBlock",
    "s3:ListAllMyBuckets",
    "s3:PutAccountPublicAccessBlock",
    "savingsplans:*",
    "shield:*",
    "sts:*",
    "support:*",
    "tax:*",
    "trustedadvisor:*",
    "waf:*",
)
"""What is in one region for everyone, whichever regions an account works in.

Source: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_examples_general.html
"""


def only_allowed_regions(guarded: Guarded) -> tuple[Denial, ...]:
    """No data and no machine anywhere else."""
    return (
        Denial(
            sid="NothingOutsideTheAllowedRegions",
            exempt_actions=GLOBAL_SERVICES,
            conditions={"StringNotEquals": {"aws:RequestedRegion": list(guarded.regions)}},
            why="everything regional, of every service, those that are to come too",
        ),
    )
