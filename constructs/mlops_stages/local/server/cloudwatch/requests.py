"""What a call of CloudWatch is on, and with which condition keys, as AWS asks policies about it.

Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html
"""

from __future__ import annotations

from typing import Any

from mlops_stages.local.json_values import listed
from mlops_stages.local.server.api.operations import Operation
from mlops_stages.local.server.api.request_details import RequestDetails

SIGNING_NAME = "monitoring"

_ON_ALARMS = frozenset({"DescribeAlarms", "DescribeAlarmHistory"})
"""Operations on all alarms where they name none."""


def resources(operation: Operation, partition: str, region: str, account: str) -> tuple[str, ...]:
    """Return the ARNs that an operation is on: each alarm that it names, or `*`."""
    parameters = operation.parameters
    arns = [str(arn) for arn in listed(parameters.get("ResourceARN"))]
    named = [*listed(parameters.get("AlarmName")), *listed(parameters.get("AlarmNames"))]
    if not named and operation.name in _ON_ALARMS:
        named = ["*"]
    arns += [f"arn:{partition}:cloudwatch:{region}:{account}:alarm:{each}" for each in named]
    return tuple(dict.fromkeys(arns)) or ("*",)


def condition_keys(operation: Operation, *_: str) -> dict[str, Any]:
    """Return the service's own condition keys of a call."""
    parameters = operation.parameters
    keys: dict[str, Any] = {}
    if parameters.get("Namespace"):
        keys["cloudwatch:namespace"] = str(parameters["Namespace"])
    if parameters.get("AlarmActions"):
        keys["cloudwatch:AlarmActions"] = [str(arn) for arn in listed(parameters["AlarmActions"])]
    return keys


DETAILS = RequestDetails(prefix="cloudwatch", resources=resources, condition_keys=condition_keys)
"""What is asked about a request to CloudWatch."""
