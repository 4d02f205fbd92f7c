"""AlarmTopic: encrypted, published to by this account's alarms, with a named owner."""

import pytest
from aws_cdk import Stack

from mlops_stages.foundation import AlarmTopic, events_may_encrypt
from tests.foundation.built import HERE, Built, Json, a_key, built, refused, resolved
from tests.foundation.judge import Caller, Service

OWNERS = ["platform@acme.example", "deputy@acme.example"]
ALARMS = Service(principal="cloudwatch.amazonaws.com")
STRANGER = Service(principal="cloudwatch.amazonaws.com", account="999999999999")


def make(stack: Stack) -> None:
    topic = AlarmTopic(stack, "Alarms", perimeter=HERE, key_arn=a_key(stack).key_arn, owners=OWNERS)
    assert topic.owners == tuple(OWNERS)


@pytest.fixture(scope="module")
def found() -> Built:
    return built(make)


@pytest.fixture(scope="module")
def policy(found: Built) -> Json:
    (topic,) = found.resources("AWS::SNS::Topic")
    return resolved(found.one("AWS::SNS::TopicPolicy")["PolicyDocument"], {topic: "the-topic"})


def test_the_topic_is_under_the_given_key(found: Built) -> None:
    (key,) = found.resources("AWS::KMS::Key")
    assert found.one("AWS::SNS::Topic")["KmsMasterKeyId"] == {"Fn::GetAtt": [key, "Arn"]}


def test_each_owner_is_told_by_mail(found: Built) -> None:
    assert sorted((s["Protocol"], s["Endpoint"]) for s in found.all("AWS::SNS::Subscription")) == sorted(
        ("email", owner) for owner in OWNERS
    )


def test_alarms_of_this_account_publish_and_others_do_not(policy: Json) -> None:
    assert ALARMS.passes(policy, "sns:Publish", "the-topic") == "Allow"
    assert STRANGER.passes(policy, "sns:Publish", "the-topic") == "ImplicitDeny"
    assert Service(principal="events.amazonaws.com").passes(policy, "sns:Publish", "the-topic") == "ImplicitDeny"
    assert Caller().passes(policy, "sns:Publish", "the-topic") == "ImplicitDeny"
    assert Caller().passes(policy, "sns:Subscribe", "the-topic") == "ImplicitDeny"


def test_plain_http_is_refused(policy: Json) -> None:
    refusal = policy["Statement"][1]
    assert (refusal["Effect"], refusal["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})


def test_the_keys_statement_lets_alarms_of_this_account_encrypt(found: Built) -> None:
    key_policy = found.one("AWS::KMS::Key")["KeyPolicy"]
    for action in ("kms:GenerateDataKey", "kms:Decrypt"):
        assert ALARMS.passes(key_policy, action) == "Allow"
        assert STRANGER.passes(key_policy, action) == "ImplicitDeny"


def test_an_alarm_that_nobody_receives_is_refused() -> None:
    message, created = refused(
        lambda stack: AlarmTopic(stack, "Alarms", perimeter=HERE, key_arn=a_key(stack).key_arn, owners=[])
    )
    assert message.startswith("FND-060")
    assert not [path for path in created if path.startswith("Alone/Alarms")]


def test_the_packs_find_nothing(found: Built) -> None:
    assert found.findings == ()


RULE = "arn:aws:events:eu-west-1:111111111111:rule/arrivals-registry"


def test_rules_of_eventbridge_publish_where_they_are_named() -> None:
    found = built(
        lambda stack: AlarmTopic(
            stack, "Alarms", perimeter=HERE, key_arn=a_key(stack).key_arn, owners=OWNERS, rule_arns=[RULE]
        )
    )
    (topic,) = found.resources("AWS::SNS::Topic")
    policy = resolved(found.one("AWS::SNS::TopicPolicy")["PolicyDocument"], {topic: "the-topic"})
    events = Service(principal="events.amazonaws.com")
    assert events.passes(policy, "sns:Publish", "the-topic", aws__SourceArn=RULE) == "Allow"
    assert events.passes(policy, "sns:Publish", "the-topic", aws__SourceArn=f"{RULE}-2") == "ImplicitDeny"
    assert events.passes(policy, "sns:Publish", "the-topic") == "ImplicitDeny"


def test_eventbridge_encrypts_without_a_condition_which_aws_would_not_fulfil() -> None:
    statement = events_may_encrypt()
    assert (statement.conditions, statement.actions) == (None, ["kms:Decrypt", "kms:GenerateDataKey"])
