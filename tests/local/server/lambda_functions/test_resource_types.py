"""Lambda's CloudFormation types: an event source mapping is enabled when its template says so."""

from __future__ import annotations

import json

from tests.local.clients import LocalAws, allow, policy
from tests.local.stacks import Stack, att, ref, resource, trust

READS = json.loads(policy(allow("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")))
CODE = {"ZipFile": "def handler(event, context):\n    return event\n"}


def test_a_mapping_is_enabled_as_its_template_says_also_after_an_update(local_aws: LocalAws, account: str) -> None:
    stack = Stack(local_aws, account)

    def template(*, enabled: bool) -> dict[str, dict[str, object]]:
        return {
            "Queue": resource("AWS::SQS::Queue"),
            "Role": resource(
                "AWS::IAM::Role",
                AssumeRolePolicyDocument=trust("lambda.amazonaws.com"),
                Policies=[{"PolicyName": "reads", "PolicyDocument": READS}],
            ),
            "Function": resource(
                "AWS::Lambda::Function",
                Runtime="python3.14",
                Handler="index.handler",
                Role=att("Role", "Arn"),
                Code=CODE,
            ),
            "Mapping": resource(
                "AWS::Lambda::EventSourceMapping",
                EventSourceArn=att("Queue", "Arn"),
                FunctionName=ref("Function"),
                Enabled=enabled,
            ),
        }

    def state() -> str:
        (mapping,) = stack.client("lambda").list_event_source_mappings()["EventSourceMappings"]
        return str(mapping["State"])

    stack.create(template(enabled=False))
    assert state() == "Disabled"
    stack.update(template(enabled=True))
    assert state() == "Enabled"
