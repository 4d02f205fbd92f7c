"""Schedules by boto3: targets are called as the schedule's role when the clock says so."""

from __future__ import annotations

import datetime
import functools
import json
from collections.abc import Mapping
from typing import Any

import pytest

from tests.local.clients import REGION, LocalAws, allow, policy, refusal
from tests.local.laboratory import until

TRUST = {"Effect": "Allow", "Principal": {"Service": "scheduler.amazonaws.com"}, "Action": "sts:AssumeRole"}
Json = dict[str, Any]


class Schedules:
    """Schedules of one account, and the queue that they send to."""

    def __init__(self, aws: LocalAws, account: str) -> None:
        self.aws = aws
        self.account = account
        self.client = aws.client("scheduler", account)
        self.sqs = aws.client("sqs", account)
        self.queue = self.create_queue("q")

    def create_queue(self, name: str) -> str:
        self.sqs.create_queue(QueueName=name)
        return f"arn:aws:sqs:{REGION}:{self.account}:{name}"

    def role(self, *statements: Mapping[str, Any]) -> str:
        return self.aws.role(self.account, *statements, trust=TRUST)

    def create(self, expression: str, *, role: str | None = None, window: Json | None = None, **more: Any) -> str:  # noqa: ANN401
        """Create a schedule that sends to the queue unless told otherwise; its name."""
        target = {"Arn": self.queue, "RoleArn": role or self.role(allow("sqs:SendMessage")), **more.pop("target", {})}
        self.client.create_schedule(
            Name="schedule",
            ScheduleExpression=expression,
            FlexibleTimeWindow=window or {"Mode": "OFF"},
            Target=target,
            **more,
        )
        return "schedule"

    def now(self) -> datetime.datetime:
        """What the clock of the local AWS says."""
        now = self.aws.ask("GET", "/_mlops-stages/clock")[1]["now_seconds"]
        return datetime.datetime.fromtimestamp(now, datetime.UTC)

    def at(self, seconds: float) -> str:
        """An expression of a moment so many seconds ahead."""
        return f"at({self.now() + datetime.timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%S})"

    def advance(self, seconds: float) -> None:
        assert self.aws.ask("POST", "/_mlops-stages/clock", {"advance_seconds": seconds})[0] == 200

    def messages(self, queue: str = "q") -> list[Json]:
        """Every message of a queue, taken from it."""
        url, found = self.sqs.get_queue_url(QueueName=queue)["QueueUrl"], list[Json]()
        asked = {"QueueUrl": url, "MaxNumberOfMessages": 10, "MessageAttributeNames": ["All"]}
        while got := self.sqs.receive_message(**asked).get("Messages"):
            found += got
            for message in got:
                self.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return found


@pytest.fixture
def schedules(quiet_aws: LocalAws, account: str) -> Schedules:
    """Schedules of an account of its own."""
    return Schedules(quiet_aws, account)


def test_a_moment_comes_once_and_its_schedule_goes_if_told_to(schedules: Schedules) -> None:
    given = '{"schedule": "<aws.scheduler.schedule-arn>", "attempt": <aws.scheduler.attempt-number>}'
    schedules.create(schedules.at(3600), target={"Input": given}, ActionAfterCompletion="DELETE")
    arn = schedules.client.get_schedule(Name="schedule")["Arn"]
    schedules.advance(3590)
    assert schedules.messages() == []
    schedules.advance(11)
    assert [json.loads(message["Body"]) for message in schedules.messages()] == [{"schedule": arn, "attempt": 1}]
    refusal(lambda: schedules.client.get_schedule(Name="schedule"), code="ResourceNotFound")


def test_a_rate_comes_at_once_and_again_until_its_end(schedules: Schedules) -> None:
    schedules.create("rate(1 hour)", EndDate=schedules.now() + datetime.timedelta(hours=3, minutes=30))
    schedules.advance(24 * 3600)
    events = [json.loads(message["Body"]) for message in schedules.messages()]
    assert len(events) == 4
    assert {(event["source"], event["detail-type"]) for event in events} == {("aws.scheduler", "Scheduled Event")}


def test_a_week_of_cron_is_one_move_of_the_clock(schedules: Schedules) -> None:
    schedules.create("cron(0 9 * * ? *)", ScheduleExpressionTimezone="Europe/Berlin")
    schedules.advance(7 * 24 * 3600)
    assert len(schedules.messages()) == 7


def test_a_schedule_that_is_disabled_or_deleted_does_not_come(schedules: Schedules) -> None:
    schedules.create(schedules.at(60), State="DISABLED")
    schedules.advance(61)
    found = schedules.client.get_schedule(Name="schedule")
    kept = {name: found[name] for name in ("Name", "FlexibleTimeWindow", "Target")}
    schedules.client.update_schedule(**kept, ScheduleExpression=schedules.at(60), State="ENABLED")
    schedules.client.delete_schedule(Name="schedule")
    schedules.advance(61)
    assert schedules.messages() == []


def test_a_flexible_window_is_kept(schedules: Schedules) -> None:
    schedules.create(schedules.at(60), window={"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 15})
    schedules.advance(59)
    assert schedules.messages() == []
    schedules.advance(15 * 60 + 2)
    assert len(schedules.messages()) == 1


def test_a_role_that_may_not_leaves_a_dead_letter_with_the_reason(schedules: Schedules) -> None:
    lost = schedules.create_queue("lost")
    role = schedules.role(allow("sqs:SendMessage", on=lost))
    schedules.create(schedules.at(60), role=role, target={"Input": '{"n": 1}', "DeadLetterConfig": {"Arn": lost}})
    schedules.advance(61)
    [letter] = schedules.messages("lost")
    told = {name: value["StringValue"] for name, value in letter["MessageAttributes"].items()}
    assert (letter["Body"], told["ERROR_CODE"], told["TARGET_ARN"]) == ('{"n": 1}', "NO_PERMISSIONS", schedules.queue)
    assert told["SCHEDULE_ARN"].endswith(":schedule/default/schedule")


def test_a_role_is_trusted_to_the_schedules_group_and_to_no_other(schedules: Schedules) -> None:
    group = f"arn:aws:scheduler:{REGION}:{schedules.account}:schedule-group"
    for name, is_assumable in (("default", True), ("others", False)):
        trust = {**TRUST, "Condition": {"ArnEquals": {"aws:SourceArn": f"{group}/{name}"}}}
        role = schedules.aws.role(schedules.account, allow("sqs:SendMessage"), trust=trust)
        if is_assumable:
            schedules.create(schedules.at(60), role=role)
            schedules.advance(61)
            assert len(schedules.messages()) == 1
        else:
            asked = functools.partial(schedules.create, schedules.at(60), role=role)
            assert "assume the role" in refusal(asked, code="ValidationException")


def test_any_operation_of_aws_is_a_target_as_far_as_the_role_may(schedules: Schedules) -> None:
    s3 = schedules.aws.client("s3", schedules.account)
    bucket = f"scheduled-{schedules.account}"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    role = schedules.role(allow("s3:PutObject", on=f"arn:aws:s3:::{bucket}/*"))
    given = {"Bucket": bucket, "Key": "drill", "Body": "<aws.scheduler.scheduled-time>"}
    target = {"Arn": "arn:aws:scheduler:::aws-sdk:s3:putObject", "Input": json.dumps(given)}
    schedules.create(schedules.at(60), role=role, target=target)
    schedules.advance(61)
    assert s3.get_object(Bucket=bucket, Key="drill")["Body"].read().startswith(b"20")


@pytest.mark.parametrize(
    "given",
    [
        {"ScheduleExpression": "rate(5 seconds)"},
        {"ScheduleExpressionTimezone": "Nowhere"},
        {"FlexibleTimeWindow": {"Mode": "FLEXIBLE"}},
        {"arn": "arn:aws:scheduler:::aws-sdk:s3:putObjekt"},
        {"arn": "arn:aws:scheduler:::aws-sdk:s3:getObject"},
        {"trust": None},
    ],
)
def test_what_aws_refuses_is_refused(schedules: Schedules, given: Json) -> None:
    role = schedules.aws.role(schedules.account) if "trust" in given else schedules.role()
    target = {"Arn": given.get("arn", schedules.queue), "RoleArn": role}
    asked: Json = {"ScheduleExpression": "rate(5 minutes)", "FlexibleTimeWindow": {"Mode": "OFF"}}
    more = {name: value for name, value in given.items() if name[0].isupper()}
    call = schedules.client.create_schedule
    refusal(lambda: call(Name="s", Target=target, **{**asked, **more}), code="ValidationException")


def test_a_rule_that_goes_by_time_counts_from_its_beginning(schedules: Schedules) -> None:
    events = schedules.aws.client("events", schedules.account)
    statement = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage"}
    url = schedules.sqs.get_queue_url(QueueName="q")["QueueUrl"]
    lets = policy({**statement, "Resource": schedules.queue})
    schedules.sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": lets})
    rule = events.put_rule(Name="nightly", ScheduleExpression="rate(1 hour)")["RuleArn"]
    events.put_targets(Rule="nightly", Targets=[{"Id": "1", "Arn": schedules.queue}])
    schedules.advance(3 * 3600 + 1)
    found = [json.loads(message["Body"]) for message in schedules.messages()]
    assert [(event["source"], event["resources"]) for event in found] == [("aws.events", [rule])] * 3
    events.disable_rule(Name="nightly")
    schedules.advance(3 * 3600)
    assert schedules.messages() == []


def test_cloudformation_makes_schedules_that_are_due_and_refuses_what_the_api_refuses(schedules: Schedules) -> None:
    stacks = schedules.aws.client("cloudformation", schedules.account)

    def template(expression: str) -> str:
        properties = {
            "Name": "declared",
            "ScheduleExpression": expression,
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "Target": {"Arn": schedules.queue, "RoleArn": schedules.role(allow("sqs:SendMessage"))},
        }
        return json.dumps({"Resources": {"S": {"Type": "AWS::Scheduler::Schedule", "Properties": properties}}})

    def status(name: str) -> Any:  # noqa: ANN401
        found = str(stacks.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"])
        return None if found.endswith("IN_PROGRESS") else found

    stacks.create_stack(StackName="wrong", TemplateBody=template("rate(5 seconds)"))
    assert until(lambda: status("wrong")) == "ROLLBACK_COMPLETE"
    stacks.create_stack(StackName="right", TemplateBody=template(schedules.at(600)))
    assert until(lambda: status("right")) == "CREATE_COMPLETE"
    schedules.advance(600)
    assert len(schedules.messages()) == 1


def test_who_may_make_schedules_in_one_group_makes_them_in_no_other(schedules: Schedules) -> None:
    schedules.client.create_schedule_group(Name="mine")
    own = f"arn:aws:scheduler:{REGION}:{schedules.account}:schedule/mine/look-*"
    handed = schedules.role(allow("sqs:SendMessage"))
    statements = (allow("scheduler:CreateSchedule", "scheduler:DeleteSchedule", on=own), allow("iam:PassRole"))
    caller = schedules.aws.client("scheduler", schedules.aws.as_role(schedules.account, *statements))
    given: Json = {
        "Name": "look-1",
        "ScheduleExpression": schedules.at(3600),
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {"Arn": schedules.queue, "RoleArn": handed},
    }
    caller.create_schedule(**given, GroupName="mine")
    for changed in ({}, {"GroupName": "default"}, {"GroupName": "mine", "Name": "another"}):
        assert "scheduler:CreateSchedule" in refusal(lambda changed=changed: caller.create_schedule(**given | changed))
    refusal(lambda: caller.delete_schedule(Name="look-1"))
    caller.delete_schedule(Name="look-1", GroupName="mine")
