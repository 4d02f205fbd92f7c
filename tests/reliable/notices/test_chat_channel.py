"""ChatChannel: the channel shows what its topic sends, its members do nothing, and a team's models share it."""

import json
import re
from dataclasses import replace

import pytest
from aws_cdk import Stack

from mlops_stages.reliable.decisions import TeamDecisions
from mlops_stages.reliable.notices import Escalation, SlackChannel
from mlops_stages.runtime.notices.settings import VARIABLE
from tests.foundation.built import Built, Json, built, resolved
from tests.foundation.judge import Caller
from tests.reliable.decisions.test_team_decisions import NEXT, REFUNDS, a_model, a_team
from tests.reliable.notices.test_model_notices import references
from tests.reliable.serving import BOUNDARY, PRODUCTION, SERVED

SLACK = SlackChannel(workspace="T0123ABCD", channel="C0123ABCD")
SHOWN = Escalation(minutes=240, others=[NEXT], channel=SLACK)
QUIET = replace(SERVED, model="quiet-one")


def two_that_share_it(stack: Stack) -> TeamDecisions:
    """Two models in one channel, and one in none."""
    return a_team(stack, a_model(escalation=SHOWN), a_model(served=REFUNDS, escalation=SHOWN), a_model(served=QUIET))


@pytest.fixture(scope="module")
def found() -> Built:
    return built(two_that_share_it)


@pytest.fixture(scope="module")
def configured(found: Built) -> Json:
    (only,) = found.all("AWS::Chatbot::SlackChannelConfiguration")
    return only


def the_topic(found: Built) -> str:
    (topic,) = (name for name in found.resources("AWS::SNS::Topic") if "ChatC0123ABCD" in name)
    return topic


def policies_of(found: Built, role_name: str) -> Caller:
    (role,) = (each for each in found.all("AWS::IAM::Role") if each.get("RoleName") == role_name)
    policies = found.resources("AWS::IAM::ManagedPolicy")
    own = [policies[each["Ref"]]["Properties"]["PolicyDocument"] for each in role["ManagedPolicyArns"]]
    return Caller(policies=resolved(own, references(found)), account=PRODUCTION)


def test_the_packs_find_nothing(found: Built) -> None:
    assert found.findings == ()


def test_a_channel_that_two_models_share_is_configured_once(configured: Json) -> None:
    assert configured["ConfigurationName"] == "acme-fraud-production-T0123ABCD-C0123ABCD"
    assert (configured["SlackWorkspaceId"], configured["SlackChannelId"]) == ("T0123ABCD", "C0123ABCD")


def test_it_shows_the_one_topic(found: Built, configured: Json) -> None:
    assert configured["SnsTopicArns"] == [{"Ref": the_topic(found)}]


def test_nobody_does_anything_from_the_channel(found: Built, configured: Json) -> None:
    assert configured["GuardrailPolicies"] == ["arn:aws:iam::aws:policy/AWSDenyAll"]
    assert configured["UserRoleRequired"] is True
    role = found.resources("AWS::IAM::Role")[configured["IamRoleArn"]["Fn::GetAtt"][0]]["Properties"]
    assert "ManagedPolicyArns" not in role
    assert "Policies" not in role
    assert role["PermissionsBoundary"] == BOUNDARY
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": ["chatbot.amazonaws.com"]}
    assert trust["Condition"]["StringEqualsIfExists"]["aws:SourceAccount"] == PRODUCTION


def test_no_log_is_written_in_another_region(configured: Json) -> None:
    assert configured["LoggingLevel"] == "NONE"


def test_its_topic_is_encrypted_and_mails_nobody(found: Built) -> None:
    name = the_topic(found)
    assert found.resources("AWS::SNS::Topic")[name]["Properties"]["KmsMasterKeyId"]
    assert all(each["TopicArn"] != {"Ref": name} for each in found.all("AWS::SNS::Subscription"))
    (policy,) = (each for each in found.all("AWS::SNS::TopicPolicy") if each["Topics"] == [{"Ref": name}])
    (refusal,) = policy["PolicyDocument"]["Statement"]
    assert (refusal["Effect"], refusal["Action"]) == ("Deny", ["sns:Publish"])


def test_the_functions_of_its_models_alone_speak_there(found: Built) -> None:
    topic = references(found)[the_topic(found)]
    for model, may in (("card-fraud", True), ("refunds", True), ("quiet-one", False)):
        assert policies_of(found, f"acme-{model}.notify-production").may("sns:Publish", topic) is may


def test_the_function_is_told_the_topic_of_its_channel(found: Built) -> None:
    def told(model: str) -> str:
        name = f"acme-{model}-production-notices"
        (function,) = (each for each in found.all("AWS::Lambda::Function") if each["FunctionName"] == name)
        return json.dumps(function["Environment"]["Variables"][VARIABLE])

    assert the_topic(found) in told("card-fraud")
    assert re.search(r'chat_topic\W+""', told("quiet-one").replace("\\", ""))


def test_two_channels_are_two_configurations() -> None:
    other = replace(SHOWN, channel=replace(SLACK, channel="C9999ZZZZ"))
    found = built(lambda stack: a_team(stack, a_model(escalation=SHOWN), a_model(served=REFUNDS, escalation=other)))
    names = {each["ConfigurationName"] for each in found.all("AWS::Chatbot::SlackChannelConfiguration")}
    assert names == {"acme-fraud-production-T0123ABCD-C0123ABCD", "acme-fraud-production-T0123ABCD-C9999ZZZZ"}
