"""Invoking endpoints: InvokeEndpoint, as callers see it.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from mlops_stages.local.server import engine
from mlops_stages.local.server.api import operations, shapes
from mlops_stages.local.server.api.records import Parameters, Scope, ServiceError, current_scope
from mlops_stages.local.server.sagemaker.hosting.board import BOARD
from mlops_stages.local.server.sagemaker.hosting.fleet import Fleet, Invocation, Outcome
from mlops_stages.local.server.sagemaker.hosting.model_server import LARGEST, Sent

SERVICE = "sagemaker-runtime"
_MOST_AT_ONCE = 256
_LONGEST_ORIGINAL = 16_384
_LONGEST_HEADER = 1024
_CONTENT_TYPE, _ATTRIBUTES = "Content-Type", "X-Amzn-SageMaker-Custom-Attributes"
_HANDED_ON = {
    "ContentType": _CONTENT_TYPE,
    "Accept": "Accept",
    "CustomAttributes": _ATTRIBUTES,
    "InferenceId": "X-Amzn-SageMaker-Inference-Id",
}
_NOT_EMULATED = (
    "EnableExplanations",
    "InferenceComponentName",
    "SessionId",
    "TargetContainerHostname",
    "TargetModel",
)
_OTHERS = frozenset({"InvokeEndpointAsync", "InvokeEndpointWithResponseStream"})
_pool = ThreadPoolExecutor(_MOST_AT_ONCE, "invocation")


async def answer(
    method: str, path: str, headers: engine.Headers, body: bytes, query: engine.Query, /
) -> engine.Response | None:
    """Answer a request to invoke an endpoint; None leaves any other to who comes next."""
    asked = None if "x-amz-target" in headers else operations.find("sagemaker", method, path, headers, body, query)
    if asked is None or asked.name not in (*_OTHERS, "InvokeEndpoint"):
        return None
    scope = current_scope()
    try:
        if asked.name in _OTHERS:
            raise ServiceError("NotImplementedException", f"Not emulated: {asked.name}.", 501)
        given, name = _checked(asked.parameters, body), str(asked.parameters["EndpointName"])
        wanted = asked.parameters.get("TargetVariant")
        fleet = _fleet(scope, name, None if wanted is None else str(wanted))
        return await asyncio.get_running_loop().run_in_executor(_pool, _invoked, scope, name, fleet, given, wanted)
    except ServiceError as error:
        return _refused(error.status, error.code, {"Message": error.message})


def _checked(parameters: Parameters, body: bytes) -> Invocation:
    shape = shapes.input_shape(SERVICE, "InvokeEndpoint")
    found = [] if shape is None else shapes.first_faults(shape, {**parameters, "Body": b""})
    if found:
        raise ServiceError("ValidationError", "; ".join(found))
    lacking = [name for name in _NOT_EMULATED if parameters.get(name)]
    if lacking:
        raise ServiceError("NotImplementedException", f"Not emulated: {', '.join(lacking)}.", 501)
    if len(body) > LARGEST:
        message = f"Request {len(body)} bytes has exceeded the maximum of {LARGEST} bytes."
        raise ServiceError("ValidationError", message, 413)
    sent = {header: str(parameters[name]) for name, header in _HANDED_ON.items() if parameters.get(name)}
    sent.setdefault(_CONTENT_TYPE, "application/octet-stream")
    return Invocation(
        sent=Sent(body=body, headers=sent),
        content_type=sent[_CONTENT_TYPE],
        inference_id=str(parameters.get("InferenceId") or ""),
        attributes=str(parameters.get("CustomAttributes") or ""),
    )


def _fleet(scope: Scope, name: str, variant: str | None) -> Fleet:
    """Return the fleet whose turn it is, held."""
    live = BOARD.find(scope, name)
    if live is None or live.status in ("Creating", "Failed", "Deleting"):
        raise ServiceError("ValidationError", f"Endpoint {name} of account {scope.account} not found.")
    fleet = live.take(variant)
    if fleet is None:
        raise ServiceError("ValidationError", f"Variant {variant} not found for Endpoint {name}.")
    return fleet


def _invoked(scope: Scope, name: str, fleet: Fleet, invocation: Invocation, variant: str | None) -> engine.Response:
    try:
        outcome = fleet.invoke(invocation, variant)
        fleet.enter()
        _pool.submit(_shadowed, fleet, invocation)
    finally:
        fleet.leave()
    answered = outcome.answered
    if answered is None or not 200 <= answered.status < 300:
        return _model_error(scope, name, outcome)
    headers = {
        _CONTENT_TYPE: _one_line(answered.content_type),
        "x-Amzn-Invoked-Production-Variant": outcome.variant,
        **({_ATTRIBUTES: _one_line(answered.attributes)} if answered.attributes else {}),
    }
    return 200, headers, answered.body


def _shadowed(fleet: Fleet, invocation: Invocation) -> None:
    try:
        fleet.invoke_shadow(invocation)
    finally:
        fleet.leave()


def _model_error(scope: Scope, name: str, outcome: Outcome) -> engine.Response:
    answered = outcome.answered
    said = outcome.error if answered is None else answered.body[:_LONGEST_ORIGINAL].decode("utf-8", "replace")
    group = f"/aws/sagemaker/Endpoints/{name}"
    kind = "client" if 400 <= outcome.status < 500 else "server"
    message = (
        f'Received {kind} error ({outcome.status}) from {outcome.variant} with message "{said}". '
        f"See {group} in CloudWatch Logs of account {scope.account} for more information."
    )
    content = {
        "Message": message,
        "OriginalMessage": said,
        "OriginalStatusCode": outcome.status,
        "LogStreamArn": f"arn:aws:logs:{scope.region}:{scope.account}:log-group:{group}",
    }
    return _refused(424, "ModelError", content)


def _refused(status: int, code: str, content: Mapping[str, Any]) -> engine.Response:
    headers = {_CONTENT_TYPE: "application/json", "x-amzn-ErrorType": code}
    return status, headers, json.dumps(content).encode()


def _one_line(value: str) -> str:
    """Return a header that a container gave as one of ours may be."""
    return re.sub(r"[^\x20-\x7e]+", " ", value)[:_LONGEST_HEADER]


def register() -> None:
    """Put it in front of moto's, and have endpoints go by the clock."""
    engine.add_service("sagemaker", answer)
    BOARD.watch()
