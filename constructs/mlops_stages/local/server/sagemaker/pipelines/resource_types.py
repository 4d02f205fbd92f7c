"""AWS::SageMaker::Pipeline and ModelPackageGroup, over the operations of `services.pipelines` and `model_registry`."""

from __future__ import annotations

import json
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


class _Group(ApiType):
    """The group's type: its policy is set by a call of its own."""

    def _create(self, logical_id: str, properties: Properties, stack_name: str) -> tuple[str, Properties]:
        arn, attributes = super()._create(logical_id, properties, stack_name)
        try:
            _settle_policy(arn, {}, properties)
        except RefusedError:
            call(self.service, self.delete, self.identity(arn))
            raise
        return arn, attributes

    def _update(self, physical_id: str, old: Properties, new: Properties, stack_name: str) -> tuple[str, Properties]:
        arn, attributes = super()._update(physical_id, old, new, stack_name)
        if arn == physical_id:  # one that replaces it has its policy already
            _settle_policy(arn, old, new)
        return arn, attributes


def _settle_policy(arn: str, old: Properties, new: Properties) -> None:
    named = {"ModelPackageGroupName": arn.rpartition("/")[2]}
    policy = new.get("ModelPackageGroupPolicy")
    if policy:
        text = policy if isinstance(policy, str) else json.dumps(policy)
        call("sagemaker", "PutModelPackageGroupPolicy", {**named, "ResourcePolicy": text})
    elif old.get("ModelPackageGroupPolicy"):
        call("sagemaker", "DeleteModelPackageGroupPolicy", named)


def _group_attributes(arn: str) -> Properties:
    found = call("sagemaker", "DescribeModelPackageGroup", {"ModelPackageGroupName": arn})
    return {
        "ModelPackageGroupArn": found["ModelPackageGroupArn"],
        "ModelPackageGroupStatus": found["ModelPackageGroupStatus"],
        "CreationTime": found["CreationTime"].isoformat(),
    }


PACKAGE_GROUP = _Group(
    type="AWS::SageMaker::ModelPackageGroup",
    service="sagemaker",
    properties=("ModelPackageGroupDescription", "ModelPackageGroupName", "ModelPackageGroupPolicy", "Tags"),
    required=("ModelPackageGroupName",),
    create_only=("ModelPackageGroupName", "ModelPackageGroupDescription"),
    create="CreateModelPackageGroup",
    delete="DeleteModelPackageGroup",
    request=lambda properties: {name: value for name, value in properties.items() if name != "ModelPackageGroupPolicy"},
    # the type's primary identifier in CloudFormation's registry
    physical_id=lambda parameters, answer: answer["ModelPackageGroupArn"],
    identity=lambda physical_id: {"ModelPackageGroupName": physical_id.rpartition("/")[2]},
    describe=_group_attributes,
    arn=lambda physical_id: physical_id,
    missing=("ValidationException",),
    tags=_TAGS,
)

TYPES = (PIPELINE, PACKAGE_GROUP)
