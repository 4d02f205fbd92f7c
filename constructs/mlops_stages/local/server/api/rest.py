"""Services of the REST-JSON protocol: requests read by botocore's model, answers shaped by it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from typing import Any, cast

from mlops_stages.local.server import engine
from mlops_stages.local.server.api import operations, shapes
from mlops_stages.local.server.api.records import Parameters, Record, Scope, ServiceError, current_scope

Dispatch = Callable[[Scope, str, Parameters], Record]
"""Answers an operation by its name; raises ServiceError for what AWS would refuse."""


def handler(service: str, handles: Callable[[str], bool], dispatch: Dispatch) -> engine.ServiceHandler:
    """Return the handler of a service; requests for operations that it does not handle go on."""

    async def handle(
        method: str, path: str, headers: engine.Headers, body: bytes, query: engine.Query, /
    ) -> engine.Response | None:
        found = operations.find(service, method, path, headers, body, query)
        if found is None or not handles(found.name):
            return None
        try:
            return _answer(200, _dispatched(service, found.name, found.parameters, dispatch))
        except ServiceError as error:
            status, sent, content = _answer(error.status, {"message": error.message})
            return status, {**sent, "x-amzn-errortype": error.code}, content

    return handle


def _dispatched(service: str, operation: str, given: Parameters, dispatch: Dispatch) -> Record:
    shape = shapes.input_shape(service, operation)
    parameters = given
    if shape is not None:
        parameters = cast("Parameters", shapes.coerced(shape, dict(given)))
        found = shapes.first_faults(shape, parameters)
        if found:
            raise ServiceError("ValidationException", "; ".join(found))
    answer = dispatch(current_scope(), operation, parameters)
    shown = shapes.output_shape(service, operation)
    return {} if shown is None else shapes.shown(shown, copy.deepcopy(answer))


def _answer(status: int, content: Mapping[str, Any]) -> engine.Response:
    return status, {"Content-Type": "application/json"}, json.dumps(content).encode()
