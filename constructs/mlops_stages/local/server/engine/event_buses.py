"""EventBridge: the policies of event buses, as PutPermission makes them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from mlops_stages.local.json_values import listed, mapping
from mlops_stages.local.server.engine import ministack

_MOST_CHARACTERS = 10_240
"""Of a policy. Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html"""


def mend_event_buses() -> None:
    """Keep a bus's policy as PutPermission gives it: whole, or a statement for an account or an organization; once.

    Source: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutPermission.html
    """
    put: Callable[[dict[str, Any]], Any] = ministack.eventbridge._put_permission

    def put_permission(data: dict[str, Any]) -> Any:  # noqa: ANN401  # ministack's answer
        bus = str(data.get("EventBusName") or "default")
        if ministack.eventbridge._event_buses.get(bus) is None:
            return _error("ResourceNotFoundException", f"Event bus {bus} does not exist.")
        data = {**data, "EventBusName": bus}
        if data.get("Policy") is None:
            return put({**data, "Principal": _principal(str(data.get("Principal", "*"))), **_condition(data)})
        text = str(data["Policy"])
        try:
            policy = mapping(json.loads(text))
            statements = [mapping(each) for each in listed(policy["Statement"])]
        except (ValueError, KeyError, RecursionError):
            return _error("ValidationException", "Policy is not a JSON policy document.")
        if len(text) > _MOST_CHARACTERS:
            return _error("PolicyLengthExceededException", f"A policy has at most {_MOST_CHARACTERS} characters.")
        if not all({"Effect", "Principal", "Action", "Resource"} <= set(each) for each in statements):
            return _error("ValidationException", "A statement needs Effect, Principal, Action and Resource.")
        ministack.eventbridge._event_bus_policies[bus] = {**policy, "Statement": statements}
        return ministack.responses.json_response({})

    ministack.eventbridge._put_permission = put_permission


def _principal(principal: str) -> object:
    return {"AWS": f"arn:aws:iam::{principal}:root"} if principal.isdigit() else principal


def _condition(data: dict[str, Any]) -> dict[str, Any]:
    condition = mapping(data.get("Condition"))
    if not condition:
        return {}
    return {"Condition": {str(condition["Type"]): {str(condition["Key"]): condition["Value"]}}}


def _error(code: str, message: str) -> Any:  # noqa: ANN401  # ministack's answer
    return ministack.responses.error_response_json(code, message, 400)
