"""What a CodePipeline request is on: its pipeline.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscodepipeline.html
"""

from __future__ import annotations

from mlops_stages.local.json_values import mapping
from mlops_stages.local.server.api.operations import Operation
from mlops_stages.local.server.api.request_details import RequestDetails, own_arns


def _resources(operation: Operation, partition: str, region: str, account: str) -> tuple[str, ...]:
    if operation.name == "ListPipelines":
        return ("*",)
    given = operation.parameters
    name = given.get("name") or given.get("pipelineName") or mapping(given.get("pipeline")).get("name")
    if name is None:
        return own_arns(operation)
    return (f"arn:{partition}:codepipeline:{region}:{account}:{name}",)


DETAILS = RequestDetails(resources=_resources)
"""How CodePipeline names what a request is on."""
