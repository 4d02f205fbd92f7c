"""Reading build projects of CodeBuild and pipelines of CodePipeline back."""

from __future__ import annotations

from mlops_stages.local.client.readers.api import Api, Part, Properties, Reader, Resource
from mlops_stages.local.client.readers.compare import key, tags
from mlops_stages.local.json_values import capitals

_PROJECT = (
    "Artifacts",
    "Cache",
    "ConcurrentBuildLimit",
    "Description",
    "EncryptionKey",
    "Environment",
    "LogsConfig",
    "Name",
    "QueuedTimeoutInMinutes",
    "ServiceRole",
    "Source",
    "SourceVersion",
    "Tags",
    "TimeoutInMinutes",
    "VpcConfig",
)
_PIPELINE = (
    "ArtifactStore",
    "ArtifactStores",
    "ExecutionMode",
    "Name",
    "PipelineType",
    "RoleArn",
    "Stages",
    "Triggers",
    "Variables",
)


def _project(api: Api, resource: Resource) -> Properties:
    found = api.call("codebuild", "batch_get_projects", names=[resource.physical_id])["projects"]
    told: Properties = capitals(found[0]) if found else {}
    source: Properties = told.get("Source") or {}
    if "Buildspec" in source:
        source["BuildSpec"] = source.pop("Buildspec")
    return told


def _pipeline(api: Api, resource: Resource) -> Properties:
    told: Properties = capitals(
        api.call("codepipeline", "get_pipeline", name=resource.physical_id)["pipeline"], frozenset({"configuration"})
    )
    if "ArtifactStores" in told:
        told["ArtifactStores"] = [
            {"Region": region, "ArtifactStore": store} for region, store in told["ArtifactStores"].items()
        ]
    return told


def _pipeline_tags(api: Api, resource: Resource) -> Properties:
    arn = f"arn:aws:codepipeline:{resource.region}:{resource.account}:{resource.physical_id}"
    return {"Tags": capitals(api.call("codepipeline", "list_tags_for_resource", resourceArn=arn)["tags"])}


READERS = (
    Reader(
        type="AWS::CodeBuild::Project",
        parts=(Part(properties=_PROJECT, read=_project),),
        canonical={"EncryptionKey": key, "Tags": tags},
    ),
    Reader(
        type="AWS::CodePipeline::Pipeline",
        parts=(Part(properties=_PIPELINE, read=_pipeline), Part(properties=("Tags",), read=_pipeline_tags)),
        canonical={"ArtifactStore.EncryptionKey.Id": key, "Tags": tags},
        hidden={"RestartExecutionOnUpdate": "an argument of the stack's operation, kept nowhere"},
    ),
)
