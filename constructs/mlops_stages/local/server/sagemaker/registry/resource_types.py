"""AWS::SageMaker::ModelPackageGroup, over the operations in `model_groups`."""

from __future__ import annotations

import json

from mlops_stages.local.server.cloudformation.api_types import ApiType, Properties, RefusedError, TagApi, call

_TAGS = TagApi(add="AddTags", remove="DeleteTags", arn="ResourceArn")


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
