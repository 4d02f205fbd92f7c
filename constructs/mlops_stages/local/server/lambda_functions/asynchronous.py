"""Invocations that nobody waits for: retried by the clock, and told where a function says, as its role.

Source: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html,
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
"""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from mlops_stages.local import refusals
from mlops_stages.local.json_values import mapping
from mlops_stages.local.server import engine
from mlops_stages.local.server.clock import stamp
from mlops_stages.local.server.lambda_functions.credentials import credentials
from mlops_stages.local.server.sagemaker.jobs.workplace import Client, Role
from mlops_stages.local.server.timers import Timers

_WAITS = (60.0, 120.0)
"""Seconds before the second and the third run of what failed."""

_THROTTLED_FIRST, _THROTTLED_LONGEST = 1.0, 300.0
_LONGEST_ERROR = 1024

Clients = Callable[[engine.Invoked, str], Client]
"""From a function and a service (`sqs`) to a client that acts as the function's role."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class _Event:
    """An event in a function's queue."""

    invoked: engine.Invoked
    payload: Any
    request_id: str
    accepted: float
    failed: int = 0
    throttled: int = 0

    @property
    def runs(self) -> int:
        return self.failed + self.throttled


class Asynchronous:
    """The queues of all functions."""

    def __init__(self, timers: Timers, clients: Clients) -> None:
        self._timers = timers
        self._clients = clients

    def accept(self, invoked: engine.Invoked, payload: Any) -> None:  # noqa: ANN401  # JSON-like
        """Take an event; its function runs soon."""
        now = self._timers.clock.now()
        event = _Event(invoked=invoked, payload=payload, request_id=str(uuid.uuid4()), accepted=now)
        self._timers.work(lambda: self._run(event))

    def _run(self, event: _Event) -> None:
        invoked = event.invoked.now()
        if invoked is None:
            return
        event = replace(event, invoked=invoked)
        outcome = invoked.run(event.payload, event.request_id)
        if not outcome.error:
            self._tell(event, "Success", outcome)
        elif outcome.error == "Throttled":
            wait = min(_THROTTLED_FIRST * 2**event.throttled, _THROTTLED_LONGEST)
            self._again(replace(event, throttled=event.throttled + 1), outcome, wait)
        elif event.failed >= _given(event, "MaximumRetryAttempts", len(_WAITS)):
            self._drop(replace(event, failed=event.failed + 1), "RetriesExhausted", outcome)
        else:
            self._again(replace(event, failed=event.failed + 1), outcome, _WAITS[event.failed])

    def _again(self, event: _Event, outcome: engine.Outcome, wait: float) -> None:
        """Run it later, or drop it when it is too old by then."""
        moment = self._timers.clock.now() + wait
        last = event.accepted + _given(event, "MaximumEventAgeInSeconds", 21_600)
        if moment > last:
            self._timers.work_at(last, lambda: self._drop(event, "EventAgeExceeded", outcome))
        else:
            self._timers.work_at(moment, lambda: self._run(event))

    def _drop(self, event: _Event, condition: str, outcome: engine.Outcome) -> None:
        engine.count(event.invoked.name, "AsyncEventsDropped")
        if event.invoked.dead_letters:
            try:
                self._bury(event, outcome)
            except (refusals.ClientError, refusals.BotoCoreError, RuntimeError):
                _log.exception("%s: an event did not reach its dead-letter queue", event.invoked.arn)
                engine.count(event.invoked.name, "DeadLetterErrors")
        self._tell(event, condition, outcome)

    def _bury(self, event: _Event, outcome: engine.Outcome) -> None:
        """Send the event as it came, with the error beside it."""
        told = mapping(outcome.payload)
        status = 429 if outcome.error == "Throttled" else 200
        message = str(told.get("errorMessage") or told.get("message") or "")[:_LONGEST_ERROR]
        attributes = {
            "RequestID": {"DataType": "String", "StringValue": event.request_id},
            "ErrorCode": {"DataType": "Number", "StringValue": str(status)},
            "ErrorMessage": {"DataType": "String", "StringValue": message or "-"},
        }
        body, arn = json.dumps(event.payload), event.invoked.dead_letters
        if arn.split(":")[2] == "sns":
            self._clients(event.invoked, "sns").publish(TopicArn=arn, Message=body, MessageAttributes=attributes)
        else:
            sqs = self._clients(event.invoked, "sqs")
            sqs.send_message(QueueUrl=queue_url(arn), MessageBody=body, MessageAttributes=attributes)

    def _tell(self, event: _Event, condition: str, outcome: engine.Outcome) -> None:
        """Send a record of what became of the event to the function's destination for it."""
        kind = "OnSuccess" if condition == "Success" else "OnFailure"
        destinations = mapping(event.invoked.settings.get("DestinationConfig"))
        arn = str(mapping(destinations.get(kind)).get("Destination") or "")
        if not arn:
            return
        try:
            self._send(event, arn, condition, self._record(event, condition, outcome))
        except (refusals.ClientError, refusals.BotoCoreError, RuntimeError):
            _log.exception("%s: a record did not reach %s", event.invoked.arn, arn)
            engine.count(event.invoked.name, "DestinationDeliveryFailures")

    def _record(self, event: _Event, condition: str, outcome: engine.Outcome) -> dict[str, Any]:
        response: dict[str, Any] = {"statusCode": 200, "executedVersion": event.invoked.version}
        if outcome.error == "Unhandled":
            response["functionError"] = outcome.error
        throttled = outcome.error == "Throttled"
        return {
            "version": "1.0",
            "timestamp": stamp(self._timers.clock.now()),
            "requestContext": {
                "requestId": event.request_id,
                "functionArn": _qualified(event.invoked.arn),
                "condition": condition,
                "approximateInvokeCount": max(event.runs, 1),
            },
            "requestPayload": event.payload,
            **({} if throttled else {"responseContext": response, "responsePayload": outcome.payload}),
        }

    def _send(self, event: _Event, arn: str, condition: str, record: Mapping[str, Any]) -> None:
        service, body = arn.split(":")[2], json.dumps(record)
        client = self._clients(event.invoked, service)
        if service == "sqs":
            client.send_message(QueueUrl=queue_url(arn), MessageBody=body)
        elif service == "sns":
            client.publish(TopicArn=arn, Message=body)
        elif service == "lambda":
            client.invoke(FunctionName=arn, InvocationType="Event", Payload=body.encode())
        elif service == "events":
            entry = {
                "Source": "lambda",
                "DetailType": f"Lambda Function Invocation Result - {_ended(condition)}",
                "Detail": body,
                "EventBusName": arn,
                "Resources": [_qualified(event.invoked.arn), arn],
            }
            refused = client.put_events(Entries=[entry])
            if refused.get("FailedEntryCount"):
                raise RuntimeError(str(refused["Entries"][0].get("ErrorMessage")))
        else:
            raise RuntimeError(f"Not emulated: the destination {arn}")


def _ended(condition: str) -> str:
    return "Success" if condition == "Success" else "Failure"


def _given(event: _Event, name: str, default: int) -> int:
    value = event.invoked.settings.get(name)
    return default if value is None else int(value)


def _qualified(arn: str) -> str:
    return arn if arn.count(":") > 6 else f"{arn}:$LATEST"


def queue_url(arn: str) -> str:
    """Return the address of a queue as SQS takes it."""
    region, account, name = arn.split(":")[3:6]
    return f"https://sqs.{region}.amazonaws.com/{account}/{name}"


def as_role(invoked: engine.Invoked, service: str) -> Client:
    """Return a client that acts as a function's role, in its region. Raises RuntimeError where Lambda may not."""
    given = credentials(invoked.role, ":".join(invoked.arn.split(":")[:7]), invoked.name)
    region = invoked.arn.split(":")[3]
    role = Role(invoked.role, region, given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    return role.client(service)
