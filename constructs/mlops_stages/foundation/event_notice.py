"""Somebody is told when something happens in an account."""

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from constructs import Construct

FIVE_MINUTES = 300
CALLS = {
    "who": "$.detail.userIdentity.arn",
    "what": "$.detail.eventName",
    "when": "$.detail.eventTime",
    "account": "$.account",
    "event": "$.detail.eventID",
    "request": "$.detail.requestParameters",
}
"""What a notice of an API call can say, each by where it stands in the event that CloudTrail sends."""


def calls_of(service: str, names: Sequence[str], **detail: Any) -> dict[str, Any]:  # noqa: ANN401  # any JSON
    """The pattern of API calls that CloudTrail records: of a service ("sagemaker"), by name, and what else is asked.

    Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
    """
    return {
        "source": [f"aws.{service}"],
        "detail-type": ["AWS API Call via CloudTrail"],
        "detail": {"eventSource": [f"{service}.amazonaws.com"], "eventName": list(names), **detail},
    }


class EventNotice(Construct):
    """A rule of EventBridge that tells topics of API calls: who called what, when, and with which request.

    Calls reach EventBridge where the account has a trail. If a notice cannot be delivered, an alarm says so.

    Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        pattern: Mapping[str, Any],
        why: str,
        topic_arns: Sequence[str],
        failures_to: str,
    ) -> None:
        """Create the rule and the alarm.

        Args:
            scope: the parent.
            id: the construct's id in it.
            name: the rule's name, at most 64 characters; topics let it in by that.
            pattern: the events, such as `calls_of` returns.
            why: what the reader has to know about such a call: the notice's first line.
            topic_arns: who is told, at most five topics.
            failures_to: the topic that is told when a notice cannot be delivered.
        """
        super().__init__(scope, id)
        lines = (
            why,
            "<what> by <who> at <when> in account <account>",
            "request: <request>",
            "event <event> of the audit trail",
        )
        told = events.CfnRule.InputTransformerProperty(
            input_paths_map=CALLS, input_template="\n".join(f'"{line}"' for line in lines)
        )
        events.CfnRule(
            self,
            "Resource",
            name=name,
            description=why,
            event_pattern=dict(pattern),
            state="ENABLED",
            targets=[
                events.CfnRule.TargetProperty(id=f"Topic{number}", arn=arn, input_transformer=told)
                for number, arn in enumerate(topic_arns, 1)
            ],
        )
        cloudwatch.CfnAlarm(
            self,
            "Undelivered",
            alarm_name=f"{name}-undelivered",
            alarm_description=f"EventBridge could not tell of what its rule {name} saw: {why}",
            namespace="AWS/Events",
            metric_name="FailedInvocations",
            dimensions=[cloudwatch.CfnAlarm.DimensionProperty(name="RuleName", value=name)],
            statistic="Sum",
            period=FIVE_MINUTES,
            evaluation_periods=1,
            threshold=1,
            comparison_operator="GreaterThanOrEqualToThreshold",
            treat_missing_data="notBreaching",
            alarm_actions=[failures_to],
        )
