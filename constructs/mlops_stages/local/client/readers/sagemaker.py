"""Reading SageMaker domains, user profiles and MLflow apps back."""

from __future__ import annotations

from collections.abc import Callable

from mlops_stages.local.client.readers.api import Api, Part, Properties, Reader, Resource, picked
from mlops_stages.local.client.readers.compare import key, tags

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
)
