"""Reading SageMaker pipelines and model package groups back."""

from __future__ import annotations

from mlops_stages.local.client.readers.api import Api, Part, Properties, Reader, Resource, picked
from mlops_stages.local.client.readers.compare import parsed, policy, tags
from mlops_stages.local.json_values import mapping

_PIPELINE = ("ParallelismConfiguration", "PipelineDescription", "PipelineDisplayName", "PipelineName", "RoleArn")
_GROUP = ("ModelPackageGroupDescription", "ModelPackageGroupName")


def _pipeline(api: Api, resource: Resource) -> Properties:
    found = api.call("sagemaker", "describe_pipeline", PipelineName=resource.physical_id)
    described = picked(found, *_PIPELINE)
    location = mapping(mapping(resource.properties.get("PipelineDefinition")).get("PipelineDefinitionS3Location"))
    if not location:
        return {**described, "PipelineDefinition": {"PipelineDefinitionBody": found["PipelineDefinition"]}}
    version = {"VersionId": location["Version"]} if location.get("Version") else {}
    stored = api.call("s3", "get_object", Bucket=location["Bucket"], Key=location["Key"], **version)
    same = stored["Body"].read().decode("utf-8") == found["PipelineDefinition"]
    return {**described, "PipelineDefinition": {"PipelineDefinitionS3Location": location if same else None}}


def _pipeline_tags(api: Api, resource: Resource) -> Properties:
    arn = f"arn:aws:sagemaker:{resource.region}:{resource.account}:pipeline/{resource.physical_id}"
    return picked(api.call("sagemaker", "list_tags", ResourceArn=arn), "Tags")


def _group(api: Api, resource: Resource) -> Properties:
    found = api.call("sagemaker", "describe_model_package_group", ModelPackageGroupName=resource.physical_id)
    return picked(found, *_GROUP)


def _group_policy(api: Api, resource: Resource) -> Properties:
    name = resource.physical_id.rpartition("/")[2]
    found = api.call("sagemaker", "get_model_package_group_policy", ModelPackageGroupName=name)
    return {"ModelPackageGroupPolicy": found["ResourcePolicy"]}


def _group_tags(api: Api, resource: Resource) -> Properties:
    return picked(api.call("sagemaker", "list_tags", ResourceArn=resource.physical_id), "Tags")


READERS = (
    Reader(
        type="AWS::SageMaker::Pipeline",
        parts=(
            Part(properties=(*_PIPELINE, "PipelineDefinition"), read=_pipeline),
            Part(properties=("Tags",), read=_pipeline_tags),
        ),
        canonical={"PipelineDefinition.PipelineDefinitionBody": parsed, "Tags": tags},
    ),
    Reader(
        type="AWS::SageMaker::ModelPackageGroup",
        parts=(
            Part(properties=_GROUP, read=_group),
            Part(properties=("ModelPackageGroupPolicy",), read=_group_policy),
            Part(properties=("Tags",), read=_group_tags),
        ),
        canonical={"ModelPackageGroupPolicy": policy, "Tags": tags},
    ),
)
