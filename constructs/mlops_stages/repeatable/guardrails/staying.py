"""Stay in the organization, keep the record of what was done, and change what is deployed by deploying."""

from mlops_stages.repeatable.guardrails.denial import Denial, Guarded


def stay() -> tuple[Denial, ...]:
    """An account that leaves, or is closed, takes off all guardrails at once."""
    return (
        Denial(
            sid="NobodyLeavesTheOrganization",
            actions=["account:CloseAccount", "organizations:LeaveOrganization"],
            why="the management account can still let an account go: these policies do not hold there",
        ),
    )


def keep_the_audit_trail(guarded: Guarded) -> tuple[Denial, ...]:
    """Nobody stops a trail; only a deployment changes or deletes one.

    CloudFormation deletes a trail when the create that made it is rolled back: its stack retains the trail otherwise.
    """
    return (
        Denial(
            sid="NobodyStopsTheAuditTrail",
            actions=["cloudtrail:StopLogging"],
            why="any trail, the organization's own too; deployments included, which never ask for this",
        ),
        Denial(
            sid="TheAuditTrailChangesByDeployment",
            actions=["cloudtrail:DeleteTrail", "cloudtrail:PutEventSelectors", "cloudtrail:UpdateTrail"],
            conditions=guarded.unless_deployed,
            why="a trail that records less is a trail stopped in part; a first deploy that failed deletes what it made",
        ),
    )


def keep_what_is_deployed(guarded: Guarded) -> tuple[Denial, ...]:
    """The protection of our buckets, keys and of the deployment's own roles changes by a reviewed deployment."""
    return (
        Denial(
            sid="OurBucketsChangeByDeployment",
            actions=[
                "s3:BypassGovernanceRetention",
                "s3:DeleteBucket",
                "s3:DeleteBucketPolicy",
                "s3:PutAnalyticsConfiguration",
                "s3:PutBucketLogging",
                "s3:PutBucketNotification",
                "s3:PutBucketObjectLockConfiguration",
                "s3:PutBucketPolicy",
                "s3:PutBucketVersioning",
                "s3:PutEncryptionConfiguration",
                "s3:PutInventoryConfiguration",
                "s3:PutLifecycleConfiguration",
                "s3:PutReplicationConfiguration",
            ],
            resources=guarded.our_buckets,
            conditions=guarded.unless_deployed,
            why="buckets named for the platform, that of the audit trail among them",
        ),
        Denial(
            sid="KeysChangeByDeployment",
            actions=["kms:DisableKey", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion"],
            conditions=guarded.unless_deployed,
            why="any key: what lies under it is lost with it, and is read by whom its policy lets in",
        ),
        Denial(
            sid="DeploymentRolesChangeByDeployment",
            actions=[
                "iam:AttachRolePolicy",
                "iam:CreateRole",
                "iam:DeleteRole",
                "iam:DeleteRolePermissionsBoundary",
                "iam:DeleteRolePolicy",
                "iam:DetachRolePolicy",
                "iam:PutRolePermissionsBoundary",
                "iam:PutRolePolicy",
                "iam:UpdateAssumeRolePolicy",
            ],
            resources=guarded.deployers,
            conditions=guarded.unless_deployed,
            why="whoever could make or take over such a role would be exempt",
        ),
    )
