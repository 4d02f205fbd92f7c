"""Which operation a request calls."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from mlops_stages.local.server.api import operations
from mlops_stages.local.server.api.operations import Operation


def find(
    name: str, call: str, headers: Mapping[str, str] | None = None, body: Mapping[str, Any] | None = None
) -> Operation | None:
    method, _, path = call.partition(" ")
    return operations.find(name, method, path, headers or {}, json.dumps(body or {}).encode(), {})


def sagemaker(name: str, **parameters: Any) -> Operation:  # noqa: ANN401  # as boto3 has it
    return Operation("sagemaker", name, parameters)


def test_an_operation_of_the_json_protocol_is_named_by_its_target() -> None:
    found = find("sagemaker", "POST /", {"x-amz-target": "SageMaker.DescribeModel"}, {"ModelName": "m"})
    assert found == Operation("sagemaker", "DescribeModel", {"ModelName": "m"})


def test_an_operation_of_the_rest_protocol_is_named_by_method_and_path() -> None:
    found = find("sagemaker", "POST /endpoints/fraud/invocations", {"x-amzn-sagemaker-target-model": "a.tar.gz"})
    assert found is not None
    assert (found.name, found.parameters["EndpointName"], found.parameters["TargetModel"]) == (
        "InvokeEndpoint",
        "fraud",
        "a.tar.gz",
    )


def test_the_most_literal_path_wins() -> None:
    found = find("sagemaker", "POST /endpoints/fraud/async-invocations")
    assert found is not None
    assert found.name == "InvokeEndpointAsync"


@pytest.mark.parametrize(
    ("call", "headers"),
    [
        ("POST /", {"x-amz-target": "SageMaker.NoSuchThing"}),
        ("POST /", {"x-amz-target": "Other.DescribeModel"}),
        ("GET /nothing", {}),
        ("POST /", {}),
    ],
)
def test_what_no_model_has_is_no_operation(call: str, headers: dict[str, str]) -> None:
    assert find("sagemaker", call, headers) is None


def test_a_service_without_a_model_has_no_operations() -> None:
    assert find("no-such-service", "POST /", {"x-amz-target": "X.Y"}) is None
