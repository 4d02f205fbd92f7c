"""CloudFormation's operations on stacks: what AWS refuses or keeps when one fails, and how it is done again."""

from __future__ import annotations

import json
import secrets
from typing import Any

import pytest

from tests.local.clients import LocalAws
from tests.local.stacks import RefusedStackError, Stack, after, ref, resource

Json = dict[str, Any]


@pytest.fixture
def producer(local_aws: LocalAws, account: str) -> Stack:
    """A stack that exports the name of its topic."""
    stack = Stack(local_aws, account)
    deploy(stack, exporting("first"))
    return stack


@pytest.fixture
def consumer(producer: Stack) -> Stack:
    """A stack that imports it."""
    stack = Stack(producer.aws, producer.account)
    imported = {"Fn::ImportValue": f"{producer.account}-Topic"}
    deploy(stack, {"Resources": {"Note": resource("AWS::SSM::Parameter", Type="String", Value=imported)}})
    return stack


def exporting(topic: str, *, name: str = "Topic") -> Json:
    """A template whose export is the name of its topic."""
    output = {
        "Value": {"Fn::GetAtt": ["Topic", "TopicName"]},
        "Export": {"Name": {"Fn::Sub": f"${{AWS::AccountId}}-{name}"}},
    }
    return {"Resources": {"Topic": resource("AWS::SNS::Topic", TopicName=topic)}, "Outputs": {"Topic": output}}


def deploy(stack: Stack, template: Json) -> Json:
    """Create or update the stack by a change set, as the CDK CLI does; its description once it is done."""
    formation = stack.client("cloudformation")
    exists = [s for s in formation.describe_stacks()["Stacks"] if s["StackName"] == stack.name]
    made = formation.create_change_set(
        StackName=stack.name,
        ChangeSetName=f"set-{secrets.token_hex(4)}",
        ChangeSetType="UPDATE" if exists else "CREATE",
        TemplateBody=json.dumps(template),
    )
    formation.execute_change_set(ChangeSetName=made["Id"], StackName=stack.name)
    return dict(stack.settled(made["StackId"]))


def state(stack: Stack) -> str:
    return stack.client("cloudformation").describe_stacks(StackName=stack.name)["Stacks"][0]["StackStatus"]


def topics(stack: Stack) -> set[str]:
    return {topic["TopicArn"].split(":")[-1] for topic in stack.client("sns").list_topics()["Topics"]}


def exports(stack: Stack) -> dict[str, str]:
    listed = stack.client("cloudformation").list_exports()["Exports"]
    return {export["Name"].partition("-")[2]: export["Value"] for export in listed}


def test_an_export_in_use_cannot_be_changed(producer: Stack, consumer: Stack) -> None:
    with pytest.raises(RefusedStackError, match=f"Topic cannot be updated as it is in use by {consumer.name}"):
        deploy(producer, exporting("second"))
    assert state(producer) == "UPDATE_ROLLBACK_COMPLETE"
    assert exports(producer) == {"Topic": "first"}
    assert topics(producer) == {"first"}


def test_an_export_in_use_cannot_be_removed(producer: Stack, consumer: Stack) -> None:
    with pytest.raises(RefusedStackError, match=f"Topic cannot be deleted as it is in use by {consumer.name}"):
        deploy(producer, exporting("first", name="Other"))
    assert exports(producer) == {"Topic": "first"}
    with pytest.raises(Exception, match=f"imported by stack {consumer.name}"):
        producer.delete()


def test_an_export_that_nobody_imports_any_more_changes_and_goes(producer: Stack, consumer: Stack) -> None:
    consumer.delete()
    deploy(producer, exporting("second"))
    assert exports(producer) == {"Topic": "second"}
    deploy(producer, exporting("second", name="Other"))
    assert exports(producer) == {"Other": "second"}


def test_two_stacks_cannot_export_one_name(producer: Stack) -> None:
    other = Stack(producer.aws, producer.account)
    with pytest.raises(RefusedStackError, match=f"already exported by stack {producer.name}"):
        deploy(other, exporting("third"))
    assert topics(producer) == {"first"}


def failing(policy: str | None) -> Json:
    """A bucket under a deletion policy, and then something that cannot be made."""
    bucket = resource("AWS::S3::Bucket", BucketName=ref("Name"))
    parameters = {"Name": {"Type": "String", "Default": f"kept-{secrets.token_hex(6)}"}}
    return {
        "Parameters": parameters,
        "Resources": {
            "Bucket": {**bucket, **({"DeletionPolicy": policy} if policy is not None else {})},
            "Fault": after("Bucket", resource("AWS::SageMaker::ModelPackageGroup", ModelPackageGroupName="no name!")),
        },
    }


def corrected(template: Json) -> Json:
    return {**template, "Resources": {"Bucket": template["Resources"]["Bucket"]}}


@pytest.mark.parametrize(("policy", "left"), [("Retain", 1), ("RetainExceptOnCreate", 0), (None, 0)])
def test_a_create_that_failed_leaves_behind_only_what_is_retained_even_then(
    local_aws: LocalAws, account: str, policy: str | None, left: int
) -> None:
    stack = Stack(local_aws, account)
    template = failing(policy)
    with pytest.raises(RefusedStackError, match="ROLLBACK_COMPLETE"):
        deploy(stack, template)
    assert len(stack.client("s3").list_buckets()["Buckets"]) == left
    stack.delete()
    if left:
        with pytest.raises(RefusedStackError, match="ROLLBACK_COMPLETE"):
            deploy(stack, corrected(template))
    else:
        assert deploy(stack, corrected(template))["StackStatus"] == "CREATE_COMPLETE"


def test_a_stack_that_was_rolled_back_must_be_deleted_before_it_is_created_again(
    local_aws: LocalAws, account: str
) -> None:
    stack = Stack(local_aws, account)
    template = failing("RetainExceptOnCreate")
    with pytest.raises(RefusedStackError):
        deploy(stack, template)
    formation = stack.client("cloudformation")
    given = {"StackName": stack.name, "ChangeSetName": "again", "TemplateBody": json.dumps(corrected(template))}
    with pytest.raises(Exception, match="AlreadyExistsException"):
        formation.create_change_set(**given, ChangeSetType="CREATE")
    with pytest.raises(Exception, match="is in ROLLBACK_COMPLETE state and can not be updated"):
        formation.create_change_set(**given, ChangeSetType="UPDATE")
    with pytest.raises(Exception, match="AlreadyExistsException"):
        formation.create_stack(StackName=stack.name, TemplateBody=json.dumps(corrected(template)))
