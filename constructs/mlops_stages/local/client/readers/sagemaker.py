"""Reading SageMaker's domains, profiles, MLflow apps, feature groups, pipelines and model groups back."""

from __future__ import annotations

from collections.abc import Callable

from mlops_stages.local.client.readers.api import Api, Part, Properties, Reader, Resource, picked
from mlops_stages.local.client.readers.compare import key, parsed, policy, tags
from mlops_stages.local.json_values import mapping

_DOMAIN = (
    "AppNetworkAccessType",
    "AppSecurityGroupManagement",
    "AuthMode",
    "DefaultSpaceSettings",
    "DefaultUserSettings",
    "DomainName",
    "DomainSettings",
    "HomeEfsFileSystemCreation",
    "KmsKeyId",
    "SubnetIds",
    "TagPropagation",
    "VpcId",
)
_PROFILE = ("DomainId", "SingleSignOnUserIdentifier", "SingleSignOnUserValue", "UserProfileName", "UserSettings")
_MLFLOW = ("ArtifactStoreUri", "ModelRegistrationMode", "Name", "RoleArn", "WeeklyMaintenanceWindowStart")


def _tags_of(arn: Callable[[Resource], str]) -> Part:
    def read(api: Api, resource: Resource) -> Properties:
        return picked(api.call("sagemaker", "list_tags", ResourceArn=arn(resource)), "Tags")

    return Part(properties=("Tags",), read=read)


def _domain(api: Api, resource: Resource) -> Properties:
    return picked(api.call("sagemaker", "describe_domain", DomainId=resource.physical_id), *_DOMAIN)


def _profile(api: Api, resource: Resource) -> Properties:
    name, _, domain = resource.physical_id.partition("|")
    return picked(api.call("sagemaker", "describe_user_profile", DomainId=domain, UserProfileName=name), *_PROFILE)


def _profile_arn(resource: Resource) -> str:
    name, _, domain = resource.physical_id.partition("|")
    return f"arn:aws:sagemaker:{resource.region}:{resource.account}:user-profile/{domain}/{name}"


def _mlflow(api: Api, resource: Resource) -> Properties:
    return picked(api.call("sagemaker", "describe_mlflow_app", Arn=resource.physical_id), *_MLFLOW)


_FEATURE_GROUP = (
    "Description",
    "EventTimeFeatureName",
    "FeatureDefinitions",
    "FeatureGroupName",
    "OfflineStoreConfig",
    "OnlineStoreConfig",
    "RecordIdentifierFeatureName",
    "RoleArn",
    "ThroughputConfig",
)


def _feature_group(api: Api, resource: Resource) -> Properties:
    found = api.call("sagemaker", "describe_feature_group", FeatureGroupName=resource.physical_id)
    return picked(found, *_FEATURE_GROUP)


def _feature_group_tags(api: Api, resource: Resource) -> Properties:
    arn = f"arn:aws:sagemaker:{resource.region}:{resource.account}:feature-group/{resource.physical_id}"
    return picked(api.call("sagemaker", "list_tags", ResourceArn=arn), "Tags")


_PIPELINE = ("ParallelismConfiguration", "PipelineDescription", "PipelineDisplayName", "PipelineName", "RoleArn")


_PACKAGE_GROUP = ("ModelPackageGroupDescription", "ModelPackageGroupName")


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


def _package_group(api: Api, resource: Resource) -> Properties:
    found = api.call("sagemaker", "describe_model_package_group", ModelPackageGroupName=resource.physical_id)
    return picked(found, *_PACKAGE_GROUP)


def _package_group_policy(api: Api, resource: Resource) -> Properties:
    name = resource.physical_id.rpartition("/")[2]
    found = api.call("sagemaker", "get_model_package_group_policy", ModelPackageGroupName=name)
    return {"ModelPackageGroupPolicy": found["ResourcePolicy"]}


def _package_group_tags(api: Api, resource: Resource) -> Properties:
    return picked(api.call("sagemaker", "list_tags", ResourceArn=resource.physical_id), "Tags")


READERS = (
    Reader(
        type="AWS::SageMaker::Domain",
        parts=(
            Part(properties=_DOMAIN, read=_domain),
            _tags_of(lambda r: f"arn:aws:sagemaker:{r.region}:{r.account}:domain/{r.physical_id}"),
        ),
        canonical={"KmsKeyId": key, "Tags": tags},
    ),
    Reader(
        type="AWS::SageMaker::UserProfile",
        parts=(Part(properties=_PROFILE, read=_profile), _tags_of(_profile_arn)),
        canonical={"Tags": tags},
    ),
    Reader(
        type="AWS::SageMaker::MlflowApp",
        parts=(Part(properties=_MLFLOW, read=_mlflow), _tags_of(lambda r: r.physical_id)),
        canonical={"Tags": tags},
    ),
    Reader(
        type="AWS::SageMaker::FeatureGroup",
        parts=(
            Part(properties=_FEATURE_GROUP, read=_feature_group),
            Part(properties=("Tags",), read=_feature_group_tags),
        ),
        canonical={
            "OfflineStoreConfig.S3StorageConfig.KmsKeyId": key,
            "OnlineStoreConfig.SecurityConfig.KmsKeyId": key,
            "Tags": tags,
        },
    ),
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
            Part(properties=_PACKAGE_GROUP, read=_package_group),
            Part(properties=("ModelPackageGroupPolicy",), read=_package_group_policy),
            Part(properties=("Tags",), read=_package_group_tags),
        ),
        canonical={"ModelPackageGroupPolicy": policy, "Tags": tags},
    ),
)
