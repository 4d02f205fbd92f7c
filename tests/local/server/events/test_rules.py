"""Rules by boto3: targets are called as AWS calls them, in this account and in others."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from tests.local.clients import REGION, LocalAws, allow, policy, refusal
from tests.local.laboratory import until

SERVICE = {"Service": "events.amazonaws.com"}
TRUST = {"Effect": "Allow", "Principal": SERVICE, "Action": "sts:AssumeRole"}
Json = dict[str, Any]


class Account:
    """One account's buses, queues and roles."""

    def __init__(self, aws: LocalAws, account: str) -> None:
        self.aws = aws
        self.id = account
        self.events = aws.client("events", account)
        self.sqs = aws.client("sqs", account)

    def arn(self, service: str, rest: str) -> str:
        return f"arn:aws:{service}:{REGION}:{self.id}:{rest}"

    def queue(self, name: str, *principals: Mapping[str, Any], **attributes: str) -> str:
        """A queue that those may send to; its ARN."""
        queue = self.arn("sqs", name)
        statements = [
            {"Effect": "Allow", "Principal": each, "Action": "sqs:SendMessage", "Resource": queue}
            for each in principals
        ]
        given = {"Policy": policy(*statements)} if statements else {}
        self.sqs.create_queue(QueueName=name, Attributes={**given, **attributes})
        return queue

    def messages(self, queue: str, number: int = 1) -> list[Json]:
        """That many messages of a queue, taken from it."""
        url, found = self.sqs.get_queue_url(QueueName=queue.rpartition(":")[2])["QueueUrl"], list[Json]()

        def enough() -> bool:
            asked = {"QueueUrl": url, "MessageAttributeNames": ["All"], "AttributeNames": ["All"]}
            got = self.sqs.receive_message(**asked, WaitTimeSeconds=1, MaxNumberOfMessages=10).get("Messages", [])
            for message in got:
                self.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            found.extend(got)
            return len(found) >= number

        until(enough)
        return found

    def is_empty(self, queue: str) -> bool:
        url = self.sqs.get_queue_url(QueueName=queue.rpartition(":")[2])["QueueUrl"]
        return "Messages" not in self.sqs.receive_message(QueueUrl=url)

    def role(self, *statements: Mapping[str, Any]) -> str:
        return self.aws.role(self.id, *statements, trust=TRUST)

    def rule(self, *targets: Mapping[str, Any], bus: str = "default", source: str = "team") -> str:
        """A rule with those targets; its ARN."""
        pattern = json.dumps({"source": [source]})
        arn = self.events.put_rule(Name="rule", EventPattern=pattern, EventBusName=bus)["RuleArn"]
        given = [{"Id": str(number), **target} for number, target in enumerate(targets)]
        self.events.put_targets(Rule="rule", EventBusName=bus, Targets=given)
        return str(arn)

    def put(self, detail: Json, bus: str = "default", source: str = "team") -> Json:
        entry = {"Source": source, "DetailType": "Promoted", "Detail": json.dumps(detail), "EventBusName": bus}
        put: Json = self.events.put_events(Entries=[entry])
        return put

    def counted(self, rule: str, name: str) -> float:
        """The sum of a metric of a rule."""
        now = float(self.aws.ask("GET", "/_mlops-stages/clock")[1]["now_seconds"])
        found = self.aws.client("cloudwatch", self.id).get_metric_statistics(
            Namespace="AWS/Events",
            MetricName=name,
            Dimensions=[{"Name": "RuleName", "Value": rule}],
            StartTime=now - 7200,
            EndTime=now + 120,
            Period=86400,
            Statistics=["Sum"],
        )
        return sum(point["Sum"] for point in found["Datapoints"])


@pytest.fixture
def own(local_aws: LocalAws, account: str) -> Account:
    """The account that events come from."""
    return Account(local_aws, account)


@pytest.fixture
def other(local_aws: LocalAws, account: str) -> Account:
    """Another account."""
    return Account(local_aws, str(int(account) + 1))


def test_a_target_that_does_not_let_eventbridge_leaves_its_event_in_the_dead_letter_queue(own: Account) -> None:
    lets, not_this, lost = own.queue("lets", SERVICE), own.queue("not-this"), own.queue("lost", SERVICE)
    dead = {"DeadLetterConfig": {"Arn": lost}}
    gone = own.arn("lambda", "function:gone")
    rule = own.rule({"Arn": lets}, {"Arn": not_this, **dead}, {"Arn": gone, **dead})
    own.put({"version": 7})
    [event] = [json.loads(message["Body"]) for message in own.messages(lets)]
    assert (event["detail"], event["account"], event["detail-type"]) == ({"version": 7}, own.id, "Promoted")
    letters = {
        told["TARGET_ARN"]["StringValue"]: (told, json.loads(message["Body"]))
        for message in own.messages(lost, 2)
        for told in [message["MessageAttributes"]]
    }
    told, body = letters[not_this]
    assert (told["RULE_ARN"]["StringValue"], told["ERROR_CODE"]["StringValue"]) == (rule, "NO_PERMISSIONS")
    assert (body["detail"], letters[gone][0]["ERROR_CODE"]["StringValue"]) == ({"version": 7}, "NO_RESOURCE")
    assert own.is_empty(not_this)
    assert (own.counted("rule", "FailedInvocations"), own.counted("rule", "InvocationsSentToDlq")) == (2, 2)
    assert own.counted("rule", "Invocations") == 3


def test_a_state_machine_is_started_as_the_targets_role(own: Account) -> None:
    states = own.aws.client("stepfunctions", own.id)
    trust = {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}
    definition = json.dumps({"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}})
    role = own.aws.role(own.id, trust=trust)
    machine = states.create_state_machine(name="m", roleArn=role, definition=definition)["stateMachineArn"]
    may, may_not, lost = own.role(allow("states:StartExecution", on=machine)), own.role(), own.queue("lost", SERVICE)
    dead = {"DeadLetterConfig": {"Arn": lost}}
    given = {"InputTransformer": {"InputPathsMap": {"v": "$.detail.version"}, "InputTemplate": '{"version": <v>}'}}
    own.rule({"Arn": machine, "RoleArn": may, **given}, {"Arn": machine, "RoleArn": may_not, **dead})
    own.put({"version": 7})
    [execution] = until(lambda: states.list_executions(stateMachineArn=machine)["executions"])
    found = states.describe_execution(executionArn=execution["executionArn"])
    assert json.loads(found["input"]) == {"version": 7}
    [letter] = own.messages(lost)
    assert letter["MessageAttributes"]["ERROR_CODE"]["StringValue"] == "NO_PERMISSIONS"
    assert "states:StartExecution" in letter["MessageAttributes"]["ERROR_MESSAGE"]["StringValue"]


def test_a_bus_of_another_account_takes_events_by_its_policy_and_the_senders_role(own: Account, other: Account) -> None:
    bus = other.events.create_event_bus(Name="releases")["EventBusArn"]
    got, lost = other.queue("got", SERVICE), own.queue("lost", SERVICE)
    other.rule({"Arn": got}, bus="releases")
    may, may_not = own.role(allow("events:PutEvents", on=bus)), own.role()
    dead = {"DeadLetterConfig": {"Arn": lost}}
    own.rule({"Arn": bus, "RoleArn": may, **dead}, {"Arn": bus, "RoleArn": may_not, **dead})
    own.put({"n": 1})
    assert [letter["MessageAttributes"]["ERROR_CODE"]["StringValue"] for letter in own.messages(lost, 2)] == [
        "NO_PERMISSIONS",
        "NO_PERMISSIONS",
    ]
    other.events.put_permission(EventBusName="releases", StatementId="own", Action="events:PutEvents", Principal=own.id)
    own.put({"n": 2})
    [event] = [json.loads(message["Body"]) for message in other.messages(got)]
    assert (event["detail"], event["account"], event["region"]) == ({"n": 2}, own.id, REGION)
    assert len(own.messages(lost)) == 1


def test_an_event_is_not_sent_on_to_a_third_account(own: Account, other: Account) -> None:
    third = Account(own.aws, str(int(own.id) + 2))
    got, lost = third.queue("got", SERVICE), other.queue("lost", SERVICE)
    third.rule({"Arn": got})
    for account, sender in ((other, own), (third, other)):
        account.events.put_permission(StatementId="in", Action="events:PutEvents", Principal=sender.id)
        role = sender.role(allow("events:PutEvents"))
        bus = account.arn("events", "event-bus/default")
        sender.rule({"Arn": bus, "RoleArn": role, **({"DeadLetterConfig": {"Arn": lost}} if sender is other else {})})
    own.put({"n": 1})
    [letter] = other.messages(lost)
    assert letter["MessageAttributes"]["ERROR_CODE"]["StringValue"] == "THIRD_ACCOUNT_HOP_DETECTED"
    assert third.is_empty(got)


def test_put_events_reaches_the_bus_of_another_account_by_both_policies(own: Account, other: Account) -> None:
    bus = other.events.create_event_bus(Name="releases")["EventBusArn"]
    got = other.queue("got", SERVICE)
    other.rule({"Arn": got}, bus="releases")
    refusal(lambda: own.put({"n": 1}, bus))
    other.events.put_permission(EventBusName="releases", StatementId="own", Action="events:PutEvents", Principal=own.id)
    assert own.put({"n": 2}, bus)["FailedEntryCount"] == 0
    [event] = [json.loads(message["Body"]) for message in other.messages(got)]
    assert (event["detail"], event["account"]) == ({"n": 2}, own.id)
    refused = own.put({}, bus, source="aws.sagemaker")["Entries"][0]
    assert refused["ErrorCode"] == "NotAuthorizedForSourceException"
    nobody = own.aws.client("events", own.aws.as_role(own.id))
    entry = {"Source": "team", "DetailType": "d", "Detail": "{}", "EventBusName": bus}
    refusal(lambda: nobody.put_events(Entries=[entry]))


def test_queues_topics_and_functions_of_another_account_are_targets_by_both_policies(
    own: Account, other: Account
) -> None:
    role = own.role(allow("sqs:SendMessage", "sns:Publish", "lambda:InvokeFunction"))
    lets, not_this = other.queue("lets", {"AWS": role}), other.queue("not-this", {"AWS": own.role()})
    told = other.queue("told", {"Service": "sns.amazonaws.com"})
    sns = other.aws.client("sns", other.id)
    topic = sns.create_topic(Name="owners")["TopicArn"]
    statement = {"Effect": "Allow", "Principal": {"AWS": role}, "Action": "sns:Publish", "Resource": topic}
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy(statement))
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=told, Attributes={"RawMessageDelivery": "true"})
    lost = own.queue("lost", SERVICE)
    dead = {"DeadLetterConfig": {"Arn": lost}}
    own.rule(
        {"Arn": lets, "RoleArn": role}, {"Arn": not_this, "RoleArn": role, **dead}, {"Arn": topic, "RoleArn": role}
    )
    own.put({"n": 1})
    assert json.loads(other.messages(lets)[0]["Body"])["detail"] == {"n": 1}
    assert json.loads(other.messages(told)[0]["Body"])["detail"] == {"n": 1}
    assert own.messages(lost)[0]["MessageAttributes"]["TARGET_ARN"]["StringValue"] == not_this
