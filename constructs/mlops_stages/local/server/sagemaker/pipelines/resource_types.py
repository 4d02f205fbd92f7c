"""AWS::SageMaker::Pipeline, over the operations in `service`."""

from __future__ import annotations

import uuid

from mlops_stages.local.json_values import mapping
from mlops_stages.local.server.cloudformation import references
from mlops_stages.local.server.cloudformation.api_types import ApiType, Properties, RefusedError, TagApi, call, changed

_TAGS = TagApi(add="AddTags", remove="DeleteTags", arn="ResourceArn")
_SETTINGS = ("ParallelismConfiguration", "PipelineDescription", "PipelineDisplayName", "RoleArn")


def _definition(properties: Properties) -> Properties:
    """Return the API's members for the property that holds a definition or says where it is."""
    given = mapping(properties.get("PipelineDefinition"))
    if len(given) != 1:
        raise RefusedError(
            "AWS::SageMaker::Pipeline: PipelineDefinition takes either PipelineDefinitionBody or "
            "PipelineDefinitionS3Location"
        )
    if "PipelineDefinitionBody" in given:
        return {"PipelineDefinition": given["PipelineDefinitionBody"]}
    location = mapping(given.get("PipelineDefinitionS3Location"))
    if location.get("ETag"):
        raise RefusedError("AWS::SageMaker::Pipeline: the local AWS does not compare the ETag of a definition in S3")
    renamed = {"Bucket": "Bucket", "Key": "ObjectKey", "Version": "VersionId"}
    return {"PipelineDefinitionS3Location": {renamed.get(name, name): value for name, value in location.items()}}


def _pipeline_request(properties: Properties) -> Properties:
    rest = {name: value for name, value in properties.items() if name != "PipelineDefinition"}
    return {**rest, **_definition(properties), **_token()}


def _token() -> Properties:
    """Return what marks a request as one of its own; clients add it by themselves."""
    return {"ClientRequestToken": uuid.uuid4().hex}


def _pipeline_change(name: str, old: Properties, new: Properties) -> Properties | None:
    changes = changed(old, new, *_SETTINGS)
    if old.get("PipelineDefinition") != new.get("PipelineDefinition"):
        changes |= _definition(new)
    return {"PipelineName": name, **changes} if changes else None


def _pipeline_arn(name: str) -> str:
    return str(call("sagemaker", "DescribePipeline", {"PipelineName": name})["PipelineArn"])


PIPELINE = ApiType(
    type="AWS::SageMaker::Pipeline",
    service="sagemaker",
    properties=(
        "ParallelismConfiguration",
        "PipelineDefinition",
        "PipelineDescription",
        "PipelineDisplayName",
        "PipelineName",
        "RoleArn",
        "Tags",
    ),
    required=("PipelineDefinition", "PipelineName", "RoleArn"),
    create_only=("PipelineName",),
    create="CreatePipeline",
    update="UpdatePipeline",
    delete="DeletePipeline",
    request=_pipeline_request,
    change=_pipeline_change,
    physical_id=lambda parameters, answer: parameters["PipelineName"],
    identity=lambda physical_id: {"PipelineName": physical_id, **_token()},
    describe=lambda _: {},
    arn=_pipeline_arn,
    tags=_TAGS,
    refers=references.check,
)
