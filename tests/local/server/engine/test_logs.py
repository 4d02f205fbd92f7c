"""Calls of CloudWatch Logs are judged on what AWS asks about: the stream where one is named, else the group."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import pytest

from mlops_stages.local.server.engine.logs import log_resource
from tests.local.clients import REGION, LocalAws, allow, refusal

GROUP = "/aws/sagemaker/TrainingJobs"
ARN = f"arn:aws:logs:eu-west-1:111111111111:log-group:{GROUP}"


@pytest.mark.parametrize(
    ("action", "parameters", "resource"),
    [
        ("GetLogEvents", {"logGroupName": GROUP, "logStreamName": "job/algo-1"}, f"{ARN}:log-stream:job/algo-1"),
        ("GetLogEvents", {"logGroupIdentifier": ARN, "logStreamName": "job/1"}, f"{ARN}:log-stream:job/1"),
        ("PutLogEvents", {"logGroupName": GROUP, "logStreamName": "a"}, f"{ARN}:log-stream:a"),
        ("CreateLogStream", {"logGroupName": GROUP, "logStreamName": "a"}, f"{ARN}:log-stream:a"),
        ("DescribeLogStreams", {"logGroupName": GROUP, "logStreamNamePrefix": "a"}, f"{ARN}:log-stream:"),
        ("DescribeLogStreams", {"logGroupIdentifier": f"{ARN}:*"}, f"{ARN}:log-stream:"),
        ("FilterLogEvents", {"logGroupName": GROUP, "logStreamNames": ["a"]}, f"{ARN}:log-stream:"),
        ("StartQuery", {"logGroupNames": [GROUP]}, f"{ARN}:log-stream:"),
        ("StartQuery", {"logGroupNames": [GROUP, "other"]}, "*"),
        (
            "DescribeLogGroups",
            {"logGroupNamePrefix": "/aws"},
            "arn:aws:logs:eu-west-1:111111111111:log-group::log-stream:",
        ),
        ("DescribeQueryDefinitions", {}, "*"),
    ],
)
def test_a_call_is_on_what_aws_says_that_it_is(action: str, parameters: Mapping[str, Any], resource: str) -> None:
    assert log_resource(action, parameters, "eu-west-1", "111111111111") == resource


@pytest.fixture
def written(local_aws: LocalAws, account: str) -> str:
    """The log group, with a stream of team fraud and one of team credit; the ARN of the group."""
    logs = local_aws.client("logs", account)
    logs.create_log_group(logGroupName=GROUP, tags={"team": "fraud"})
    for stream in ("fraud-job/algo-1", "credit-job/algo-1"):
        logs.create_log_stream(logGroupName=GROUP, logStreamName=stream)
        event = {"timestamp": int(time.time() * 1000), "message": stream}
        logs.put_log_events(logGroupName=GROUP, logStreamName=stream, logEvents=[event])
    return f"arn:aws:logs:{REGION}:{account}:log-group:{GROUP}"


def test_a_permission_on_a_teams_streams_reads_those_and_no_other(
    local_aws: LocalAws, account: str, written: str
) -> None:
    mine = local_aws.client("logs", local_aws.as_role(account, allow("logs:*", on=f"{written}:log-stream:fraud-*")))
    read = mine.get_log_events(logGroupName=GROUP, logStreamName="fraud-job/algo-1")
    assert [event["message"] for event in read["events"]] == ["fraud-job/algo-1"]
    told = refusal(lambda: mine.get_log_events(logGroupName=GROUP, logStreamName="credit-job/algo-1"))
    assert f"logs:GetLogEvents on resource: {written}:log-stream:credit-job/algo-1" in told
    refusal(lambda: mine.describe_log_streams(logGroupName=GROUP))
    refusal(lambda: mine.filter_log_events(logGroupName=GROUP))


def test_a_permission_on_a_group_needs_the_end_that_aws_gives_its_arn(
    local_aws: LocalAws, account: str, written: str
) -> None:
    plain = local_aws.client("logs", local_aws.as_role(account, allow("logs:DescribeLogStreams", on=written)))
    refusal(lambda: plain.describe_log_streams(logGroupName=GROUP))
    whole = local_aws.client("logs", local_aws.as_role(account, allow("logs:DescribeLogStreams", on=f"{written}:*")))
    assert len(whole.describe_log_streams(logGroupName=GROUP)["logStreams"]) == 2


def test_conditions_still_see_the_tags_of_the_group(local_aws: LocalAws, account: str, written: str) -> None:
    for team, allowed in (("fraud", True), ("credit", False)):
        when = {"StringEquals": {"aws:ResourceTag/team": team}}
        policy = allow("logs:DescribeLogStreams", on=f"{written}:*", when=when)
        logs = local_aws.client("logs", local_aws.as_role(account, policy))
        if allowed:
            logs.describe_log_streams(logGroupName=GROUP)
        else:
            refusal(lambda logs=logs: logs.describe_log_streams(logGroupName=GROUP))
