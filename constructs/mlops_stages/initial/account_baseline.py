"""What an account of any purpose has before anything else."""

from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import aws_s3 as s3
from constructs import Construct

from mlops_stages.foundation import (
    AccessLogBucket,
    AlarmTopic,
    CustomerManagedKey,
    Perimeter,
    PermissionsBoundary,
    alarms_may_encrypt,
    events_may_encrypt,
    functions_may_encrypt,
    import_bucket,
    logs_may_encrypt,
)
from mlops_stages.initial.audit_trail import AuditTrail
from mlops_stages.initial.security_alarms import SecurityAlarms


@dataclass(frozen=True, kw_only=True)
class GivenFromOutside:
    """What a landing zone such as Control Tower provides; `None` lets the account make its own."""

    permissions_boundary_arn: str | None = None
    access_log_bucket: str | None = None
    cost_anomaly_monitor_arn: str | None = None


class AccountBaseline:
    """Permissions boundary, access logs, a key for operations, alarms to the owner, and once an account its trail.

    Not a construct: its parts are children of the account's own construct, next to what is made for the purpose.

    Source: https://docs.aws.amazon.com/prescriptive-guidance/latest/security-reference-architecture/welcome.html
    """

    def __init__(
        self,
        scope: Construct,
        *,
        platform: str,
        owner: str,
        perimeter: Perimeter,
        boundary_name: str,
        operations_alias: str,
        actions: Sequence[str],
        trail_name: str | None,
        tells_of_calls: bool = False,
        runs_functions: bool = False,
        has_own_bucket: bool = False,
        given: GivenFromOutside | None = None,
    ) -> None:
        """Create the parts under `scope`.

        Args:
            scope: the account's construct.
            platform: the organization's name, which starts all names.
            owner: e-mail address of who is told about alarms.
            perimeter: the account and its organization.
            boundary_name: name of the permissions boundary; each purpose has its own.
            operations_alias: alias, without `alias/`, of the key of logs and alarms; each purpose has its own.
            actions: every action that a role of the account may use.
            trail_name: name of the audit trail; `None` where the account has one already, for another purpose.
            tells_of_calls: whether rules of EventBridge tell the owner of API calls, by the topic of alarms.
            runs_functions: whether functions of the account keep their environment under the key of operations.
            has_own_bucket: whether `scope` makes a bucket beside these parts, which logs to the account's.
            given: what exists already.
        """
        given = given if given is not None else GivenFromOutside()
        self.permissions_boundary_arn: str = (
            given.permissions_boundary_arn
            if given.permissions_boundary_arn is not None
            else PermissionsBoundary(
                scope, "Boundary", perimeter=perimeter, name=boundary_name, actions=actions
            ).policy_arn
        )
        self._access_logs: AccessLogBucket | None = None
        if given.access_log_bucket is None:
            self._access_logs = AccessLogBucket(
                scope,
                "AccessLogs",
                perimeter=perimeter,
                logs_come_from_other_stacks=trail_name is None and not has_own_bucket,
            )
            self.access_log_bucket: s3.IBucket = self._access_logs.bucket
        else:
            self.access_log_bucket = import_bucket(scope, "AccessLogs", name=given.access_log_bucket)
        self._scope = scope
        self._trail = (
            AuditTrail(
                scope,
                "AuditTrail",
                name=trail_name,
                perimeter=perimeter,
                access_log_bucket=self.access_log_bucket,
                permissions_boundary_arn=self.permissions_boundary_arn,
            )
            if trail_name is not None
            else None
        )
        self.operations_key = CustomerManagedKey(
            scope,
            "OperationsKey",
            perimeter=perimeter,
            alias=operations_alias,
            description="Flow logs and alarms",
            statements=[
                *logs_may_encrypt(perimeter),
                alarms_may_encrypt(perimeter),
                *([events_may_encrypt()] if tells_of_calls else []),
                *(functions_may_encrypt(perimeter) if runs_functions else []),
            ],
        )
        self.alarm_topic = AlarmTopic(
            scope,
            "Alarms",
            perimeter=perimeter,
            key_arn=self.operations_key.key_arn,
            owners=[owner],
            rule_arns=[perimeter.arn("events", "rule/*")] if tells_of_calls else [],
        )
        if self._trail is not None:
            SecurityAlarms(
                scope,
                "SecurityAlarms",
                platform=platform,
                log_group_name=self._trail.log_group_name,
                topic=self.alarm_topic,
                permissions_boundary_arn=self.permissions_boundary_arn,
            )

    def start_trail_after_the_rest(self, *then: Construct) -> None:
        """Create the trail when all that its account's construct has so far is there, and `then` only after it.

        What the trail has written cannot be deleted for as long as its bucket is locked, so a create that fails later
        cannot be rolled back whole. What `then` leaves behind when it is deleted is worse still: it comes last.
        """
        if self._trail is None:
            return
        # The trail refers to the bucket of access logs, so that it waits for that already.
        apart = (self._trail, self._access_logs, *then)
        rest = [child for child in self._scope.node.children if child not in apart]
        policies = [self._access_logs.policy] if self._access_logs is not None else []
        self._trail.trail.node.add_dependency(*rest, *policies)
        for construct in then:
            construct.node.add_dependency(self._trail.trail)
