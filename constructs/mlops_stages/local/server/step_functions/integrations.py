"""What tasks call: the operation, its parameters and result as state machines spell them, and the names of errors.

Two kinds, as on AWS: optimized integrations (`states:::sns:publish`), with errors in the old SDK's names, and those of
the SDK (`states:::aws-sdk:sagemaker:describeEndpoint`), with the new one's.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/integrate-services.html
"""

from __future__ import annotations

import datetime
import functools
import importlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from mlops_stages.local import refusals
from mlops_stages.local.json_values import listed, mapping
from mlops_stages.local.server import engine
from mlops_stages.local.server.api import shapes
from mlops_stages.local.server.sts.acting import Client, Session

_botocore: Any = importlib.import_module("botocore")  # by name, because botocore has no types to check

_FUNCTION = re.compile(r"arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:.+")


@dataclass(frozen=True, kw_only=True)
class Optimized:
    """An optimized integration."""

    service: str
    operation: str
    prefix: str
    """Of the names of errors."""

    unmodelled: str
    """The error of what the service's model does not have, such as a denial."""

    texts: tuple[str, ...] = ()
    """Parameters that may be given as JSON and are sent as text."""


_OPTIMIZED: Mapping[str, Optimized] = {
    "lambda:invoke": Optimized(
        service="lambda", operation="Invoke", prefix="Lambda", unmodelled="AWSLambdaException", texts=("Payload",)
    ),
    "sns:publish": Optimized(
        service="sns", operation="Publish", prefix="SNS", unmodelled="AmazonSNSException", texts=("Message",)
    ),
    "sqs:sendMessage": Optimized(
        service="sqs", operation="SendMessage", prefix="SQS", unmodelled="AmazonSQSException", texts=("MessageBody",)
    ),
    "events:putEvents": Optimized(
        service="events", operation="PutEvents", prefix="EventBridge", unmodelled="AmazonEventBridgeException"
    ),
    "states:startExecution": Optimized(
        service="stepfunctions",
        operation="StartExecution",
        prefix="StepFunctions",
        unmodelled="AWSStepFunctionsException",
        texts=("Input",),
    ),
    **{
        f"dynamodb:{name[0].lower()}{name[1:]}": Optimized(
            service="dynamodb", operation=name, prefix="DynamoDB", unmodelled="AmazonDynamoDBException"
        )
        for name in ("GetItem", "PutItem", "UpdateItem", "DeleteItem")
    },
}

_NESTED = ("states:startExecution.sync", "states:startExecution.sync:2")

_SDK_SERVICES: Mapping[str, str] = {
    "applicationautoscaling": "application-autoscaling",
    "cloudwatchlogs": "logs",
    "eventbridge": "events",
    "sagemakerruntime": "sagemaker-runtime",
    "sagemakerfeaturestoreruntime": "sagemaker-featurestore-runtime",
    "sfn": "stepfunctions",
}
"""The SDK for Java's names of services, where they are not boto3's."""

_SDK_PREFIXES: Mapping[str, str] = {
    "applicationautoscaling": "ApplicationAutoScaling",
    "cloudformation": "CloudFormation",
    "cloudtrail": "CloudTrail",
    "cloudwatch": "CloudWatch",
    "cloudwatchlogs": "CloudWatchLogs",
    "codepipeline": "CodePipeline",
    "dynamodb": "DynamoDb",
    "eventbridge": "EventBridge",
    "sagemaker": "SageMaker",
    "sagemakerruntime": "SageMakerRuntime",
    "sagemakerfeaturestoreruntime": "SageMakerFeatureStoreRuntime",
    "secretsmanager": "SecretsManager",
}
"""How errors of a service begin, where it is not its name with a capital."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """What one resource of a task calls."""

    service: str
    operation: str
    prefix: str
    unmodelled: str
    optimized: Optimized | None
    waits: str
    """"" for none, "token", "sync" or "sync:2"."""


def call_of(resource: str) -> Call | None:
    """Return what a resource calls, None where the local AWS does not know it."""
    if _FUNCTION.fullmatch(resource):
        return _optimized(_OPTIMIZED["lambda:invoke"], "")
    _, found, name = resource.partition(":states:::")
    if not found:
        return None
    if name in _NESTED:
        return _optimized(_OPTIMIZED["states:startExecution"], name.partition(".")[2])
    name, token, rest = name.partition(".waitForTaskToken")
    if rest:
        return None
    waits = "token" if token else ""
    if name in _OPTIMIZED:
        return _optimized(_OPTIMIZED[name], waits)
    kind, _, what = name.partition(":")
    service, _, action = what.partition(":")
    return sdk_call(service, action, waits) if kind == "aws-sdk" and action else None


def _optimized(found: Optimized, waits: str) -> Call:
    return Call(
        service=found.service,
        operation=found.operation,
        prefix=found.prefix,
        unmodelled=found.unmodelled,
        optimized=found,
        waits=waits,
    )


@functools.lru_cache(maxsize=256)
def sdk_call(named: str, action: str, waits: str = "") -> Call | None:
    """Return what the SDK for Java calls by a service's name and an operation's (`sagemaker`, `describeEndpoint`)."""
    service, operation = _SDK_SERVICES.get(named, named), f"{action[0].upper()}{action[1:]}"
    try:
        model = shapes.service_model(service)
    except Exception as error:
        if type(error).__name__ == "UnknownServiceError":
            return None
        raise
    if operation not in model.operation_names:
        return None
    prefix = _SDK_PREFIXES.get(named, f"{named[0].upper()}{named[1:]}")
    return Call(
        service=service,
        operation=operation,
        prefix=prefix,
        unmodelled=f"{prefix}Exception",
        optimized=None,
        waits=waits,
    )


def unknown(resource: str) -> str:
    """Return why a resource is refused when its state machine is created; empty where it is not."""
    if call_of(resource) is not None:
        return ""
    if ":activity:" in resource:
        return "Not emulated: activities; use .waitForTaskToken"
    name = resource.partition(":states:::")[2]
    if not name:
        return "Value is not a valid resource ARN"
    if name.startswith("aws-sdk:"):
        return f"The resource provided {resource} is not recognized"
    return (
        f"Not emulated: the integration {resource}; use its form arn:aws:states:::aws-sdk:SERVICE:ACTION, or a function"
    )


def perform(call: Call, session: Session, resource: str, arguments: Any, execution: str) -> Any:  # noqa: ANN401  # JSON-like
    """Call it in a session, and return the task's result. Raises StateError."""
    client = session.client(call.service)
    given = mapping(arguments)
    if call.optimized is None:
        return _shown(_called(client, call, _named(call, arguments)), call)
    if _FUNCTION.fullmatch(resource):
        payload = json.dumps(arguments).encode()
        return _payload(_called(client, call, {"FunctionName": resource, "Payload": payload}))
    for name in call.optimized.texts:
        if name in given and (call.service == "lambda" or not isinstance(given[name], str)):
            given = {**given, name: json.dumps(given[name])}
    if call.service == "lambda":
        return _invoked(client, call, given)
    if call.service == "events":
        return _put(client, call, given, execution)
    return _shown(_called(client, call, _named(call, given)), call)


def request(call: Call, session: Session, arguments: Any) -> None:  # noqa: ANN401  # JSON-like
    """Call it in a session, and forget what it answers. Raises botocore's errors."""
    getattr(session.client(call.service), _botocore.xform_name(call.operation))(**_named(call, arguments))


def _invoked(client: Client, call: Call, given: Mapping[str, Any]) -> dict[str, Any]:
    """Invoke a function; the result is that of the integration, with its answer as Payload."""
    if "Payload" in given:
        given = {**given, "Payload": str(given["Payload"]).encode()}
    answered = _called(client, call, given)
    result: dict[str, Any] = {"ExecutedVersion": answered.get("ExecutedVersion", "$LATEST")}
    payload = _payload(answered)
    http = answered["ResponseMetadata"]
    return {
        **result,
        "Payload": payload,
        "SdkHttpMetadata": {"HttpStatusCode": http["HTTPStatusCode"]},
        "SdkResponseMetadata": {"RequestId": http.get("RequestId", "")},
        "StatusCode": answered["StatusCode"],
    }


def _payload(answered: Mapping[str, Any]) -> Any:  # noqa: ANN401  # JSON-like
    """Return what a function answered. Raises StateError by the class of its error."""
    text = answered["Payload"].read().decode("utf-8", "replace") or "null"
    if answered.get("FunctionError"):
        told = mapping(json.loads(text))
        raise engine.StateError(str(told.get("errorType") or "Lambda.Unknown"), text)
    return json.loads(text)


def _put(client: Client, call: Call, given: Mapping[str, Any], execution: str) -> Any:  # noqa: ANN401  # JSON-like
    """Put events, which name the execution among their resources; one that is refused fails the task."""
    machine = execution.replace(":execution:", ":stateMachine:").rpartition(":")[0]
    entries = [
        {
            **mapping(entry),
            "Detail": detail if isinstance(detail := mapping(entry).get("Detail", {}), str) else json.dumps(detail),
            "Resources": [*listed(mapping(entry).get("Resources")), execution, machine],
        }
        for entry in listed(given.get("Entries"))
    ]
    answered = _called(client, call, {**given, "Entries": entries})
    if answered.get("FailedEntryCount"):
        shown = json.dumps({key: answered[key] for key in ("Entries", "FailedEntryCount")})
        raise engine.StateError("EventBridge.FailedEntry", shown)
    return _shown(answered, call)


def _called(client: Client, call: Call, given: Mapping[str, Any]) -> dict[str, Any]:
    method = getattr(client, _botocore.xform_name(call.operation))
    try:
        return cast("dict[str, Any]", method(**given))
    except refusals.ClientError as error:
        raise engine.StateError(f"{call.prefix}.{_error_name(call, error)}", _cause(call, error)) from error
    except refusals.BotoCoreError as error:
        kind = (
            "States.Runtime" if type(error).__name__ == "ParamValidationError" else f"{call.prefix}.SdkClientException"
        )
        raise engine.StateError(kind, str(error)) from error


def _error_name(call: Call, error: Exception) -> str:
    """Return the class that AWS's SDK gives to an error: the one of its model, else the service's own."""
    code = refusals.code(error)
    operation: Any = shapes.service_model(call.service).operation_model(call.operation)
    for shape in operation.error_shapes:
        if code in (shape.name, mapping(shape.metadata.get("error")).get("code")):
            return str(shape.name) if shape.name.endswith("Exception") else f"{shape.name}Exception"
    return call.unmodelled


def _cause(call: Call, error: Exception) -> str:
    status, code = refusals.status(error), refusals.code(error)
    return f"{refusals.message(error)} (Service: {call.prefix}; Status Code: {status}; Error Code: {code})"


def _named(call: Call, given: Any) -> dict[str, Any]:  # noqa: ANN401  # JSON-like
    shape = shapes.input_shape(call.service, call.operation)
    return {} if shape is None else cast("dict[str, Any]", _to_wire(shape, given or {}))


def _to_wire(shape: Any, value: Any) -> Any:  # noqa: ANN401  # botocore's shapes
    """Return parameters by the API's own names, which state machines spell as the SDK for Java does."""
    if shape.type_name == "structure":
        spelt = {engine.sdk_name(name): name for name in shape.members} | {name: name for name in shape.members}
        pairs = ((spelt.get(str(key), str(key)), item) for key, item in mapping(value).items())
        return {name: _to_wire(shape.members[name], item) if name in shape.members else item for name, item in pairs}
    if shape.type_name == "list":
        return [_to_wire(shape.member, item) for item in listed(value)]
    if shape.type_name == "map":
        return {key: _to_wire(shape.value, item) for key, item in mapping(value).items()}
    if shape.type_name == "blob" and isinstance(value, str):
        return value.encode()
    return value


def _shown(answered: Mapping[str, Any], call: Call) -> Any:  # noqa: ANN401  # JSON-like
    """Return an answer as a task's result; the optimized ones say too how they were answered."""
    shape = shapes.output_shape(call.service, call.operation)
    given = {name: value for name, value in answered.items() if name != _METADATA}
    result: dict[str, Any] = {} if shape is None else _from_wire(shape, given)
    if call.optimized is None:
        return result
    http = answered[_METADATA]
    return {
        **result,
        "SdkHttpMetadata": {"HttpStatusCode": http["HTTPStatusCode"]},
        "SdkResponseMetadata": {"RequestId": http.get("RequestId", "")},
    }


_METADATA = "ResponseMetadata"


def _from_wire(shape: Any, value: Any) -> Any:  # noqa: ANN401  # botocore's shapes, and what it parses
    """Return an answer as state machines see it: members renamed, keys of maps as they are, times as text."""
    if shape.type_name == "structure":
        known: Mapping[str, Any] = shape.members
        pairs = mapping(value).items()
        return {engine.sdk_name(key): _from_wire(known[key], item) for key, item in pairs if key in known}
    if shape.type_name == "list":
        return [_from_wire(shape.member, item) for item in listed(value)]
    if shape.type_name == "map":
        return {key: _from_wire(shape.value, item) for key, item in mapping(value).items()}
    if isinstance(value, datetime.datetime):
        return f"{value.astimezone(datetime.UTC):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z"
    if hasattr(value, "read"):
        value = value.read()
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
