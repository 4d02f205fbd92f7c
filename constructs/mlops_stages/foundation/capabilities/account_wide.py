"""Serve all teams: run the account, follow its costs, audit it."""

from mlops_stages.foundation.capabilities.account import TEAM, Account
from mlops_stages.foundation.capabilities.seeing import list_log_groups, list_studio, read_metrics, see_jobs
from mlops_stages.foundation.statement import Statement


def operate_platform(account: Account) -> tuple[Statement, ...]:
    """Keep the account running without seeing anyone's data."""
    return (
        *_see_sagemaker(account, why="the platform's engineers keep every domain of the account running"),
        Statement(
            sid="EndWhatRunsAway",
            actions=[
                "sagemaker:DeleteApp",
                "sagemaker:StopProcessingJob",
                "sagemaker:StopTrainingJob",
                "sagemaker:StopTransformJob",
            ],
            resources=account.sagemaker("app/*", "processing-job/*", "training-job/*", "transform-job/*"),
            why="whoever answers for the account's costs can stop any job in it",
        ),
        *see_jobs(),
        read_metrics(),
        Statement(
            sid="ReadLogs",
            actions=["logs:DescribeLogStreams", "logs:FilterLogEvents", "logs:GetLogEvents"],
            resources=[account.perimeter.arn("logs", f"log-group:{account.platform}-*")],
            why="the platform's own log groups: flow logs and the audit trail; those of jobs may quote data",
        ),
        list_log_groups(),
        *follow_costs(account),
        Statement(
            sid="FollowTheAuditTrail",
            actions=["cloudtrail:DescribeTrails", "cloudtrail:GetTrailStatus", "cloudtrail:LookupEvents"],
            why="these take no resource",
        ),
    )


def follow_costs(account: Account) -> tuple[Statement, ...]:
    """Look at budgets and costs."""
    return (
        Statement(
            sid="ViewBudgets",
            actions=["budgets:ViewBudget"],
            resources=[account.perimeter.global_arn("budgets", "budget/*")],
            why="the budgets of this account",
        ),
        Statement(
            sid="ReadCosts",
            actions=["ce:GetAnomalies", "ce:GetCostAndUsage", "ce:GetCostForecast"],
            why="cost and usage take no resource",
        ),
    )


def follow_business(account: Account) -> tuple[Statement, ...]:
    """See what a team's models cost and how they do; change nothing, read no data."""
    return (
        *follow_costs(account),
        read_metrics(),
        *see_jobs(),
        Statement(
            sid="SeeJobsOfOnesTeam",
            actions=["sagemaker:DescribeModel", "sagemaker:DescribeTrainingJob"],
            resources=account.sagemaker(f"model/{TEAM}-*", f"training-job/{TEAM}-*"),
            why="jobs and models whose names start with the caller's team",
        ),
    )


def audit_account(account: Account) -> tuple[Statement, ...]:
    """Read who may do what and who did what; neither data nor keys."""
    return (
        Statement(
            sid="ReadWhoMayDoWhat",
            actions=[
                "iam:GetAccountAuthorizationDetails",
                "iam:GetPolicy",
                "iam:GetPolicyVersion",
                "iam:GetRole",
                "iam:ListAttachedRolePolicies",
                "iam:ListRoles",
                "kms:DescribeKey",
                "kms:GetKeyPolicy",
                "kms:GetKeyRotationStatus",
                "kms:ListAliases",
                "kms:ListKeys",
            ],
            why="an auditor must see every role and key",
        ),
        Statement(
            sid="ReadHowBucketsAreSet",
            actions=[
                "s3:GetBucketLogging",
                "s3:GetBucketObjectLockConfiguration",
                "s3:GetBucketPolicy",
                "s3:GetBucketPublicAccessBlock",
                "s3:GetBucketTagging",
                "s3:GetBucketVersioning",
                "s3:GetEncryptionConfiguration",
                "s3:GetLifecycleConfiguration",
                "s3:ListAllMyBuckets",
            ],
            why="an auditor must see every bucket's settings, and no object",
        ),
        Statement(
            sid="ReadWhoDidWhat",
            actions=[
                "cloudtrail:DescribeTrails",
                "cloudtrail:GetEventSelectors",
                "cloudtrail:GetTrailStatus",
                "cloudtrail:LookupEvents",
            ],
            why="these take no narrower resource than the account",
        ),
        *_see_sagemaker(account, why="an auditor must see who works in Studio and how it is set"),
        read_metrics(),
    )


def _see_sagemaker(account: Account, *, why: str) -> tuple[Statement, ...]:
    return (
        Statement(
            sid="SeeSageMaker",
            actions=[
                "sagemaker:DescribeApp",
                "sagemaker:DescribeDomain",
                "sagemaker:DescribeMlflowApp",
                "sagemaker:DescribeProcessingJob",
                "sagemaker:DescribeSpace",
                "sagemaker:DescribeTrainingJob",
                "sagemaker:DescribeUserProfile",
                "sagemaker:ListTags",
            ],
            resources=account.sagemaker("*"),
            why=why,
        ),
        list_studio(),
    )
