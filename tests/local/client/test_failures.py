"""Why a deploy failed, asked of CloudFormation and read from the CDK CLI's log."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlops_stages.local.client import process
from mlops_stages.local.client.failures import explained, telling_lines
from mlops_stages.local.endpoint import Endpoint, environment
from tests.callers import Caller

DATA = Path(__file__).with_name("data")
ACCOUNT, REGION = "111111111111", "eu-west-1"


@pytest.fixture
def endpoint(tmp_path: Path) -> Iterator[Endpoint]:
    """A local AWS of its own."""
    yield process.start(tmp_path, 0).endpoint
    process.stop(tmp_path)


def test_a_name_that_is_taken_is_explained_by_cloudformation_alone(endpoint: Endpoint) -> None:
    caller = Caller(environment(endpoint, ACCOUNT, REGION))
    caller.client("s3").create_bucket(
        Bucket="acme-taken", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    template = {"Resources": {"Data": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "acme-taken"}}}}
    cloudformation = caller.client("cloudformation")
    change = {"StackName": "acme-x", "ChangeSetName": "first", "ChangeSetType": "CREATE"}
    cloudformation.create_change_set(**change, TemplateBody=json.dumps(template))
    cloudformation.execute_change_set(StackName="acme-x", ChangeSetName="first")
    (failure,) = explained(endpoint, ACCOUNT, REGION, "acme-x")
    assert (failure.stack, failure.resource, failure.type) == ("acme-x", "Data", "AWS::S3::Bucket")
    assert "acme-taken" in failure.reason


def test_what_fails_no_resource_is_explained_by_the_stack_itself(endpoint: Endpoint) -> None:
    caller = Caller(environment(endpoint, ACCOUNT, REGION))
    cloudformation = caller.client("cloudformation")

    def exporting(topic: str) -> str:
        made = {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": topic}}}
        output = {"Value": {"Fn::GetAtt": ["Topic", "TopicName"]}, "Export": {"Name": "topic"}}
        return json.dumps({"Resources": made, "Outputs": {"Topic": output}})

    note = {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": {"Fn::ImportValue": "topic"}}}
    cloudformation.create_stack(StackName="acme-a", TemplateBody=exporting("first"))
    cloudformation.get_waiter("stack_create_complete").wait(StackName="acme-a")
    cloudformation.create_stack(StackName="acme-b", TemplateBody=json.dumps({"Resources": {"Note": note}}))
    cloudformation.get_waiter("stack_create_complete").wait(StackName="acme-b")
    cloudformation.update_stack(StackName="acme-a", TemplateBody=exporting("second"))
    (failure,) = explained(endpoint, ACCOUNT, REGION, "acme-a")
    assert failure.type == "AWS::CloudFormation::Stack"
    assert failure.reason == "Export topic cannot be updated as it is in use by acme-b"


def test_a_stack_that_was_never_made_explains_nothing(endpoint: Endpoint) -> None:
    assert explained(endpoint, ACCOUNT, REGION, "acme-none") == ()


def test_a_local_aws_that_does_not_answer_explains_nothing() -> None:
    assert explained(Endpoint("http://127.0.0.1:9", "s3cret"), ACCOUNT, REGION, "acme-x") == ()


def test_the_telling_lines_of_a_log_are_its_errors_with_what_belongs_to_them(tmp_path: Path) -> None:
    log = tmp_path / "deploy.log"
    log.write_text((DATA / "deploy-role-missing.txt").read_text("utf-8"), "utf-8")
    assert telling_lines(log) == (
        "❌  acme-team-b failed to deploy\n"
        "‣ DeploymentError: Resource updates failed:\n"
        "acme-team-b/Broken  (AWS::IAM::Policy Broken)\n"
        "  The role with name nope cannot be found."
    )


def test_a_log_without_an_error_is_told_by_its_end(tmp_path: Path) -> None:
    (tmp_path / "x.log").write_text("\n".join(str(number) for number in range(100)), encoding="utf-8")
    told = telling_lines(tmp_path / "x.log").splitlines()
    assert (told[0], told[-1], len(told)) == ("70", "99", 30)
