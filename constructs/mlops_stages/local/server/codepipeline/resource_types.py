"""AWS::CodePipeline::Pipeline, over the operations in `service`."""

from __future__ import annotations

from mlops_stages.local.json_values import listed, small_letters
from mlops_stages.local.server import engine
from mlops_stages.local.server.cloudformation import references
from mlops_stages.local.server.cloudformation.api_types import ApiType, Properties, TagApi, call

_SERVICE = "codepipeline"
_STRUCTURE = (
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
_VERBATIM = frozenset({"Configuration"})
"""Members whose keys are a provider's own."""


def _pipeline(properties: Properties) -> Properties:
    told: Properties = small_letters({name: properties[name] for name in _STRUCTURE if name in properties}, _VERBATIM)
    if "ArtifactStores" in properties:
        stores = listed(properties["ArtifactStores"])
        told["artifactStores"] = {str(each["Region"]): small_letters(each["ArtifactStore"]) for each in stores}
    return told


def _request(properties: Properties) -> Properties:
    return {"pipeline": _pipeline(properties), "tags": _tags(properties)}


def _tags(properties: Properties) -> list[Properties]:
    return [{"key": tag["Key"], "value": tag["Value"]} for tag in listed(properties.get("Tags"))]


def _arn(name: str) -> str:
    return f"arn:aws:codepipeline:{engine.region()}:{engine.account()}:{name}"


def _attributes(name: str) -> Properties:
    return {"Version": str(call(_SERVICE, "GetPipeline", {"name": name})["pipeline"]["version"]), "Arn": _arn(name)}


def _changed(name: str, _: Properties, new: Properties) -> Properties:
    return {"pipeline": {**_pipeline(new), "name": name}}


PIPELINE = ApiType(
    type="AWS::CodePipeline::Pipeline",
    service=_SERVICE,
    properties=(*_STRUCTURE, "DisableInboundStageTransitions", "RestartExecutionOnUpdate", "Tags"),
    required=("RoleArn", "Stages"),
    create_only=("Name",),
    create="CreatePipeline",
    update="UpdatePipeline",
    delete="DeletePipeline",
    named="pipeline/name",
    longest_name=100,
    request=_request,
    change=_changed,
    physical_id=lambda parameters, _: str(parameters["pipeline"]["name"]),
    identity=lambda name: {"name": name},
    describe=_attributes,
    arn=_arn,
    refers=references.check,
    tags=TagApi(
        add="TagResource", remove="UntagResource", arn="resourceArn", tags="tags", keys="tagKeys", small_letters=True
    ),
)

TYPES = (PIPELINE,)
