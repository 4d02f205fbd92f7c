"""Alarms on what should never happen in an account."""

from dataclasses import dataclass

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_logs as logs
from constructs import Construct

from mlops_stages.foundation import AlarmTopic

FIVE_MINUTES = 300


@dataclass(frozen=True, kw_only=True)
class Watched:
    """An event of the audit trail that someone must hear of, and why.

    `BOUNDARY` in the pattern stands for the ARN of the given permissions boundary. Where several purposes share the
    account, each has a boundary of its own and one of them has the trail: all their names end in `-boundary`.
    """

    id: str
    pattern: str
    why: str


# After the CIS AWS Foundations Benchmark's monitoring section:
# https://docs.aws.amazon.com/securityhub/latest/userguide/cloudwatch-controls.html
WATCHED = (
    Watched(
        id="RootUsed",
        pattern='{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS && '
        '$.eventType != "AwsServiceEvent" }',
        why="the root user is for emergencies only",
    ),
    Watched(
        id="TrailChanged",
        pattern='{ ($.eventSource = "cloudtrail.amazonaws.com") && (($.eventName = "StopLogging") || '
        '($.eventName = "DeleteTrail") || ($.eventName = "UpdateTrail") || ($.eventName = "PutEventSelectors")) }',
        why="whoever silences the audit trail has something to hide",
    ),
    Watched(
        id="KeyDisabled",
        pattern='{ ($.eventSource = "kms.amazonaws.com") && '
        '(($.eventName = "DisableKey") || ($.eventName = "ScheduleKeyDeletion")) }',
        why="without its key, data is gone",
    ),
    Watched(
        id="BoundaryChanged",
        # A new version of any other policy is everyday work of deployments.
        pattern='{ ($.eventName = "DeleteRolePermissionsBoundary") || ($.eventName = "PutRolePermissionsBoundary") || '
        '((($.eventName = "CreatePolicyVersion") || ($.eventName = "SetDefaultPolicyVersion")) && '
        '(($.requestParameters.policyArn = "*-boundary") || ($.requestParameters.policyArn = "BOUNDARY"))) }',
        why="it changes the most that any role may do",
    ),
)


class SecurityAlarms(Construct):
    """Alarms, within five minutes, on root use and on changes to the trail, the keys and the permissions boundary.

    Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudwatch-alarms-for-cloudtrail.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        platform: str,
        log_group_name: str,
        topic: AlarmTopic,
        permissions_boundary_arn: str,
    ) -> None:
        """Create a metric filter and an alarm for each watched event.

        Args:
            scope: the parent.
            id: the construct's id in it.
            platform: the organization's name; metrics lie in `PLATFORM/Security`.
            log_group_name: the log group that receives the audit trail.
            topic: whose owners are told.
            permissions_boundary_arn: a boundary whose changes are told, as are those of every policy `*-boundary`.
        """
        super().__init__(scope, id)
        namespace = f"{platform}/Security"
        for watched in WATCHED:
            logs.CfnMetricFilter(
                self,
                f"{watched.id}Filter",
                log_group_name=log_group_name,
                filter_pattern=watched.pattern.replace("BOUNDARY", permissions_boundary_arn),
                metric_transformations=[
                    logs.CfnMetricFilter.MetricTransformationProperty(
                        metric_namespace=namespace, metric_name=watched.id, metric_value="1"
                    )
                ],
            )
            cloudwatch.CfnAlarm(
                self,
                watched.id,
                alarm_name=f"{platform}-{watched.id}",
                alarm_description=f"{watched.why} (told: {', '.join(topic.owners)})",
                namespace=namespace,
                metric_name=watched.id,
                statistic="Sum",
                period=FIVE_MINUTES,
                evaluation_periods=1,
                threshold=1,
                comparison_operator="GreaterThanOrEqualToThreshold",
                treat_missing_data="notBreaching",
                alarm_actions=[topic.topic_arn],
            )
