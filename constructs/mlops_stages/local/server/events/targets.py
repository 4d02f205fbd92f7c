"""Targets: who is called, as whom, and how a failure is named.

A target with a role is called by a session of that role; one without by the service itself, whom the target's own
policy must let. Targets of other accounts need both.

Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html,
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-cross-account.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mlops_stages.local import refusals
from mlops_stages.local.json_values import listed, mapping
from mlops_stages.local.server import engine
from mlops_stages.local.server.api import calls
from mlops_stages.local.server.sts.acting import Actor, NotAssumableError, Session

_RETRIED = frozenset(
    {"InternalError", "InternalFailure", "RequestThrottled", "ServiceException", "ServiceUnavailable"}
    | {"Throttling", "ThrottlingException", "TooManyRequestsException"}
)
_DENIED = ("AccessDenied", "AuthorizationError", "NotAuthorized")
_MISSING = ("DoesNotExist", "NonExistentQueue", "NotFound", "ResourceNotFound")


class TargetError(Exception):
    """A call that failed; `code` as dead letters name it. Only what may go away by itself is tried `again`."""

    def __init__(self, code: str, message: str, *, again: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.again = again


@dataclass(frozen=True, kw_only=True)
class Caller:
    """The service that calls, for one of its resources."""

    actor: Actor
    source_arn: str
    """The rule's or the schedule's."""

    @property
    def account(self) -> str:
        """Whose resource it is."""
        return self.source_arn.split(":")[4]

    def session(self, role: str) -> Session:
        """Return a session of a role of the caller's account. Raises TargetError."""
        if role.split(":")[4:5] != [self.account]:
            raise TargetError("FAILED_TO_ASSUME_ROLE", f"{role} is not a role of account {self.account}")
        try:
            name = self.source_arn.rpartition("/")[2][:64]
            return self.actor.session(role, self.source_arn, name)
        except NotAssumableError as error:
            raise TargetError("FAILED_TO_ASSUME_ROLE", str(error)) from error

    def ask(self, policy: str, action: str, resource: str) -> None:
        """Refuse what the policy of a resource does not let the service do. Raises TargetError."""
        context = {"aws:SourceArn": self.source_arn, "aws:SourceAccount": self.account}
        principal = self.actor.principal
        if not policy or not engine.allowed_to_service(policy, principal, action, resource, context):
            message = f"{principal} is not authorized to perform: {action} on resource: {resource}"
            raise TargetError("NO_PERMISSIONS", message)


@dataclass(frozen=True, kw_only=True)
class Invocation:
    """What is sent to one target, whose ARN and settings it has."""

    caller: Caller
    arn: str
    role: str
    payload: str
    target: Mapping[str, Any]

    @property
    def service(self) -> str:
        """The target's."""
        return self.arn.split(":")[2]

    @property
    def account(self) -> str:
        """Whose target it is."""
        return self.arn.split(":")[4]

    @property
    def region(self) -> str:
        """Where the target is."""
        return self.arn.split(":")[3]


def invoke(invocation: Invocation) -> None:
    """Call a target. Raises TargetError."""
    send = _SENDERS.get(invocation.service)
    # An API destination is of the service too: nothing here calls addresses that somebody names.
    if send is None or (send is _to_bus and ":event-bus/" not in invocation.arn):
        raise TargetError("INVALID_PARAMETER", f"Not emulated: the target {invocation.arn}")
    if invocation.region != invocation.caller.source_arn.split(":")[3]:
        raise TargetError("CROSS_REGION_INGESTION_FAILED", "The target is in another region.")
    if invocation.account != invocation.caller.account and not invocation.role:
        raise TargetError("NO_PERMISSIONS", "A target of another account needs a role.")
    try:
        send(invocation)
    except refusals.ClientError as error:
        raise failure(error) from error
    except refusals.BotoCoreError as error:
        raise TargetError("SDK_CLIENT_ERROR", str(error)) from error


def failure(error: Exception) -> TargetError:
    """Return a refusal of an API as a target's failure."""
    code, message = refusals.code(error), refusals.message(error)
    if code in _RETRIED or refusals.status(error) == 429:
        return TargetError("THROTTLING", message, again=True)
    if any(part in code for part in _DENIED):
        return TargetError("NO_PERMISSIONS", message)
    if any(part in code for part in _MISSING):
        return TargetError("NO_RESOURCE", message)
    if refusals.status(error) >= 500 and refusals.status(error) != 501:
        return TargetError("INTERNAL_ERROR", message, again=True)
    return TargetError("SDK_CLIENT_ERROR", f"{code}: {message}")


def _call(invocation: Invocation, service: str, operation: str, **given: Any) -> Any:  # noqa: ANN401  # as boto3 has it
    """Call as the role, or as the service itself, whom the target's policy has let."""
    if invocation.role:
        return getattr(invocation.caller.session(invocation.role).client(service), operation)(**given)
    return calls.call_in(invocation.account, invocation.region, service, operation, **given)


def _to_function(invocation: Invocation) -> None:
    name, qualifier = invocation.arn.split(":function:", 1)[1].partition(":")[::2]
    named = {"FunctionName": name, **({"Qualifier": qualifier} if qualifier else {})}
    if not invocation.role:
        try:
            policy = calls.call_in(invocation.account, invocation.region, "lambda", "get_policy", **named)["Policy"]
        except refusals.ClientError as error:
            if refusals.code(error) != "ResourceNotFoundException" or "unction not found" in refusals.message(error):
                raise
            policy = ""  # a function that lets nobody in
        invocation.caller.ask(str(policy), "lambda:InvokeFunction", invocation.arn)
    payload = invocation.payload.encode()
    _call(invocation, "lambda", "invoke", FunctionName=invocation.arn, InvocationType="Event", Payload=payload)


def _to_queue(invocation: Invocation) -> None:
    more = {}
    group = mapping(invocation.target.get("SqsParameters")).get("MessageGroupId")
    if group:
        more["MessageGroupId"] = str(group)
    send(invocation, invocation.arn, invocation.payload, **more)


def send(invocation: Invocation, queue: str, body: str, **more: Any) -> None:  # noqa: ANN401  # as boto3 has it
    """Send a message to a queue, as the invocation's role or as the service itself. Raises TargetError."""
    region, account, name = queue.split(":")[3:6]
    url = f"https://sqs.{region}.amazonaws.com/{account}/{name}"
    if invocation.role:
        client = invocation.caller.session(invocation.role).client("sqs")
        client.send_message(QueueUrl=url, MessageBody=body, **more)
    else:
        asked = {"QueueUrl": url, "AttributeNames": ["All"]}
        found = calls.call_in(account, region, "sqs", "get_queue_attributes", **asked).get("Attributes", {})
        invocation.caller.ask(str(found.get("Policy", "")), "sqs:SendMessage", queue)
        _ask_key(invocation, account, region, str(found.get("KmsMasterKeyId", "")))
        calls.call_in(account, region, "sqs", "send_message", QueueUrl=url, MessageBody=body, **more)


def _to_topic(invocation: Invocation) -> None:
    if not invocation.role:
        found = calls.call_in(
            invocation.account, invocation.region, "sns", "get_topic_attributes", TopicArn=invocation.arn
        )["Attributes"]
        invocation.caller.ask(str(found.get("Policy", "")), "sns:Publish", invocation.arn)
        _ask_key(invocation, invocation.account, invocation.region, str(found.get("KmsMasterKeyId", "")))
    _call(invocation, "sns", "publish", TopicArn=invocation.arn, Message=invocation.payload)


def _ask_key(invocation: Invocation, account: str, region: str, key: str) -> None:
    """Ask the policy of a key of the account's own, as AWS does of a service that sends what it encrypts."""
    if not key or key.rpartition("alias/")[2].startswith("aws/"):
        return
    found = calls.call_in(account, region, "kms", "describe_key", KeyId=key)["KeyMetadata"]
    policy = calls.call_in(account, region, "kms", "get_key_policy", KeyId=found["KeyId"], PolicyName="default")
    for action in ("kms:GenerateDataKey", "kms:Decrypt"):
        invocation.caller.ask(str(policy["Policy"]), action, str(found["Arn"]))


def _to_machine(invocation: Invocation) -> None:
    if not invocation.role:
        raise TargetError("NO_PERMISSIONS", "A state machine as a target needs a role.")
    given = {"stateMachineArn": invocation.arn, "input": invocation.payload}
    _call(invocation, "stepfunctions", "start_execution", **given)


def _to_pipeline(invocation: Invocation) -> None:
    if not invocation.role or ":pipeline/" not in invocation.arn:
        raise TargetError("NO_PERMISSIONS", "A pipeline as a target needs a role, and its ARN.")
    parameters = mapping(invocation.target.get("SageMakerPipelineParameters")).get("PipelineParameterList")
    given = {"PipelineName": invocation.arn.rpartition("/")[2]}
    given |= {"PipelineParameters": listed(parameters)} if parameters else {}
    _call(invocation, "sagemaker", "start_pipeline_execution", **given)


def _to_bus(invocation: Invocation) -> None:
    """Put an event on a bus: a schedule's, for a rule sends its event on as it is."""
    settings = mapping(invocation.target.get("EventBridgeParameters"))
    entry = {
        "EventBusName": invocation.arn,
        "Source": str(settings.get("Source", "")),
        "DetailType": str(settings.get("DetailType", "")),
        "Detail": invocation.payload,
    }
    answered = _call(invocation, "events", "put_events", Entries=[entry])
    if answered.get("FailedEntryCount"):
        raise TargetError("NO_PERMISSIONS", json.dumps(answered["Entries"]))


_SENDERS: Mapping[str, Callable[[Invocation], None]] = {
    "events": _to_bus,
    "lambda": _to_function,
    "sagemaker": _to_pipeline,
    "sns": _to_topic,
    "sqs": _to_queue,
    "states": _to_machine,
}
