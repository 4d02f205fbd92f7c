"""Work only where the organization has agreed to."""

from collections.abc import Mapping, Sequence

from mlops_stages.repeatable.guardrails.denial import Denial, Guarded

ANSWERED_ELSEWHERE: Mapping[str, Sequence[str]] = {
    "money and contracts: one endpoint for all regions, which holds nothing of the work": (
        "account:*",
        "aws-marketplace:*",
        "aws-portal:*",
        "billing:*",
        "billingconductor:*",
        "budgets:*",
        "ce:*",
        "consolidatedbilling:*",
        "cur:*",
        "freetier:*",
        "invoicing:*",
        "license-manager:ListReceivedLicenses",
        "payments:*",
        "pricing:*",
        "savingsplans:*",
        "sustainability:*",
        "tax:*",
    ),
    "who may do what: IAM and the organization are global, Identity Center is in its own region": (
        "access-analyzer:*",
        "iam:*",
        "organizations:*",
        "sso:*",
        "sts:*",
    ),
    "what fronts the world is global, and its certificates and web firewalls are in us-east-1": (
        "acm:*",
        "cloudfront:*",
        "fms:*",
        "globalaccelerator:*",
        "networkmanager:*",
        "route53:*",
        "route53-recovery-cluster:*",
        "route53-recovery-control-config:*",
        "route53-recovery-readiness:*",
        "route53domains:*",
        "shield:*",
        "waf:*",
        "wafv2:*",
    ),
    "the quotas of S3 and other global services, which Service Quotas tells in us-east-1": (
        "servicequotas:GetServiceQuota",
    ),
    "help, health and advice: one endpoint for all regions": (
        "artifact:*",
        "chatbot:*",
        "compute-optimizer:*",
        "consoleapp:*",
        "health:*",
        "notifications-contacts:*",
        "notifications:*",
        "support:*",
        "supportapp:*",
        "supportplans:*",
        "trustedadvisor:*",
    ),
    "watching all regions, those where nothing may be done too": (
        "cloudtrail:LookupEvents",
        "config:*",
        "ec2:DescribeRegions",
        "ec2:DescribeTransitGateways",
        "ec2:DescribeVpnGateways",
        "resource-explorer-2:*",
        "s3:GetBucketLocation",
        "s3:GetBucketPolicyStatus",
        "s3:GetBucketPublicAccessBlock",
        "s3:ListMultiRegionAccessPoints",
        "tag:GetResources",
    ),
    "settings and lists of the account as a whole, which S3 answers in us-east-1": (
        "s3:GetAccountPublicAccessBlock",
        "s3:ListAllMyBuckets",
        "s3:PutAccountPublicAccessBlock",
    ),
    "pulling public images: the registry is in us-east-1, and pushing to it is not exempt": (
        "ecr-public:GetAuthorizationToken",
    ),
}
"""What may be asked of other regions, by the reason."""

NOT_EXEMPT: Mapping[str, Sequence[str]] = {
    "it would let data be kept, copied or published elsewhere": (
        "ecr-public:*",
        "importexport:*",
        "kms:*",
        "s3:CreateMultiRegionAccessPoint",
        "s3:DeleteMultiRegionAccessPoint",
        "s3:PutMultiRegionAccessPointPolicy",
    ),
    "reads about what is not made here": (
        "s3:DescribeMultiRegionAccessPointOperation",
        "s3:GetMultiRegionAccessPoint",
        "s3:GetMultiRegionAccessPointPolicy",
        "s3:GetMultiRegionAccessPointPolicyStatus",
        "s3:GetStorageLensConfiguration",
        "s3:GetStorageLensDashboard",
        "s3:ListStorageLensConfigurations",
    ),
    "services that do not belong in these accounts": (
        "activate:*",
        "chime:*",
        "datapipeline:GetAccountLimits",
        "devicefarm:*",
        "directconnect:*",
        "iq:*",
        "lightsail:Get*",
        "quicksight:DescribeAccountSubscription",
        "vendor-insights:ListEntitledSecurityProfiles",
        "wellarchitected:*",
    ),
    "services that AWS has ended or renamed": (
        "a4b:*",
        "aws-marketplace-management:*",
        "mobileanalytics:*",
        "waf-regional:*",
    ),
}
"""What AWS's own lists exempt and this one does not, by the reason.

A key of KMS's is regional: one in another region protects data there. Multi-Region keys are the same case.
"""

GLOBAL_SERVICES = tuple(sorted(action for actions in ANSWERED_ELSEWHERE.values() for action in actions))
"""What may be asked of any region.

Sources: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_examples_general.html,
https://docs.aws.amazon.com/controltower/latest/controlreference/primary-region-deny-policy.html
"""


def only_allowed_regions(guarded: Guarded) -> tuple[Denial, ...]:
    """No data and no machine anywhere else."""
    return (
        Denial(
            sid="DenyOtherRegions",
            exempt_actions=GLOBAL_SERVICES,
            conditions={"StringNotEquals": {"aws:RequestedRegion": list(guarded.regions)}},
            why="everything regional, of every service, those that are to come too",
        ),
    )
