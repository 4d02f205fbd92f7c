"""AWS::SageMaker::Domain, UserProfile and MlflowApp, over the operations in `service`."""

from __future__ import annotations

import datetime

from mlops_stages.local.server.cloudformation import references
from mlops_stages.local.server.cloudformation.api_types import ApiType, Properties, TagApi, call, changed, given

_TAGS = TagApi(add="AddTags", remove="DeleteTags", arn="ResourceArn")

_DOMAIN_CHANGES = (
    "DefaultUserSettings",
    "DefaultSpaceSettings",
    "AppSecurityGroupManagement",
    "SubnetIds",
    "AppNetworkAccessType",
    "TagPropagation",
    "HomeEfsFileSystemCreation",
)


def _domain_change(physical_id: str, old: Properties, new: Properties) -> Properties | None:
    changes = changed(old, new, *_DOMAIN_CHANGES)
    settings = new.get("DomainSettings")
    if settings and settings != old.get("DomainSettings"):
        renamed = {"RStudioServerProDomainSettings": "RStudioServerProDomainSettingsForUpdate"}
        changes["DomainSettingsForUpdate"] = {renamed.get(name, name): value for name, value in settings.items()}
    return {"DomainId": physical_id, **changes} if changes else None


def _describe_domain(domain_id: str) -> Properties:
    return call("sagemaker", "DescribeDomain", {"DomainId": domain_id})


def _domain_attributes(domain_id: str) -> Properties:
    found = _describe_domain(domain_id)
    names = (
        "DomainId",
        "DomainArn",
        "HomeEfsFileSystemId",
        "SecurityGroupIdForDomainBoundary",
        "SingleSignOnApplicationArn",
        "SingleSignOnManagedApplicationInstanceId",
        "Url",
    )
    return {name: found.get(name, "") for name in names}


DOMAIN = ApiType(
    type="AWS::SageMaker::Domain",
    service="sagemaker",
    properties=(
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
        "Tags",
        "VpcId",
    ),
    required=("AuthMode", "DefaultUserSettings", "DomainName"),
    create_only=(
        "AuthMode",
        "DomainName",
        "KmsKeyId",
        "VpcId",
        "DomainSettings/RStudioServerProDomainSettings/DefaultResourceSpec",
    ),
    create="CreateDomain",
    update="UpdateDomain",
    delete="DeleteDomain",
    change=_domain_change,
    physical_id=lambda parameters, answer: answer["DomainId"],
    identity=lambda physical_id: {"DomainId": physical_id},
    describe=_domain_attributes,
    arn=lambda physical_id: _describe_domain(physical_id)["DomainArn"],
    tags=_TAGS,
    refers=references.check,
)


def _profile(physical_id: str) -> Properties:
    name, _, domain_id = physical_id.partition("|")
    return {"DomainId": domain_id, "UserProfileName": name}


def _profile_change(physical_id: str, old: Properties, new: Properties) -> Properties | None:
    changes = changed(old, new, "UserSettings")
    return {**_profile(physical_id), **changes} if changes else None


def _profile_attributes(physical_id: str) -> Properties:
    return given(call("sagemaker", "DescribeUserProfile", _profile(physical_id)), "UserProfileArn")


USER_PROFILE = ApiType(
    type="AWS::SageMaker::UserProfile",
    service="sagemaker",
    properties=(
        "DomainId",
        "SingleSignOnUserIdentifier",
        "SingleSignOnUserValue",
        "Tags",
        "UserProfileName",
        "UserSettings",
    ),
    required=("DomainId", "UserProfileName"),
    create_only=(
        "DomainId",
        "SingleSignOnUserIdentifier",
        "SingleSignOnUserValue",
        "UserProfileName",
        "UserSettings/RStudioServerProAppSettings/AccessStatus",
        "UserSettings/RStudioServerProAppSettings/UserGroup",
    ),
    create="CreateUserProfile",
    update="UpdateUserProfile",
    delete="DeleteUserProfile",
    change=_profile_change,
    # the type's primary identifier in CloudFormation's registry: both parts, in this order
    physical_id=lambda parameters, answer: f"{parameters['UserProfileName']}|{parameters['DomainId']}",
    identity=_profile,
    describe=_profile_attributes,
    arn=lambda physical_id: _profile_attributes(physical_id)["UserProfileArn"],
    tags=_TAGS,
    refers=references.check,
)


def _mlflow_change(arn: str, old: Properties, new: Properties) -> Properties | None:
    changes = changed(old, new, "ArtifactStoreUri", "ModelRegistrationMode", "WeeklyMaintenanceWindowStart")
    return {"Arn": arn, **changes} if changes else None


def _mlflow_attributes(arn: str) -> Properties:
    found = call("sagemaker", "DescribeMlflowApp", {"Arn": arn})
    return {
        **given(found, "Arn", "MlflowVersion", "Status"),
        "MlflowAppId": arn.rpartition("/")[2],
        "CreationTime": _instant(found["CreationTime"]),
        "LastModifiedTime": _instant(found["LastModifiedTime"]),
    }


def _instant(when: datetime.datetime) -> str:
    return when.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


MLFLOW_APP = ApiType(
    type="AWS::SageMaker::MlflowApp",
    service="sagemaker",
    properties=("ArtifactStoreUri", "ModelRegistrationMode", "Name", "RoleArn", "Tags", "WeeklyMaintenanceWindowStart"),
    required=("ArtifactStoreUri", "Name", "RoleArn"),
    create_only=("Name", "RoleArn"),
    create="CreateMlflowApp",
    update="UpdateMlflowApp",
    delete="DeleteMlflowApp",
    change=_mlflow_change,
    physical_id=lambda parameters, answer: answer["Arn"],
    identity=lambda physical_id: {"Arn": physical_id},
    describe=_mlflow_attributes,
    arn=lambda physical_id: physical_id,
    tags=_TAGS,
    refers=references.check,
)

TYPES = (DOMAIN, USER_PROFILE, MLFLOW_APP)
