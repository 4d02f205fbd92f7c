"""SageMaker's Studio: domains, user profiles, spaces, apps and MLflow apps. The rest of SageMaker is moto's."""

from __future__ import annotations

import base64
import json
import string
from urllib.parse import quote

from mlops_stages.local.server.api.records import (
    Child,
    Filter,
    Kind,
    Parameters,
    Record,
    Records,
    Scope,
    ServiceError,
    new_hexadecimal,
    new_id,
)

MLFLOW_VERSION = "3.4.0"
"""The MLflow that a new app says it runs."""


def _refuse(message: str) -> None:
    raise ServiceError("ValidationException", message)


def _prepare_domain(scope: Scope, record: Record) -> None:
    record["DomainId"] = f"d-{new_id(12)}"
    record["Status"] = "InService"
    record["HomeEfsFileSystemId"] = f"fs-{new_hexadecimal(17)}"
    record["SecurityGroupIdForDomainBoundary"] = f"sg-{new_hexadecimal(17)}"
    record["Url"] = f"https://{record['DomainId']}.studio.{scope.region}.sagemaker.aws"
    record.setdefault("AppNetworkAccessType", "PublicInternetOnly")
    record.setdefault("TagPropagation", "DISABLED")
    if record["AuthMode"] == "SSO":
        record["SingleSignOnApplicationArn"] = (
            f"arn:aws:sso::{scope.account}:application/ssoins-{new_hexadecimal(16)}/apl-{new_hexadecimal(16)}"
        )


def _check_domain(records: Records, scope: Scope, record: Record) -> None:
    del records, scope
    if record["AppNetworkAccessType"] == "VpcOnly":
        if not record.get("VpcId") or not record.get("SubnetIds"):
            _refuse("VpcId and SubnetIds are required when AppNetworkAccessType is VpcOnly.")
        if not record["DefaultUserSettings"].get("SecurityGroups"):
            _refuse("DefaultUserSettings.SecurityGroups is required when AppNetworkAccessType is VpcOnly.")
    if not record["DefaultUserSettings"].get("ExecutionRole"):
        _refuse("DefaultUserSettings.ExecutionRole is required.")


def _prepare_profile(scope: Scope, record: Record) -> None:
    del scope
    record["Status"] = "InService"
    record["HomeEfsFileSystemUid"] = new_id(6, string.digits[1:])


def _check_profile(records: Records, scope: Scope, record: Record) -> None:
    domain = records.get(records.kinds["Domain"], scope, record)
    signs_on = record.get("SingleSignOnUserIdentifier") or record.get("SingleSignOnUserValue")
    if domain["AuthMode"] == "SSO" and not signs_on:
        _refuse("SingleSignOnUserIdentifier and SingleSignOnUserValue are required in a domain of AuthMode SSO.")
    if domain["AuthMode"] != "SSO" and signs_on:
        _refuse("SingleSignOnUserIdentifier and SingleSignOnUserValue are only for a domain of AuthMode SSO.")


def _in_service(scope: Scope, record: Record) -> None:
    del scope
    record["Status"] = "InService"


def _prepare_space(scope: Scope, record: Record) -> None:
    _in_service(scope, record)
    domain = record["DomainId"]
    record["Url"] = f"https://{domain}.studio.{scope.region}.sagemaker.aws/jupyterlab/{record['SpaceName']}"
    for settings in ("OwnershipSettings", "SpaceSharingSettings"):  # a list of spaces says who owns each
        if settings in record:
            record[f"{settings}Summary"] = record[settings]
    record["HomeEfsFileSystemUid"] = new_id(6, string.digits[1:])


def _check_app(records: Records, scope: Scope, record: Record) -> None:
    del records, scope
    if (record.get("UserProfileName") is None) == (record.get("SpaceName") is None):
        _refuse("Exactly one of UserProfileName and SpaceName must be given.")


def _prepare_app(scope: Scope, record: Record) -> None:
    _in_service(scope, record)
    record["Owner"] = record.get("UserProfileName") or record.get("SpaceName")


def _prepare_mlflow(scope: Scope, record: Record) -> None:
    del scope
    record["Id"] = f"app-{new_id(12, string.ascii_uppercase + string.digits)}"
    record["Status"] = "Created"
    record["MlflowVersion"] = MLFLOW_VERSION
    record["MaintenanceStatus"] = "MaintenanceComplete"
    record.setdefault("ModelRegistrationMode", "AutoModelRegistrationDisabled")
    record.setdefault("AccountDefaultStatus", "DISABLED")


_IN_DOMAIN = {"DomainIdEquals": Filter(member="DomainId")}
_INSIDE = Child(kind="Domain", members=("DomainId",))

KINDS = (
    Kind(
        service="sagemaker",
        name="Domain",
        identity=("DomainId",),
        unique=("DomainName",),
        arn="arn:{partition}:sagemaker:{region}:{account}:domain/{DomainId}",
        arn_member="DomainArn",
        operations={
            "create": "CreateDomain",
            "describe": "DescribeDomain",
            "list": "ListDomains",
            "update": "UpdateDomain",
            "delete": "DeleteDomain",
        },
        items="Domains",
        renamed={"DomainSettingsForUpdate": "DomainSettings"},
        merged=("DefaultUserSettings", "DefaultSpaceSettings", "DomainSettings"),
        children=(Child(kind="UserProfile", members=("DomainId",)), Child(kind="Space", members=("DomainId",))),
        prepare=_prepare_domain,
        check=_check_domain,
    ),
    Kind(
        service="sagemaker",
        name="UserProfile",
        identity=("DomainId", "UserProfileName"),
        arn="arn:{partition}:sagemaker:{region}:{account}:user-profile/{DomainId}/{UserProfileName}",
        arn_member="UserProfileArn",
        operations={
            "create": "CreateUserProfile",
            "describe": "DescribeUserProfile",
            "list": "ListUserProfiles",
            "update": "UpdateUserProfile",
            "delete": "DeleteUserProfile",
        },
        items="UserProfiles",
        parents=(_INSIDE,),
        children=(Child(kind="App", members=("DomainId", "UserProfileName")),),
        filters={**_IN_DOMAIN, "UserProfileNameContains": Filter(member="UserProfileName", how="contains")},
        merged=("UserSettings",),
        prepare=_prepare_profile,
        check=_check_profile,
    ),
    Kind(
        service="sagemaker",
        name="Space",
        identity=("DomainId", "SpaceName"),
        arn="arn:{partition}:sagemaker:{region}:{account}:space/{DomainId}/{SpaceName}",
        arn_member="SpaceArn",
        operations={
            "create": "CreateSpace",
            "describe": "DescribeSpace",
            "list": "ListSpaces",
            "update": "UpdateSpace",
            "delete": "DeleteSpace",
        },
        items="Spaces",
        parents=(_INSIDE,),
        children=(Child(kind="App", members=("DomainId", "SpaceName")),),
        filters={**_IN_DOMAIN, "SpaceNameContains": Filter(member="SpaceName", how="contains")},
        merged=("SpaceSettings",),
        prepare=_prepare_space,
    ),
    Kind(
        service="sagemaker",
        name="App",
        identity=("DomainId", "UserProfileName", "SpaceName", "AppType", "AppName"),
        arn="arn:{partition}:sagemaker:{region}:{account}:app/{DomainId}/{Owner}/{AppType}/{AppName}",
        arn_member="AppArn",
        operations={"create": "CreateApp", "describe": "DescribeApp", "list": "ListApps", "delete": "DeleteApp"},
        items="Apps",
        parents=(
            _INSIDE,
            Child(kind="UserProfile", members=("UserProfileName",)),
            Child(kind="Space", members=("SpaceName",)),
        ),
        filters={
            **_IN_DOMAIN,
            "UserProfileNameEquals": Filter(member="UserProfileName"),
            "SpaceNameEquals": Filter(member="SpaceName"),
        },
        prepare=_prepare_app,
        check=_check_app,
    ),
    Kind(
        service="sagemaker",
        name="MlflowApp",
        identity=("Arn",),
        unique=("Name",),
        arn="arn:{partition}:sagemaker:{region}:{account}:mlflow-app/{Id}",
        arn_member="Arn",
        operations={
            "create": "CreateMlflowApp",
            "describe": "DescribeMlflowApp",
            "list": "ListMlflowApps",
            "update": "UpdateMlflowApp",
            "delete": "DeleteMlflowApp",
        },
        items="Summaries",
        filters={
            "Status": Filter(member="Status"),
            "MlflowVersion": Filter(member="MlflowVersion"),
            "AccountDefaultStatus": Filter(member="AccountDefaultStatus"),
            "DefaultForDomainId": Filter(member="DefaultDomainIdList", how="any"),
            "CreatedAfter": Filter(member="CreationTime", how="after"),
            "CreatedBefore": Filter(member="CreationTime", how="before"),
        },
        updated={"Status": "Updated"},
        prepare=_prepare_mlflow,
    ),
)


def presigned_domain_url(records: Records, scope: Scope, parameters: Parameters) -> Record:
    """CreatePresignedDomainUrl: the address that signs its bearer in as one user profile."""
    profile = records.get(records.kinds["UserProfile"], scope, parameters)
    domain = records.get(records.kinds["Domain"], scope, parameters)
    if domain["AuthMode"] == "SSO":
        _refuse("CreatePresignedDomainUrl is only for a domain of AuthMode IAM.")
    claims = {"domain": domain["DomainId"], "profile": profile["UserProfileName"], "nonce": new_id(16)}
    name = quote(profile["UserProfileName"])
    return {"AuthorizedUrl": f"{domain['Url']}/auth?userProfileName={name}&token={_token(claims)}"}


def presigned_mlflow_url(records: Records, scope: Scope, parameters: Parameters) -> Record:
    """CreatePresignedMlflowAppUrl: the address of an MLflow app's own pages."""
    app = records.get(records.kinds["MlflowApp"], scope, parameters)
    claims = {"app": app["Arn"], "nonce": new_id(16)}
    return {
        "AuthorizedUrl": f"https://{app['Id'].lower()}.mlflow.sagemaker.{scope.region}.app.aws/auth?token={_token(claims)}"
    }


def _token(claims: Record) -> str:
    return base64.urlsafe_b64encode(json.dumps(claims, sort_keys=True).encode()).decode().rstrip("=")


EXTRAS = {
    "CreatePresignedDomainUrl": presigned_domain_url,
    "CreatePresignedMlflowAppUrl": presigned_mlflow_url,
}
"""Operations that are no create, describe, list, update or delete."""
