"""Whether a deployment holds: stacks complete, as synthesized, no alarm, endpoints in service."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from mlops_stages import files
from mlops_stages.cloud_assembly import LARGEST, SynthesizedStack
from mlops_stages.delivery.deployed import account_of, not_said, template_of
from mlops_stages.platform import Purpose
from mlops_stages.preflight import Access, Plan
from mlops_stages.preflight.aws import Account, Unseen

ALARM, ENDPOINT = "AWS::CloudWatch::Alarm", "AWS::SageMaker::Endpoint"
COMPLETE = ("CREATE_COMPLETE", "IMPORT_COMPLETE", "UPDATE_COMPLETE", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
"""What a stack says after a deployment that was not rolled back."""
IN_SERVICE = "InService"
_ALARMS_AT_ONCE = 100
"""Names in one call (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html)."""


@dataclass(frozen=True, kw_only=True, order=True)
class Trouble:
    """Something that is not as it should be after a deployment."""

    stack: str
    account: str
    says: str


def stacks_of(plan: Plan, environment: Purpose) -> tuple[SynthesizedStack, ...]:
    """The stacks of an environment: its account's own, those of teams, and those of models."""
    name = f"{plan.platform.name}-{environment}"
    return tuple(stack for stack in plan.stacks if stack.name == name or stack.name.startswith(f"{name}-"))


def troubles(plan: Plan, access: Access, environment: Purpose) -> tuple[Trouble, ...]:
    """What is wrong with an environment's stacks; nothing is changed, and no endpoint is called.

    Raises:
        UserError: `DLV-002` for an account that does not answer.
    """
    return tuple(
        Trouble(stack=stack.name, account=stack.account, says=says)
        for stack in stacks_of(plan, environment)
        for says in _wrong_with(account_of(access, stack), stack)
    )


def _wrong_with(account: Account, stack: SynthesizedStack) -> Iterator[str]:
    try:
        found = account.call("cloudformation.describe_stacks", missing=("ValidationError",), StackName=stack.name)
        if found is None:
            yield "it is not deployed"
            return
        status = str(found["Stacks"][0]["StackStatus"])
        if status not in COMPLETE:
            yield f"its status is {status}"
        template = json.loads(files.content_in(stack.template.parent, stack.template.name, LARGEST))
        if template_of(account, stack) != template:
            yield "another template is deployed than this assembly's"
        held = account.items("cloudformation.list_stack_resources", "StackResourceSummaries", StackName=stack.name)
        named = [(str(each["ResourceType"]), str(each.get("PhysicalResourceId", ""))) for each in held]
        yield from _alarms(account, [name for kind, name in named if kind == ALARM])
        yield from _endpoints(account, [name for kind, name in named if kind == ENDPOINT])
    except Unseen as why:
        raise not_said(stack, why) from why


def _alarms(account: Account, names: list[str]) -> Iterator[str]:
    for start in range(0, len(names), _ALARMS_AT_ONCE):
        some = names[start : start + _ALARMS_AT_ONCE]
        for each in account.items("cloudwatch.describe_alarms", "MetricAlarms", AlarmNames=some):
            if each["StateValue"] == "ALARM":
                yield f"alarm {each['AlarmName']} is on: {each.get('StateReason', 'no reason given')}"


def _endpoints(account: Account, names: list[str]) -> Iterator[str]:
    for physical in names:
        name = physical.rpartition("/")[2]
        found = account.call("sagemaker.describe_endpoint", EndpointName=name)
        status = "" if found is None else str(found["EndpointStatus"])
        if status != IN_SERVICE:
            yield f"endpoint {name} is {status or 'not there'}"
