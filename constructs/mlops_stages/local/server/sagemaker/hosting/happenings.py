"""What hosting tells EventBridge: an endpoint's state, and each step of a deployment.

https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html
"""

from __future__ import annotations

import re
from typing import Any, cast

from mlops_stages.local.json_values import listed, mapping
from mlops_stages.local.server import engine
from mlops_stages.local.server.api.records import Record, Scope

_TIMES = frozenset({"CreationTime", "LastModifiedTime", "StartTime", "ResolutionTime"})
_STATE = (
    "EndpointName",
    "EndpointArn",
    "EndpointConfigName",
    "ProductionVariants",
    "ShadowProductionVariants",
    "DataCaptureConfig",
    "EndpointStatus",
    "FailureReason",
    "CreationTime",
    "LastModifiedTime",
)
_DEPLOYMENT = (*_STATE, "PendingDeploymentSummary")


def tell_state(scope: Scope, endpoint: Record, tags: dict[str, str]) -> None:
    """Put the event of an endpoint's new status on the bus of its account."""
    _put(scope, "SageMaker Endpoint State Change", endpoint, {**_detail(endpoint, _STATE), "Tags": tags})


def tell_deployment(scope: Scope, endpoint: Record) -> None:
    """Put the event of a deployment's next step on the bus of its account."""
    _put(scope, "SageMaker Endpoint Deployment State Change", endpoint, _detail(endpoint, _DEPLOYMENT))


def _put(scope: Scope, what: str, endpoint: Record, detail: Record) -> None:
    with engine.within(scope.account, scope.region):
        engine.put_service_event("aws.sagemaker", what, [str(endpoint["EndpointArn"])], detail)


def _detail(endpoint: Record, members: tuple[str, ...]) -> Record:
    detail = {name: _in_milliseconds(endpoint[name], name) for name in members if endpoint.get(name) is not None}
    return {**detail, "EndpointStatus": _upper(str(endpoint["EndpointStatus"]))}


def _upper(status: str) -> str:
    """Return a status as events have it: IN_SERVICE for InService."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", status).upper()


def _in_milliseconds(value: Any, name: str) -> Any:  # noqa: ANN401  # JSON-like
    if isinstance(value, dict):
        return {key: _in_milliseconds(item, key) for key, item in mapping(cast("object", value)).items()}
    if isinstance(value, list):
        return [_in_milliseconds(item, name) for item in listed(cast("object", value))]
    return int(value * 1000) if name in _TIMES else value
