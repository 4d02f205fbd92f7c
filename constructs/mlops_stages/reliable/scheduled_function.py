"""What a function needs that a schedule or a queue calls: queues and the schedule."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aws_cdk import RemovalPolicy
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from mlops_stages.foundation import LambdaFunction, Perimeter, ServiceRole, Statement, policy_document
from mlops_stages.reliable.model_transform import DUE

FUNCTION_SECONDS = 900
VISIBILITY_SECONDS = 6 * FUNCTION_SECONDS
"""As Lambda asks of a queue whose messages it tries again.

Source: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
"""
LONGEST_SECONDS = 14 * 24 * 3600
HOUR = 3600


@dataclass(frozen=True, kw_only=True)
class FurtherCall:
    """Another schedule that calls the same function.

    Attributes:
        id: the schedule's id in its scope.
        name: of the schedule, in the function's own group.
        expression: when it calls.
        what: what the call does.
        event: what the function is told besides when the call was due.
    """

    id: str
    name: str
    expression: str
    what: str
    event: Mapping[str, str]


def private_queue(
    scope: Construct, id: str, *, name: str, key_arn: str, redrive: Mapping[str, object] | None = None
) -> sqs.CfnQueue:
    """A queue under a key, which plain HTTP does not reach. What is in it can be made again: it goes with its stack."""
    queue = sqs.CfnQueue(
        scope,
        id,
        queue_name=name,
        kms_master_key_id=key_arn,
        message_retention_period=LONGEST_SECONDS,
        visibility_timeout=VISIBILITY_SECONDS,
        redrive_policy=redrive,
    )
    queue.apply_removal_policy(RemovalPolicy.DESTROY)
    refusal = Statement(
        sid="RefusePlainHttp",
        effect="Deny",
        principals="*",
        actions=["sqs:*"],
        resources=[queue.attr_arn],
        conditions={"Bool": {"aws:SecureTransport": "false"}},
    )
    sqs.CfnQueuePolicy(scope, f"{id}Policy", queues=[queue.ref], policy_document=policy_document([refusal]))
    return queue


def keep_what_failed(failed_arn: str, key_arn: str) -> tuple[Statement, ...]:
    """Send what failed every time to its queue."""
    return (
        Statement(sid="KeepWhatFailed", actions=["sqs:SendMessage"], resources=[failed_arn]),
        Statement(sid="UseTheKeyOfTheQueues", actions=["kms:Decrypt", "kms:GenerateDataKey"], resources=[key_arn]),
    )


def call(function_arn: str, failed_arn: str, key_arn: str) -> tuple[Statement, ...]:
    """What a schedule does."""
    return (
        Statement(sid="CallTheFunction", actions=["lambda:InvokeFunction"], resources=[function_arn]),
        *keep_what_failed(failed_arn, key_arn),
    )


def call_on_schedule(
    scope: Construct,
    *,
    perimeter: Perimeter,
    function: LambdaFunction,
    failed_arn: str,
    key_arn: str,
    expression: str,
    what: str,
    permissions_boundary_arn: str,
    further: Sequence[FurtherCall] = (),
) -> tuple[scheduler.CfnSchedule, ...]:
    """A schedule and further ones, their group and their role; the function is told when the call was due.

    It goes by that. What is called has the first schedule's name; `what` says what the call does.

    Source: https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
    """
    name = function.name
    group = scheduler.CfnScheduleGroup(scope, "Group", name=name)
    role = ServiceRole(
        scope,
        "ScheduleRole",
        perimeter=perimeter,
        service="scheduler.amazonaws.com",
        description=f"Calls the function {name}",
        permissions_boundary_arn=permissions_boundary_arn,
        statements=call(function.function_arn, failed_arn, key_arn),
        trust_conditions={"ArnEquals": {"aws:SourceArn": perimeter.arn("scheduler", f"schedule-group/{name}")}},
    )
    first = FurtherCall(id="Schedule", name=name, expression=expression, what=what, event={})
    return tuple(
        scheduler.CfnSchedule(
            scope,
            each.id,
            name=each.name,
            group_name=group.ref,
            description=each.what,
            schedule_expression=each.expression,
            flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF"),
            state="ENABLED",
            kms_key_arn=key_arn,
            target=scheduler.CfnSchedule.TargetProperty(
                arn=function.function_arn,
                role_arn=role.role_arn,
                input=json.dumps({**each.event, "at": DUE}),
                dead_letter_config=scheduler.CfnSchedule.DeadLetterConfigProperty(arn=failed_arn),
                retry_policy=scheduler.CfnSchedule.RetryPolicyProperty(
                    maximum_retry_attempts=5, maximum_event_age_in_seconds=HOUR
                ),
            ),
        )
        for each in (first, *further)
    )
